/*
 * table_hash - keys to entries: one hash for all tables of texts.
 *
 * Open addressing by groups of 16 slots. Of each key a slot has eight bits of
 * its hash, the tag, and the number of its entry, in two arrays: that of a
 * million tags is 1.3 MB and stays in the cache, so that a key that is absent,
 * as nearly all are, costs next to nothing; one that is there costs two lines
 * of memory more, number and text. Eight tags are compared at once. A full
 * group goes on in the next one. At 80 % a key takes 6.3 bytes.
 *
 * Keys come from the operator's files, so nobody can choose keys that
 * collide; the hash has no secret.
 *
 * Diagnostics: out of memory ends the process.
 */
#include <string.h>

#include "base/mem.h"
#include "table/table_entry.h"
#include "table/table_hash.h"

#define SLOTS 16
#define FILL 0.8
#define ONES 0x0101010101010101u
#define LOWS 0x7f7f7f7f7f7f7f7fu

struct group {
	uint64_t tags[SLOTS / 8]; /* a byte for each slot; 0: empty */
};

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

/* tag_of - eight bits that have no part in the choice of the group, never 0 */
static uint64_t
tag_of(uint64_t value)
{
	uint64_t tag = value & 0xff;

	return tag != 0 ? tag : 1;
}

/* first_group - where the search for a hash begins */
static uint32_t
first_group(const struct table_hash *hash, uint64_t value)
{
	return (uint32_t)((value >> 32) * hash->count >> 32);
}

/* bytes_with - the high bit of each byte of word that is tag */
static uint64_t
bytes_with(uint64_t word, uint64_t tag)
{
	word ^= tag * ONES;
	return ~(((word & LOWS) + LOWS) | word | LOWS);
}

/* find_in - the entry of a key in eight slots, or 0 */
static uint32_t
find_in(const uint32_t *entries, uint64_t marked,
    const struct entry_store *store, const char *key, size_t length)
{
	unsigned slot;

	for (; marked != 0; marked &= marked - 1) {
		slot = (unsigned)__builtin_ctzll(marked) / 8;
		if (entry_store_key_is(store, entries[slot], key, length))
			return entries[slot];
	}
	return 0;
}

/* table_hash_init - room for that many keys */
void
table_hash_init(struct table_hash *hash, size_t keys)
{
	hash->count = (uint32_t)((double)keys / (SLOTS * FILL)) + 1;
	hash->groups = mem_array(hash->count, sizeof(*hash->groups));
	hash->entries =
	    mem_array((size_t)hash->count * SLOTS, sizeof(*hash->entries));
}

/* table_hash_get - the entry of a key, or 0 */
uint32_t
table_hash_get(const struct table_hash *hash, const struct entry_store *store,
    const char *key, size_t length)
{
	uint64_t value = hash_of(key, length), tag = tag_of(value), word;
	uint32_t at = first_group(hash, value), found;
	size_t i;

	/* both lines are on their way at once */
	__builtin_prefetch(&hash->entries[(size_t)at * SLOTS]);
	for (;; at = at + 1 < hash->count ? at + 1 : 0) {
		for (i = 0; i < SLOTS / 8; i++) {
			word = hash->groups[at].tags[i];
			found =
			    find_in(&hash->entries[(size_t)at * SLOTS + i * 8],
				bytes_with(word, tag), store, key, length);
			if (found != 0 || bytes_with(word, 0) != 0)
				return found;
		}
	}
}

/* free_slot - the first empty slot at or behind a group */
static size_t
free_slot(const struct table_hash *hash, uint32_t at)
{
	uint64_t empty;
	size_t i;

	for (;; at = at + 1 < hash->count ? at + 1 : 0) {
		for (i = 0; i < SLOTS / 8; i++) {
			empty = bytes_with(hash->groups[at].tags[i], 0);
			if (empty != 0)
				return (size_t)at * SLOTS + i * 8 +
				       (size_t)__builtin_ctzll(empty) / 8;
		}
	}
}

/* table_hash_put - an entry under its own key */
uint32_t
table_hash_put(struct table_hash *hash, const struct entry_store *store,
    uint32_t number)
{
	struct entry entry;
	uint64_t value;
	uint32_t there;
	size_t slot;

	entry_store_get(store, number, &entry);
	there = table_hash_get(hash, store, entry.key, strlen(entry.key));
	if (there != 0)
		return there;
	value = hash_of(entry.key, strlen(entry.key));
	slot = free_slot(hash, first_group(hash, value));
	hash->groups[slot / SLOTS].tags[slot % SLOTS / 8] |= tag_of(value)
							     << slot % 8 * 8;
	hash->entries[slot] = number;
	return 0;
}

/* table_hash_fini - the end of it */
void
table_hash_fini(struct table_hash *hash)
{
	mem_free(hash->groups);
	mem_free(hash->entries);
	*hash = (struct table_hash){ .groups = NULL };
}
