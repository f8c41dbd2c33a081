/*
 * dns_cache - questions under way and answers kept, by name and type.
 *
 * A table with chains, and a list of answers by last use. Names come from
 * strangers, who could look for ones that fall into the same chain: so the
 * hash is SipHash (1 and 3 rounds, as in Rust and Python) with a secret key.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "dns/dns_cache.h"

#define BUCKETS_MIN 1024
/* an entry that says "no": what a bucket should hold on average */
#define ENTRY_TYPICAL 256
/* what the allocator adds to an entry and to its block */
#define OVERHEAD 32
/*
 * An answer that would fill this part of the cache is not kept. One of 64 KB
 * is easily had from a server of one's own; 64 such would push out all that
 * others need.
 */
#define LARGEST_PART 64

TAILQ_HEAD(by_use, dns_entry);

struct dns_cache {
	uint64_t key[2];
	struct dns_entry **bucket;
	size_t buckets;       /* a power of two */
	struct by_use by_use; /* newest first */
	size_t count, bytes, limit;
};

/* rotate - to the left */
static uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

/* sip_round - one round of SipHash */
static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

/* sip_add - one word of the message */
static void
sip_add(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* hash - of a name and a type */
static uint64_t
hash(const struct dns_cache *cache, const char *name, enum dns_type type)
{
	uint64_t v[4] = {
		cache->key[0] ^ 0x736f6d6570736575,
		cache->key[1] ^ 0x646f72616e646f6d,
		cache->key[0] ^ 0x6c7967656e657261,
		cache->key[1] ^ 0x7465646279746573,
	};
	size_t length = strlen(name), left;
	uint64_t word;

	for (left = length; left >= sizeof word; left -= sizeof word) {
		memcpy(&word, name + length - left, sizeof word);
		sip_add(v, word);
	}
	word = 0;
	memcpy(&word, name + length - left, left);
	sip_add(v, word);
	sip_add(v, (uint64_t)length << 32 | (uint64_t)type);
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct dns_cache *
dns_cache_new(void)
{
	struct dns_cache *cache = mem_alloc(sizeof *cache);

	clock_random(cache->key, sizeof cache->key);
	TAILQ_INIT(&cache->by_use);
	cache->buckets = BUCKETS_MIN;
	cache->bucket = mem_array(cache->buckets, sizeof *cache->bucket);
	return cache;
}

/* drop_all - give up all that is listed */
static void
drop_all(struct dns_cache *cache)
{
	for (size_t i = 0; i < cache->buckets; i++)
		while (cache->bucket[i] != NULL)
			dns_cache_remove(cache, cache->bucket[i]);
}

void
dns_cache_free(struct dns_cache *cache)
{
	drop_all(cache);
	mem_free(cache->bucket);
	mem_free(cache);
}

struct dns_entry *
dns_entry_new(const char *name, enum dns_type type)
{
	size_t size = strlen(name) + 1;
	struct dns_entry *entry = mem_alloc(sizeof *entry + size);

	atomic_init(&entry->references, 1);
	entry->type = type;
	entry->server = "";
	LIST_INIT(&entry->waiting);
	atomic_init(&entry->ready, false);
	memcpy(entry->name, name, size);
	return entry;
}

void
dns_entry_unref(struct dns_entry *entry)
{
	if (atomic_fetch_sub(&entry->references, 1) > 1)
		return;
	dns_outcome_fini(&entry->outcome);
	mem_free(entry);
}

/* entry_bytes - what an answer costs to keep */
static size_t
entry_bytes(const struct dns_entry *entry)
{
	return sizeof *entry + strlen(entry->name) + 1 + entry->outcome.bytes +
	       OVERHEAD;
}

/* bucket_of - where an entry with that hash is listed */
static struct dns_entry **
bucket_of(const struct dns_cache *cache, uint64_t value)
{
	return &cache->bucket[value & (cache->buckets - 1)];
}

/* trim - let go of the answers used longest ago until the rest fits */
static void
trim(struct dns_cache *cache)
{
	while (cache->bytes > cache->limit)
		dns_cache_remove(cache, TAILQ_LAST(&cache->by_use, by_use));
}

/* spread - all that is listed over another number of buckets */
static void
spread(struct dns_cache *cache, size_t buckets)
{
	struct dns_entry **old = cache->bucket, *entry, *next, **bucket;
	size_t old_buckets = cache->buckets;

	cache->buckets = buckets;
	cache->bucket = mem_array(buckets, sizeof *cache->bucket);
	for (size_t i = 0; i < old_buckets; i++) {
		for (entry = old[i]; entry != NULL; entry = next) {
			next = entry->next;
			bucket = bucket_of(cache, entry->hash);
			entry->next = *bucket;
			*bucket = entry;
		}
	}
	mem_free(old);
}

void
dns_cache_limit(struct dns_cache *cache, size_t bytes)
{
	size_t buckets = BUCKETS_MIN;

	while (buckets < bytes / ENTRY_TYPICAL)
		buckets *= 2;
	if (buckets != cache->buckets)
		spread(cache, buckets);
	cache->limit = bytes;
	trim(cache);
}

struct dns_entry *
dns_cache_find(struct dns_cache *cache, const char *name, enum dns_type type)
{
	uint64_t value = hash(cache, name, type);
	struct dns_entry *entry = *bucket_of(cache, value);

	while (entry != NULL && (entry->hash != value || entry->type != type ||
				    strcmp(entry->name, name) != 0))
		entry = entry->next;
	if (entry != NULL && entry->kept) {
		TAILQ_REMOVE(&cache->by_use, entry, by_use);
		TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
	}
	return entry;
}

void
dns_cache_add(struct dns_cache *cache, struct dns_entry *entry)
{
	struct dns_entry **bucket;

	entry->hash = hash(cache, entry->name, entry->type);
	bucket = bucket_of(cache, entry->hash);
	entry->next = *bucket;
	*bucket = entry;
	entry->listed = true;
	entry->references++;
}

void
dns_cache_keep(struct dns_cache *cache, struct dns_entry *entry)
{
	size_t bytes = entry_bytes(entry);

	if (!entry->listed)
		return;
	if (bytes > cache->limit / LARGEST_PART) {
		dns_cache_remove(cache, entry);
		return;
	}
	entry->kept = true;
	TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
	cache->count++;
	cache->bytes += bytes;
	trim(cache);
}

void
dns_cache_remove(struct dns_cache *cache, struct dns_entry *entry)
{
	struct dns_entry **at = bucket_of(cache, entry->hash);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	entry->listed = false;
	if (entry->kept) {
		TAILQ_REMOVE(&cache->by_use, entry, by_use);
		cache->count--;
		cache->bytes -= entry_bytes(entry);
		entry->kept = false;
	}
	dns_entry_unref(entry);
}

void
dns_cache_flush(struct dns_cache *cache, bool failures_only)
{
	struct dns_entry *entry = TAILQ_FIRST(&cache->by_use), *next;

	for (; entry != NULL; entry = next) {
		next = TAILQ_NEXT(entry, by_use);
		if (!failures_only || entry->outcome.result == DNS_TEMPORARY)
			dns_cache_remove(cache, entry);
	}
}

size_t
dns_cache_count(const struct dns_cache *cache)
{
	return cache->count;
}

size_t
dns_cache_bytes(const struct dns_cache *cache)
{
	return cache->bytes;
}
