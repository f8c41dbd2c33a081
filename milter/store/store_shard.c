/*
 * store_shard - a part of store_pending: a hash, and a list of what is to be
 * written.
 *
 * A hash by chains, which grows and shrinks. A record in the list holds a
 * value; when that changes again before it was taken it stays where it is in
 * the list.
 *
 * Diagnostics: out of memory ends the process (mem.c).
 */
#include <string.h>

#include "base/mem.h"
#include "store/store_leases.h"
#include "store/store_shard.h"

#define BUCKETS_MIN 8

void
shard_init(struct shard *shard)
{
	pthread_mutex_init(&shard->lock, NULL);
	shard->buckets = BUCKETS_MIN;
	shard->bucket = mem_array(shard->buckets, sizeof(*shard->bucket));
}

/* free_record - with what it holds */
static void
free_record(struct record *record)
{
	leases_free(record->leases);
	mem_free(record->value);
	mem_free(record);
}

void
shard_fini(struct shard *shard)
{
	for (size_t b = 0; b < shard->buckets; b++) {
		struct record *record = shard->bucket[b], *next;

		for (; record != NULL; record = next) {
			next = record->next;
			free_record(record);
		}
	}
	mem_free(shard->bucket);
	pthread_mutex_destroy(&shard->lock);
}

struct record **
shard_place(const struct shard *shard, const struct pending_key *key)
{
	struct record **place =
	    &shard->bucket[key->hash & (shard->buckets - 1)];

	for (; *place != NULL; place = &(*place)->next)
		if ((*place)->hash == key->hash &&
		    (*place)->key_length == key->length &&
		    memcmp((*place)->key, key->text, key->length) == 0)
			break;
	return place;
}

/* resize - so that chains stay short, and a burst leaves no large table */
static void
resize(struct shard *shard)
{
	size_t buckets = shard->buckets;
	struct record **bucket;

	if (shard->records > buckets * 2)
		buckets *= 4;
	else if (shard->records * 8 < buckets && buckets > BUCKETS_MIN)
		buckets /= 4;
	else
		return;
	bucket = mem_array(buckets, sizeof(*bucket));
	for (size_t b = 0; b < shard->buckets; b++) {
		struct record *record = shard->bucket[b], *next;

		for (; record != NULL; record = next) {
			struct record **place =
			    &bucket[record->hash & (buckets - 1)];

			next = record->next;
			record->next = *place;
			*place = record;
		}
	}
	mem_free(shard->bucket);
	shard->bucket = bucket;
	shard->buckets = buckets;
}

void
shard_list(struct shard *shard, struct record *record)
{
	if (record->listed)
		return;
	record->listed = true;
	record->newer = NULL;
	record->older = shard->newest;
	if (shard->newest != NULL)
		shard->newest->newer = record;
	else
		shard->oldest = record;
	shard->newest = record;
}

void
shard_unlist(struct shard *shard, struct record *record)
{
	if (!record->listed)
		return;
	record->listed = false;
	if (record->older != NULL)
		record->older->newer = record->newer;
	else
		shard->oldest = record->newer;
	if (record->newer != NULL)
		record->newer->older = record->older;
	else
		shard->newest = record->older;
}

/* size_of - the bytes of a record; leases are few */
static size_t
size_of(const struct record *record)
{
	return sizeof(*record) + record->key_length + record->value_length;
}

struct record *
shard_add(struct shard *shard, struct record **place,
    const struct pending_key *key)
{
	struct record *record = mem_alloc(sizeof(*record) + key->length + 1);

	record->hash = key->hash;
	record->key_length = (uint16_t)key->length;
	memcpy(record->key, key->text, key->length);
	*place = record;
	shard->records++;
	shard->bytes += size_of(record);
	resize(shard);
	return record;
}

void
shard_forget(struct shard *shard, struct record **place)
{
	struct record *record = *place;

	*place = record->next;
	shard_unlist(shard, record);
	shard->records--;
	shard->leases -= record->leases != NULL;
	shard->bytes -= size_of(record);
	free_record(record);
	resize(shard);
}

void
shard_set(struct shard *shard, struct record *record,
    const struct pending_value *value)
{
	if (value->length != record->value_length) {
		mem_free(record->value);
		record->value =
		    value->length > 0 ? mem_alloc(value->length) : NULL;
	}
	if (value->length > 0)
		memcpy(record->value, value->bytes, value->length);
	shard->bytes += value->length;
	shard->bytes -= record->value_length;
	record->value_length = (uint32_t)value->length;
	record->version = ++shard->version;
	shard_list(shard, record);
}

void
shard_expire(struct shard *shard, int64_t now_s)
{
	for (size_t b = 0; b < shard->buckets; b++) {
		struct record **place = &shard->bucket[b];

		while (*place != NULL) {
			struct record *record = *place;

			if (record->leases == NULL ||
			    leases_expire(record->leases, now_s) > 0) {
				place = &record->next;
				continue;
			}
			*place = record->next;
			shard->records--;
			shard->leases--;
			shard->bytes -= size_of(record);
			free_record(record);
		}
	}
	resize(shard);
}
