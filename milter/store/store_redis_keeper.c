/*
 * store_redis_keeper - the thread that connects.
 *
 * Connecting waits: for names, for servers that are not there, for sentinels.
 * Sessions do not; they leave their commands with the node and wake this
 * thread. It also probes servers whose breaker is open, with a write, because
 * a server that is full or a replica answers every PING, learns the slots of a
 * cluster, asks a sentinel, and sends what was posted when no session does.
 * When nothing is to do it sleeps.
 *
 * It starts when first needed (the daemon forks before that) and has all
 * signals blocked, since libmilter handles them in a thread of its own.
 */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store_redis_command.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"

#define PAUSE_MS 100 /* between two looks at a cluster that changes */

/* now - of the system's monotonic clock */
static int64_t
now(void)
{
	return clock_mono_ms(clock_system());
}

/* node_at_index - NULL behind the last */
static struct node *
node_at_index(struct redis *redis, size_t i)
{
	struct node *node;

	pthread_mutex_lock(&redis->lock);
	node = i < redis->nodes ? redis->node[i] : NULL;
	pthread_mutex_unlock(&redis->lock);
	return node;
}

/* probe_key - a key that the node has to take; false: it has no slot */
static bool
probe_key(struct redis *redis, const struct node *node, struct str *key)
{
	unsigned try, slot;

	for (try = 0; try < 4 * REDIS_NODES_MAX; try++) {
		str_reset(key);
		str_addf(key, "%s:v1:probe:{%u}", redis->prefix, try);
		slot = redis_slot(str_text(key), key->length);
		if (redis->kind != REDIS_CLUSTER ||
		    redis_node_for(redis, slot) == node)
			return true;
	}
	return false;
}

/* probe - whether the server takes a write */
static bool
probe(struct redis *redis, const struct node *node, struct link *link,
    char *why)
{
	struct str command = STR_INIT, key = STR_INIT;
	struct resp *reply = NULL;
	enum link_io io;

	if (probe_key(redis, node, &key))
		redis_probe_write(str_text(&key), &command);
	else
		command_all(&command, "PING", NULL);
	link_add(link, command.data, command.length);
	io = link_exchange(link, 1, &reply, now() + redis->limits.timeout_ms);
	if (io != LINK_FINE)
		snprintf(why, LINK_WHY, "%s", link_io_text(io));
	else if (reply->kind == RESP_ERROR)
		snprintf(why, LINK_WHY, "%s", reply->text);
	else
		why[0] = '\0';
	resp_free(reply);
	str_fini(&command);
	str_fini(&key);
	return why[0] == '\0';
}

/* connect_node - and tell the node what came of it */
static void
connect_node(struct redis *redis, struct node *node, enum node_need need)
{
	struct redis_address address;
	char why[LINK_WHY];
	struct link *link = redis_connect(redis, node, &address, why);

	if (link != NULL && need == NEED_PROBE &&
	    !probe(redis, node, link, why)) {
		link_close(link);
		link = NULL;
	}
	if (link != NULL) {
		node_connected(node, &address, link);
		return;
	}
	node_refused(node, why);
	if (redis->kind == REDIS_CLUSTER)
		redis_ask_slots(redis);
}

/* serve_nodes - all that need something; when one will need it next */
static int64_t
serve_nodes(struct redis *redis)
{
	int64_t next_ms = INT64_MAX, when_ms;
	enum node_need need;
	struct node *node;
	size_t i;

	for (i = 0; (node = node_at_index(redis, i)) != NULL; i++) {
		need = node_need(node, &when_ms);
		if (need == NEED_FLUSH)
			node_flush(node, false);
		else if (need != NEED_NOTHING)
			connect_node(redis, node, need);
		if (need != NEED_NOTHING)
			when_ms = 0;
		if (when_ms < next_ms)
			next_ms = when_ms;
	}
	return next_ms;
}

/* sleep_until - on a condition; the lock is held */
static void
sleep_until(struct redis *redis, pthread_cond_t *condition, int64_t when_ms)
{
	struct timespec end = clock_timespec(when_ms);

	if (when_ms == INT64_MAX)
		pthread_cond_wait(condition, &redis->lock);
	else
		pthread_cond_timedwait(condition, &redis->lock, &end);
}

/* learn - the slots, if somebody asked for it; when they may be again */
static int64_t
learn(struct redis *redis, int64_t quiet_ms)
{
	char why[LINK_WHY];
	bool asked;

	pthread_mutex_lock(&redis->lock);
	asked = redis->ask_slots && now() >= quiet_ms;
	if (asked)
		redis->ask_slots = false;
	pthread_mutex_unlock(&redis->lock);
	if (!asked)
		return quiet_ms;
	if (!redis_learn_slots(redis, why))
		log_debug("store: no cluster: %s", why);
	pthread_mutex_lock(&redis->lock);
	redis->lessons++;
	pthread_cond_broadcast(&redis->done);
	pthread_mutex_unlock(&redis->lock);
	return now() + PAUSE_MS;
}

/* rest - until woken, or the next thing is to do; false: stop */
static bool
rest(struct redis *redis, int64_t next_ms, int64_t quiet_ms)
{
	bool stop;

	pthread_mutex_lock(&redis->lock);
	if (redis->ask_slots && quiet_ms < next_ms)
		next_ms = quiet_ms;
	while (!redis->woken && !redis->stop && now() < next_ms)
		sleep_until(redis, &redis->work, next_ms);
	redis->woken = false;
	stop = redis->stop;
	pthread_mutex_unlock(&redis->lock);
	return !stop;
}

/* keep - the thread */
static void *
keep(void *context)
{
	struct redis *redis = context;
	struct redis_watch watch = { .link = NULL };
	int64_t quiet_ms = 0, next_ms, watch_ms;

	do {
		quiet_ms = learn(redis, quiet_ms);
		next_ms = serve_nodes(redis);
		watch_ms = redis_watch_master(redis, &watch);
		if (watch_ms < next_ms)
			next_ms = watch_ms;
	} while (rest(redis, next_ms, quiet_ms));
	link_close(watch.link);
	return NULL;
}

/* start - the thread, with all signals blocked; the lock is held */
static void
start(struct redis *redis)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&redis->keeper, NULL, keep, redis) != 0)
		log_fatal("store: no thread to be had");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	redis->started = true;
}

/* redis_wake - there is something to do */
void
redis_wake(void *context)
{
	struct redis *redis = context;

	pthread_mutex_lock(&redis->lock);
	redis->woken = true;
	if (!redis->started)
		start(redis);
	else
		pthread_cond_signal(&redis->work);
	pthread_mutex_unlock(&redis->lock);
}

void
redis_await_slots(struct redis *redis)
{
	int64_t end_ms =
	    now() + redis->limits.connect_timeout_ms + redis->limits.timeout_ms;

	redis_ask_slots(redis);
	pthread_mutex_lock(&redis->lock);
	while (redis->lessons == 0 && now() < end_ms)
		sleep_until(redis, &redis->done, end_ms);
	pthread_mutex_unlock(&redis->lock);
}

/* redis_stop - and wait for its end */
void
redis_stop(struct redis *redis)
{
	bool started;

	pthread_mutex_lock(&redis->lock);
	redis->stop = true;
	started = redis->started;
	pthread_cond_signal(&redis->work);
	pthread_mutex_unlock(&redis->lock);
	if (started)
		pthread_join(redis->keeper, NULL);
}
