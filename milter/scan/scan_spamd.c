/*
 * scan_spamd - SpamAssassin's daemon, by its command SYMBOLS (SPAMC/1.5).
 *
 * A milter is shown the message without the Received field of this very hop,
 * and SpamAssassin goes by it: who the client is, for its lists and its SPF.
 * So one is put on top, with a Return-Path (Mail::SpamAssassin::Conf,
 * envelope_sender_header); the message itself does not get them.
 *
 *     SPAMD/1.1 0 EX_OK
 *     Content-length: 20
 *     Spam: True ; 15.2 / 5.0
 *
 *     GTUBE,MISSING_DATE
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scan/scan_head.h"
#include "scan/scan_spamd.h"

#define ANSWER_MAX 65536
#define SYMBOLS_MAX 2000
#define WORD_MAX 256 /* of a stranger, in a field that we make */

/* read_verdict - "True ; 15.2 / 5.0" */
static bool
read_verdict(const char *value, struct arena *arena, struct scan_spam *spam)
{
	const char *word[5];
	size_t count = 0, length;
	const char *next;

	while (
	    count < 5 && (next = str_next_word(&value, " \t", &length)) != NULL)
		word[count++] = arena_strndup(arena, next, length);
	if (count != 5 || strcmp(word[1], ";") != 0 ||
	    strcmp(word[3], "/") != 0 || !scan_milli(word[2], &spam->score) ||
	    !scan_milli(word[4], &spam->required))
		return false;
	spam->action =
	    strcasecmp(word[0], "True") == 0 || strcasecmp(word[0], "Yes") == 0
		? SCAN_TAG
		: SCAN_PASS;
	return true;
}

enum scan_result
scan_spamd_parse(const char *text, size_t length, struct arena *arena,
    struct scan_spam *spam)
{
	struct scan_head head;
	const char *verdict;

	*spam = (struct scan_spam){ .reply = "", .subject = "", .symbols = "" };
	if (!scan_head_parse(text, length, "SPAMD/", &head))
		return SCAN_BROKEN;
	if (head.code != 0)
		return SCAN_FAILED;
	if (head.declared && !head.whole)
		return SCAN_BROKEN;
	verdict = scan_head_field(&head, "Spam", arena);
	if (verdict == NULL || !read_verdict(verdict, arena, spam))
		return SCAN_BROKEN;
	while (head.body_length > 0 &&
	       strchr("\r\n", head.body[head.body_length - 1]) != NULL &&
	       head.body[head.body_length - 1] != '\0')
		head.body_length--;
	spam->symbols =
	    scan_printable(arena, head.body, head.body_length, SYMBOLS_MAX);
	return SCAN_OK;
}

/* is_whole - as much as was declared */
static bool
is_whole(const char *text, size_t length)
{
	struct scan_head head;

	return scan_head_parse(text, length, "SPAMD/", &head) &&
	       ((head.declared && head.whole) || head.code != 0);
}

/* read_answer - a whole one, or what there is of it */
static enum scan_result
read_answer(const char *text, size_t length, struct arena *arena, void *answer)
{
	return scan_spamd_parse(text, length, arena, answer);
}

static const struct scan_talk talk = {
	.answer_max = ANSWER_MAX,
	.is_whole = is_whole,
	.read = read_answer,
};

/* word - of a stranger, such that it stays in its place in a Received field */
static const char *
word(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena,
	    scan_printable(arena, text, strlen(text), WORD_MAX));

	for (char *c = copy; *c != '\0'; c++)
		if (strchr(" ()<>;\\\"", *c) != NULL)
			*c = '?';
	return copy[0] != '\0' ? copy : "unknown";
}

/* put_on_top - the fields of this hop, as Postfix would write them */
static const char *
put_on_top(const struct scan_envelope *e, struct arena *arena)
{
	char date[CLOCK_MAIL_DATE_SIZE];
	const char *sender = e->sender[0] != '\0' ? word(arena, e->sender) : "";

	clock_mail_date(e->now, date, sizeof(date));
	return arena_printf(arena,
	    "Return-Path: <%s>\r\n"
	    "Received: from %s (%s [%s%s])%s\r\n"
	    "\tby %s (mailreeve) with ESMTP%s id %s;\r\n"
	    "\t%s\r\n",
	    sender, word(arena, e->helo), word(arena, e->client_name),
	    strchr(e->client_addr, ':') != NULL ? "IPv6:" : "",
	    e->client_addr[0] != '\0' ? e->client_addr : "127.0.0.1",
	    e->login[0] != '\0'
		? arena_printf(arena, "\r\n\t(Authenticated sender: %s)",
		      word(arena, e->login))
		: "",
	    word(arena, e->hostname), e->login[0] != '\0' ? "A" : "",
	    word(arena, e->queue_id), date);
}

struct scan_job *
scan_spamd(struct scan_job **jobs, struct scan_servers *servers,
    const struct scan_message *message, const struct scan_envelope *envelope,
    const char *user, const struct scan_time *time, struct scan_spam *spam)
{
	struct arena *arena = time->arena;
	const char *top = put_on_top(envelope, arena);
	const char *head = arena_printf(arena,
	    "SYMBOLS SPAMC/1.5\r\nContent-length: %zu\r\n%s%s%s\r\n%s",
	    strlen(top) + message->length, user[0] != '\0' ? "User: " : "",
	    user[0] != '\0' ? word(arena, user) : "",
	    user[0] != '\0' ? "\r\n" : "", top);
	const struct scan_request request = { .piece = {
						  { head, strlen(head) },
						  { message->data,
						      message->length },
					      } };

	return scan_job_begin(jobs, servers, &talk, &request, time, spam);
}
