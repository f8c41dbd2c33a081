/*
 * connlimit - how many connections at once: what its files share.
 */
#ifndef MAILREEVE_CONNLIMIT_H
#define MAILREEVE_CONNLIMIT_H

#include "policy/policy.h"

enum {
	CONNLIMIT_TOTAL,
	CONNLIMIT_CLIENT,
	CONNLIMIT_ACCOUNT,
	CONNLIMIT_OUTBOUND
};

struct connlimit_settings {
	int64_t total, client, account, outbound; /* places; 0: no limit */
	int64_t ipv6_prefix;
	int64_t lease_s;
};

enum place_state {
	PLACE_UNASKED,
	PLACE_ASKED, /* the answer was not looked at yet */
	PLACE_HELD,  /* or perhaps: give it back */
	PLACE_FULL,
	PLACE_FAILED, /* for all we know it may be held */
};

/* a place, asked for or taken */
struct place {
	enum place_state state;
	unsigned transaction;     /* whose it is; 0: of all of the session */
	bool was_local;           /* this host's, for a lost Redis */
	enum store_result result; /* FAILED */
	int64_t taken;            /* places, when it was asked for */
	struct store_op *op;      /* ASKED */
};

/* connlimit_ask - TAKE one, unless there is no limit; see policy_store(). */
void connlimit_ask(struct pctx *p, struct place *place, const char *kind,
    const char *subject, int64_t places);
/* connlimit_settle - look at the answer, as long as the step may take. */
void connlimit_settle(struct pctx *p, struct place *place, const char *kind,
    int64_t places);
/* connlimit_verdict - a refusal, final, if the place was not to be had. */
struct verdict connlimit_verdict(struct pctx *p, const struct place *place,
    unsigned reason, const char *kind, const char *subject, int64_t places);
/* connlimit_renew - for another `lease`, if it is held. */
void connlimit_renew(struct pctx *p, struct place *place, const char *kind,
    const char *subject, int64_t places);
/* connlimit_give_back - if we may have it; forget it. */
void connlimit_give_back(struct pctx *p, struct place *place, const char *kind,
    const char *subject);

extern const struct option connlimit_options[];
extern const struct reason connlimit_reasons[];

#endif
