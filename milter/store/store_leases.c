/*
 * store_leases - who has a place, under one key of the embedded store.
 *
 * An array without order. An owner is found by comparing sums of eight bytes
 * first, so that the thousands who hold a place under one key (all
 * connections of a host) cost microseconds. Ends are looked at only when the
 * soonest of them has come.
 *
 * Diagnostics: none.
 */
#include <string.h>

#include "base/mem.h"
#include "service/json.h"
#include "store/store_leases.h"

struct lease {
	uint64_t sum; /* of owner */
	int64_t expires_s;
	char *owner;
};

struct lease_set {
	struct lease *lease;
	size_t count, room;
	int64_t soonest_s; /* no lease ends before */
};

struct lease_set *
leases_new(void)
{
	struct lease_set *set = mem_alloc(sizeof(*set));

	set->soonest_s = INT64_MAX;
	return set;
}

void
leases_free(struct lease_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		mem_free(set->lease[i].owner);
	mem_free(set->lease);
	mem_free(set);
}

/* sum_of - FNV-1a; owners are our own words */
static uint64_t
sum_of(const char *owner)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (; *owner != '\0'; owner++)
		sum = (sum ^ (unsigned char)*owner) * 0x100000001b3u;
	return sum;
}

/* find - the owner's lease, or NULL */
static struct lease *
find(struct lease_set *set, const char *owner, uint64_t sum)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->lease[i].sum == sum &&
		    strcmp(set->lease[i].owner, owner) == 0)
			return &set->lease[i];
	return NULL;
}

/* drop - one; the last takes its place */
static void
drop(struct lease_set *set, struct lease *lease)
{
	mem_free(lease->owner);
	*lease = set->lease[--set->count];
}

/* add - a new one, which takes a while to end */
static struct lease *
add(struct lease_set *set, const char *owner, uint64_t sum)
{
	struct lease *lease;

	if (set->count == set->room) {
		set->room = set->room > 0 ? set->room * 2 : 2;
		set->lease =
		    mem_resize(set->lease, set->room * sizeof(*set->lease));
	}
	lease = &set->lease[set->count++];
	lease->sum = sum;
	lease->owner = mem_strdup(owner);
	return lease;
}

size_t
leases_expire(struct lease_set *set, int64_t now_s)
{
	size_t i = 0;

	if (now_s < set->soonest_s)
		return set->count;
	set->soonest_s = INT64_MAX;
	while (i < set->count) {
		struct lease *lease = &set->lease[i];

		if (lease->expires_s <= now_s) {
			drop(set, lease);
			continue;
		}
		if (lease->expires_s < set->soonest_s)
			set->soonest_s = lease->expires_s;
		i++;
	}
	return set->count;
}

void
leases_apply(struct lease_set *set, struct store_op *op)
{
	const struct store_lease *ask = &op->ask.lease;
	struct store_lease_answer *answer = &op->answer.lease;
	uint64_t sum = sum_of(ask->owner);
	struct lease *lease;

	leases_expire(set, op->now_s);
	lease = find(set, ask->owner, sum);
	answer->taken = lease != NULL;
	if (ask->verb == LEASE_GIVE_BACK) {
		if (lease != NULL)
			drop(set, lease);
	} else {
		if (lease == NULL &&
		    (ask->places == 0 || (int64_t)set->count < ask->places))
			lease = add(set, ask->owner, sum);
		answer->taken = lease != NULL;
		if (lease != NULL) {
			lease->expires_s = op->now_s + ask->ttl_s;
			if (lease->expires_s < set->soonest_s)
				set->soonest_s = lease->expires_s;
		}
	}
	answer->count = (int64_t)set->count;
}

size_t
leases_size(const struct lease_set *set)
{
	return sizeof(*set) + set->room * (sizeof(struct lease) + 32);
}

struct json *
leases_fields(const struct lease_set *set, int64_t now_s, int64_t *ttl_s)
{
	struct json *fields = json_new_object();
	struct json *owners = json_new_array();
	int64_t count = 0;

	*ttl_s = 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct lease *lease = &set->lease[i];

		if (lease->expires_s <= now_s)
			continue;
		count++;
		json_append_text(owners, lease->owner);
		if (lease->expires_s - now_s > *ttl_s)
			*ttl_s = lease->expires_s - now_s;
	}
	json_add_int(fields, "count", count);
	json_add(fields, "owners", owners);
	return fields;
}
