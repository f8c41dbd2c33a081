/*
 * table_hash - keys to entries: one hash for all tables of texts.
 */
#ifndef MAILREEVE_TABLE_HASH_H
#define MAILREEVE_TABLE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct group;
struct entry_store;

/* Made once for a known number of keys, then only read. Start with zeros. */
struct table_hash {
	struct group *groups;
	uint32_t *entries; /* of each slot */
	uint32_t count;    /* of groups */
};

/* table_hash_init - room for that many keys. */
void table_hash_init(struct table_hash *hash, size_t keys);
/*
 * table_hash_put - entry number under its own key; when that key is there
 * already, nothing is put and the number of the entry that has it returned,
 * else 0.
 */
uint32_t table_hash_put(struct table_hash *hash,
    const struct entry_store *store, uint32_t number);
/* table_hash_get - the entry of a key, or 0. */
uint32_t table_hash_get(const struct table_hash *hash,
    const struct entry_store *store, const char *key, size_t length);
void table_hash_fini(struct table_hash *hash);

#endif
