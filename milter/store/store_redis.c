/*
 * store_redis - the backend for many hosts: Redis, alone, with Sentinel, or
 * as Cluster.
 *
 * This file ties the parts together:
 *   _settings  what the admin wants, checked
 *   _send      operations on their way; _land: what came, and put right
 *   _op        operations as commands, replies as answers; _script: in Lua
 *   _node      a server as sessions see it, behind a breaker; _exchange:
 *              commands and replies over a pool of connections (_pipe)
 *   _link      a connection; _command, _resp: what goes over it; _tls
 *   _keeper    the thread that connects, probes and learns
 *   _connect   find the master and log in
 *   _cluster   which server has a key
 *   _scan      for tools
 *
 * New settings make a new struct redis. The old one is kept until no sending
 * goes over it any more, and freed when somebody has time for it: at the next
 * change of settings, or at the end.
 *
 * Diagnostics: *why for settings that cannot be; the breaker's lines in the
 * log (store_redis_node.c).
 */
#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store_backend.h"
#include "store/store_redis_internal.h"

struct backend {
	struct clock *clock;
	pthread_mutex_t lock; /* a leaf */
	struct redis *redis;  /* in force */
	struct redis *old;    /* the others, a list */
};

/* forget_old - those over which nothing goes any more; the lock is held */
static void
forget_old(struct backend *backend)
{
	struct redis **at = &backend->old, *redis;

	while ((redis = *at) != NULL)
		if (redis->sendings > 0) {
			at = &redis->next;
		} else {
			*at = redis->next;
			redis_free(redis);
		}
}

/* open_backend - a server that is not there is no error */
static void *
open_backend(const struct store_settings *settings, struct clock *clock,
    bool read_only, char **why)
{
	struct redis *redis = redis_new(settings, why);
	struct backend *backend;

	(void)read_only; /* any number of hosts write at once */
	if (redis == NULL)
		return NULL;
	/* hiredis 0.14 writes to sockets that were closed; libmilter does
	 * this too */
	signal(SIGPIPE, SIG_IGN);
	backend = mem_alloc(sizeof *backend);
	backend->clock = clock;
	backend->redis = redis;
	pthread_mutex_init(&backend->lock, NULL);
	return backend;
}

/* configure - new settings, from the next sending on */
static bool
configure(void *self, const struct store_settings *settings, char **why)
{
	struct redis *redis = redis_new(settings, why);
	struct backend *backend = self;

	if (redis == NULL)
		return false;
	pthread_mutex_lock(&backend->lock);
	backend->redis->next = backend->old;
	backend->old = backend->redis;
	backend->redis = redis;
	forget_old(backend);
	pthread_mutex_unlock(&backend->lock);
	return true;
}

/* use - the settings in force, until left */
static struct redis *
use(struct backend *backend)
{
	struct redis *redis;

	pthread_mutex_lock(&backend->lock);
	redis = backend->redis;
	redis->sendings++;
	pthread_mutex_unlock(&backend->lock);
	return redis;
}

/* leave - the settings that were used */
static void
leave(struct backend *backend, struct redis *redis)
{
	pthread_mutex_lock(&backend->lock);
	redis->sendings--;
	pthread_mutex_unlock(&backend->lock);
}

/* send_out - a sending keeps the settings that it began with */
static void *
send_out(void *self, struct store_op *first, struct arena *arena)
{
	return redis_send(use(self), first, arena);
}

/* wait_for - the deadline is of the daemon's clock, which tests stop */
static void
wait_for(void *self, struct store_op *op, int64_t deadline_ms)
{
	const struct backend *backend = self;
	int64_t left = deadline_ms - clock_mono_ms(backend->clock);

	redis_wait(op->sending, op, clock_mono_ms(clock_system()) + left);
}

/* end - of a sending */
static void
end(void *self, void *sending)
{
	struct redis *redis = redis_of(sending);

	redis_end(sending);
	leave(self, redis);
}

/* post - with the next exchange of whoever has one */
static void
post(void *self, struct store_op *first)
{
	struct redis *redis = use(self);

	redis_post(redis, first);
	leave(self, redis);
}

/* scan - in the caller's thread */
static bool
scan(void *self, const struct store_names *names, const char *policy,
    int64_t now_s, bool (*each)(void *context, const struct store_item *item),
    void *context)
{
	struct redis *redis = use(self);
	bool scanned = redis_scan(redis, names, policy, now_s, each, context);

	leave(self, redis);
	return scanned;
}

/* forget - in the caller's thread */
static int64_t
forget(void *self, const struct store_names *names, const char *policy,
    const char *subject)
{
	struct backend *backend = self;
	struct redis *redis = use(backend);
	int64_t count = redis_forget(redis, names, policy, subject,
	    clock_wall_s(backend->clock));

	leave(backend, redis);
	return count;
}

/* add_node - one server's counters */
static void
add_node(struct json *servers, struct node *node)
{
	struct json *server = json_new_object();
	struct node_stats stats;

	node_stats(node, &stats);
	json_add_text(server, "address", stats.address);
	json_add_bool(server, "connected", stats.connected);
	json_add_bool(server, "breaker_open", stats.open);
	if (stats.open)
		json_add_int(server, "open_for_ms", stats.open_ms);
	json_add_int(server, "connections", (int64_t)stats.connections);
	json_add_int(server, "exchanges", (int64_t)stats.exchanges);
	json_add_int(server, "commands", (int64_t)stats.commands);
	json_add_int(server, "posted", (int64_t)stats.posted);
	json_add_int(server, "errors", (int64_t)stats.errors);
	json_add_int(server, "timeouts", (int64_t)stats.late);
	json_add_int(server, "connects", (int64_t)stats.connects);
	json_add_int(server, "breaker_opened", (int64_t)stats.opened);
	json_append(servers, server);
}

/* stats - of the settings in force */
static void
stats(void *self, struct json *object)
{
	static const char *const kinds[] = {
		[REDIS_SINGLE] = "single",
		[REDIS_SENTINEL] = "sentinel",
		[REDIS_CLUSTER] = "cluster",
	};
	struct redis *redis = use(self);
	struct json *servers = json_new_array();
	struct node *node[REDIS_NODES_MAX];
	size_t i, count = redis_masters(redis, node, REDIS_NODES_MAX);

	json_add_text(object, "kind", kinds[redis->kind]);
	for (i = 0; i < count; i++)
		add_node(servers, node[i]);
	json_add(object, "servers", servers);
	leave(self, redis);
}

/* close_backend - nothing may be under way */
static void
close_backend(void *self)
{
	struct backend *backend = self;

	backend->redis->next = backend->old;
	backend->old = backend->redis;
	forget_old(backend);
	pthread_mutex_destroy(&backend->lock);
	mem_free(backend);
}

const struct store_backend store_redis_backend = {
	.name = "redis",
	.open = open_backend,
	.configure = configure,
	.send = send_out,
	.wait = wait_for,
	.end = end,
	.post = post,
	.scan = scan,
	.forget = forget,
	.stats = stats,
	.close = close_backend,
};
