/*
 * store_redis_item - what lies under a key, for tools.
 *
 * The reply of the script "show" as the fields of an item (store_backend.h).
 */
#include <stdlib.h>
#include <string.h>

#include "service/json.h"
#include "store/store_backend.h"
#include "store/store_redis_item.h"
#include "store/store_redis_resp.h"

/* is_numbers - integers from the first-th element on */
static bool
is_numbers(const struct resp *reply, size_t first)
{
	size_t i;

	for (i = first; i < reply->count; i++)
		if (reply->element[i]->kind != RESP_INTEGER)
			return false;
	return true;
}

/* window_fields - period and count of each tier */
static bool
window_fields(const struct resp *reply, struct json *fields)
{
	struct json *tiers, *tier;
	size_t i;

	if (!is_numbers(reply, 2))
		return false;
	tiers = json_new_array();
	for (i = 2; i + 1 < reply->count; i += 2) {
		tier = json_new_object();
		json_add_int(tier, "period", reply->element[i]->number);
		json_add_int(tier, "count", reply->element[i + 1]->number);
		json_append(tiers, tier);
	}
	json_add(fields, "tiers", tiers);
	return true;
}

/* triplet_fields - first, last, passes */
static bool
triplet_fields(const struct resp *reply, struct json *fields)
{
	if (reply->count != 5 || !is_numbers(reply, 2))
		return false;
	json_add_int(fields, "first", reply->element[2]->number);
	json_add_int(fields, "last", reply->element[3]->number);
	json_add_int(fields, "passes", reply->element[4]->number);
	return true;
}

/* entry_fields - the text */
static bool
entry_fields(const struct resp *reply, struct json *fields)
{
	if (reply->count != 3)
		return false;
	json_add_text(fields, "value", resp_text(reply->element[2]));
	return true;
}

/* by_text - for qsort(3) */
static int
by_text(const void *a, const void *b)
{
	const struct resp *const *left = a, *const *right = b;

	return strcmp((*left)->text, (*right)->text);
}

/* lease_fields - the owners, by name */
static bool
lease_fields(const struct resp *reply, struct json *fields)
{
	struct json *owners;
	const char *owner;
	size_t i;

	for (i = 2; i < reply->count; i++)
		if (reply->element[i]->kind != RESP_TEXT)
			return false;
	qsort(reply->element + 2, reply->count - 2, sizeof(*reply->element),
	    by_text);
	owners = json_new_array();
	for (i = 2; i < reply->count; i++) {
		owner = resp_text(reply->element[i]);
		if (owner != NULL)
			json_append_text(owners, owner);
	}
	json_add_int(fields, "count", (int64_t)reply->count - 2);
	json_add(fields, "owners", owners);
	return true;
}

/* score_fields - good, bad, events */
static bool
score_fields(const struct resp *reply, struct json *fields)
{
	if (reply->count != 5 || !is_numbers(reply, 4))
		return false;
	json_add_text(fields, "good", resp_text(reply->element[2]));
	json_add_text(fields, "bad", resp_text(reply->element[3]));
	json_add_int(fields, "events", reply->element[4]->number);
	return true;
}

bool
redis_item_read(const struct resp *reply, enum store_verb *verb, int64_t *ttl_s,
    struct json **fields)
{
	static bool (*const read[VERB_MAX])(const struct resp *reply,
	    struct json *fields) = {
		[VERB_WINDOW] = window_fields,
		[VERB_TRIPLET] = triplet_fields,
		[VERB_ENTRY] = entry_fields,
		[VERB_LEASE] = lease_fields,
		[VERB_SCORE] = score_fields,
	};
	int64_t number;

	if (!resp_is_array(reply, 2) ||
	    reply->element[0]->kind != RESP_INTEGER ||
	    reply->element[1]->kind != RESP_INTEGER)
		return false;
	number = reply->element[0]->number;
	if (number < 0 || number >= VERB_MAX)
		return false;
	*verb = (enum store_verb)number;
	*ttl_s = reply->element[1]->number;
	*fields = json_new_object();
	if (read[number](reply, *fields))
		return true;
	json_free(*fields);
	return false;
}
