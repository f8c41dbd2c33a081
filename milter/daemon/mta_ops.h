/*
 * mta_ops - what a session may do to the MTA, by libmilter.
 */
#ifndef MAILREEVE_MTA_OPS_H
#define MAILREEVE_MTA_OPS_H

#include <stdint.h>

#include <libmilter/mfapi.h>

#include "session/mta.h"

struct session;

/* one connection of an MTA */
struct mta {
	SMFICTX *ctx;
	struct session *session;
	unsigned long unanswered; /* SMFIP_NR_* that were agreed on */
	bool may_skip;            /* SMFIS_SKIP is known to the MTA */
	int code;                 /* of the reply set in this step, 0 = none */
};

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
