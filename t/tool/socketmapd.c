/*
 * socketmapd - a socket map server whose answers stand in a file.
 *
 *     socketmapd [unix:]PATH|inet:HOST:PORT ANSWERS-FILE
 *
 * A line of the file is "mapname key = REPLY", the reply as on the wire ("OK
 * value", "NOTFOUND ", "TEMP busy", "PERM bad") or one of
 *
 *     !hang              never answers
 *     !close             hangs up
 *     !garbage           answers what is no netstring
 *     !raw BYTES         answers just that
 *     !slow MS REPLY     answers after a while
 *     !connections       answers "OK N": connections so far
 *
 * What is not there is "NOTFOUND "; case does not matter. The file is read for
 * each question, so it can be replaced. "listening" on the standard output
 * tells that it is ready, with the port where inet has port 0. The end comes by
 * a signal.
 *
 * Each connection has a thread; nothing is bounded: it is for tests.
 */
#include "t/lib/file_server.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MAX 100000

static atomic_int connections;

/* send_reply - as a netstring */
static bool
send_reply(FILE *stream, const char *reply)
{
	fprintf(stream, "%zu:%s,", strlen(reply), reply);
	return fflush(stream) == 0;
}

/* answer - false to hang up */
static bool
answer(FILE *stream, const char *reply)
{
	char text[32];
	int skip = 0, wait_ms;

	if (strcmp(reply, "!hang") == 0)
		pause();
	if (strcmp(reply, "!close") == 0)
		return false;
	if (strcmp(reply, "!garbage") == 0)
		reply = "!raw this is no netstring\n";
	if (strncmp(reply, "!raw ", 5) == 0) {
		fputs(reply + 5, stream);
		return fflush(stream) == 0;
	}
	if (strcmp(reply, "!connections") == 0) {
		snprintf(text, sizeof(text), "OK %d",
		    atomic_load(&connections));
		reply = text;
	}
	if (sscanf(reply, "!slow %d %n", &wait_ms, &skip) == 1 && skip > 0) {
		usleep((useconds_t)wait_ms * 1000);
		reply += skip;
	}
	return send_reply(stream, reply);
}

/* serve - one connection */
static void
serve(FILE *stream)
{
	char *request = malloc(REQUEST_MAX + 1), *reply;
	unsigned length;
	bool more = true;

	atomic_fetch_add(&connections, 1);
	while (more && fscanf(stream, "%6u:", &length) == 1 &&
	       length <= REQUEST_MAX &&
	       fread(request, 1, length, stream) == length &&
	       getc(stream) == ',') {
		request[length] = '\0';
		reply = file_server_reply(request);
		more = answer(stream, reply != NULL ? reply : "NOTFOUND ");
		free(reply);
	}
	fclose(stream);
	free(request);
}

int
main(int argc, char **argv)
{
	file_server_run(argc, argv, serve);
}
