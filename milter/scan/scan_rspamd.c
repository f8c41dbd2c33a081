/*
 * scan_rspamd - rspamd's normal worker, by HTTP (POST /checkv2).
 *
 * HTTP/1.0, so that the answer is not chunked. What is known beside the
 * message goes in fields of the request (rspamd's protocol: IP, Helo, From,
 * Rcpt, User, ...), with everything unprintable replaced: a greeting must not
 * become a field of its own. The answer is an object with action, score,
 * required_score, symbols by name, and perhaps subject and messages.
 */
#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "scan/scan_head.h"
#include "scan/scan_rspamd.h"
#include "service/json.h"

#define ANSWER_MAX (1 << 20)
#define SYMBOLS_MAX 2000
#define TEXT_MAX 400
#define WORD_MAX 400
#define RECIPIENTS_MAX 200

static const struct name_code actions[] = {
	{ "no action", SCAN_PASS },
	{ "greylist", SCAN_DEFER },
	{ "soft reject", SCAN_DEFER },
	{ "add header", SCAN_TAG },
	{ "rewrite subject", SCAN_SUBJECT },
	{ "quarantine", SCAN_HOLD },
	{ "reject", SCAN_REJECT },
	{ "discard", SCAN_DROP },
	{ NULL, 0 },
};

/* text_of - a member, printable, "" when it is not there */
static const char *
text_of(const struct json *object, const char *key, struct arena *arena)
{
	const char *text = object != NULL ? json_get_text(object, key) : NULL;

	return text == NULL
		   ? ""
		   : scan_printable(arena, text, strlen(text), TEXT_MAX);
}

/* symbols_of - the names, with commas between */
static const char *
symbols_of(const struct json *symbols, struct arena *arena)
{
	struct str names = STR_INIT;
	void *cursor = NULL;
	const char *name, *text;

	while (symbols != NULL && json_holds_object(symbols) &&
	       names.length < SYMBOLS_MAX &&
	       json_each(symbols, &cursor, &name) != NULL)
		str_addf(&names, "%s%s", names.length > 0 ? "," : "", name);
	text =
	    scan_printable(arena, str_text(&names), names.length, SYMBOLS_MAX);
	str_fini(&names);
	return text;
}

/* read_object - what the answer says; false: not what we asked for */
static bool
read_object(const struct json *object, struct arena *arena,
    struct scan_spam *spam)
{
	const char *action = json_get_text(object, "action");
	const struct json *messages = json_get(object, "messages");
	int code;

	if (action == NULL || !names_code(actions, action, &code) ||
	    !json_get_milli(object, "score", SCAN_SCORE_MAX, &spam->score))
		return false;
	spam->action = (enum scan_action)code;
	json_get_milli(object, "required_score", SCAN_SCORE_MAX,
	    &spam->required);
	spam->symbols = symbols_of(json_get(object, "symbols"), arena);
	spam->subject = text_of(object, "subject", arena);
	if (messages != NULL && json_holds_object(messages))
		spam->reply = text_of(messages, "smtp_message", arena);
	return true;
}

enum scan_result
scan_rspamd_parse(const char *text, size_t length, struct arena *arena,
    struct scan_spam *spam)
{
	struct scan_head head;
	struct json *object;
	bool good;

	*spam = (struct scan_spam){ .reply = "", .subject = "", .symbols = "" };
	if (!scan_head_parse(text, length, "HTTP/", &head))
		return SCAN_BROKEN;
	if (head.code != 200)
		return head.code >= 400 ? SCAN_FAILED : SCAN_BROKEN;
	if (head.declared && !head.whole)
		return SCAN_BROKEN;
	object = json_parse(head.body, head.body_length);
	good = object != NULL && json_holds_object(object) &&
	       read_object(object, arena, spam);
	if (object != NULL)
		json_free(object);
	return good ? SCAN_OK : SCAN_BROKEN;
}

/* is_whole - as much as was declared */
static bool
is_whole(const char *text, size_t length)
{
	struct scan_head head;

	return scan_head_parse(text, length, "HTTP/", &head) && head.declared &&
	       head.whole;
}

/* read_answer - a whole one, or what there is of it */
static enum scan_result
read_answer(const char *text, size_t length, struct arena *arena, void *answer)
{
	return scan_rspamd_parse(text, length, arena, answer);
}

static const struct scan_talk talk = {
	.answer_max = ANSWER_MAX,
	.is_whole = is_whole,
	.read = read_answer,
};

/* field - of the request, unless it is empty */
static void
field(struct str *head, struct arena *arena, const char *name,
    const char *value)
{
	if (value[0] != '\0')
		str_addf(head, "%s: %s\r\n", name,
		    scan_printable(arena, value, strlen(value), WORD_MAX));
}

/* head_of - the request line and its fields */
static const char *
head_of(const struct scan_message *message,
    const struct scan_envelope *envelope, struct arena *arena)
{
	struct str head = STR_INIT;
	const char *text;

	str_addf(&head,
	    "POST /checkv2 HTTP/1.0\r\nContent-Length: %zu\r\n"
	    "User-Agent: mailreeve\r\n",
	    message->length);
	field(&head, arena, "IP", envelope->client_addr);
	field(&head, arena, "Hostname", envelope->client_name);
	field(&head, arena, "Helo", envelope->helo);
	str_addf(&head, "From: <%s>\r\n",
	    scan_printable(arena, envelope->sender, strlen(envelope->sender),
		WORD_MAX));
	for (size_t i = 0;
	     i < RECIPIENTS_MAX && envelope->recipients[i] != NULL; i++)
		field(&head, arena, "Rcpt", envelope->recipients[i]);
	field(&head, arena, "User", envelope->login);
	field(&head, arena, "Queue-Id", envelope->queue_id);
	field(&head, arena, "MTA-Name", envelope->hostname);
	str_add(&head, "\r\n");
	text = arena_strdup(arena, str_text(&head));
	str_fini(&head);
	return text;
}

struct scan_job *
scan_rspamd(struct scan_job **jobs, struct scan_servers *servers,
    const struct scan_message *message, const struct scan_envelope *envelope,
    const struct scan_time *time, struct scan_spam *spam)
{
	const char *head = head_of(message, envelope, time->arena);
	const struct scan_request request = { .piece = {
						  { head, strlen(head) },
						  { message->data,
						      message->length },
					      } };

	return scan_job_begin(jobs, servers, &talk, &request, time, spam);
}
