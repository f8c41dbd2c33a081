/*
 * file_server - the frame of test servers whose answers stand in a file.
 */
#ifndef MAILREEVE_FILE_SERVER_H
#define MAILREEVE_FILE_SERVER_H

#include <stdio.h>

/*
 * file_server_run - listen at argv[1], "[unix:]PATH" or "[inet:]HOST:PORT", and
 * have serve run for each connection, in a thread; it closes its stream.
 * argv[2] is the file. "listening" on the standard output tells that it is
 * ready, with the port where it is not a Unix socket. Does not return: the end
 * comes by a signal. Nothing is bounded: it is for tests.
 */
_Noreturn void file_server_run(int argc, char **argv,
    void (*serve)(FILE *stream));
/* file_server_open - the file, from its begin. */
FILE *file_server_open(void);
/*
 * file_server_reply - what stands behind "KEY = " in a line of the file, for
 * free(); NULL: nothing does. Case does not matter, "#" begins a comment.
 */
char *file_server_reply(const char *key);

#endif
