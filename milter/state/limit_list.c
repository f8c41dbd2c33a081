/*
 * limit_list - what ratelimit has counted, and the limits that hold.
 *
 * The store knows counts, the configuration limits: a session is made up that
 * would be counted for the subject, and asked which limit is its. A count of
 * periods that no limit has any more is shown without one.
 *
 * Diagnostics: a limit that cannot be found out is not known.
 */
#include "state/limit_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "session/scope.h"

#define ANSWER_MS 5000
#define POLICY "ratelimit"
#define HASHED "?"

/* what a scan has found */
struct found {
	struct found *next;
	const char *policy, *subject, *rest;
	size_t tiers;
	struct {
		int64_t period_s, count;
	} tier[QUOTA_TIERS];
};

/* ---- limits ---- */

const struct instance *
limit_instance(const struct config *config, const char *name,
    struct arena *arena)
{
	const char *full = arena_printf(arena, POLICY ".%s", name);

	for (size_t i = 0; i < config->instance_count; i++) {
		const struct instance *instance = &config->instances[i];

		if (strcmp(instance->policy->name, POLICY) == 0 &&
		    (strcmp(instance->name, name) == 0 ||
			strcmp(instance->name, full) == 0))
			return instance;
	}
	return NULL;
}

/* pretend - a hook's context in a session that is counted for a subject */
static void
pretend(const struct limit_list *list, const struct instance *instance,
    const char *subject, struct txn *txn, struct pctx *p)
{
	ratelimit_pretend(instance->global.settings, subject, list->arena, txn);
	txn->connection.hostname = list->config->milter.hostname;
	*p = (struct pctx){
		.name = instance->name,
		.env = list->env,
		.txn = txn,
		.settings = scope_section(instance, txn)->settings,
		.arena = list->arena,
		.deadline_ms = clock_mono_ms(list->env->clock) + ANSWER_MS,
		.directory = &list->config->directory,
	};
}

const char *
limit_subject(const struct limit_list *list, const struct instance *instance,
    const char *typed)
{
	struct verdict trouble;
	struct pctx p;
	struct txn txn;

	pretend(list, instance, typed, &txn, &p);
	return ratelimit_subject(&p, p.settings, &trouble);
}

/* limit_of - the limit of a subject now; false: not known */
static bool
limit_of(const struct limit_list *list, const struct instance *instance,
    const char *subject, struct quota *quota)
{
	struct ratelimit_limit limit;
	struct verdict trouble;
	struct pctx p;
	struct txn txn;

	pretend(list, instance, subject, &txn, &p);
	if (!ratelimit_limit(&p, p.settings, &limit, &trouble))
		return false;
	*quota = limit.quota;
	return true;
}

/* unit_of - what an instance counts */
static int
unit_of(const struct instance *instance)
{
	const struct ratelimit_settings *settings = instance->global.settings;

	return settings->unit;
}

/* look - counts and the time to wait, as the policy would see them */
static bool
look(const struct limit_list *list, struct limit_row *row)
{
	struct store_window_answer answer;
	struct store_window ask;
	enum store_result result;

	ratelimit_tiers(&ask, row->name, row->subject, &row->quota,
	    list->arena);
	ask.n = 1;
	ask.only_look = true;
	result = store_wait_window(
	    store_add_window(store_batch_new(list->store, list->arena), &ask),
	    clock_mono_ms(list->env->clock) + ANSWER_MS, &answer, NULL);
	if (result != STORE_OK)
		return false;
	memcpy(row->count, answer.count, sizeof(row->count));
	row->wait_s = answer.wait_s;
	return true;
}

/* ---- printing ---- */

/* add_json - one object */
static void
add_json(const struct limit_row *row, struct json *array)
{
	struct json *object = json_new_object(), *tiers = json_new_array();

	json_add_text(object, "limit", row->name);
	json_add_text(object, "subject", row->subject);
	if (row->unit >= 0)
		json_add_text(object, "unit",
		    names_name(ratelimit_units, row->unit, ""));
	for (size_t i = 0; i < row->quota.tiers; i++) {
		struct json *tier = json_new_object();

		json_add_int(tier, "period", row->quota.tier[i].period_s);
		json_add_int(tier, "count", row->count[i]);
		if (row->known)
			json_add_int(tier, "max", row->quota.tier[i].count);
		json_append(tiers, tier);
	}
	json_add(object, "tiers", tiers);
	if (row->known)
		json_add_int(object, "wait", row->wait_s);
	json_append(array, object);
}

/* print_tier - "12 of 100/1h", "12 in 1h" */
static void
print_tier(const struct limit_row *row, size_t tier, struct str *out)
{
	str_addf(out, "%s %lld", tier > 0 ? "," : "",
	    (long long)row->count[tier]);
	if (row->known) {
		str_add(out, " of ");
		quota_print_tier(&row->quota, tier, out);
	} else {
		str_add(out, " in ");
		quota_print_period(row->quota.tier[tier].period_s, out);
	}
}

/* print_text - one line for people */
static void
print_text(const struct limit_row *row)
{
	struct str line = STR_INIT;

	for (size_t i = 0; i < row->quota.tiers; i++)
		print_tier(row, i, &line);
	if (row->quota.tiers == 0)
		str_add(&line, " no limit,");
	str_addf(&line, " %s",
	    row->unit >= 0 ? names_name(ratelimit_units, row->unit, "")
			   : "of a limit that is not configured");
	if (row->unit >= 0 && !row->known && strcmp(row->subject, HASHED) != 0)
		str_add(&line, ", not limited now");
	if (row->wait_s > 0)
		str_addf(&line, "; full for %llds", (long long)row->wait_s);
	printf("%s %s:%s\n", row->name, row->subject, str_text(&line));
	str_fini(&line);
}

/* tell - if it is wanted */
static void
tell(const struct limit_list *list, const struct limit_row *row)
{
	if (list->only_over && row->wait_s == 0)
		return;
	if (list->array != NULL)
		add_json(row, list->array);
	else
		print_text(row);
}

/* ---- one, all ---- */

bool
limit_list_one(const struct limit_list *list, const struct instance *instance,
    const char *subject)
{
	struct limit_row row = {
		.name = instance->name,
		.subject = subject,
		.unit = unit_of(instance),
		.known = true,
	};

	if (!limit_of(list, instance, subject, &row.quota)) {
		row.known = false;
		row.quota.tiers = 0;
	}
	if (row.quota.tiers > 0 && !look(list, &row))
		return false;
	tell(list, &row);
	return true;
}

/* a scan under way */
struct scan {
	const struct limit_list *list;
	const char *name; /* NULL: all instances */
	struct found *first;
	size_t count;
};

/* collect - one window; for store_scan() */
static bool
collect(void *context, const struct store_item *item)
{
	struct scan *scan = context;
	struct arena *arena = scan->list->arena;
	const struct json *tiers = json_get(item->fields, "tiers");
	struct found *found;

	if (strcmp(item->verb, "window") != 0 ||
	    (scan->name != NULL && strcmp(scan->name, item->policy) != 0))
		return true;
	found = arena_alloc(arena, sizeof(*found));
	found->policy = arena_strdup(arena, item->policy);
	found->subject = item->subject[0] != '\0'
			     ? arena_strdup(arena, item->subject)
			     : HASHED;
	found->rest = arena_strdup(arena, item->rest);
	for (size_t i = 0; i < json_count(tiers) && i < QUOTA_TIERS; i++) {
		const struct json *tier = json_at(tiers, i);

		found->tier[i].period_s = json_get_int(tier, "period", 1);
		found->tier[i].count = json_get_int(tier, "count", 0);
		found->tiers++;
	}
	found->next = scan->first;
	scan->first = found;
	scan->count++;
	return true;
}

/* compare - by limit, subject, periods */
static int
compare(const void *a, const void *b)
{
	const struct found *left = *(const struct found *const *)a;
	const struct found *right = *(const struct found *const *)b;
	int order = strcmp(left->policy, right->policy);

	if (order == 0)
		order = strcmp(left->subject, right->subject);
	return order != 0 ? order : strcmp(left->rest, right->rest);
}

/* sort - what a scan has found, which is in no order */
static const struct found **
sort(const struct scan *scan, struct arena *arena)
{
	const struct found **sorted =
	    arena_alloc(arena, (scan->count + 1) * sizeof(*sorted));
	size_t count = 0;

	for (const struct found *f = scan->first; f != NULL; f = f->next)
		sorted[count++] = f;
	qsort(sorted, count, sizeof(*sorted), compare);
	return sorted;
}

/* is_over - some tier is full */
static bool
is_over(const struct limit_row *row)
{
	for (size_t i = 0; i < row->quota.tiers; i++)
		if (row->count[i] >= row->quota.tier[i].count)
			return true;
	return false;
}

/* fill - a row of what was found; the limit if it is of the same periods */
static void
fill(const struct limit_list *list, const struct found *found,
    struct limit_row *row)
{
	const struct instance *instance;

	*row = (struct limit_row){
		.name = found->policy,
		.subject = found->subject,
		.unit = -1,
		.quota.tiers = found->tiers,
	};
	for (size_t i = 0; i < found->tiers; i++) {
		row->quota.tier[i].period_s = found->tier[i].period_s;
		row->count[i] = found->tier[i].count;
	}
	instance = limit_instance(list->config, found->policy, list->arena);
	if (instance == NULL)
		return;
	row->unit = unit_of(instance);
	if (strcmp(found->subject, HASHED) != 0) {
		struct quota quota;

		row->known = limit_of(list, instance, found->subject, &quota) &&
			     strcmp(ratelimit_rest(&quota, list->arena),
				 found->rest) == 0;
		if (row->known)
			row->quota = quota;
	}
}

bool
limit_list_all(const struct limit_list *list, const struct instance *instance)
{
	struct scan scan = {
		.list = list,
		.name = instance != NULL ? instance->name : NULL,
	};
	const struct found **sorted;
	struct limit_row row;

	if (!store_scan(list->store, POLICY, collect, &scan))
		return false;
	sorted = sort(&scan, list->arena);
	for (size_t i = 0; i < scan.count; i++) {
		fill(list, sorted[i], &row);
		/* how long is worth asking only where it is full */
		if (row.known && is_over(&row) && !look(list, &row))
			return false;
		tell(list, &row);
	}
	return true;
}
