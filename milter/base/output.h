/*
 * output - what programs print to people and to other programs.
 */
#ifndef MAILREEVE_OUTPUT_H
#define MAILREEVE_OUTPUT_H

#include <stdbool.h>

/*
 * output_colours - whether what goes to that descriptor may be coloured: it is
 * a terminal, and NO_COLOR (no-color.org) is not set.
 */
bool output_colours(int fd);
/*
 * output_end - flush standard output: status, or EX_IOERR after a complaint to
 * standard error when not all of it could be written (a full disk).
 */
int output_end(int status);

#endif
