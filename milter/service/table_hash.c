/*
 * table_hash - keys to entries: one hash for all tables of texts.
 *
 * Open addressing by buckets of one cache line: of each key eight bits of its
 * hash and the number of its entry. A key that is absent costs one line of
 * memory, a key that is there one more, for its text: with a million keys
 * that is what a look-up costs, not the comparisons. A full bucket goes on in
 * the next one. At 70 % a key takes 7.6 bytes.
 *
 * Keys come from the operator's files, so nobody can choose keys that
 * collide; the hash has no secret.
 *
 * Diagnostics: out of memory ends the process.
 */
#include <string.h>

#include "base/mem.h"
#include "service/table_entry.h"
#include "service/table_hash.h"

#define LINE 64
#define SLOTS 12
#define FILL 0.7

struct bucket {
	uint32_t entry[SLOTS];
	uint8_t tag[SLOTS];
	uint8_t used;
	uint8_t goes_on; /* keys of this bucket stand in the next */
};

_Static_assert(sizeof(struct bucket) <= LINE, "a bucket is one cache line");

/* mix - all bits of both into one number */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* hash_of - eight bytes a step; the constants are digits of pi */
static uint64_t
hash_of(const char *key, size_t length)
{
	uint64_t hash = 0x243f6a8885a308d3u ^ length, word;

	while (length >= sizeof word) {
		memcpy(&word, key, sizeof word);
		hash = mix(hash ^ word, 0x13198a2e03707345u);
		key += sizeof word;
		length -= sizeof word;
	}
	word = 0;
	memcpy(&word, key, length);
	return mix(hash ^ word, 0xa4093822299f31d1u);
}

/* first_bucket - where the search for a hash begins */
static uint32_t
first_bucket(const struct table_hash *hash, uint64_t value)
{
	return (uint32_t)((value >> 32) * hash->count >> 32);
}

/* find_in - the entry of a key in one bucket, or 0 */
static uint32_t
find_in(const struct bucket *bucket, uint8_t tag,
    const struct entry_store *store, const char *key, size_t length)
{
	unsigned i;

	for (i = 0; i < bucket->used; i++) {
		if (bucket->tag[i] == tag &&
		    entry_store_key_is(store, bucket->entry[i], key, length))
			return bucket->entry[i];
	}
	return 0;
}

/* table_hash_init - room for that many keys */
void
table_hash_init(struct table_hash *hash, size_t keys)
{
	uintptr_t address;

	hash->count = (uint32_t)((double)keys / (SLOTS * FILL)) + 1;
	hash->memory = mem_alloc((size_t)hash->count * LINE + LINE);
	address = ((uintptr_t)hash->memory + LINE - 1) / LINE * LINE;
	hash->buckets = (struct bucket *)address;
}

/* table_hash_get - the entry of a key, or 0 */
uint32_t
table_hash_get(const struct table_hash *hash, const struct entry_store *store,
    const char *key, size_t length)
{
	uint64_t value = hash_of(key, length);
	uint32_t at = first_bucket(hash, value), found;
	const struct bucket *bucket;

	do {
		bucket = &hash->buckets[at];
		found = find_in(bucket, (uint8_t)value, store, key, length);
		at = at + 1 < hash->count ? at + 1 : 0;
	} while (found == 0 && bucket->goes_on);
	return found;
}

/* table_hash_put - an entry under its own key */
uint32_t
table_hash_put(struct table_hash *hash, const struct entry_store *store,
    uint32_t number)
{
	struct bucket *bucket;
	struct entry entry;
	uint64_t value;
	uint32_t at, there;

	entry_store_get(store, number, &entry);
	there = table_hash_get(hash, store, entry.key, strlen(entry.key));
	if (there != 0)
		return there;
	value = hash_of(entry.key, strlen(entry.key));
	at = first_bucket(hash, value);
	while ((bucket = &hash->buckets[at])->used == SLOTS) {
		bucket->goes_on = 1;
		at = at + 1 < hash->count ? at + 1 : 0;
	}
	bucket->tag[bucket->used] = (uint8_t)value;
	bucket->entry[bucket->used++] = number;
	return 0;
}

/* table_hash_fini - the end of it */
void
table_hash_fini(struct table_hash *hash)
{
	mem_free(hash->memory);
	*hash = (struct table_hash){ .buckets = NULL };
}
