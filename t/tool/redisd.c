/*
 * redisd - a server that says it is Redis, whose answers stand in a file.
 *
 *     redisd [unix:]PATH ANSWERS-FILE
 *
 * It listens on a Unix socket and greets as a master. A line of the file is
 * "COMMAND = REPLY" ("EVALSHA = :7"), the reply as on the wire without its
 * line end, or !hang (never answers) or !close (hangs up). What is not there
 * is answered "+OK". The file is read for each command, so it can be replaced.
 * "listening" on the standard output tells that it is ready. The end comes by
 * a signal.
 *
 * Each connection has a thread; nothing is bounded: it is for tests of what
 * no real server does. Those of the store use real ones.
 */
#include "t/lib/file_server.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define NAME_SIZE 32
#define MASTER "*3\r\n$6\r\nmaster\r\n:0\r\n*0"

/* usual - the reply to a command that does not stand in the file */
static const char *
usual(const char *command)
{
	return strcasecmp(command, "ROLE") == 0 ? MASTER : "+OK";
}

/* read_number - the line "*3" or "$5"; -1 at the end */
static long
read_number(FILE *in, char kind)
{
	char line[32];

	if (fgets(line, sizeof(line), in) == NULL || line[0] != kind)
		return -1;
	return strtol(line + 1, NULL, 10);
}

/* read_command - its name, all of its words taken in; false at the end */
static bool
read_command(FILE *in, char name[NAME_SIZE])
{
	long words = read_number(in, '*');

	for (long i = 0; i < words; i++) {
		long length = read_number(in, '$');

		if (length < 0)
			return false;
		for (long k = 0; k < length + 2; k++) {
			int c = getc(in);

			if (i == 0 && k < NAME_SIZE - 1)
				name[k] = (char)(k < length ? c : '\0');
		}
	}
	return words > 0;
}

/* serve - one connection */
static void
serve(FILE *in)
{
	char name[NAME_SIZE] = "";
	bool more = true;

	while (more && read_command(in, name)) {
		char *found = file_server_reply(name);
		const char *reply = found != NULL ? found : usual(name);

		if (strcmp(reply, "!hang") == 0)
			pause();
		more = strcmp(reply, "!close") != 0 &&
		       dprintf(fileno(in), "%s\r\n", reply) > 0;
		free(found);
	}
	fclose(in);
}

int
main(int argc, char **argv)
{
	file_server_run(argc, argv, serve);
}
