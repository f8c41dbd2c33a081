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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define NAME_SIZE 32
#define MASTER "*3\r\n$6\r\nmaster\r\n:0\r\n*0"

static const char *answers;

/* listen_unix - in the place of whatever socket is there */
static int
listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strncmp(path, "unix:", 5) == 0)
		path += 5;
	if (strlen(path) >= sizeof(address.sun_path))
		errx(1, "%s: too long", path);
	strcpy(address.sun_path, path);
	unlink(path);
	umask(0); /* the daemon asks as another user */
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, 128) != 0)
		err(1, "%s", path);
	return fd;
}

/* find_reply - to a command, for the caller to free */
static char *
find_reply(const char *command)
{
	FILE *file = fopen(answers, "r");
	char *line = NULL, *reply = NULL, *equals;
	size_t room = 0;

	if (file == NULL)
		err(1, "%s", answers);
	while (reply == NULL && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		equals = strstr(line, " = ");
		if (equals == NULL || line[0] == '#')
			continue;
		*equals = '\0';
		if (strcasecmp(line, command) == 0)
			reply = strdup(equals + 3);
	}
	free(line);
	fclose(file);
	if (reply != NULL)
		return reply;
	return strdup(strcasecmp(command, "ROLE") == 0 ? MASTER : "+OK");
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
static void *
serve(void *argument)
{
	FILE *in = argument;
	char name[NAME_SIZE] = "";
	bool more = true;

	while (more && read_command(in, name)) {
		char *reply = find_reply(name);

		if (strcmp(reply, "!hang") == 0)
			pause();
		more = strcmp(reply, "!close") != 0 &&
		       dprintf(fileno(in), "%s\r\n", reply) > 0;
		free(reply);
	}
	fclose(in);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	int server, fd;

	if (argc != 3)
		errx(64, "usage: redisd PATH FILE");
	answers = argv[2];
	signal(SIGPIPE, SIG_IGN);
	server = listen_unix(argv[1]);
	puts("listening");
	fflush(stdout);
	while ((fd = accept(server, NULL, NULL)) >= 0)
		if (pthread_create(&thread, NULL, serve, fdopen(fd, "r")) == 0)
			pthread_detach(thread);
	err(1, "accept");
}
