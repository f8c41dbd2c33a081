/*
 * store_pending - what was changed and is not yet in the file.
 *
 * Each shard (store_shard.c) has a list of what is to be written, oldest change
 * first. Taken is not written: only pending_settle() forgets the record, and
 * only if its version is still the one that was taken; what could not be
 * written goes back to the list.
 *
 * When the file cannot be written for long, memory ends at a limit: then the
 * oldest values of the shard make room for new ones. A lost counter lets
 * somebody's mail pass, memory without end would stop everybody's.
 *
 * Hashes have a secret, since keys come from strangers.
 *
 * Diagnostics: out of memory ends the process (mem.c).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_leases.h"
#include "store/store_shard.h"

struct pending {
	struct shard shard[PENDING_SHARDS];
	size_t shard_most; /* bytes */
	uint64_t secret[2];
	atomic_uint turn; /* where pending_take() begins */
};

struct pending *
pending_new(size_t most)
{
	struct pending *pending = mem_alloc(sizeof(*pending));

	pending->shard_most = most / PENDING_SHARDS;
	clock_random(pending->secret, sizeof(pending->secret));
	for (size_t i = 0; i < PENDING_SHARDS; i++)
		shard_init(&pending->shard[i]);
	return pending;
}

void
pending_free(struct pending *pending)
{
	if (pending == NULL)
		return;
	for (size_t i = 0; i < PENDING_SHARDS; i++)
		shard_fini(&pending->shard[i]);
	mem_free(pending);
}

/* mix - all bits of both into one number */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

struct pending_key
pending_key(const struct pending *pending, const char *text, size_t length)
{
	uint64_t hash = pending->secret[0] ^ length, word;
	const char *next = text;
	size_t left = length;

	for (; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, next, sizeof(word));
		hash = mix(hash ^ word, pending->secret[1] | 1);
		next += sizeof(word);
	}
	word = 0;
	memcpy(&word, next, left);
	return (struct pending_key){
		.text = text,
		.length = length,
		.hash = mix(hash ^ word, pending->secret[0] | 1),
	};
}

/* shard_of - its number, of bits that buckets do not use */
static unsigned
shard_of(const struct pending_key *key)
{
	return (unsigned)(key->hash >> 58) % PENDING_SHARDS;
}

unsigned
pending_enter(struct pending *pending, const struct pending_key *key)
{
	unsigned shard = shard_of(key);

	pthread_mutex_lock(&pending->shard[shard].lock);
	return shard;
}

void
pending_leave(struct pending *pending, unsigned shard)
{
	pthread_mutex_unlock(&pending->shard[shard].lock);
}

void
pending_enter_all(struct pending *pending)
{
	for (size_t i = 0; i < PENDING_SHARDS; i++)
		pthread_mutex_lock(&pending->shard[i].lock);
}

void
pending_leave_all(struct pending *pending)
{
	for (size_t i = PENDING_SHARDS; i-- > 0;)
		pthread_mutex_unlock(&pending->shard[i].lock);
}

bool
pending_find(const struct pending *pending, unsigned shard,
    const struct pending_key *key, struct pending_value *value)
{
	const struct record *record = *shard_place(&pending->shard[shard], key);

	if (record == NULL || record->leases != NULL)
		return false;
	value->bytes = record->value;
	value->length = record->value_length;
	return true;
}

/* make_room - forget the oldest values; they were never written */
static void
make_room(struct pending *pending, struct shard *shard)
{
	while (shard->bytes > pending->shard_most && shard->oldest != NULL) {
		struct pending_key key = {
			.text = shard->oldest->key,
			.length = shard->oldest->key_length,
			.hash = shard->oldest->hash,
		};

		shard_forget(shard, shard_place(shard, &key));
		shard->lost++;
	}
}

void
pending_put(struct pending *pending, unsigned number,
    const struct pending_key *key, const struct pending_value *value)
{
	struct shard *shard = &pending->shard[number];
	struct record **place = shard_place(shard, key), *record = *place;

	if (record != NULL && record->leases != NULL) {
		shard_forget(shard, place);
		place = shard_place(shard, key);
		record = NULL;
	}
	if (record == NULL)
		record = shard_add(shard, place, key);
	shard_set(shard, record, value);
	make_room(pending, shard);
}

struct lease_set *
pending_leases(struct pending *pending, unsigned number,
    const struct pending_key *key)
{
	struct shard *shard = &pending->shard[number];
	struct record **place = shard_place(shard, key), *record = *place;

	if (record == NULL)
		record = shard_add(shard, place, key);
	if (record->leases == NULL) {
		struct pending_value none = { .length = 0 };

		shard_set(shard, record, &none);
		shard_unlist(shard, record);
		record->leases = leases_new();
		shard->leases++;
	}
	return record->leases;
}

void
pending_drop_leases(struct pending *pending, unsigned number,
    const struct pending_key *key)
{
	struct shard *shard = &pending->shard[number];
	struct record **place = shard_place(shard, key);

	if (*place != NULL && (*place)->leases != NULL)
		shard_forget(shard, place);
}

/* take_one - the oldest of a shard, as a copy */
static void
take_one(struct shard *shard, struct pending_taken *taken, struct arena *arena)
{
	struct record *record = shard->oldest;
	unsigned char *value = NULL;

	shard_unlist(shard, record);
	if (record->value_length > 0) {
		value = arena_alloc(arena, record->value_length);
		memcpy(value, record->value, record->value_length);
	}
	*taken = (struct pending_taken){
		.key = {
		    .text = arena_strndup(arena, record->key,
			record->key_length),
		    .length = record->key_length,
		    .hash = record->hash,
		},
		.value = { .bytes = value, .length = record->value_length },
		.version = record->version,
	};
}

size_t
pending_take(struct pending *pending, struct pending_taken *taken, size_t room,
    struct arena *arena)
{
	unsigned turn = atomic_load(&pending->turn);
	size_t count = 0;

	for (unsigned i = 0; i < PENDING_SHARDS && count < room; i++) {
		struct shard *shard =
		    &pending->shard[(turn + i) % PENDING_SHARDS];

		pthread_mutex_lock(&shard->lock);
		while (shard->oldest != NULL && count < room)
			take_one(shard, &taken[count++], arena);
		pthread_mutex_unlock(&shard->lock);
		if (count == room) /* the next one begins here */
			atomic_store(&pending->turn,
			    (turn + i) % PENDING_SHARDS);
	}
	return count;
}

/* settle_one - inside its shard */
static void
settle_one(struct shard *shard, const struct pending_taken *taken, bool written)
{
	struct record **place = shard_place(shard, &taken->key);
	struct record *record = *place;

	if (record == NULL || record->leases != NULL)
		return;
	if (!written)
		shard_list(shard, record);
	else if (record->version == taken->version)
		shard_forget(shard, place);
}

void
pending_settle(struct pending *pending, const struct pending_taken *taken,
    size_t count, bool written)
{
	for (size_t i = 0; i < count; i++) {
		unsigned shard = pending_enter(pending, &taken[i].key);

		settle_one(&pending->shard[shard], &taken[i], written);
		pending_leave(pending, shard);
	}
}

void
pending_expire(struct pending *pending, int64_t now_s)
{
	for (size_t i = 0; i < PENDING_SHARDS; i++) {
		struct shard *shard = &pending->shard[i];

		pthread_mutex_lock(&shard->lock);
		if (shard->leases > 0)
			shard_expire(shard, now_s);
		pthread_mutex_unlock(&shard->lock);
	}
}

/* each_record - of a shard that we are in */
static void
each_record(const struct shard *shard, struct arena *arena,
    void (*each)(void *, const char *, const struct pending_value *,
	const struct lease_set *),
    void *context)
{
	for (size_t b = 0; b < shard->buckets; b++)
		for (const struct record *record = shard->bucket[b];
		     record != NULL; record = record->next) {
			struct pending_value value = {
				.length = record->value_length,
			};
			unsigned char *bytes =
			    arena_alloc(arena, record->value_length + 1);

			if (record->value_length > 0)
				memcpy(bytes, record->value,
				    record->value_length);
			value.bytes = bytes;
			each(context,
			    arena_strndup(arena, record->key,
				record->key_length),
			    &value, record->leases);
		}
}

void
pending_each(struct pending *pending, struct arena *arena,
    void (*each)(void *context, const char *key,
	const struct pending_value *value, const struct lease_set *leases),
    void *context)
{
	for (size_t i = 0; i < PENDING_SHARDS; i++) {
		struct shard *shard = &pending->shard[i];

		pthread_mutex_lock(&shard->lock);
		each_record(shard, arena, each, context);
		pthread_mutex_unlock(&shard->lock);
	}
}

void
pending_count(struct pending *pending, struct pending_counts *counts)
{
	*counts = (struct pending_counts){ .values = 0 };
	for (size_t i = 0; i < PENDING_SHARDS; i++) {
		struct shard *shard = &pending->shard[i];

		pthread_mutex_lock(&shard->lock);
		counts->values += shard->records - shard->leases;
		counts->leases += shard->leases;
		counts->bytes += shard->bytes;
		counts->lost += shard->lost;
		pthread_mutex_unlock(&shard->lock);
	}
}
