/*
 * mta_parts - one connection of an MTA, for the sources that know libmilter.
 *
 * mta_milter.c begins and ends it, mta_negotiate.c settles which steps the MTA
 * sends, mta_steps.c hands them to the session, mta_ops.c does to the MTA what
 * the session wants. Nobody else includes this, nor libmilter.
 */
#ifndef MAILREEVE_MTA_PARTS_H
#define MAILREEVE_MTA_PARTS_H

#include <stdint.h>

#include <libmilter/mfapi.h>

#include "session/mta.h"

struct session;

struct mta {
	SMFICTX *ctx;
	struct session *session;
	unsigned long unanswered; /* SMFIP_NR_* that were agreed on */
	bool may_skip;            /* SMFIS_SKIP is known to the MTA */
	int code;                 /* of the reply set in this step, 0 = none */
};

/* ---- mta_milter.c ---- */

/*
 * mta_new - begin a connection's session, and end what was before it; NULL
 * when none may begin any more.
 */
struct mta *mta_new(SMFICTX *ctx);
/* mta_of - the connection's at the begin of a step; NULL as mta_new(). */
struct mta *mta_of(SMFICTX *ctx);
/* mta_free - the session of a connection ends, if it has one. */
void mta_free(SMFICTX *ctx);

/* ---- mta_negotiate.c ---- */

/*
 * mta_negotiate - the rights and the protocol (SMFIF_*, SMFIP_*) that the
 * session's configuration wants of what the MTA offers; macros are asked for.
 */
void mta_negotiate(struct mta *mta, unsigned long actions,
    unsigned long protocol, unsigned long *want_actions,
    unsigned long *want_protocol);

/* ---- mta_steps.c ---- */

/* mta_steps - what libmilter calls; name is the filter's in its syslog. */
struct smfiDesc mta_steps(const char *name);

/* ---- mta_ops.c ---- */

/* its first argument is a struct mta */
extern const struct mta_ops mta_ops;

/* mta_plain_reply - one that cannot fail, of the class of code. */
void mta_plain_reply(struct mta *mta, int code);

/* mta_theirs - libmilter's prototypes do not say const where they mean it */
static inline char *
mta_theirs(const char *text)
{
	return (char *)(uintptr_t)text;
}

#endif
