/*
 * explain - play one session and tell what every policy says to it.
 */
#ifndef MAILREEVE_EXPLAIN_H
#define MAILREEVE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "session/mta.h"

struct config;
struct env;

#define EXPLAIN_RECIPIENTS 100

/* what the session came to, also in mailreevectl(8) */
enum explain_status {
	EXPLAIN_PASS = 0,
	EXPLAIN_REJECT = 1,
	EXPLAIN_DEFER = 2,
	EXPLAIN_DISCARD = 3,
};

/* the facts of the session; NULL = not given */
struct explain_facts {
	const char *client;  /* address; NULL = none, as sendmail(1) */
	const char *name;    /* confirmed name */
	const char *pointer; /* name of the reverse look-up */
	const char *resolve; /* OK, FAIL, FORGED, TEMP */
	const char *helo;
	const char *auth; /* login */
	const char *tls;  /* version, "TLSv1.3" */
	const char *listener;
	const char *port; /* of the listener */
	const char *from;
	const char *rcpt[EXPLAIN_RECIPIENTS];
	size_t rcpt_count;
	const char *size;    /* SIZE= */
	const char *message; /* file */
	bool smtp;           /* HELO, not EHLO */
};

/*
 * explain_run - the session from connect to end of message. Nothing is logged
 * and nothing written to any state. Returns an enum explain_status, or a status
 * of sysexits(3) when the message cannot be read. Takes over one reference to
 * config.
 */
int explain_run(const struct explain_facts *facts, struct config *config,
    const struct env *env, bool json);

#endif
