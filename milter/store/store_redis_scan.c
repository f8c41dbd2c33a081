/*
 * store_redis_scan - go through what Redis holds, for tools.
 *
 * Over a connection of its own to each master, in the caller's thread: SCAN
 * for keys, then one exchange for what lies under them. SCAN tells all keys
 * that are there from begin to end, some perhaps twice; Redis works on
 * meanwhile.
 *
 * Of triplets only the hashes of subject and rest are there (redis_key()), so
 * their subject is told as "".
 *
 * Diagnostics: false, and a warning in the log, when a server failed.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store_backend.h"
#include "store/store_redis_command.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_item.h"
#include "store/store_redis_key.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"

#define STEP "500"        /* keys that Redis looks at in one go */
#define PATIENCE_MS 10000 /* for one exchange */

/* one search: a pattern, and what to do with the keys */
struct search {
	struct redis *redis;
	char pattern[REDIS_KEY_SIZE + 1];
	/* false: stop, with done or error set */
	bool (*take)(struct search *search, struct link *link,
	    const struct resp *keys);
	bool stopped;
	char why[LINK_WHY];
	struct arena *arena;
	int64_t now_s;
	int64_t count; /* forget */
	const char *policy;
	size_t prefix_length;
	bool (*each)(void *context, const struct store_item *item);
	void *context;
};

/* exchange - count replies, of which none may be an error */
static bool
exchange(struct search *search, struct link *link, const struct str *commands,
    size_t count, struct resp **replies)
{
	enum link_io io;
	size_t i;
	bool fine;

	link_add(link, commands->data, commands->length);
	io = link_exchange(link, count, replies,
	    clock_mono_ms(clock_system()) + PATIENCE_MS);
	fine = io == LINK_FINE;
	if (!fine)
		snprintf(search->why, LINK_WHY, "%s", link_io_text(io));
	for (i = 0; i < count && fine; i++)
		if (replies[i]->kind == RESP_ERROR) {
			snprintf(search->why, LINK_WHY, "%s", replies[i]->text);
			fine = false;
		}
	for (i = 0; i < count && !fine; i++)
		resp_free(replies[i]);
	return fine;
}

/* step - one SCAN, and its keys taken; *cursor is what to go on with */
static bool
step(struct search *search, struct link *link, char *cursor, size_t size)
{
	struct str command = STR_INIT;
	struct resp *reply = NULL;
	const char *next = NULL;
	bool more;

	command_all(&command, "SCAN", cursor, "MATCH", search->pattern, "COUNT",
	    STEP, NULL);
	more = exchange(search, link, &command, 1, &reply);
	str_fini(&command);
	if (!more)
		return false;
	if (resp_is_array(reply, 2))
		next = resp_text(reply->element[0]);
	if (next == NULL || strlen(next) >= size ||
	    reply->element[1]->kind != RESP_ARRAY) {
		snprintf(search->why, LINK_WHY, "its answers make no sense");
		more = false;
	} else {
		snprintf(cursor, size, "%s", next);
		more = search->take(search, link, reply->element[1]) &&
		       strcmp(cursor, "0") != 0;
	}
	resp_free(reply);
	return more;
}

/* go_through - all masters; false when one failed */
static bool
go_through(struct search *search)
{
	struct node *node[REDIS_NODES_MAX];
	struct redis_address address;
	char cursor[24];
	struct link *link;
	size_t i, count;

	if (search->redis->kind == REDIS_CLUSTER &&
	    !redis_learn_slots(search->redis, search->why)) {
		log_warning("store: %s", search->why);
		return false;
	}
	count = redis_masters(search->redis, node, REDIS_NODES_MAX);
	for (i = 0; i < count && !search->stopped; i++) {
		search->why[0] = '\0';
		link = redis_connect(search->redis, node[i], &address,
		    search->why);
		if (link != NULL) {
			link_set_budget(link, REDIS_BUDGET_LIST);
			strcpy(cursor, "0");
			while (step(search, link, cursor, sizeof cursor))
				;
			link_close(link);
		}
		if (search->why[0] != '\0') {
			log_warning("store: Redis: %s", search->why);
			return false;
		}
	}
	return true;
}

/* ---- scan ---- */

/* split_short - the parts of a triplet's key, of which only one is told */
static bool
split_short(const char *key, struct store_key_parts *parts, struct arena *arena)
{
	const char *end = strstr(key, ":{");

	if (end == NULL)
		return false;
	parts->policy = arena_strndup(arena, key, (size_t)(end - key));
	parts->subject = parts->rest = "";
	return true;
}

/* tell - one key, if it is of the policy and something is there */
static bool
tell(const struct search *search, const char *key, const struct resp *reply)
{
	struct store_key_parts parts;
	struct store_item item = { .verb = NULL };
	struct json *fields;
	enum store_verb verb;
	bool more = true, good;

	if (!redis_item_read(reply, &verb, &item.ttl_s, &fields))
		return true;
	key += search->prefix_length;
	good = verb == VERB_TRIPLET
		   ? split_short(key, &parts, search->arena)
		   : store_key_split(key, &parts, search->arena);
	if (good && store_key_is_of(parts.policy, search->policy)) {
		item.verb = store_verb_names[verb];
		item.policy = parts.policy;
		item.subject = parts.subject;
		item.rest = parts.rest;
		item.fields = fields;
		more = search->each(search->context, &item);
	}
	json_free(fields);
	return more;
}

/* show - ask what lies under keys; replies to be freed */
static bool
show(struct search *search, struct link *link, const struct resp *keys,
    struct resp **replies)
{
	struct str commands = STR_INIT;
	bool shown;
	size_t i;

	for (i = 0; i < keys->count; i++)
		redis_show_write(keys->element[i]->text != NULL
				     ? keys->element[i]->text
				     : "",
		    keys->element[i]->length, search->now_s, &commands);
	shown = exchange(search, link, &commands, keys->count, replies);
	str_fini(&commands);
	return shown;
}

/* take_scan - tell all of them */
static bool
take_scan(struct search *search, struct link *link, const struct resp *keys)
{
	struct resp **replies;
	const char *key;
	size_t i;

	if (keys->count == 0)
		return true;
	replies = mem_array(keys->count, sizeof *replies);
	if (!show(search, link, keys, replies)) {
		mem_free(replies);
		return false;
	}
	for (i = 0; i < keys->count; i++) {
		key = resp_text(keys->element[i]);
		arena_reset(search->arena);
		if (key != NULL && !search->stopped)
			search->stopped = !tell(search, key, replies[i]);
		resp_free(replies[i]);
	}
	mem_free(replies);
	return !search->stopped;
}

bool
redis_scan(struct redis *redis, const struct store_names *names,
    const char *policy, int64_t now_s,
    bool (*each)(void *context, const struct store_item *item), void *context)
{
	struct search search = {
		.redis = redis,
		.take = take_scan,
		.arena = arena_new(1024),
		.now_s = now_s,
		.policy = policy,
		.prefix_length = strlen(store_names_prefix(names)),
		.each = each,
		.context = context,
	};
	size_t length = store_key_begin(names, policy, NULL, search.pattern);
	bool scanned;

	strcpy(search.pattern + length, "*");
	scanned = go_through(&search);
	arena_free(search.arena);
	return scanned;
}

/* ---- forget ---- */

/* take_forget - delete all of them, and count what was there */
static bool
take_forget(struct search *search, struct link *link, const struct resp *keys)
{
	struct str commands = STR_INIT;
	struct resp **replies;
	size_t i;
	bool done;

	if (keys->count == 0)
		return true;
	replies = mem_array(2 * keys->count, sizeof *replies);
	done = show(search, link, keys, replies);
	for (i = 0; done && i < keys->count; i++) {
		search->count += resp_is_array(replies[i], 1);
		resp_free(replies[i]);
		command_begin(&commands, 2);
		command_text(&commands, "DEL");
		command_bytes(&commands,
		    keys->element[i]->text != NULL ? keys->element[i]->text
						   : "",
		    keys->element[i]->length);
	}
	done = done && exchange(search, link, &commands, keys->count, replies);
	for (i = 0; done && i < keys->count; i++)
		resp_free(replies[i]);
	str_fini(&commands);
	mem_free(replies);
	return done;
}

int64_t
redis_forget(struct redis *redis, const struct store_names *names,
    const char *policy, const char *subject, int64_t now_s)
{
	struct search search = {
		.redis = redis,
		.take = take_forget,
		.now_s = now_s,
	};
	char key[STORE_KEY_SIZE];
	size_t length = store_key_begin(names, policy, subject, key);

	memcpy(search.pattern, key, length);
	strcpy(search.pattern + length, "*");
	if (!go_through(&search))
		return -1;
	length = redis_key_subject(key, search.pattern);
	strcpy(search.pattern + length, "*");
	return go_through(&search) ? search.count : -1;
}
