/*
 * store_redis_settings - [redis] of the ini as servers to be asked.
 *
 * Diagnostics: *why for settings that cannot be. A server that is not there
 * is no reason.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"
#include "store/store_redis_internal.h"

#define PORT 6379
#define SENTINEL_PORT 26379

/* complain - *why; returns false */
static bool
complain(char **why, const char *wrong, const char *what)
{
	struct str message = STR_INIT;

	str_addf(&message, "%s%s%s", wrong, what[0] != '\0' ? ": " : "", what);
	*why = message.data;
	return false;
}

/* text - of a setting, which may not have been made */
static const char *
text(const char *setting)
{
	return setting != NULL ? setting : "";
}

/* set_seeds - servers or sentinels, whichever there are */
static bool
set_seeds(struct redis *redis, const struct redis_settings *settings,
    char **why)
{
	bool sentinel = redis->kind == REDIS_SENTINEL;
	const char *list =
	    text(sentinel ? settings->sentinels : settings->servers);
	const char *cursor = list, *wrong = NULL;
	struct redis_address address;

	while (redis_address_next(&cursor, sentinel ? SENTINEL_PORT : PORT,
	    &address, &wrong))
		if (redis->seeds < REDIS_SEEDS_MAX)
			redis->seed[redis->seeds++] = address;
	if (wrong != NULL)
		return complain(why, wrong, list);
	if (redis->seeds == 0)
		return complain(why, "no servers are named", "");
	return true;
}

/* set_kind - alone, with Sentinel, or Cluster */
static bool
set_kind(struct redis *redis, const struct redis_settings *settings, char **why)
{
	bool sentinel = text(settings->sentinels)[0] != '\0';

	redis->kind = settings->cluster ? REDIS_CLUSTER
		      : sentinel        ? REDIS_SENTINEL
					: REDIS_SINGLE;
	if (settings->cluster && sentinel)
		return complain(why, "a cluster has no sentinels", "");
	if (settings->cluster && settings->db != 0)
		return complain(why, "a cluster has only database 0", "");
	if (sentinel && text(settings->master)[0] == '\0')
		return complain(why,
		    "the name by which the sentinels know the master is "
		    "missing",
		    "");
	return set_seeds(redis, settings, why);
}

/* set_tls - if it is asked for */
static bool
set_tls(struct redis *redis, const struct redis_settings *settings, char **why)
{
	const char *wrong = "";

	if (!settings->tls)
		return true;
	redis->tls = redis_tls_new(settings, &wrong);
	return redis->tls != NULL || complain(why, wrong, "");
}

/* add_first_nodes - Cluster: the seeds; else the master, whoever it is */
static void
add_first_nodes(struct redis *redis)
{
	size_t i;

	if (redis->kind == REDIS_CLUSTER)
		redis->slot = mem_array(REDIS_SLOTS, sizeof *redis->slot);
	for (i = 0; i < redis->seeds; i++)
		if (i == 0 || redis->kind == REDIS_CLUSTER)
			redis_node_at(redis, &redis->seed[i]);
}

/* copy - the settings that need no check */
static void
copy(struct redis *redis, const struct store_settings *settings)
{
	const struct redis_settings *from = &settings->redis;

	redis->prefix = mem_strdup(settings->prefix);
	redis->master = mem_strdup(text(from->master));
	redis->username = mem_strdup(text(from->username));
	redis->password = mem_strdup(text(from->password));
	redis->db = from->db;
	redis->limits = (struct node_limits){
		.connect_timeout_ms = from->connect_timeout_ms,
		.timeout_ms = from->timeout_ms,
		.errors = from->breaker_errors,
		.open_ms = from->breaker_open_ms,
		.connections = from->connections,
		.follow_master = redis->kind != REDIS_CLUSTER,
		.wake = redis_wake,
		.context = redis,
	};
}

/* work_init - the keeper's condition, by the system's monotonic clock */
static void
work_init(struct redis *redis)
{
	clock_condition_init(&redis->work);
	clock_condition_init(&redis->done);
	pthread_mutex_init(&redis->lock, NULL);
}

struct redis *
redis_new(const struct store_settings *settings, char **why)
{
	struct redis *redis = mem_alloc(sizeof *redis);

	work_init(redis);
	if (!set_kind(redis, &settings->redis, why) ||
	    !set_tls(redis, &settings->redis, why)) {
		redis_free(redis);
		return NULL;
	}
	copy(redis, settings);
	add_first_nodes(redis);
	/* sendings that nobody waits for have to go to the right place */
	if (redis->kind == REDIS_CLUSTER)
		redis_await_slots(redis);
	return redis;
}

void
redis_free(struct redis *redis)
{
	size_t i;

	redis_stop(redis);
	for (i = 0; i < redis->nodes; i++)
		node_free(redis->node[i]);
	redis_tls_free(redis->tls);
	mem_free(redis->slot);
	mem_free(redis->master);
	mem_free(redis->username);
	mem_free(redis->password);
	mem_free(redis->prefix);
	pthread_cond_destroy(&redis->work);
	pthread_cond_destroy(&redis->done);
	pthread_mutex_destroy(&redis->lock);
	mem_free(redis);
}
