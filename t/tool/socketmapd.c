/*
 * socketmapd - a socket map server with answers from a file, for tests.
 *
 *     socketmapd [unix:]PATH|inet:HOST:PORT ANSWERS
 *
 * Each line of ANSWERS is "MAP KEY = REPLY": what is answered to "MAP KEY",
 * word for word ("OK value", "TEMP busy", "PERM no such map", or anything
 * that makes no sense); what is not listed gets "NOTFOUND ". Prints "ready"
 * when it listens, and runs until it is ended.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define QUESTION_MAX 4096
#define ANSWERS_MAX 1000

static struct {
	char *question, *reply;
} answers[ANSWERS_MAX];
static size_t answer_count;

/* fail - nothing that a test could go on with */
static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

/* read_answers - "MAP KEY = REPLY" lines */
static void
read_answers(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[QUESTION_MAX];
	char *equals;

	if (file == NULL)
		fail(path);
	while (answer_count < ANSWERS_MAX &&
	       fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		equals = strstr(line, " = ");
		if (equals == NULL)
			continue;
		*equals = '\0';
		answers[answer_count].question = strdup(line);
		answers[answer_count++].reply = strdup(equals + 3);
	}
	fclose(file);
}

/* reply_to - the answer to one question */
static const char *
reply_to(const char *question)
{
	for (size_t i = 0; i < answer_count; i++)
		if (strcasecmp(answers[i].question, question) == 0)
			return answers[i].reply;
	return "NOTFOUND ";
}

/* serve - questions of one client, netstrings, until it hangs up */
static void *
serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	FILE *client = fdopen(fd, "r");
	char question[QUESTION_MAX];
	const char *reply;
	size_t length;

	while (client != NULL && fscanf(client, "%4zu:", &length) == 1 &&
	       length < sizeof(question) &&
	       fread(question, 1, length, client) == length &&
	       fgetc(client) == ',') {
		question[length] = '\0';
		reply = reply_to(question);
		dprintf(fd, "%zu:%s,", strlen(reply), reply);
	}
	if (client != NULL)
		fclose(client);
	return NULL;
}

/* listen_unix - on a path that anybody may use */
static int
listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	umask(0);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail(path);
	return fd;
}

/* listen_inet - on "HOST:PORT" */
static int
listen_inet(const char *where)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char host[64];
	unsigned port;

	if (sscanf(where, "%63[^:]:%u", host, &port) != 2 ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1)
		fail(where);
	address.sin_port = htons((uint16_t)port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail(where);
	return fd;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	int fd, client;

	if (argc != 3) {
		fprintf(stderr, "usage: socketmapd WHERE ANSWERS\n");
		return 64;
	}
	read_answers(argv[2]);
	if (strncmp(argv[1], "inet:", 5) == 0)
		fd = listen_inet(argv[1] + 5);
	else
		fd = listen_unix(
		    strncmp(argv[1], "unix:", 5) == 0 ? argv[1] + 5 : argv[1]);
	if (listen(fd, 64) != 0)
		fail(argv[1]);
	printf("ready\n");
	fflush(stdout);
	while ((client = accept(fd, NULL, NULL)) >= 0)
		if (pthread_create(&thread, NULL, serve,
			(void *)(intptr_t)client) == 0)
			pthread_detach(thread);
	return 1;
}
