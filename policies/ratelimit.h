/*
 * ratelimit - the parts of the policy ratelimit to one another.
 *
 * ratelimit.c has the descriptor and the judges; ratelimit_options.c the
 * settings; ratelimit_key.c whom a message is counted for;
 * ratelimit_limit.c which limit is theirs; ratelimit_count.c what the store
 * has counted, and the charge; ratelimit_notice.c the notice before a limit.
 */
#ifndef MAILREEVE_POLICIES_RATELIMIT_H
#define MAILREEVE_POLICIES_RATELIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/quota.h"
#include "policy/policy.h"

/* reasons, in the order of their table */
enum ratelimit_reason {
	RATELIMIT_ACCOUNT,
	RATELIMIT_DOMAIN,
	RATELIMIT_RECIPIENT,
	RATELIMIT_CLIENT,
	RATELIMIT_SOFT_QUOTA,
};

/* whom a message is counted for */
enum ratelimit_key {
	RATELIMIT_BY_LOGIN,
	RATELIMIT_BY_SENDER,
	RATELIMIT_BY_SENDER_DOMAIN,
	RATELIMIT_BY_RECIPIENT,
	RATELIMIT_BY_RECIPIENT_DOMAIN,
	RATELIMIT_BY_CLIENT,
};

enum ratelimit_unit {
	RATELIMIT_RECIPIENTS,
	RATELIMIT_MESSAGES,
	RATELIMIT_BYTES,
};

enum ratelimit_senders { RATELIMIT_SUBMITTED, RATELIMIT_ANY };

struct ratelimit_settings {
	int key;  /* enum ratelimit_key */
	int unit; /* enum ratelimit_unit */
	struct quota limit;
	struct table *overrides;
	bool directory;
	int64_t notice; /* per cent of the limit; 0 = none */
	int senders;    /* enum ratelimit_senders */
	int64_t ipv4_prefix, ipv6_prefix;
	bool soft_quota;
};

extern const struct option ratelimit_options[];
void ratelimit_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems);
/* ratelimit_counts - whether some limit may apply. For hook.wanted. */
bool ratelimit_counts(const void *settings);
/* "recipients", "messages", "bytes" */
extern const struct name_code ratelimit_units[];

/*
 * ratelimit_subject - whom this message (at RCPT: this recipient) is counted
 * for, as it is kept in the store; NULL: for nobody. When a look-up failed
 * *verdict is the trouble, else no opinion.
 */
const char *ratelimit_subject(const struct pctx *p,
    const struct ratelimit_settings *settings, struct verdict *verdict);
/*
 * ratelimit_pretend - facts of a session whose message is counted for that
 * subject, for tools. Whatever txn holds is lost; texts are in the arena.
 */
void ratelimit_pretend(const struct ratelimit_settings *settings,
    const char *subject, struct arena *arena, struct txn *txn);

/* the limit of a subject */
struct ratelimit_limit {
	struct quota quota;
	const char *option; /* "limit", "overrides" or "directory" */
	struct origin at;   /* the entry, if it is one's */
};

/*
 * ratelimit_limit - of whoever the session is counted for. False: it could
 * not be found out, and *verdict is the trouble.
 */
bool ratelimit_limit(const struct pctx *p,
    const struct ratelimit_settings *settings, struct ratelimit_limit *limit,
    struct verdict *verdict);
/*
 * ratelimit_rest - the part of a key in the store that tells the periods:
 * "3600,86400".
 */
const char *ratelimit_rest(const struct quota *quota, struct arena *arena);
/*
 * ratelimit_tiers - what the store is asked about a limit; its key is that of
 * the policy's instance.
 */
void ratelimit_tiers(struct store_window *ask, const char *instance,
    const char *subject, const struct quota *quota, struct arena *arena);

/* what is counted for one subject while a message comes in */
struct ratelimit_window {
	struct ratelimit_window *next;
	const struct ratelimit_settings *settings;
	const char *subject;
	struct verdict trouble; /* TROUBLE: subject or limit is not known */
	struct ratelimit_limit limit;
	struct store_op *look;
	int64_t looked_n; /* what the look asked about */
	bool looked;      /* and what it said */
	enum store_result result;
	struct store_window_answer answer;
	struct recipient *latest; /* fits, unless it is refused elsewhere */
	int64_t recipients;       /* those before, that were accepted */
	int64_t reckoned;         /* of this message, beside what is stored */
	/* at end of message */
	struct store_op *charge;
	int64_t charged; /* how much; 0: nothing (any more) */
	bool was_local;  /* by this host's own store */
};

/* of a message */
struct ratelimit_scratch {
	struct ratelimit_window *windows;
	bool is_charged; /* the charges have been asked for */
};

/*
 * ratelimit_window - of the subject at hand, its look under way; NULL when no
 * limit applies.
 */
struct ratelimit_window *ratelimit_window(struct pctx *p);
/*
 * ratelimit_peek - whether one more recipient (at MAIL: the message) would
 * still fit; then it is counted as one of this message's. The answer is in
 * window->answer, and window->result says whether it is one.
 */
bool ratelimit_peek(struct pctx *p, struct ratelimit_window *window);
/* ratelimit_charge - all that the message comes to; for asks. */
void ratelimit_charge(struct pctx *p);
/* ratelimit_collect - wait for what the charges came to. */
void ratelimit_collect(struct pctx *p);
/* ratelimit_give_back - what was charged for a message that is refused. */
void ratelimit_give_back(struct pctx *p);
/* ratelimit_notify - tell of limits of which this message used the share. */
void ratelimit_notify(struct pctx *p);

/* ratelimit_phrase - "100 recipients in an hour". */
const char *ratelimit_phrase(const struct quota *quota, size_t tier, int unit,
    struct arena *arena);

#endif
