/*
 * dialogue_peer - what a case talks to: the session itself, or the daemon.
 *
 * Both are given the same words and say the same thing: what the client of an
 * MTA would see of it.
 */
#ifndef MAILREEVE_DIALOGUE_PEER_H
#define MAILREEVE_DIALOGUE_PEER_H

#include <stdbool.h>
#include <stddef.h>

struct str;

/* the answer to one step: "ok", "discard", or "550 5.7.1 text / text" */
struct peer_answer {
	char text[4096];
};

/*
 * One peer for a case. A macro holds from then on with each command of that
 * letter ('C' connect, 'H', 'M', 'R', ...); value NULL takes it back.
 */
struct dialogue_peer {
	void *self;
	void (
	    *macro)(void *self, char step, const char *name, const char *value);
	/* address: text, or NULL for none */
	void (*connect)(void *self, const char *name, const char *address,
	    unsigned port, struct peer_answer *answer);
	void (*helo)(void *self, const char *name, struct peer_answer *answer);
	/* argv: path, parameters, NULL */
	void (*mail)(void *self, char **argv, struct peer_answer *answer);
	void (*rcpt)(void *self, char **argv, struct peer_answer *answer);
	void (*data)(void *self, struct peer_answer *answer);
	void (*header)(void *self, const char *name, const char *value,
	    struct peer_answer *answer);
	void (*eoh)(void *self, struct peer_answer *answer);
	void (*body)(void *self, const char *chunk, size_t length,
	    struct peer_answer *answer);
	void (*eom)(void *self, struct peer_answer *answer);
	void (
	    *unknown)(void *self, const char *line, struct peer_answer *answer);
	void (*abort)(void *self);
	/* the session ends; another may begin, without macros */
	void (*close)(void *self);
	/* hold: a new session is the present one, false when there is none;
	 * it is kept open, and the one before is present again; all that are
	 * kept so end */
	bool (*aside)(void *self);
	void (*back)(void *self);
	void (*release)(void *self);
	/* lines so far, one a line; borrowed */
	const char *(*log)(void *self);
	const char *(*headers)(void *self);
	/* false when its clock could not be moved */
	bool (*advance)(void *self, long seconds);
	void (*free)(void *self);
};

/*
 * The makers. dir is the case's folder; programs the one with mailreeve in it.
 * False after a complaint went to out.
 */
bool dialogue_process(struct dialogue_peer *peer, const char *ini,
    const char *dir, struct str *out);
bool dialogue_wire(struct dialogue_peer *peer, const char *ini, const char *dir,
    const char *programs, struct str *out);

#endif
