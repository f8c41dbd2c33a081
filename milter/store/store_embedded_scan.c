/*
 * store_embedded_scan - go through the embedded store, for tools.
 *
 * First a copy of what is in memory, then the file by parts, without the keys
 * that were in memory: so each thing is met once, in its latest state, though
 * the writer goes on. Nothing is locked while the caller looks at a thing.
 *
 * Diagnostics: false or -1 when the file cannot be read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store_embedded.h"
#include "store/store_leases.h"
#include "store/store_value.h"

#define PART 256 /* keys of one snapshot */

/* a thing that was met */
struct found {
	struct found *next;
	const char *key;
	struct pending_value value;
	struct json *leases; /* their fields; else NULL */
	int64_t ttl_s;       /* of leases */
};

struct walk {
	const char *prefix;
	int64_t now_s;
	struct arena *arena; /* of what is in memory */
	struct found **held; /* what is in memory, by key */
	size_t count, room;
	struct arena *part; /* of a part of the file */
	struct found *first, **last;
};

/* hold - each of pending_each() */
static void
hold(void *context, const char *key, const struct pending_value *value,
    const struct lease_set *leases)
{
	struct walk *walk = context;
	struct found *found;

	if (strncmp(key, walk->prefix, strlen(walk->prefix)) != 0)
		return;
	found = arena_alloc(walk->arena, sizeof(*found));
	found->key = key;
	found->value = *value;
	if (leases != NULL)
		found->leases =
		    leases_fields(leases, walk->now_s, &found->ttl_s);
	if (walk->count == walk->room) {
		walk->room = walk->room > 0 ? walk->room * 2 : 64;
		walk->held =
		    mem_resize(walk->held, walk->room * sizeof(struct found *));
	}
	walk->held[walk->count++] = found;
}

/* by_key - of what is in memory */
static int
by_key(const void *left, const void *right)
{
	const struct found *const *a = left, *const *b = right;

	return strcmp((*a)->key, (*b)->key);
}

/* is_held - whether a key was met in memory */
static bool
is_held(const struct walk *walk, const char *key)
{
	struct found one = { .key = key }, *wanted = &one;

	return walk->count > 0 && bsearch(&wanted, walk->held, walk->count,
				      sizeof(struct found *), by_key) != NULL;
}

/* note - each of store_file_walk() */
static void
note(void *context, const char *key, size_t key_length, const void *value,
    size_t length)
{
	struct walk *walk = context;
	struct found *found;
	unsigned char *bytes;

	if (is_held(walk, key))
		return;
	found = arena_alloc(walk->part, sizeof(*found));
	bytes = arena_alloc(walk->part, length);
	memcpy(bytes, value, length);
	found->key = arena_strndup(walk->part, key, key_length);
	found->value = (struct pending_value){
		.bytes = bytes,
		.length = length,
	};
	*walk->last = found;
	walk->last = &found->next;
}

/* give_held - what is in memory, while the caller wants more */
static bool
give_held(const struct walk *walk,
    bool (*each)(void *context, const struct found *found), void *context)
{
	bool more = true;

	for (size_t i = 0; more && i < walk->count; i++)
		more = each(context, walk->held[i]);
	return more;
}

/* give_file - the file by parts; false when it cannot be read */
static bool
give_file(struct embedded *embedded, struct walk *walk,
    bool (*each)(void *context, const struct found *found), void *context)
{
	char cursor[STORE_KEY_SIZE] = "";
	bool good, more = true;

	do {
		arena_reset(walk->part);
		walk->first = NULL;
		walk->last = &walk->first;
		pthread_mutex_lock(&embedded->scan_lock);
		good = store_file_walk(embedded->file, READER_SCAN,
		    walk->prefix, cursor, PART, note, walk);
		pthread_mutex_unlock(&embedded->scan_lock);
		for (const struct found *found = walk->first;
		     more && found != NULL; found = found->next)
			more = each(context, found);
	} while (good && more && cursor[0] != '\0');
	return good;
}

/* go - everything whose key begins with the prefix */
static bool
go(struct embedded *embedded, const char *prefix, int64_t now_s,
    bool (*each)(void *context, const struct found *found), void *context)
{
	struct walk walk = {
		.prefix = prefix,
		.now_s = now_s,
		.arena = arena_new(4096),
		.part = arena_new(4096),
	};
	bool good = true;

	pending_each(embedded->pending, walk.arena, hold, &walk);
	if (walk.count > 0)
		qsort(walk.held, walk.count, sizeof(struct found *), by_key);
	if (give_held(&walk, each, context))
		good = give_file(embedded, &walk, each, context);
	for (size_t i = 0; i < walk.count; i++)
		json_free(walk.held[i]->leases);
	mem_free(walk.held);
	arena_free(walk.part);
	arena_free(walk.arena);
	return good;
}

/* for whom a scan is */
struct scan {
	const char *policy;
	int64_t now_s;
	struct arena *arena;
	bool (*each)(void *context, const struct store_item *item);
	void *context;
};

/* tell - one thing that is no lease */
static bool
tell(const struct scan *scan, const struct found *found,
    struct store_item *item)
{
	struct store_value value;
	struct json *fields;
	bool more;

	if (!store_value_unpack(found->value.bytes, found->value.length,
		&value) ||
	    value.expires_s <= scan->now_s)
		return true;
	fields = store_value_fields(&value, scan->now_s);
	item->verb = store_verb_names[value.verb];
	item->ttl_s = value.expires_s - scan->now_s;
	item->fields = fields;
	more = scan->each(scan->context, item);
	json_free(fields);
	return more;
}

/* tell_leases - unless all have ended */
static bool
tell_leases(const struct scan *scan, const struct found *found,
    struct store_item *item)
{
	if (found->ttl_s <= 0)
		return true;
	item->verb = store_verb_names[VERB_LEASE];
	item->ttl_s = found->ttl_s;
	item->fields = found->leases;
	return scan->each(scan->context, item);
}

/* scan_one - what was met, if it is of the policy */
static bool
scan_one(void *context, const struct found *found)
{
	struct scan *scan = context;
	struct store_key_parts parts;
	struct store_item item;

	arena_reset(scan->arena);
	if (!store_key_split(found->key, &parts, scan->arena) ||
	    !store_key_is_of(parts.policy, scan->policy))
		return true;
	item = (struct store_item){
		.policy = parts.policy,
		.subject = parts.subject,
		.rest = parts.rest,
	};
	return found->leases != NULL ? tell_leases(scan, found, &item)
				     : tell(scan, found, &item);
}

bool
store_embedded_scan(void *self, const struct store_names *names,
    const char *policy, int64_t now_s,
    bool (*each)(void *context, const struct store_item *item), void *context)
{
	struct scan scan = {
		.policy = policy,
		.now_s = now_s,
		.arena = arena_new(512),
		.each = each,
		.context = context,
	};
	char prefix[STORE_KEY_SIZE];
	bool good;

	store_key_begin(names, policy, NULL, prefix);
	good = go(self, prefix + strlen(store_names_prefix(names)), now_s,
	    scan_one, &scan);
	arena_free(scan.arena);
	return good;
}

/* what is to be forgotten */
struct forget {
	struct embedded *embedded;
	int64_t now_s;
	int64_t count;
};

/* forget_one - a tombstone in its place */
static bool
forget_one(void *context, const struct found *found)
{
	struct forget *forget = context;
	struct pending *pending = forget->embedded->pending;
	struct pending_value none = { .length = 0 };
	struct pending_key key =
	    pending_key(pending, found->key, strlen(found->key));
	struct store_value value;
	unsigned shard = pending_enter(pending, &key);

	pending_put(pending, shard, &key, &none);
	pending_leave(pending, shard);
	if (found->leases != NULL)
		forget->count += found->ttl_s > 0;
	else if (store_value_unpack(found->value.bytes, found->value.length,
		     &value))
		forget->count += value.expires_s > forget->now_s;
	return true;
}

int64_t
store_embedded_forget(void *self, const struct store_names *names,
    const char *policy, const char *subject)
{
	struct embedded *embedded = self;
	struct forget forget = {
		.embedded = embedded,
		.now_s = clock_wall_s(embedded->clock),
	};
	char prefix[STORE_KEY_SIZE];

	if (embedded->read_only)
		return -1;
	store_key_begin(names, policy, subject, prefix);
	return go(embedded, prefix + strlen(store_names_prefix(names)),
		   forget.now_s, forget_one, &forget)
		   ? forget.count
		   : -1;
}
