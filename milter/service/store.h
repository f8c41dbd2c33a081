/*
 * store - state that outlives a session: greylist, limits, bans, leases.
 *
 * One contract, two backends (store_backend.h): an embedded one for a single
 * host, Redis for many. Every operation is atomic and sets a time to live.
 *
 * Operations of one step go out together: ask hooks add them to the session's
 * batch, the chain sends it (one exchange), judges fetch what they asked for.
 * An operation that is added when its batch has been sent goes out with the
 * next one, at the latest when somebody waits for it.
 *
 * Keys are "prefix:v1:POLICY:{SUBJECT}:rest"; the braces make Redis Cluster put
 * all keys of a subject into one slot. Subjects come from strangers: any bytes
 * are taken; what is not printable, and braces, are escaped as %XX, and long
 * ones (over 200 bytes) are replaced by a hash. With [store] hash_addresses
 * the subjects of the policies named there are keyed hashes (HMAC-SHA256 with
 * a secret), so that the store does not tell who writes to whom.
 *
 * Time is the daemon's clock (seconds since 1970), passed with each operation,
 * never the server's: tests move it.
 *
 * When the store cannot be asked the result says why, at once while the
 * breaker is open (3 errors or time-outs open it for 2 s, one probe closes
 * it). An operation with `local` set is then carried out on the embedded store
 * of this host, and its result says so.
 *
 * Thread-safe, but a batch belongs to one session.
 */
#ifndef MAILREEVE_STORE_H
#define MAILREEVE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct clock;
struct json;
struct store;
struct store_batch;

enum store_result {
	STORE_OK,
	STORE_UNAVAILABLE, /* nobody there, breaker open, read-only, full */
	STORE_TIMEOUT,     /* no answer by the deadline */
	STORE_BROKEN,      /* an answer that makes no sense */
};

/* what every operation begins with; the caller fills the first part */
struct store_key {
	const char *policy;  /* "greylist", "ratelimit.login" */
	const char *subject; /* what it is about, raw */
	const char *rest;    /* further parts of the key, or NULL */
	bool local;          /* fall back on this host's embedded store */
};

/* ---- window: add to a sliding window, in 60 buckets of period/60 ---- */

#define STORE_TIERS 4

struct store_tier {
	int64_t period_s;
	int64_t limit; /* 0 = only count */
};
struct store_window {
	struct store_key key;
	int64_t n;         /* to add; 0 = only look */
	bool only_if_fits; /* add to all tiers or, if one would pass its limit,
			      to none */
	size_t tiers;
	struct store_tier tier[STORE_TIERS];
};
struct store_window_answer {
	bool fits;                  /* n stayed, or would stay, in all limits */
	size_t tier;                /* the first that it does not fit */
	int64_t wait_s;             /* until it would fit; 0 when it does */
	int64_t count[STORE_TIERS]; /* after the operation */
};

/* ---- triplet: greylisting ---- */

enum store_triplet_state {
	TRIPLET_NEW,      /* first seen now */
	TRIPLET_EARLY,    /* back before the delay: the clock goes on */
	TRIPLET_READY,    /* back in time: passes from now on */
	TRIPLET_KNOWN,    /* passed before */
	TRIPLET_TOO_LATE, /* back after the window: as new */
};
struct store_triplet {
	struct store_key key;
	int64_t delay_s, window_s, lifetime_s;
	int64_t pass_interval_s; /* passes count once in this time */
	bool only_look;          /* change nothing */
};
struct store_triplet_answer {
	enum store_triplet_state state;
	int64_t first_s, last_s; /* seconds since 1970 */
	int64_t passes;
	int64_t wait_s; /* NEW, EARLY, TOO_LATE: until it is READY */
};

/* ---- entry: a value with a time to live ---- */

enum store_entry_verb { ENTRY_GET, ENTRY_PUT, ENTRY_PUT_NEW, ENTRY_DELETE };
struct store_entry {
	struct store_key key;
	enum store_entry_verb verb;
	const char *value; /* PUT: text, at most 1000 bytes */
	int64_t ttl_s;     /* PUT; GET: 0, or renew to this */
};
struct store_entry_answer {
	bool found;        /* there was one (DELETE: and it is gone) */
	const char *value; /* GET, PUT_NEW that found one; in the arena */
	int64_t ttl_s;     /* left */
};

/* ---- lease: one of so many places for an owner ---- */

enum store_lease_verb { LEASE_TAKE, LEASE_RENEW, LEASE_GIVE_BACK };
struct store_lease {
	struct store_key key;
	enum store_lease_verb verb;
	const char *owner; /* unique: host and session */
	int64_t places;
	int64_t ttl_s; /* a lost daemon's leases end by themselves */
};
struct store_lease_answer {
	bool taken;    /* the owner has a place */
	int64_t count; /* places taken, with this one */
};

/* ---- score: good and bad events with a half-life ---- */

struct store_score {
	struct store_key key;
	double good, bad; /* to add; both 0 = only look */
	int64_t half_life_s;
};
struct store_score_answer {
	double good, bad; /* now, decayed */
	int64_t events;   /* ever counted, not decayed */
};

/* ---- batches ---- */

/* a handle on one operation; lives in the batch's arena */
struct store_op;

/*
 * store_batch_new - of a session; given back when the arena is reset or freed,
 * even with operations under way.
 */
struct store_batch *store_batch_new(struct store *store, struct arena *arena);
struct store_op *store_add_window(struct store_batch *batch,
    const struct store_window *op);
struct store_op *store_add_triplet(struct store_batch *batch,
    const struct store_triplet *op);
struct store_op *store_add_entry(struct store_batch *batch,
    const struct store_entry *op);
struct store_op *store_add_lease(struct store_batch *batch,
    const struct store_lease *op);
struct store_op *store_add_score(struct store_batch *batch,
    const struct store_score *op);
/* store_send - all that was added and not sent, in one exchange; no waiting. */
void store_send(struct store_batch *batch);
/*
 * store_wait_* - the answer of one operation, by the deadline (monotonic ms).
 * The answer is filled when STORE_OK. *was_local tells that this host's store
 * answered for a lost one; NULL if nobody cares.
 */
enum store_result store_wait_window(struct store_op *op, int64_t deadline_ms,
    struct store_window_answer *answer, bool *was_local);
enum store_result store_wait_triplet(struct store_op *op, int64_t deadline_ms,
    struct store_triplet_answer *answer, bool *was_local);
enum store_result store_wait_entry(struct store_op *op, int64_t deadline_ms,
    struct store_entry_answer *answer, bool *was_local);
enum store_result store_wait_lease(struct store_op *op, int64_t deadline_ms,
    struct store_lease_answer *answer, bool *was_local);
enum store_result store_wait_score(struct store_op *op, int64_t deadline_ms,
    struct store_score_answer *answer, bool *was_local);

/* ---- tools ---- */

/* one stored thing, for mailreevectl; texts are valid during the call */
struct store_item {
	const char *verb; /* "window", "triplet", ... */
	const char *policy;
	const char *subject; /* raw where it can be told; else "" */
	const char *rest;
	int64_t ttl_s;
	const struct json *fields; /* what the verb's answer would say */
};
/*
 * store_scan - all of one policy (NULL: all), in no order, while the daemon
 * goes on; each() returns false to stop. False when the store failed.
 */
bool store_scan(struct store *store, const char *policy,
    bool (*each)(void *context, const struct store_item *item), void *context);
/* store_forget - delete what is stored of a subject; how many, -1: failed. */
int64_t store_forget(struct store *store, const char *policy,
    const char *subject);

/* ---- the service ---- */

/* [store] and [redis]; texts are copied */
struct store_settings {
	int backend; /* enum store_backend */
	const char *path;
	const char *prefix;
	const char *hash_secret;   /* "" = none */
	const char *hash_policies; /* "greylist reputation" */
	int64_t size_max;          /* bytes of the embedded store's file */
	struct redis_settings {
		const char *servers;   /* "host:port host:port" or unix:/path */
		const char *sentinels; /* "host:port ..." */
		const char *master;    /* name that the sentinels know */
		bool cluster;
		const char *username, *password;
		int64_t db;
		int64_t connect_timeout_ms, timeout_ms;
		int64_t breaker_errors, breaker_open_ms;
		bool tls;
		const char *tls_ca, *tls_cert, *tls_key;
	} redis;
};
enum store_backend_kind { STORE_EMBEDDED, STORE_REDIS };

/*
 * store_new - open or create; the embedded store is opened in any case, for
 * operations with `local`. read_only: for tools, beside a running daemon.
 * NULL, and *why a text, when the path cannot be used.
 */
struct store *store_new(const struct store_settings *settings,
    struct clock *clock, bool read_only, const char **why);
/* store_configure - from now on; false and *why as above. The embedded path
 * cannot change while the daemon runs. */
bool store_configure(struct store *store, const struct store_settings *settings,
    const char **why);
void store_free(struct store *store);
/* store_stats - counters, breaker, degraded since; into object. */
void store_stats(struct store *store, struct json *object);
const char *store_result_name(enum store_result result);

#endif
