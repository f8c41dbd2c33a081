/*
 * reputation - the client's own history here: what its files share.
 */
#ifndef MAILREEVE_REPUTATION_H
#define MAILREEVE_REPUTATION_H

#include "policy/policy.h"

enum { REPUTATION_DEFER, REPUTATION_REJECT };

struct reputation_settings {
	int64_t defer, reject;         /* percent of bad; 0: never */
	int64_t events, reject_events; /* so many are a history */
	int64_t network_events;        /* 0: networks have none */
	int64_t half_life_s;
	int64_t ipv4_bits, ipv6_bits; /* of a network */
	struct words uncounted;
};

extern const struct option reputation_options[];
extern const struct reason reputation_reasons[];
/* reputation_check - relations between options; policies that are none. */
void reputation_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems);

/* ---- what is kept: sums of good and bad, of a client and of its network ----
 */

/* what a connection has brought that is not in the store yet */
struct reputation_tally {
	unsigned good, bad;
	unsigned refused; /* of connection.refused_recipients, seen so far */
};

/* reputation_decided, _refused - hooks: count what came of it. */
void reputation_decided(struct pctx *p, struct reputation_tally *tally);
void reputation_refused(struct pctx *p, struct reputation_tally *tally);
/* reputation_enter - put the tally into the store; it is empty then. */
void reputation_enter(struct pctx *p, struct reputation_tally *tally);

/* reputation_client, reputation_network - subjects in the store. */
const char *reputation_client(const struct pctx *p);
const char *reputation_network(const struct pctx *p);
/* reputation_score - add good and bad to a subject's; both 0: look. */
struct store_op *reputation_score(struct pctx *p, const char *subject,
    unsigned good, unsigned bad);

#endif
