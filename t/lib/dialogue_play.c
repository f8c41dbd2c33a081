/*
 * dialogue_play - the steps of a case, given to a peer, and what came back.
 *
 * Sets the macros that an MTA would send with each step: as Postfix does, or,
 * after "connect ... v=8.17.1.9", as Sendmail.
 */
#include "t/lib/dialogue_play.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ARGV_MAX 32

/* play_differ - a complaint about a line of the case */
void
play_differ(struct play *play, const struct case_line *line, const char *what,
    const char *got, const char *wanted)
{
	str_addf(&play->why, "line %u: %s: got \"%s\", wanted \"%s\"\n",
	    line->number, what, got, wanted);
}

/* play_matches - an extended regex; a bad one matches nothing and is told */
bool
play_matches(struct play *play, const struct case_line *line,
    const char *pattern, const char *text)
{
	regex_t regex;
	bool match;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) !=
	    0) {
		play_differ(play, line, "bad regex", pattern, "a regex");
		return false;
	}
	match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return match;
}

/* compare - what the client saw against what the case expects */
static void
compare(struct play *play, const struct case_line *line, const char *got)
{
	const char *wanted = line->expect[play->runner];
	bool same;

	if (wanted == NULL || strcmp(wanted, "ok") == 0) {
		wanted = "ok";
		same = strcmp(got, "ok") == 0 || strcmp(got, "discard") == 0;
	} else if (wanted[0] == '~') {
		same = play_matches(play, line,
		    wanted + 1 + strspn(wanted + 1, " "), got);
	} else {
		same = strcmp(got, wanted) == 0;
	}
	if (!same)
		play_differ(play, line, line->verb, got, wanted);
}

/* split - text at blanks into room words of argv, in the arena */
static void
split(struct play *play, const char *text, char **argv, size_t room)
{
	size_t count = 0, length;
	const char *word;

	while (count + 1 < room &&
	       (word = str_next_word(&text, " ", &length)) != NULL)
		argv[count++] = arena_strndup(play->arena, word, length);
	argv[count] = NULL;
}

/* split_path - as split, but a path in brackets may hold blanks */
static void
split_path(struct play *play, const char *text, char *argv[ARGV_MAX])
{
	const char *end = text[0] == '<' ? strrchr(text, '>') : NULL;

	if (end == NULL) {
		split(play, text, argv, ARGV_MAX);
		return;
	}
	argv[0] = arena_strndup(play->arena, text, (size_t)(end - text) + 1);
	split(play, end + 1, argv + 1, ARGV_MAX - 1);
}

/* macro - one for the peer */
static void
macro(struct play *play, char step, const char *name, const char *value)
{
	play->peer.macro(play->peer.self, step, name, value);
}

/* option - the value of "key=" in argv, or the fallback */
static const char *
option(char *argv[ARGV_MAX], const char *key, const char *fallback)
{
	size_t length = strlen(key);

	for (size_t i = 0; argv[i] != NULL; i++)
		if (strncmp(argv[i], key, length) == 0 &&
		    argv[i][length] == '=')
			return argv[i] + length + 1;
	return fallback;
}

/* play_connect - "ADDRESS|none NAME|- key=value..." */
static void
play_connect(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	char *argv[ARGV_MAX];
	const char *address, *name, *resolve, *port;
	char bracketed[80];

	split(play, line->text, argv, ARGV_MAX);
	address = argv[0] != NULL ? argv[0] : "203.0.113.5";
	if (play->client != NULL)
		address = play->client;
	name = argv[0] != NULL && argv[1] != NULL ? argv[1] : "-";
	snprintf(bracketed, sizeof(bracketed), "[%s]", address);
	resolve = strcmp(name, "-") == 0 ? "FAIL" : "OK";
	if (strcmp(name, "-") == 0)
		name = bracketed;
	port = option(argv, "client_port", "40000");
	macro(play, 'C', "j", "mx.example.test");
	macro(play, 'C', "v", option(argv, "v", "Postfix 3.7.11"));
	play->postfix_like =
	    strncmp(option(argv, "v", "Postfix"), "Postfix", 7) == 0;
	macro(play, 'C', "{daemon_name}", option(argv, "listener", "MTA"));
	macro(play, 'C', "{daemon_port}", option(argv, "port", "25"));
	macro(play, 'C', "{daemon_addr}", "127.0.0.1");
	macro(play, 'C', "{client_resolve}", option(argv, "resolve", resolve));
	macro(play, 'C', "{client_ptr}",
	    option(argv, "ptr", name[0] == '[' ? "unknown" : name));
	play->peer.connect(play->peer.self, name,
	    strcmp(address, "none") == 0 ? NULL : address, (unsigned)atoi(port),
	    answer);
}

/* play_helo - HELO or EHLO: Sendmail tells which, Postfix does not */
static void
play_helo(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	const char *protocol =
	    strcmp(line->verb, "helo") == 0 ? "SMTP" : "ESMTP";

	if (!play->postfix_like) {
		macro(play, 'H', "r", protocol);
		macro(play, 'M', "r", protocol);
	}
	play->sender = NULL;
	play->peer.helo(play->peer.self, line->text, answer);
}

static void
play_auth(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	macro(play, 'M', "{auth_type}", "PLAIN");
	macro(play, 'M', "{auth_authen}", line->text);
	snprintf(answer->text, sizeof(answer->text), "ok");
}

static void
play_starttls(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	(void)line;
	macro(play, 'H', "{tls_version}", "TLSv1.3");
	macro(play, 'H', "{cipher}", "TLS_AES_256_GCM_SHA384");
	macro(play, 'H', "{cipher_bits}", "256");
	snprintf(answer->text, sizeof(answer->text), "ok");
}

static void
play_mail(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	char *argv[ARGV_MAX];

	split_path(play, line->text, argv);
	play->sender = argv[0];
	play->accepted = 0;
	macro(play, 'R', "i", NULL);
	macro(play, 'T', "i", NULL);
	macro(play, 'E', "i", NULL);
	play->peer.mail(play->peer.self, argv, answer);
}

/* rcpt - with the mailer that the MTA found for it */
static void
rcpt(struct play *play, const struct case_line *line, const char *mailer,
    struct peer_answer *answer)
{
	char *argv[ARGV_MAX];
	bool refused = strcmp(mailer, "error") == 0;

	split_path(play, line->text, argv);
	macro(play, 'R', "{rcpt_mailer}", mailer);
	macro(play, 'R', "{rcpt_host}", refused ? "5.1.1" : "example.test");
	macro(play, 'R', "{rcpt_addr}", argv[0]);
	/* Postfix knows the queue id from the second recipient on */
	macro(play, 'R', "i", play->accepted > 0 ? "4CASE00001" : NULL);
	play->peer.rcpt(play->peer.self, argv, answer);
	if (strcmp(answer->text, "ok") == 0 && !refused)
		play->accepted++;
}

static void
play_rcpt(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	rcpt(play, line, "smtp", answer);
}

static void
play_refused(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	rcpt(play, line, "error", answer);
}

static void
play_data(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	(void)line;
	macro(play, 'T', "i", "4CASE00001");
	macro(play, 'E', "i", "4CASE00001");
	play->peer.data(play->peer.self, answer);
}

/* passes - the step let the message go on */
static bool
passes(const struct peer_answer *answer)
{
	return strcmp(answer->text, "ok") == 0;
}

/*
 * unescape - \\r, \\n, \\0, \\xHH and \\\\ of "message escaped" in place; the
 * length then, since NUL may be in it
 */
static size_t
unescape(char *text)
{
	static const char letters[] = "rn0\\", bytes[] = "\r\n\0\\";
	const char *from = text, *letter;
	char *to = text, hex[3] = "";

	while (*from != '\0') {
		if (from[0] == '\\' && from[1] == 'x') {
			memcpy(hex, from + 2, 2);
			*to++ = (char)strtol(hex, NULL, 16);
			from += 4;
		} else if (from[0] == '\\' && from[1] != '\0' &&
			   (letter = strchr(letters, from[1])) != NULL) {
			*to++ = bytes[letter - letters];
			from += 2;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

/* give_header - one field with its folds; *text moves behind it */
static void
give_header(struct play *play, const char **text, bool escaped,
    struct peer_answer *answer)
{
	const char *end = *text;
	const char *name, *value;
	char *copy;
	size_t length;

	do {
		end = strchr(end, '\n');
		end = end != NULL ? end + 1 : *text + strlen(*text);
	} while (end[0] == ' ' || end[0] == '\t');
	length = strcspn(*text, ":");
	name = arena_strndup(play->arena, *text, length);
	value = *text + length + 1;
	value += strspn(value, " ");
	length = (size_t)(end - value);
	if (length > 0 && value[length - 1] == '\n')
		length--;
	copy = arena_strndup(play->arena, value, length);
	if (escaped)
		unescape(copy);
	*text = end;
	play->peer.header(play->peer.self, name, copy, answer);
}

/* give_body - with CRLF, as MTAs do; then padding to the wanted size */
static void
give_body(struct play *play, const char *text, bool escaped, long pad,
    struct peer_answer *answer)
{
	struct str body = STR_INIT;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			str_add_char(&body, '\r');
		str_add_char(&body, *text);
	}
	for (; pad > 0; pad -= 80)
		str_addf(&body, "%078d\r\n", 0);
	if (escaped && body.length > 0)
		body.length = unescape(body.data);
	if (body.length > 0)
		play->peer.body(play->peer.self, body.data, body.length,
		    answer);
	str_fini(&body);
}

/* default_message - when the case gives none */
static const char *
default_message(struct play *play)
{
	return arena_printf(play->arena,
	    "From: %s\nTo: <alice@example.test>\nSubject: a case\n"
	    "Message-ID: <case@sender.test>\n"
	    "Date: Mon, 21 Sep 2026 12:00:00 +0000\n\nText.\n",
	    play->sender != NULL ? play->sender : "<>");
}

static void
play_message(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	const char *text =
	    line->block != NULL ? line->block : default_message(play);
	bool escaped = strstr(line->text, "escaped") != NULL;
	char *argv[ARGV_MAX];
	long pad;

	split(play, line->text, argv, ARGV_MAX);
	pad = atol(option(argv, "size", "0"));
	snprintf(answer->text, sizeof(answer->text), "ok");
	while (passes(answer) && text[0] != '\0' && text[0] != '\n')
		give_header(play, &text, escaped, answer);
	if (passes(answer))
		play->peer.eoh(play->peer.self, answer);
	if (passes(answer))
		give_body(play, text[0] == '\n' ? text + 1 : text, escaped, pad,
		    answer);
	if (passes(answer))
		play->peer.eom(play->peer.self, answer);
}

static void
play_unknown(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	play->peer.unknown(play->peer.self, line->text, answer);
}

static void
play_rset(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	(void)line;
	play->peer.abort(play->peer.self);
	snprintf(answer->text, sizeof(answer->text), "ok");
}

static void
play_quit(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	(void)line;
	play->connected = false;
	play->kept_count = 0;
	play->peer.close(play->peer.self);
	snprintf(answer->text, sizeof(answer->text), "ok");
}

static void
play_clock(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	long seconds = strtol(line->text + strspn(line->text, "+"), NULL, 10);

	snprintf(answer->text, sizeof(answer->text), "%s",
	    play->peer.advance(play->peer.self, seconds) ? "ok" : "no clock");
}

/* play_macro - "STEP {name}=value" */
static void
play_macro(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	static const struct {
		const char *name;
		char letter;
	} steps[] = { { "connect", 'C' }, { "helo", 'H' }, { "mail", 'M' },
		{ "rcpt", 'R' }, { "data", 'T' }, { "eom", 'E' } };
	const char *name = line->text + strcspn(line->text, " ");
	const char *equals = strchr(name, '=');
	size_t length = (size_t)(name - line->text);

	snprintf(answer->text, sizeof(answer->text), "no such step");
	name += strspn(name, " ");
	if (equals == NULL)
		return;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strncmp(steps[i].name, line->text, length) != 0)
			continue;
		macro(play, steps[i].letter,
		    arena_strndup(play->arena, name, (size_t)(equals - name)),
		    equals + 1);
		snprintf(answer->text, sizeof(answer->text), "ok");
	}
}

static const struct {
	const char *verb;
	void (*play)(struct play *play, const struct case_line *line,
	    struct peer_answer *answer);
} verbs[] = {
	{ "connect", play_connect },
	{ "helo", play_helo },
	{ "ehlo", play_helo },
	{ "auth", play_auth },
	{ "starttls", play_starttls },
	{ "mail", play_mail },
	{ "rcpt", play_rcpt },
	{ "refused", play_refused },
	{ "data", play_data },
	{ "message", play_message },
	{ "unknown", play_unknown },
	{ "rset", play_rset },
	{ "quit", play_quit },
	{ "lost", play_quit },
	{ "clock", play_clock },
	{ "macro", play_macro },
	{ "hold", play_hold },
	{ "release", play_release },
};

void
play_give(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	snprintf(answer->text, sizeof(answer->text), "no such step");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].verb, line->verb) == 0)
			verbs[i].play(play, line, answer);
}

void
play_step(struct play *play, const struct case_line *line)
{
	struct peer_answer answer;

	if (strcmp(line->verb, "ctl") == 0 || strcmp(line->verb, "ctl!") == 0) {
		play_ctl(play, line);
		return;
	}
	/* a client that comes anew has left before */
	if (strcmp(line->verb, "connect") == 0) {
		if (play->connected)
			play_quit(play, line, &answer);
		play->connected = true;
	}
	play_give(play, line, &answer);
	play_keep(play, line, passes(&answer));
	compare(play, line, answer.text);
}
