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
	struct arena *arena;
	const char *login;
	const char *sender;
	unsigned accepted;
	bool postfix_like;
};

/* play_step - one "> verb text"; a difference goes to play->why. */
void play_step(struct play *play, const struct case_line *line);
/* play_differ - a complaint about a line of the case. */
void play_differ(struct play *play, const struct case_line *line,
    const char *what, const char *got, const char *wanted);
/* play_matches - an extended regex; a bad one matches nothing and is told. */
bool play_matches(struct play *play, const struct case_line *line,
    const char *pattern, const char *text);

#endif
