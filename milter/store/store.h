/*
 * store - state that outlives a session: greylist, limits, bans, leases.
 *
 * One contract, two backends (store_backend.h): an embedded one for a single
 * host, Redis for many. Every operation is atomic and sets a time to live.
 *
 * Operations of one step go out together: hooks add them to the session's
 * batch, and the first who waits for an answer sends all that was added by
 * then (one exchange). What nobody waits for is posted: it rides along with
 * somebody's exchange.
 *
 * Keys are "prefix:v1:POLICY:{SUBJECT}:rest" (store_key.h); the braces make
 * Redis Cluster put all keys of a subject into one slot. Subjects come from
 * strangers: any bytes are taken; what is not printable, and braces, are
 * escaped as %XX, and long ones (over 200 bytes) are replaced by a hash. With
 * [store] hash_addresses the subjects of the policies named there, and the
 * rest, are keyed hashes (HMAC-SHA256 with a secret), so that the store does
 * not tell who writes to whom.
 *
 * Time is the daemon's clock (seconds since 1970), passed with each operation,
 * never the server's: tests move it. What ends at T is gone at T. A time to
 * live is at least a second and at most STORE_TTL_MAX.
 *
 * A key belongs to one verb: what another verb left under it counts as
 * absent.
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

/* ten years: what is put without an end ends then */
#define STORE_TTL_MAX (10 * 365 * 86400LL)

/*
 * ---- window: add to a sliding window, exact to 1/60 of the period ----
 *
 * A tier holds at most 60 buckets: a time and a count. What is added goes into
 * the newest bucket while that began less than period/60 (rounded up, at least
 * 1 s) ago, else into a new one. A bucket ends when it began period_s ago; so
 * a burst counts for exactly the period, and nothing for longer.
 *
 * The tiers that are kept are those of the latest operation that added; they
 * are known by their periods, which differ.
 */

#define STORE_TIERS 4

struct store_tier {
	int64_t period_s;
	int64_t limit; /* 0 = only count */
};
struct store_window {
	struct store_key key;
	int64_t n;         /* to add; 0: only look */
	bool only_look;    /* add nothing: would n fit? */
	bool only_if_fits; /* add to all tiers or, if one would pass its limit,
			      to none */
	bool give_back;    /* take n away again, what came last first, as far
			      as it is there */
	size_t tiers;
	struct store_tier tier[STORE_TIERS];
};
struct store_window_answer {
	bool fits;      /* n stayed, or would stay, in all limits */
	size_t tier;    /* the first that it does not fit; 0 when it does */
	int64_t wait_s; /* until n would fit all tiers when nothing else comes,
			   counted from before it was added; 0 when it fits;
			   the longest period when n alone is over a limit */
	int64_t count[STORE_TIERS]; /* after the operation */
};

/*
 * ---- triplet: greylisting ----
 *
 * Kept: first, last, passes. Absent: it is made, NEW. Not passed yet, first
 * seen `age` ago: age < delay_s EARLY, age <= window_s READY (one pass, from
 * now on it lives lifetime_s), older TOO_LATE (made anew). It lives
 * window_s + window_s/4 (at least a second more), so that TOO_LATE can be
 * told from NEW. Passed: KNOWN; when the last pass was counted at least
 * pass_interval_s ago another one is, and it lives lifetime_s from now;
 * otherwise nothing changes.
 *
 * With delay_s 0 an absent one is READY at once: a count of passes, at most
 * one in pass_interval_s, for what is not greylisting.
 *
 * only_look: the state it would have and the times and passes as they are;
 * for an absent one now and 0.
 */

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
	int64_t first_s; /* seconds since 1970 */
	int64_t last_s;  /* not passed: last seen; passed: last counted pass */
	int64_t passes;
	int64_t wait_s; /* NEW, EARLY, TOO_LATE: until it is READY */
};

/* ---- entry: a value with a time to live ---- */

enum store_entry_verb { ENTRY_GET, ENTRY_PUT, ENTRY_PUT_NEW, ENTRY_DELETE };
struct store_entry {
	struct store_key key;
	enum store_entry_verb verb;
	const char *value; /* PUT: any text, cut at STORE_VALUE_MAX bytes */
	int64_t ttl_s;     /* PUT: 0 = STORE_TTL_MAX; GET: 0, or renew to it */
};
#define STORE_VALUE_MAX 1000
struct store_entry_answer {
	bool found;        /* there was one (DELETE: and it is gone) */
	const char *value; /* GET, PUT_NEW that found one; in the arena */
	int64_t ttl_s;     /* left of what is there now; 0: nothing */
};

/*
 * ---- lease: one of so many places for an owner ----
 *
 * TAKE and RENEW are one: an owner that has a place keeps it, and it ends
 * ttl_s from now; one that has none gets one if fewer than `places` are taken.
 * With places 0 they are only counted. A daemon's leases end with it, or with
 * their time to live.
 */

enum store_lease_verb { LEASE_TAKE, LEASE_RENEW, LEASE_GIVE_BACK };
struct store_lease {
	struct store_key key;
	enum store_lease_verb verb;
	const char *owner; /* unique: host, run and session; at most 100 bytes
			      of printable ASCII without blanks */
	int64_t places;
	int64_t ttl_s; /* a lost daemon's leases end by themselves */
};
struct store_lease_answer {
	bool taken;    /* the owner has a place; GIVE_BACK: had one */
	int64_t count; /* places taken after the operation */
};

/*
 * ---- score: good and bad events with a half-life ----
 *
 * Both sums halve every half_life_s, smoothly. It lives ten half-lives from
 * the last time that something was added.
 */

struct store_score {
	struct store_key key;
	double good, bad; /* to add; both 0 = only look */
	int64_t half_life_s;
};
struct store_score_answer {
	double good, bad; /* now, decayed */
	int64_t events;   /* times that something was added, not decayed */
};

/* ---- batches ---- */

/* a handle on one operation; lives in the batch's arena */
struct store_op;

/*
 * store_batch_new - of a session; given back when the arena is reset or freed,
 * even with operations under way. Without a store (NULL) all of them are
 * STORE_UNAVAILABLE. What was sent is carried out all the same;
 * what was added and not sent is not. Texts of operations are copied.
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
 * store_post - all that was added and not sent is carried out sometime, with
 * what others send or within a second: no exchange is made for it. Nobody may
 * wait for its answers.
 */
void store_post(struct store_batch *batch);
/* store_withdraw - take back an operation; false when it was sent already. */
bool store_withdraw(struct store_op *op);
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
	const struct json *fields; /* see store_backend.h */
};
/*
 * store_scan - all of one policy and its instances ("ratelimit" has
 * "ratelimit.login"; NULL: all), in no order, while the daemon goes on; what
 * changes meanwhile may be told twice or not. each() returns false to stop.
 * False when the store failed.
 */
bool store_scan(struct store *store, const char *policy,
    bool (*each)(void *context, const struct store_item *item), void *context);
/*
 * store_forget - delete what is stored of a subject (exactly this policy) under
 * any rest; how many things, -1: failed.
 */
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
		int64_t connections; /* at most, to each server */
		bool tls;
		const char *tls_ca, *tls_cert, *tls_key;
	} redis;
};
enum store_backend_kind { STORE_EMBEDDED, STORE_REDIS };

/* part of *why when another process has the embedded store */
#define STORE_IN_USE "is in use by another mailreeve"

/*
 * store_new - open or create; the embedded store is opened in any case, for
 * operations with `local`. read_only: for tools, beside a running daemon:
 * what changes something is STORE_UNAVAILABLE. NULL, and *why a text to
 * mem_free(), when the path cannot be used. Starts threads: after a fork(2).
 */
struct store *store_new(const struct store_settings *settings,
    struct clock *clock, bool read_only, char **why);
/*
 * store_configure - from now on; false and *why as above: nothing changed.
 * Backend and embedded path cannot change while the daemon runs.
 */
bool store_configure(struct store *store, const struct store_settings *settings,
    char **why);
void store_free(struct store *store);
/*
 * store_pretend - from now on every operation is only a look: what is answered
 * is what would be, and nothing changes. For `explain`.
 */
void store_pretend(struct store *store);
/* store_sync - write now what is still in memory; false when that failed. */
bool store_sync(struct store *store);
/* store_stats - counters, breaker, degraded since; into object. */
void store_stats(struct store *store, struct json *object);
const char *store_result_name(enum store_result result);

#endif
