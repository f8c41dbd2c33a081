/*
 * store_backend - who keeps what store.c is asked to: LMDB of this host
 * (store_embedded.c), or Redis (store_redis.c).
 *
 * store.c has the batches, builds the keys, and turns to the embedded store
 * for operations with `local` when the backend failed. What the verbs mean
 * stands in store.h; t/lib/store_contract.c holds a backend to it.
 *
 * All functions may be called from many threads at once, but one sending by
 * one thread at a time. A sending may be sent on one thread and waited for on
 * another.
 */
#ifndef MAILREEVE_STORE_BACKEND_H
#define MAILREEVE_STORE_BACKEND_H

#include "store/store.h"
#include "store/store_key.h"

enum store_verb {
	VERB_WINDOW,
	VERB_TRIPLET,
	VERB_ENTRY,
	VERB_LEASE,
	VERB_SCORE,
	VERB_MAX,
};
/* "window", ... */
extern const char *const store_verb_names[VERB_MAX];

/* what is asked and what is answered, by verb */
union store_ask {
	struct store_key key; /* every one begins with it */
	struct store_window window;
	struct store_triplet triplet;
	struct store_entry entry; /* value is the batch's, never NULL */
	struct store_lease lease; /* owner is the batch's, never NULL */
	struct store_score score;
};
union store_answer {
	struct store_window_answer window;
	struct store_triplet_answer triplet;
	struct store_entry_answer entry; /* value: in the batch's arena */
	struct store_lease_answer lease;
	struct store_score_answer score;
};

enum store_op_state { OP_ADDED, OP_SENT, OP_DONE };

/*
 * One operation. The front fills all but the last part; values are within
 * their bounds (ttl_s and periods 1..STORE_TTL_MAX, n >= 0, tiers 1..4).
 */
struct store_op {
	struct store_op *next; /* of the same sending */
	struct store_batch *batch;
	void *sending; /* what send() returned */
	struct arena *arena;
	enum store_verb verb;
	const char *key; /* complete, printable ASCII: no blank, no glob */
	size_t key_length;
	size_t prefix_length; /* "prefix:v1:" at its begin */
	int64_t now_s;        /* the daemon's wall clock when it was sent */
	union store_ask ask;
	bool was_local;

	/* the backend's: result and answer before OP_DONE */
	enum store_op_state state;
	enum store_result result;
	union store_answer answer;
};

/* store_op_bound - bring what was asked within these bounds; copies texts. */
void store_op_bound(struct store_op *op);

struct store_backend {
	const char *name;
	/*
	 * open - NULL, and *why (for mem_free()), for settings that cannot
	 * be. A server that is not there is no reason. names live as long as
	 * the process may need them.
	 */
	void *(*open)(const struct store_settings *settings,
	    struct clock *clock, bool read_only, char **why);
	/* configure - from now on; false and *why: nothing was changed. */
	bool (*configure)(void *self, const struct store_settings *settings,
	    char **why);
	/*
	 * send - start the operations of a list (in this order where they are
	 * of one key), in one exchange (Cluster: one for each node), without
	 * waiting. They are OP_SENT, or OP_DONE when it is known by then.
	 * Sent means: they are carried out even if nobody waits, as far as
	 * the server is there. Returns the sending, or NULL when it needs
	 * none; memory of its own may be from the arena, which lives until
	 * end().
	 */
	void *(*send)(void *self, struct store_op *first, struct arena *arena);
	/*
	 * wait - until the operation is OP_DONE; at the deadline (monotonic
	 * ms of the clock) or at the time-out of the settings, whichever is
	 * first, it is so with STORE_TIMEOUT. Others of the sending may get
	 * theirs on the way. Only called for OP_SENT.
	 */
	void (*wait)(void *self, struct store_op *op, int64_t deadline_ms);
	/*
	 * end - once for each sending that is not NULL, when its operations
	 * go, also when some are not answered. Does not wait.
	 */
	void (*end)(void *self, void *sending);
	/*
	 * post - carry out the operations of a list, within a second, in no
	 * order. Nobody waits, and the list is not there any more afterwards.
	 * They become OP_DONE; STORE_OK says that they are on their way.
	 */
	void (*post)(void *self, struct store_op *first);
	/*
	 * scan, forget - as in store.h, now_s as the daemon's wall clock. The
	 * key of an item is taken apart by store_key_split(); its fields are,
	 * by verb:
	 *   window   {"tiers": [{"period": s, "count": n}, ...]}
	 *   triplet  {"first": s, "last": s, "passes": n}
	 *   entry    {"value": text}
	 *   lease    {"count": n, "owners": [text, ...]}
	 *   score    {"good": text, "bad": text, "events": n}  ("%.3f")
	 */
	bool (*scan)(void *self, const struct store_names *names,
	    const char *policy, int64_t now_s,
	    bool (*each)(void *context, const struct store_item *item),
	    void *context);
	int64_t (*forget)(void *self, const struct store_names *names,
	    const char *policy, const char *subject);
	/* stats - counters of its own, breakers, servers; into object */
	void (*stats)(void *self, struct json *object);
	void (*close)(void *self);
};

/* store_new_on - a store on a backend that is open; takes it over. */
struct store *store_new_on(const struct store_settings *settings,
    struct clock *clock, const struct store_backend *backend, void *self);

extern const struct store_backend store_embedded_backend;
extern const struct store_backend store_redis_backend;

#endif
