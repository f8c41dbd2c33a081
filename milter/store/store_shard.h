/*
 * store_shard - a part of store_pending: a hash, and a list of what is to be
 * written. Not locked by itself.
 */
#ifndef MAILREEVE_STORE_SHARD_H
#define MAILREEVE_STORE_SHARD_H

#include <pthread.h>

#include "store/store_pending.h"

struct record {
	struct record *next;          /* of its bucket */
	struct record *newer, *older; /* of the list, when listed */
	struct lease_set *leases;     /* then there is no value */
	unsigned char *value;         /* NULL: deleted */
	uint64_t hash;
	uint32_t value_length;
	uint32_t version; /* of the shard, when it changed last */
	uint16_t key_length;
	bool listed;
	char key[];
};

struct shard {
	pthread_mutex_t lock;
	struct record **bucket;
	size_t buckets; /* a power of two */
	size_t records, leases;
	size_t bytes;
	uint64_t lost;
	uint32_t version;               /* grows with each change */
	struct record *oldest, *newest; /* to be written */
	/* locks of two shards are not one cache line */
	char gap[64];
};

void shard_init(struct shard *shard);
void shard_fini(struct shard *shard);
/* shard_place - the pointer to a key's record, or to the end of its chain. */
struct record **shard_place(const struct shard *shard,
    const struct pending_key *key);
/* shard_add - a record at its place, which is the end of its chain. */
struct record *shard_add(struct shard *shard, struct record **place,
    const struct pending_key *key);
/* shard_forget - the record at a place. */
void shard_forget(struct shard *shard, struct record **place);
/* shard_set - another value, to be written. */
void shard_set(struct shard *shard, struct record *record,
    const struct pending_value *value);
/* shard_list, shard_unlist - it is to be written, last; it is not. */
void shard_list(struct shard *shard, struct record *record);
void shard_unlist(struct shard *shard, struct record *record);
/* shard_expire - forget sets of leases that have become empty. */
void shard_expire(struct shard *shard, int64_t now_s);

#endif
