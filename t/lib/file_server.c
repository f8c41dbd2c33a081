/*
 * file_server - the frame of test servers whose answers stand in a file.
 */
#include "t/lib/file_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *answers;
static void (*serve_stream)(FILE *stream);

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

/* listen_at - wherever */
static int
listen_at(char *where)
{
	if (strncmp(where, "inet:", 5) == 0)
		return listen_inet(where + 5);
	if (strncmp(where, "unix:", 5) == 0)
		return listen_unix(where + 5);
	return where[0] == '/' ? listen_unix(where) : listen_inet(where);
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

/* serve_one - a connection's thread */
static void *
serve_one(void *stream)
{
	serve_stream(stream);
	return NULL;
}

void
file_server_run(int argc, char **argv, void (*serve)(FILE *stream))
{
	pthread_t thread;
	int server, fd;

	if (argc != 3)
		errx(64, "usage: %s [unix:]PATH|[inet:]HOST:PORT FILE",
		    argv[0]);
	answers = argv[2];
	serve_stream = serve;
	signal(SIGPIPE, SIG_IGN);
	server = listen_at(argv[1]);
	if (listen(server, 128) != 0)
		err(1, "listen");
	say_ready(server);
	while ((fd = accept(server, NULL, NULL)) >= 0)
		if (pthread_create(&thread, NULL, serve_one,
			fdopen(fd, "r+")) == 0)
			pthread_detach(thread);
	err(1, "accept");
}

FILE *
file_server_open(void)
{
	FILE *file = fopen(answers, "r");

	if (file == NULL)
		err(1, "%s", answers);
	return file;
}

char *
file_server_reply(const char *key)
{
	FILE *file = file_server_open();
	char *line = NULL, *reply = NULL, *equals;
	size_t room = 0;

	while (reply == NULL && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		equals = strstr(line, " = ");
		if (equals == NULL || line[0] == '#')
			continue;
		*equals = '\0';
		if (strcasecmp(line, key) == 0)
			reply = strdup(equals + 3);
	}
	free(line);
	fclose(file);
	return reply;
}
