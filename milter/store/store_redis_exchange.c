/*
 * store_redis_exchange - commands to a server and its replies.
 *
 * An exchange has a connection of the pool for itself, from the write to the
 * last reply: nobody holds a lock while the socket is used, and nobody wakes
 * anybody but the kernel the one that its reply has come for. There are as
 * many connections as were ever wanted at once, up to a limit; who finds none
 * sleeps until one comes back, or the keeper has made another.
 *
 * What nobody waits for is posted: it goes out before the commands of the
 * next exchange, in the same write. Replies that nobody reads are skipped by
 * the next one that uses the connection.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_redis_node_internal.h"
#include "store/store_redis_resp.h"

#define POSTED_MOST ((size_t)64 * 1024) /* more goes out at once */

/* ---- the pool ---- */

/* pop - an idle one; the lock is held */
static struct pipe *
pop(struct node *node)
{
	struct pipe *pipe = node->idle;

	if (pipe != NULL)
		node->idle = pipe->next;
	return pipe;
}

/* uncount - one pipe less, unless its whole generation is; the lock is held */
static void
uncount(struct node *node, const struct pipe *pipe)
{
	if (pipe->generation == node->generation)
		node->pipes--;
}

/* forget - a pipe that is good for nothing */
static void
forget(struct node *node, struct pipe *pipe)
{
	pthread_mutex_lock(&node->lock);
	uncount(node, pipe);
	node_unlock(node);
	pipe_close(pipe);
}

/* starve - none was idle: the keeper may make another; the lock is held */
static void
starve(struct node *node)
{
	if (node->starved || node->open || node_now() < node->grow_ms ||
	    node->pipes >= (size_t)node->limits.connections)
		return;
	node->starved = true;
	node->wake = true;
}

/* take_posted - what was posted, to be sent first; the lock is held */
static struct str
take_posted(struct node *node, size_t *replies)
{
	struct str posted = node->posted;

	*replies = node->posted_replies;
	node->posted = (struct str)STR_INIT;
	node->posted_replies = 0;
	return posted;
}

/* give - a pipe back to the pool, or to somebody who waits for one */
static void
give(struct node *node, struct pipe *pipe)
{
	pipe->used_ms = node_now();
	pthread_mutex_lock(&node->lock);
	if (pipe->leave && node->limits.follow_master &&
	    pipe->generation == node->generation)
		node_renew(node);
	if (pipe->generation != node->generation) {
		node_unlock(node);
		pipe_close(pipe);
		return;
	}
	node_put(node, pipe);
	node_unlock(node);
}

/* ---- out ---- */

/* send_on - commands over a pipe that is ours, what was posted first */
static void
send_on(struct node *node, struct pipe *pipe, const struct str *bytes,
    size_t replies)
{
	struct str posted;
	size_t count;

	pthread_mutex_lock(&node->lock);
	node->stats.exchanges++;
	node->stats.commands += replies;
	posted = take_posted(node, &count);
	pthread_mutex_unlock(&node->lock);
	pipe_put(pipe, &posted, count);
	str_fini(&posted);
	pipe_put(pipe, bytes, replies);
	/* what went wrong is seen when the replies are read */
	pipe_write(pipe);
}

/* take - an idle pipe that can be used, if there is one and if it is wanted
 * at all: *open tells that it is not */
static struct pipe *
take(struct node *node, bool *open)
{
	struct pipe *pipe;

	for (;;) {
		pthread_mutex_lock(&node->lock);
		*open = node->open;
		pipe = *open ? NULL : pop(node);
		if (pipe == NULL)
			starve(node);
		node_unlock(node);
		if (pipe == NULL || pipe_is_fit(pipe))
			return pipe;
		forget(node, pipe);
	}
}

struct exchange *
node_begin(struct node *node, struct str *bytes, size_t replies)
{
	struct exchange *exchange;
	struct pipe *pipe;
	bool open;

	pipe = take(node, &open);
	if (open)
		return NULL;
	exchange = mem_alloc(sizeof(*exchange));
	exchange->node = node;
	exchange->pipe = pipe;
	exchange->replies = replies;
	exchange->since_ms = node_now();
	exchange->bytes = *bytes;
	*bytes = (struct str)STR_INIT;
	if (pipe != NULL)
		send_on(node, pipe, &exchange->bytes, replies);
	return exchange;
}

/* ---- back ---- */

/* leave_queue - of one that still waits; the lock is held */
static void
leave_queue(struct node *node, struct exchange *exchange)
{
	struct exchange **at = &node->waiting;

	while (*at != exchange)
		at = &(*at)->next;
	*at = exchange->next;
	if (exchange->next == NULL)
		node->last_waiting = at;
}

/* sleep_until - a pipe is given, or none is to be had; the lock is held */
static void
sleep_until(struct exchange *exchange, int64_t limit_ms)
{
	struct node *node = exchange->node;
	struct timespec end = clock_timespec(limit_ms);
	pthread_cond_t sleeper;

	clock_condition_init(&sleeper);
	exchange->sleeper = &sleeper;
	exchange->next = NULL;
	*node->last_waiting = exchange;
	node->last_waiting = &exchange->next;
	if (node->wake) {
		/* in the queue by now: whatever comes of it is told */
		node_unlock(node);
		pthread_mutex_lock(&node->lock);
	}
	while (exchange->pipe == NULL && !exchange->refused &&
	       node_now() < limit_ms)
		pthread_cond_timedwait(&sleeper, &node->lock, &end);
	if (exchange->pipe == NULL && !exchange->refused)
		leave_queue(node, exchange);
	exchange->sleeper = NULL;
	pthread_cond_destroy(&sleeper);
}

/* await_pipe - for an exchange that has none yet; how that ended */
static enum node_end
await_pipe(struct exchange *exchange, int64_t deadline_ms)
{
	struct node *node = exchange->node;
	int64_t limit_ms = node_now() + node->limits.timeout_ms +
			   node->limits.connect_timeout_ms;

	if (deadline_ms < limit_ms)
		limit_ms = deadline_ms;
	pthread_mutex_lock(&node->lock);
	exchange->pipe = pop(node);
	if (exchange->pipe == NULL && node->open) {
		exchange->refused = true;
	} else if (exchange->pipe == NULL) {
		starve(node);
		sleep_until(exchange, limit_ms);
	}
	if (exchange->pipe == NULL && !exchange->refused)
		node->stats.late++;
	node_unlock(node);
	if (exchange->pipe != NULL)
		return NODE_ANSWERED;
	return exchange->refused ? NODE_REFUSED : NODE_LATE;
}

/* lose - a pipe whose server hung up; the others of it are not better */
static void
lose(struct node *node, struct pipe *pipe)
{
	pthread_mutex_lock(&node->lock);
	if (pipe->generation == node->generation)
		node_renew(node);
	node_unlock(node);
	pipe_close(pipe);
}

/* fail - a pipe, by the server's fault */
static void
fail(struct node *node, struct pipe *pipe, bool late, enum link_io io)
{
	pthread_mutex_lock(&node->lock);
	node_failed(node, link_io_text(io));
	node->stats.late += late;
	uncount(node, pipe);
	node_unlock(node);
	pipe_close(pipe);
}

/* settle - how it ended; the pipe goes back, or to nowhere */
static enum node_end
settle(struct exchange *exchange, enum link_io io)
{
	struct node *node = exchange->node;
	struct pipe *pipe = exchange->pipe;
	int64_t waited_ms = node_now() - exchange->since_ms;

	exchange->pipe = NULL;
	switch (io) {
	case LINK_FINE:
		give(node, pipe);
		return NODE_ANSWERED;
	case LINK_CLOSED:
		lose(node, pipe);
		return NODE_LOST;
	case LINK_GARBAGE:
		fail(node, pipe, false, io);
		return NODE_GARBAGE;
	default:
		break;
	}
	if (waited_ms >= node->limits.timeout_ms) {
		fail(node, pipe, true, io);
		return NODE_LATE;
	}
	/* the session's time is over, not the server's */
	pthread_mutex_lock(&node->lock);
	node->stats.late++;
	pthread_mutex_unlock(&node->lock);
	give(node, pipe);
	return NODE_LATE;
}

enum node_end
node_read(struct exchange *exchange, int64_t deadline_ms, struct resp **replies)
{
	struct node *node = exchange->node;
	enum node_end end;
	enum link_io io;
	int64_t limit_ms;

	memset(replies, 0, exchange->replies * sizeof(*replies));
	if (exchange->pipe == NULL) {
		end = await_pipe(exchange, deadline_ms);
		if (exchange->pipe == NULL)
			return end;
		exchange->since_ms = node_now();
		send_on(node, exchange->pipe, &exchange->bytes,
		    exchange->replies);
	}
	limit_ms = exchange->since_ms + node->limits.timeout_ms;
	if (deadline_ms < limit_ms)
		limit_ms = deadline_ms;
	io = pipe_read(exchange->pipe, exchange->replies, replies, limit_ms);
	exchange->replies = 0;
	return settle(exchange, io);
}

/* ---- what nobody waits for ---- */

void
node_end(struct exchange *exchange)
{
	struct node *node = exchange->node;

	if (exchange->pipe != NULL)
		give(node, exchange->pipe);
	else if (exchange->replies > 0)
		node_post(node, exchange->bytes.data, exchange->bytes.length,
		    exchange->replies);
	str_fini(&exchange->bytes);
	mem_free(exchange);
}

/* plan_tick - see that the keeper looks; the lock is held */
static void
plan_tick(struct node *node)
{
	if (node->posted_replies == 0)
		node->posted_ms = node_now();
	if (node->tick_ms != 0)
		return;
	node->tick_ms = node->posted_ms + NODE_POST_MS;
	node->wake = true;
}

bool
node_post(struct node *node, const char *bytes, size_t length, size_t replies)
{
	bool open, much = false;

	pthread_mutex_lock(&node->lock);
	open = node->open;
	if (!open) {
		plan_tick(node);
		str_add_n(&node->posted, bytes, length);
		node->posted_replies += replies;
		node->stats.commands += replies;
		node->stats.posted += replies;
		much = node->posted.length > POSTED_MOST;
	}
	node_unlock(node);
	if (much)
		node_flush(node, false);
	return !open;
}

void
node_flush(struct node *node, bool wait)
{
	static const struct str nothing = STR_INIT;
	struct pipe *pipe;
	bool open;

	pipe = take(node, &open);
	if (pipe == NULL)
		return;
	send_on(node, pipe, &nothing, 0);
	if (wait)
		pipe_read(pipe, 0, NULL, node_now() + node->limits.timeout_ms);
	give(node, pipe);
}
