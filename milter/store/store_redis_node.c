/*
 * store_redis_node - one Redis server: connection and breaker.
 *
 * After any error or time-out the connection is thrown away, and every call
 * on it ends. While somebody polls it (store_redis_node_wait.c) the socket
 * must stay open: a failed pipe is then closed by whoever polls.
 *
 * The breaker: so many failures in a row open it; the keeper's probe closes
 * it. It says both in the log. The lock is a leaf: log and keeper are called
 * after it is given back (node_unlock()).
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
	call_queue_init(&node->waiting);
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

/* let_go - give the lock back, then do what must not be done with it */
void
node_unlock(struct node *node)
{
	struct redis_address address;
	int news = node->news;
	int64_t news_ms = node->news_ms;
	bool wake = node->wake;
	char why[LINK_WHY];

	if (news != NEWS_NONE) {
		address = node->address;
		memcpy(why, node->why, sizeof why);
	}
	node->news = NEWS_NONE;
	node->wake = false;
	pthread_mutex_unlock(&node->lock);
	if (news != NEWS_NONE)
		say(news, &address, news_ms, why);
	if (wake)
		node->limits.wake(node->limits.context);
}

/* ---- the breaker; the lock is held ---- */

/* failed - one failure more */
void
node_failed(struct node *node, const char *why)
{
	node->stats.errors++;
	snprintf(node->why, sizeof node->why, "%s", why);
	if (node->open || ++node->failures < node->limits.errors)
		return;
	node->open = true;
	node->since_ms = node_now();
	node->probe_ms = node->since_ms + node->limits.open_ms;
	node->stats.opened++;
	node->news = NEWS_OPEN;
	node->wake = true;
}

/* close_breaker - it works; or it is not needed any more */
static void
close_breaker(struct node *node, int news)
{
	node->failures = 0;
	if (!node->open)
		return;
	node->open = false;
	node->news = news;
	node->news_ms = node_now() - node->since_ms;
}

void
node_fail_pipe(struct node *node, struct pipe *pipe, enum node_end end,
    const char *why)
{
	struct call *call;

	while ((call = call_pop(&pipe->sent)) != NULL) {
		if (end != NODE_LOST && !call->dropped)
			node_failed(node, why);
		if (end == NODE_LATE && !call->dropped)
			node->stats.late++;
		call_end(call, end, NULL);
	}
	if (node->pipe == pipe)
		node->pipe = NULL;
	pipe->failed = true;
	if (pipe->polled)
		link_shut(pipe->link);
	else
		pipe_close(pipe);
}

/* fail_io - the same for a failed step of I/O */
void
node_fail_io(struct node *node, struct pipe *pipe, enum link_io io)
{
	node_fail_pipe(node, pipe,
	    io == LINK_GARBAGE ? NODE_GARBAGE : NODE_LOST, link_io_text(io));
}

/* flush - what the socket takes of a pipe's output */
void
node_flush(struct node *node, struct pipe *pipe, bool fits)
{
	enum link_io io;
	bool left;

	node->stats.exchanges++;
	if (!fits) {
		node_fail_pipe(node, pipe, NODE_LATE, link_io_text(LINK_LATE));
		return;
	}
	io = link_write(pipe->link, &left);
	if (io != LINK_FINE)
		node_fail_io(node, pipe, io);
}

/* wake_next - let another one lead */
void
node_wake_next(const struct node *node)
{
	const struct call *call;

	if (node->pipe == NULL || node->pipe->polled)
		return;
	for (call = node->pipe->sent.first; call != NULL; call = call->next)
		if (call->sleeper != NULL) {
			pthread_cond_signal(call->sleeper);
			return;
		}
}

/* node_good - an operation was carried out */
void
node_good(struct node *node)
{
	pthread_mutex_lock(&node->lock);
	if (!node->open)
		node->failures = 0;
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
	else if (node->waiting.first != NULL)
		need = NEED_LINK;
	node_unlock(node);
	return need;
}

/* node_connected - take the link, and send what waited for it */
void
node_connected(struct node *node, const struct redis_address *address,
    struct link *link)
{
	struct call *call;
	bool fits = true;

	pthread_mutex_lock(&node->lock);
	if (node->pipe != NULL)
		node_fail_pipe(node, node->pipe, NODE_LOST, "");
	node->pipe = pipe_new(link);
	node->stats.connects++;
	node->address = *address;
	close_breaker(node, NEWS_CLOSED);
	while ((call = call_pop(&node->waiting)) != NULL)
		if (!pipe_put(node->pipe, call, call->bytes, call->length))
			fits = false;
	if (node->pipe->sent.first != NULL)
		node_flush(node, node->pipe, fits);
	node_wake_next(node);
	node_unlock(node);
}

/* refuse - the calls that wait for a connection */
static void
refuse(struct node *node)
{
	struct call *call;

	while ((call = call_pop(&node->waiting)) != NULL)
		call_end(call, NODE_REFUSED, NULL);
}

/* node_refused - there was no link to be had */
void
node_refused(struct node *node, const char *why)
{
	pthread_mutex_lock(&node->lock);
	node_failed(node, why);
	node->probe_ms = node_now() + node->limits.open_ms;
	refuse(node);
	node_unlock(node);
}

/* node_retire - it serves nothing any more */
void
node_retire(struct node *node)
{
	pthread_mutex_lock(&node->lock);
	if (node->pipe != NULL && node->pipe->sent.first == NULL)
		node_fail_pipe(node, node->pipe, NODE_LOST, "");
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
	out->connected = node->pipe != NULL;
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
	if (node->pipe != NULL)
		node_fail_pipe(node, node->pipe, NODE_LOST, "");
	refuse(node);
	pthread_mutex_destroy(&node->lock);
	mem_free(node);
}
