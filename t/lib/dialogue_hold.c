/*
 * dialogue_hold - "> hold N": more connections like the present one.
 *
 * What the present session has done so far is kept, and given again to each
 * connection that is held: its greeting and login, and of its message, while
 * that has not come, the sender and the recipients that were taken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "t/lib/dialogue_play.h"

/* what a step means to what is kept */
enum keeping {
	KEEP_SESSION = 1, /* holds for the rest of the session */
	KEEP_MESSAGE = 2, /* holds until the message ends */
	END_MESSAGE = 4,  /* what the message had is over */
};

static const struct {
	const char *verb;
	unsigned keeping;
} steps[] = {
	{ "connect", KEEP_SESSION },
	{ "helo", END_MESSAGE | KEEP_SESSION },
	{ "ehlo", END_MESSAGE | KEEP_SESSION },
	{ "auth", KEEP_SESSION },
	{ "starttls", KEEP_SESSION },
	{ "macro", KEEP_SESSION },
	{ "mail", END_MESSAGE | KEEP_MESSAGE },
	{ "rcpt", KEEP_MESSAGE },
	{ "message", END_MESSAGE },
	{ "rset", END_MESSAGE },
};

/* keep - one step; more than KEPT are too many to be meant */
static void
keep(struct play *play, const struct case_line *line, bool in_message)
{
	if (play->kept_count == KEPT)
		return;
	play->kept[play->kept_count++] = (struct kept_step){
		.line = line,
		.in_message = in_message,
	};
}

/* end_message - only what holds for the session stays */
static void
end_message(struct play *play)
{
	size_t count = 0;

	for (size_t i = 0; i < play->kept_count; i++)
		if (!play->kept[i].in_message)
			play->kept[count++] = play->kept[i];
	play->kept_count = count;
}

void
play_keep(struct play *play, const struct case_line *line, bool passed)
{
	unsigned keeping = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(steps[i].verb, line->verb) == 0)
			keeping = steps[i].keeping;
	if (keeping & END_MESSAGE)
		end_message(play);
	if (passed && keeping & (KEEP_SESSION | KEEP_MESSAGE))
		keep(play, line, keeping & KEEP_MESSAGE);
}

/* hold_one - true when it was let as far as the present session */
static bool
hold_one(struct play *play, unsigned number, struct peer_answer *answer)
{
	struct peer_answer given = { .text = "no session to hold" };
	const char *verb = "hold";
	bool passed = play->kept_count > 0;

	if (!play->peer.aside(play->peer.self)) {
		snprintf(answer->text, sizeof(answer->text),
		    "connection %u: no more", number);
		return false;
	}
	for (size_t i = 0; passed && i < play->kept_count; i++) {
		verb = play->kept[i].line->verb;
		play_give(play, play->kept[i].line, &given);
		passed = strcmp(given.text, "ok") == 0;
	}
	play->peer.back(play->peer.self);
	if (!passed)
		snprintf(answer->text, sizeof(answer->text),
		    "connection %u: %s: %.200s", number, verb, given.text);
	return passed;
}

void
play_hold(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	const char *client = strstr(line->text, "client=");
	unsigned count = (unsigned)strtoul(line->text, NULL, 10);

	snprintf(answer->text, sizeof(answer->text), "ok");
	play->client = client != NULL ? client + strlen("client=") : NULL;
	for (unsigned i = 1; i <= count; i++)
		if (!hold_one(play, i, answer))
			break;
	play->client = NULL;
}

void
play_release(struct play *play, const struct case_line *line,
    struct peer_answer *answer)
{
	(void)line;
	play->peer.release(play->peer.self);
	snprintf(answer->text, sizeof(answer->text), "ok");
}
