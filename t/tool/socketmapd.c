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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define REQUEST_MAX 100000

static const char *answers;
static atomic_int connections;

/* listen_unix - in the place of whatever socket is there */
static int
listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		errx(1, "%s: too long", path);
	strcpy(address.sun_path, path);
	unlink(path);
	umask(0); /* the daemon asks as another user */
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		err(1, "%s", path);
	return fd;
}

/* listen_inet - on "HOST:PORT" */
static int
listen_inet(char *where)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *info;
	char *port = strrchr(where, ':');
	int fd, one = 1;

	if (port == NULL)
		errx(1, "%s: no port", where);
	*port++ = '\0';
	if (getaddrinfo(where, port, &hints, &info) != 0)
		errx(1, "%s: no address", where);
	fd = socket(info->ai_family, SOCK_STREAM, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, info->ai_addr, info->ai_addrlen) != 0)
		err(1, "%s", where);
	freeaddrinfo(info);
	return fd;
}

/* say_ready - "listening", with the port if there is one */
static void
say_ready(int fd)
{
	struct sockaddr_storage own = { 0 };
	socklen_t length = sizeof(own);
	char port[32];

	getsockname(fd, (struct sockaddr *)&own, &length);
	if (own.ss_family == AF_UNIX)
		puts("listening");
	else if (getnameinfo((struct sockaddr *)&own, length, NULL, 0, port,
		     sizeof(port), NI_NUMERICSERV) == 0)
		printf("listening %s\n", port);
	fflush(stdout);
}

/* find_reply - the reply to "map key", for the caller to free */
static char *
find_reply(const char *request)
{
	FILE *file = fopen(answers, "r");
	char *line = NULL, *reply = NULL, *equals;
	size_t room = 0;
	ssize_t length;

	if (file == NULL)
		err(1, "%s", answers);
	while (reply == NULL && (length = getline(&line, &room, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		equals = strstr(line, " = ");
		if (equals == NULL || line[0] == '#')
			continue;
		*equals = '\0';
		if (strcasecmp(line, request) == 0)
			reply = strdup(equals + 3);
	}
	free(line);
	fclose(file);
	return reply != NULL ? reply : strdup("NOTFOUND ");
}

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
static void *
serve(void *argument)
{
	FILE *stream = argument;
	char *request = malloc(REQUEST_MAX + 1), *reply;
	unsigned length;
	bool more = true;

	while (more && fscanf(stream, "%6u:", &length) == 1 &&
	       length <= REQUEST_MAX &&
	       fread(request, 1, length, stream) == length &&
	       getc(stream) == ',') {
		request[length] = '\0';
		reply = find_reply(request);
		more = answer(stream, reply);
		free(reply);
	}
	fclose(stream);
	free(request);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	int server, fd;

	if (argc != 3)
		errx(64, "usage: socketmapd unix:PATH|inet:HOST:PORT FILE");
	answers = argv[2];
	signal(SIGPIPE, SIG_IGN);
	if (strncmp(argv[1], "inet:", 5) == 0)
		server = listen_inet(argv[1] + 5);
	else if (strncmp(argv[1], "unix:", 5) == 0)
		server = listen_unix(argv[1] + 5);
	else
		server = listen_unix(argv[1]);
	if (listen(server, 128) != 0)
		err(1, "listen");
	say_ready(server);
	while ((fd = accept(server, NULL, NULL)) >= 0) {
		atomic_fetch_add(&connections, 1);
		if (pthread_create(&thread, NULL, serve, fdopen(fd, "r+")) == 0)
			pthread_detach(thread);
	}
	err(1, "accept");
}
