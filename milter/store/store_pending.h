/*
 * store_pending - what was changed and is not yet in the file.
 *
 * A hash over the file, in shards with a lock each. An operation enters the
 * shard of its key, reads and changes there, and leaves; so all operations of
 * one key come one after another. The writer takes what changed, by chunks,
 * and says when it is in the file: what did not change meanwhile is then
 * forgotten here.
 *
 * Leases live here and are never taken.
 */
#ifndef MAILREEVE_STORE_PENDING_H
#define MAILREEVE_STORE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct lease_set;
struct pending;

#define PENDING_SHARDS 64

struct pending_key {
	const char *text; /* behind the prefix */
	size_t length;
	uint64_t hash;
};
/* a value; length 0: it was deleted */
struct pending_value {
	const unsigned char *bytes;
	size_t length;
};

/* pending_new - memory of at most most bytes; what is older goes. */
struct pending *pending_new(size_t most);
void pending_free(struct pending *pending);
/* pending_key - with its hash, by a secret of this run. */
struct pending_key pending_key(const struct pending *pending, const char *text,
    size_t length);

/* pending_enter - the shard of a key, which is then ours. */
unsigned pending_enter(struct pending *pending, const struct pending_key *key);
void pending_leave(struct pending *pending, unsigned shard);
/* pending_enter_all, pending_leave_all - nobody else is inside. */
void pending_enter_all(struct pending *pending);
void pending_leave_all(struct pending *pending);

/* the following inside the shard of the key */

/* pending_find - false when only the file can tell; valid until a change */
bool pending_find(const struct pending *pending, unsigned shard,
    const struct pending_key *key, struct pending_value *value);
/* pending_put - copies both. */
void pending_put(struct pending *pending, unsigned shard,
    const struct pending_key *key, const struct pending_value *value);
/* pending_leases - those of a key; made if there are none. */
struct lease_set *pending_leases(struct pending *pending, unsigned shard,
    const struct pending_key *key);
/* pending_drop_leases - the set is empty. */
void pending_drop_leases(struct pending *pending, unsigned shard,
    const struct pending_key *key);

/* outside of shards */

/* something to be written; the texts are the taker's arena's */
struct pending_taken {
	struct pending_key key;
	struct pending_value value;
	uint32_t version;
};
/* pending_take - what changed first, up to room things; how many. */
size_t pending_take(struct pending *pending, struct pending_taken *taken,
    size_t room, struct arena *arena);
/* pending_settle - what was taken is written, or was not. */
void pending_settle(struct pending *pending, const struct pending_taken *taken,
    size_t count, bool written);
/* pending_expire - leases that ended. */
void pending_expire(struct pending *pending, int64_t now_s);
/*
 * pending_each - of everything, copies in the arena; one of value and leases
 * is given; leases only during the call, inside their shard.
 */
void pending_each(struct pending *pending, struct arena *arena,
    void (*each)(void *context, const char *key,
	const struct pending_value *value, const struct lease_set *leases),
    void *context);

struct pending_counts {
	size_t values, leases; /* keys */
	size_t bytes;
	uint64_t lost; /* forgotten for want of memory, never written */
};
void pending_count(struct pending *pending, struct pending_counts *counts);

#endif
