/*
 * dialogue_play - the steps of a case, given to a peer, and what came back.
 */
#ifndef MAILREEVE_DIALOGUE_PLAY_H
#define MAILREEVE_DIALOGUE_PLAY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/str.h"
#include "t/lib/dialogue_case.h"
#include "t/lib/dialogue_peer.h"

#define SERVERS 8
#define KEPT 64 /* steps of one session that connections held repeat */

/* a step that connections held repeat */
struct kept_step {
	const struct case_line *line;
	bool in_message; /* over when the message is */
};

/* one case on its way */
struct play {
	enum runner runner;
	const char *programs; /* folder of mailreeve */
	char dir[64];
	struct dialogue_case *dialogue;
	struct dialogue_peer peer;
	struct str why; /* what differed, one a line */
	pid_t servers[SERVERS];
	size_t server_count;
	struct dnsd *knows_nothing; /* for a case without a name server */
	struct arena *arena;
	const char *login;
	const char *sender;
	unsigned accepted;
	bool postfix_like, connected;
	struct kept_step kept[KEPT];
	size_t kept_count;
	const char *client; /* of the connections held, or NULL: the same */
};

/* play_step - one "> verb text"; a difference goes to play->why. */
void play_step(struct play *play, const struct case_line *line);
/* play_give - the same, but what came back goes to answer. */
void play_give(struct play *play, const struct case_line *line,
    struct peer_answer *answer);
/* play_differ - a complaint about a line of the case. */
void play_differ(struct play *play, const struct case_line *line,
    const char *what, const char *got, const char *wanted);
/* play_matches - an extended regex; a bad one matches nothing and is told. */
bool play_matches(struct play *play, const struct case_line *line,
    const char *pattern, const char *text);

/* play_ctl - "ctl ARGUMENTS" and "ctl! ARGUMENTS", compared (dialogue_ctl). */
void play_ctl(struct play *play, const struct case_line *line);

/* play_keep - note a step for connections that will be held. */
void play_keep(struct play *play, const struct case_line *line, bool passed);
/* play_hold, play_release - "hold N client=ADDRESS" and its end. */
void play_hold(struct play *play, const struct case_line *line,
    struct peer_answer *answer);
void play_release(struct play *play, const struct case_line *line,
    struct peer_answer *answer);

#endif
