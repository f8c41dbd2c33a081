/*
 * store_redis_node - one Redis server: its connections and its breaker.
 *
 * The pool (store_redis_exchange.c takes from it) is renewed as a whole when
 * a connection breaks, when the server says that it is no master, and when
 * the master is another one: each of its connections has the number of a
 * generation, and those of former ones are closed as they come back.
 *
 * The breaker: so many failures in a row open it; the keeper's probe closes
 * it. It says both in the log. What was posted is lost when it opens. The lock
 * is a leaf: log and keeper are called after it is given back (node_unlock()).
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store_redis_node_internal.h"

/* now - of the clock of all these times */
int64_t
node_now(void)
{
	return clock_mono_ms(clock_system());
}

/* node_new - without a connection */
struct node *
node_new(const struct redis_address *address, const struct node_limits *limits)
{
	struct node *node = mem_alloc(sizeof *node);

	pthread_mutex_init(&node->lock, NULL);
	node->last_waiting = &node->waiting;
	node->limits = *limits;
	node->address = *address;
	return node;
}

/* say - one line about the breaker */
static void
say(int news, const struct redis_address *where, int64_t ms, const char *why)
{
	char address[REDIS_ADDRESS_TEXT];

	redis_address_text(where, address, sizeof address);
	if (news == NEWS_OPEN)
		log_warning("store: Redis %s: %s; not asked until it works",
		    address, why);
	else if (news == NEWS_CLOSED)
		log_notice("store: Redis %s works again, after %lld.%lld s",
		    address, (long long)(ms / 1000),
		    (long long)(ms % 1000 / 100));
	else if (news == NEWS_RETIRED)
		log_notice("store: Redis %s is not needed any more, after "
			   "%lld.%lld s without it",
		    address, (long long)(ms / 1000),
		    (long long)(ms % 1000 / 100));
}

/* close_all - pipes that nobody uses any more */
static void
close_all(struct pipe *pipe)
{
	struct pipe *next;

	for (; pipe != NULL; pipe = next) {
		next = pipe->next;
		pipe_close(pipe);
	}
}

/* node_unlock - give the lock back, then do what must not be done with it */
void
node_unlock(struct node *node)
{
	struct redis_address address;
	int news = node->news;
	int64_t news_ms = node->news_ms;
	struct pipe *gone = node->gone;
	bool wake = node->wake;
	char why[LINK_WHY];

	if (news != NEWS_NONE) {
		address = node->address;
		memcpy(why, node->why, sizeof why);
	}
	node->news = NEWS_NONE;
	node->gone = NULL;
	node->wake = false;
	pthread_mutex_unlock(&node->lock);
	close_all(gone);
	if (news != NEWS_NONE)
		say(news, &address, news_ms, why);
	if (wake)
		node->limits.wake(node->limits.context);
}

void
node_renew(struct node *node)
{
	struct pipe *pipe;

	node->generation++;
	node->pipes = 0;
	while ((pipe = node->idle) != NULL) {
		node->idle = pipe->next;
		pipe->next = node->gone;
		node->gone = pipe;
	}
}

void
node_put(struct node *node, struct pipe *pipe)
{
	struct exchange *first = node->waiting;

	if (first == NULL) {
		pipe->next = node->idle;
		node->idle = pipe;
		return;
	}
	node->waiting = first->next;
	if (node->waiting == NULL)
		node->last_waiting = &node->waiting;
	first->pipe = pipe;
	pthread_cond_signal(first->sleeper);
}

/* refuse - those that wait for a connection; the lock is held */
static void
refuse(struct node *node)
{
	struct exchange *exchange;

	while ((exchange = node->waiting) != NULL) {
		node->waiting = exchange->next;
		exchange->refused = true;
		pthread_cond_signal(exchange->sleeper);
	}
	node->last_waiting = &node->waiting;
}

/* ---- the breaker; the lock is held ---- */

/* failed - one failure more */
void
node_failed(struct node *node, const char *why)
{
	node->stats.errors++;
	snprintf(node->why, sizeof node->why, "%s", why);
	if (node->open ||
	    atomic_fetch_add(&node->failures, 1) + 1 < node->limits.errors)
		return;
	node->open = true;
	node->since_ms = node_now();
	node->probe_ms = node->since_ms + node->limits.open_ms;
	node->stats.opened++;
	node->news = NEWS_OPEN;
	node->wake = true;
	str_reset(&node->posted);
	node->posted_replies = 0;
	refuse(node);
}

/* close_breaker - it works; or it is not needed any more */
static void
close_breaker(struct node *node, int news)
{
	atomic_store(&node->failures, 0);
	if (!node->open)
		return;
	node->open = false;
	node->news = news;
	node->news_ms = node_now() - node->since_ms;
}

/* node_good - an operation was carried out */
void
node_good(struct node *node)
{
	if (atomic_load_explicit(&node->failures, memory_order_relaxed) == 0)
		return;
	pthread_mutex_lock(&node->lock);
	if (!node->open)
		atomic_store(&node->failures, 0);
	node_unlock(node);
}

/* node_bad - an operation was not, by the server's fault */
void
node_bad(struct node *node, const char *why)
{
	pthread_mutex_lock(&node->lock);
	node_failed(node, why);
	node_unlock(node);
}

/* node_address - where it is now */
void
node_address(struct node *node, struct redis_address *out)
{
	pthread_mutex_lock(&node->lock);
	*out = node->address;
	node_unlock(node);
}

/* ---- for the keeper ---- */

/*
 * tick - whether what was posted has waited long enough. While there is
 * something posted now and then the keeper looks regularly, so that nobody
 * has to wake it; after a look that finds nothing it sleeps.
 */
static bool
tick(struct node *node)
{
	int64_t now_ms = node_now();

	if (node->tick_ms == 0 || now_ms < node->tick_ms)
		return false;
	if (node->posted_replies == 0) {
		node->tick_ms = 0;
		return false;
	}
	node->tick_ms = node->posted_ms + NODE_POST_MS;
	if (now_ms < node->tick_ms)
		return false;
	node->tick_ms = now_ms + NODE_POST_MS;
	return true;
}

/* node_need - what has to be done for it */
enum node_need
node_need(struct node *node, int64_t *when_ms)
{
	enum node_need need = NEED_NOTHING;

	*when_ms = INT64_MAX;
	pthread_mutex_lock(&node->lock);
	if (node->open && node_now() >= node->probe_ms)
		need = NEED_PROBE;
	else if (node->open)
		*when_ms = node->probe_ms;
	else if (node->starved)
		need = NEED_LINK;
	else if (tick(node))
		need = NEED_FLUSH;
	else if (node->tick_ms != 0)
		*when_ms = node->tick_ms;
	node_unlock(node);
	return need;
}

/* node_connected - take the link */
void
node_connected(struct node *node, const struct redis_address *address,
    struct link *link)
{
	pthread_mutex_lock(&node->lock);
	if (!redis_address_is(&node->address, address))
		node_renew(node);
	node_put(node, pipe_new(link, node->generation));
	node->pipes++;
	node->stats.connects++;
	node->address = *address;
	/* others may wait, too: one by one as long as somebody does */
	node->starved = node->waiting != NULL &&
			node->pipes < (size_t)node->limits.connections;
	close_breaker(node, NEWS_CLOSED);
	node_unlock(node);
}

/*
 * node_refused - there was no link to be had. When there are others, it is
 * only their number that the server does not want to grow.
 */
void
node_refused(struct node *node, const char *why)
{
	pthread_mutex_lock(&node->lock);
	node->starved = false;
	node->grow_ms = node_now() + node->limits.open_ms;
	if (node->pipes == 0 || node->open) {
		node->grow_ms = 0;
		node_failed(node, why);
		node->probe_ms = node_now() + node->limits.open_ms;
		refuse(node);
	}
	node_unlock(node);
}

/* node_retire - it serves nothing any more */
void
node_retire(struct node *node)
{
	pthread_mutex_lock(&node->lock);
	node_renew(node);
	close_breaker(node, NEWS_RETIRED);
	node_unlock(node);
}

/* node_stats - what to show of it */
void
node_stats(struct node *node, struct node_stats *out)
{
	pthread_mutex_lock(&node->lock);
	*out = node->stats;
	redis_address_text(&node->address, out->address, sizeof out->address);
	out->connections = node->pipes;
	out->connected = node->pipes > 0;
	out->open = node->open;
	out->open_ms = node->open ? node_now() - node->since_ms : 0;
	node_unlock(node);
}

/* node_free - the end of it */
void
node_free(struct node *node)
{
	if (node == NULL)
		return;
	if (node->posted_replies > 0)
		node_flush(node, true);
	close_all(node->idle);
	str_fini(&node->posted);
	pthread_mutex_destroy(&node->lock);
	mem_free(node);
}
