/*
 * store_redis_connect - find the master, connect, log in.
 *
 * A server that says it is a replica is none of ours, whatever told us its
 * address: after a fail-over a sentinel, or the admin's list, may still name
 * the old master. Logging in, choosing the database, asking for the role and
 * loading the scripts go out together, but no operation before the answers
 * were read: in a wrong database it would be carried out as well.
 *
 * All of it waits (for names without a deadline, see link_open()): only the
 * keeper and tools come here.
 *
 * Diagnostics: why, one clause for the log.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/store_redis_command.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_resp.h"
#include "store/store_redis_script.h"

/* now - of the system's monotonic clock */
static int64_t
now(void)
{
	return clock_mono_ms(clock_system());
}

/* ---- greeting: commands, each with a judge of its reply ---- */

#define STEPS (3 + SCRIPTS)

struct greeting {
	struct str bytes;
	size_t steps;
	bool (*judge[STEPS])(const struct resp *reply, char *why);
};

/* is_no_error - for most commands */
static bool
is_no_error(const struct resp *reply, char *why)
{
	if (reply->kind != RESP_ERROR)
		return true;
	snprintf(why, LINK_WHY, "%s", reply->text);
	return false;
}

/* is_master - an error is no answer: a user may not be allowed to ask */
static bool
is_master(const struct resp *reply, char *why)
{
	const char *role =
	    resp_is_array(reply, 1) ? resp_text(reply->element[0]) : NULL;

	if (role == NULL || strcmp(role, "master") == 0)
		return true;
	snprintf(why, LINK_WHY, "it is no master but a %s", role);
	return false;
}

/* add_step - the judge of the command that was just added */
static void
add_step(struct greeting *greeting,
    bool (*judge)(const struct resp *reply, char *why))
{
	greeting->judge[greeting->steps++] = judge;
}

/* add_login - password, with or without a user */
static void
add_login(const struct redis *redis, struct greeting *greeting)
{
	if (redis->password[0] == '\0')
		return;
	if (redis->username[0] != '\0')
		command_all(&greeting->bytes, "AUTH", redis->username,
		    redis->password, NULL);
	else
		command_all(&greeting->bytes, "AUTH", redis->password, NULL);
	add_step(greeting, is_no_error);
}

/* add_preparation - for operations: database, role, scripts */
static void
add_preparation(const struct redis *redis, struct greeting *greeting)
{
	int script;

	if (redis->db != 0) {
		command_begin(&greeting->bytes, 2);
		command_text(&greeting->bytes, "SELECT");
		command_number(&greeting->bytes, redis->db);
		add_step(greeting, is_no_error);
	}
	command_all(&greeting->bytes, "ROLE", NULL);
	add_step(greeting, is_master);
	for (script = 0; script < SCRIPTS; script++) {
		command_all(&greeting->bytes, "SCRIPT", "LOAD",
		    script_text((enum script)script), NULL);
		add_step(greeting, is_no_error);
	}
}

/* greet - send it and judge what comes */
static bool
greet(const struct redis *redis, struct link *link,
    const struct greeting *greeting, char *why)
{
	struct resp *reply[STEPS];
	enum link_io io;
	size_t i;

	link_add(link, greeting->bytes.data, greeting->bytes.length);
	io = link_exchange(link, greeting->steps, reply,
	    now() + redis->limits.timeout_ms);
	why[0] = '\0';
	if (io != LINK_FINE)
		snprintf(why, LINK_WHY, "%s", link_io_text(io));
	for (i = 0; i < greeting->steps; i++) {
		if (reply[i] != NULL && why[0] == '\0')
			greeting->judge[i](reply[i], why);
		resp_free(reply[i]);
	}
	return why[0] == '\0';
}

/* open_link - connect and log in; for operations also prepare */
static struct link *
open_link(struct redis *redis, const struct redis_address *address,
    bool for_operations, char *why)
{
	struct greeting greeting = { .bytes = STR_INIT };
	struct link *link = link_open(address, redis->tls, REDIS_BUDGET_LIST,
	    now() + redis->limits.connect_timeout_ms, why);

	if (link == NULL)
		return NULL;
	add_login(redis, &greeting);
	if (for_operations)
		add_preparation(redis, &greeting);
	if (greeting.steps > 0 && !greet(redis, link, &greeting, why)) {
		link_close(link);
		link = NULL;
	}
	str_fini(&greeting.bytes);
	return link;
}

/* redis_open - a link for lists */
struct link *
redis_open(struct redis *redis, const struct redis_address *address, char *why)
{
	return open_link(redis, address, false, why);
}

/* ---- finding ---- */

/* try_seed - a server, or the master that a sentinel tells */
static struct link *
try_seed(struct redis *redis, const struct redis_address *seed,
    struct redis_address *address, char *why)
{
	*address = *seed;
	if (redis->kind == REDIS_SENTINEL &&
	    !redis_sentinel_master(redis, seed, address, why))
		return NULL;
	return open_link(redis, address, true, why);
}

/* find_master - the last good seed first */
static struct link *
find_master(struct redis *redis, struct redis_address *address, char *why)
{
	struct link *link = NULL;
	size_t first, i, seed = 0;

	pthread_mutex_lock(&redis->lock);
	first = redis->first_seed;
	pthread_mutex_unlock(&redis->lock);
	for (i = 0; i < redis->seeds && link == NULL; i++) {
		seed = (first + i) % redis->seeds;
		link = try_seed(redis, &redis->seed[seed], address, why);
	}
	if (link == NULL)
		return NULL;
	pthread_mutex_lock(&redis->lock);
	redis->first_seed = seed;
	pthread_mutex_unlock(&redis->lock);
	return link;
}

/* redis_connect - a link for operations */
struct link *
redis_connect(struct redis *redis, struct node *node,
    struct redis_address *address, char *why)
{
	struct link *link;

	if (redis->kind == REDIS_CLUSTER) {
		node_address(node, address);
		link = open_link(redis, address, true, why);
	} else {
		link = find_master(redis, address, why);
	}
	if (link != NULL)
		link_set_budget(link, REDIS_BUDGET);
	return link;
}
