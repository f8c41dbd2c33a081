/*
 * fuzz_reply - any template and any values: what comes out is a reply that
 * Postfix, Sendmail and libmilter pass on as it is.
 *
 * Input: the template, and behind the first '\n' values, one a line, given to
 * all names in turn. The check knows nothing of reply.c: it is written from
 * RFC 5321, RFC 3463 and what the MTAs were seen to do.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reply/reply.h"

#define LIBMILTER_MAX 980 /* bytes of a text, per-cent signs doubled */
#define LINE_MAX_SMTP 512
#define ADDRESS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* must - what is always so */
static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* check_xcode - none, or class "." 1*3digit "." 1*3digit */
static void
check_xcode(const struct reply *reply)
{
	const char *p = reply->xcode;

	if (*p == '\0')
		return;
	must(*p++ - '0' == reply->code / 100);
	for (int part = 0; part < 2; part++) {
		size_t digits;

		must(*p++ == '.');
		digits = strspn(p, "0123456789");
		must(digits >= 1 && digits <= 3);
		p += digits;
	}
	must(*p == '\0');
}

/* check_line - printable, and short enough with what stands around it */
static void
check_line(const struct reply *reply, const char *line, size_t prefix)
{
	size_t wire = strlen("550 \r\n") + prefix + strlen(line);
	size_t doubled = strlen(line);

	wire += reply->xcode[0] != '\0' ? strlen(reply->xcode) + 1
					: strlen("5.0.0 ");
	must(wire <= LINE_MAX_SMTP);
	must(line[0] != '\0' && line[0] != ' ');
	for (; *line != '\0'; line++) {
		must(isascii(*line) && isprint(*line));
		doubled += *line == '%';
	}
	must(doubled <= LIBMILTER_MAX);
}

/* sendmail_prefix - "<address>... " of MAIL and RCPT */
static size_t
sendmail_prefix(const struct reply *reply, enum reply_place place,
    const char *address)
{
	if (place == REPLY_PLACE_MESSAGE || address == NULL ||
	    strlen(address) > ADDRESS_MAX)
		return 0;
	if (reply->code != 450 && reply->code != 550 && reply->code != 553)
		return 0;
	return strlen(address) + strlen("<>... ");
}

/* check - a reply that was made with these values */
static void
check(const struct reply *reply, enum reply_place place,
    const struct reply_values *values)
{
	must(reply->code >= 400 && reply->code <= 599);
	check_xcode(reply);
	must(reply->lines >= 1 && reply->lines <= REPLY_LINES);
	must(reply->code != 421 || reply->lines == 1);
	/* Postfix: a digit behind the code is an enhanced code's class */
	must(reply->xcode[0] != '\0' || !isdigit(reply->line[0][0]));
	check_line(reply, reply->line[0],
	    sendmail_prefix(reply, place, values->text[VALUE_SENDER]));
	check_line(reply, reply->line[0],
	    sendmail_prefix(reply, place, values->text[VALUE_RECIPIENT]));
	for (size_t i = 1; i < reply->lines; i++)
		check_line(reply, reply->line[i], 0);
}

/* make_all - the template as native reply, at all places */
static void
make_all(const char *template, const struct reply_values *values,
    struct arena *arena, struct problems *problems)
{
	const struct origin nowhere = { .file = NULL };
	const struct reason reasons[] = {
		{ .name = "a.b", .reply = template },
		{ .name = NULL },
	};
	const struct reason_table table = { .reasons = reasons };
	struct reply_book *book = reply_book_new(&table, 1, "mailreeve",
	    nowhere, NULL, 0, NULL, problems);

	for (int i = REPLY_PLACE_OTHER; i <= REPLY_PLACE_MESSAGE; i++) {
		enum reply_place place = (enum reply_place)i;
		struct reply reply;

		reply_make(book, 0, place, values, arena, &reply);
		check(&reply, place, values);
		must(reply_is_temporary(book, 0, place) == (reply.code < 500));
	}
	reply_book_free(book);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct origin nowhere = { .file = NULL };
	struct arena *arena = arena_new(4096);
	struct problems *problems = problems_new();
	char *values_text = arena_strndup(arena, (const char *)data, size);
	char *template = strsep(&values_text, "\n");
	struct reply_values values = { .text = { NULL } };

	for (int i = 0; values_text != NULL && i < VALUE_MAX; i++)
		values.text[i] = strsep(&values_text, "\n");
	if (reply_check(template, nowhere, problems))
		make_all(template, &values, arena, problems);
	else
		must(problems_errors(problems) == 1);
	problems_free(problems);
	arena_free(arena);
	return 0;
}
