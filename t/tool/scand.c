/*
 * scand - a scanner whose answer stands in a file: clamd, spamd or rspamd.
 *
 *     scand [unix:]PATH|inet:HOST:PORT|HOST:PORT ANSWER-FILE
 *
 * It reads a request as these three do (INSTREAM up to its chunk of length 0;
 * a head and Content-length bytes), says what the file says, and hangs up.
 * Line ends of the file are sent as CR LF, the last one not at all; \0 is NUL.
 * The first line may be one of
 *
 *     !hang          takes the request and never answers
 *     !deaf          does not even read it
 *     !close         hangs up at once
 *     !early         answers before it has read anything
 *     !slow MS       answers after a while
 *     !endless       goes on to say the rest without an end
 *     !expect TEXT   answers only if the request has TEXT in it
 *
 * The file is read for each connection, so it can be replaced. A thread for
 * each connection; nothing is bounded: it is for tests.
 */
#include "t/lib/file_server.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define ANSWER_MAX 100000

/* one connection */
struct talk {
	FILE *stream;
	char *request;
	size_t length;
};

/* keep - bytes of the request, for !expect */
static bool
keep(struct talk *talk, size_t count)
{
	talk->request = realloc(talk->request, talk->length + count + 1);
	if (fread(talk->request + talk->length, 1, count, talk->stream) !=
	    count)
		return false;
	talk->length += count;
	talk->request[talk->length] = '\0';
	return true;
}

/* read_stream - clamd's: lengths and chunks */
static bool
read_stream(struct talk *talk)
{
	unsigned char head[4];
	size_t length;

	if (!keep(talk, strlen("INSTREAM") + 1))
		return false;
	for (;;) {
		if (fread(head, 1, 4, talk->stream) != 4)
			return false;
		length = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
			 (size_t)head[2] << 8 | head[3];
		if (length == 0)
			return true;
		if (!keep(talk, length))
			return false;
	}
}

/* read_head - lines up to an empty one, and the body that they tell of */
static bool
read_head(struct talk *talk)
{
	size_t line = 0, body = 0;

	while (keep(talk, 1)) {
		const char *begin = talk->request + line;

		if (talk->request[talk->length - 1] != '\n')
			continue;
		if (strcmp(begin, "\r\n") == 0)
			return keep(talk, body);
		if (strncasecmp(begin, "Content-length:", 15) == 0)
			body = strtoul(begin + 15, NULL, 10);
		line = talk->length;
	}
	return false;
}

/* read_request - of whatever kind */
static bool
read_request(struct talk *talk)
{
	if (!keep(talk, 1))
		return false;
	return talk->request[0] == 'z' ? read_stream(talk) : read_head(talk);
}

/* read_answer - the file, for the caller to free */
static char *
read_answer(void)
{
	FILE *file = file_server_open();
	char *text = calloc(1, ANSWER_MAX + 1);

	if (text == NULL ||
	    (fread(text, 1, ANSWER_MAX, file) == 0 && ferror(file)))
		err(1, "the answer");
	fclose(file);
	return text;
}

/* say - with CR LF, the last line end not; \0 is NUL */
static void
say(FILE *stream, const char *text)
{
	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] == '0') {
			putc('\0', stream);
			text++;
		} else if (text[0] == '\n' && text[1] != '\0') {
			fputs("\r\n", stream);
		} else if (text[0] != '\n') {
			putc(*text, stream);
		}
	}
	fflush(stream);
}

/* directive - of the first line; what follows it, or NULL to hang up */
static const char *
directive(struct talk *talk, char *text)
{
	char *rest = strchr(text, '\n');

	if (rest != NULL)
		*rest++ = '\0';
	if (strcmp(text, "!deaf") == 0 || strcmp(text, "!hang") == 0) {
		if (strcmp(text, "!hang") == 0)
			read_request(talk);
		pause();
	}
	if (strcmp(text, "!close") == 0 || rest == NULL)
		return NULL;
	if (strcmp(text, "!early") == 0)
		return rest;
	if (!read_request(talk))
		return NULL;
	if (strncmp(text, "!slow ", 6) == 0)
		usleep((useconds_t)atoi(text + 6) * 1000);
	if (strncmp(text, "!expect ", 8) == 0 &&
	    memmem(talk->request, talk->length, text + 8, strlen(text + 8)) ==
		NULL)
		return NULL;
	while (strcmp(text, "!endless") == 0 && !ferror(talk->stream))
		say(talk->stream, rest);
	return rest;
}

/* serve - one connection */
static void
serve(FILE *stream)
{
	struct talk talk = { .stream = stream };
	char *text = read_answer();
	const char *answer = text;

	if (text[0] == '!')
		answer = directive(&talk, text);
	else if (!read_request(&talk))
		answer = NULL;
	if (answer != NULL)
		say(talk.stream, answer);
	fclose(talk.stream);
	free(talk.request);
	free(text);
}

int
main(int argc, char **argv)
{
	file_server_run(argc, argv, serve);
}
