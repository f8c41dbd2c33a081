/*
 * store_redis_node_wait - send to a server, and wait for its replies.
 *
 * All sessions share one connection (store_redis_pipe.h). That is kinder to
 * Redis, whose costs fall with every command that it finds waiting, than a
 * connection for each thread, and it costs no connection while a slow client
 * keeps a session from fetching its answer.
 *
 * Nobody's thread only reads. Of the threads that wait, one at a time leads:
 * it polls the socket without the lock and hands out what comes, also to the
 * others, who sleep, each on a condition of its own. When the leader has its
 * reply it wakes the next. Replies that nobody waits for are taken in by the
 * next send.
 */
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_redis_node_internal.h"
#include "store/store_redis_resp.h"

/* condition_init - a condition whose waits end by that clock */
static void
condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* sleep_until - on a condition; the lock is held */
static void
sleep_until(struct node *node, pthread_cond_t *condition, int64_t deadline_ms)
{
	struct timespec end = { .tv_sec = (time_t)(deadline_ms / 1000),
		.tv_nsec = (long)(deadline_ms % 1000) * 1000000 };

	pthread_cond_timedwait(condition, &node->lock, &end);
}

/* pump - what can be done without waiting; the pipe may fail */
static void
pump(struct node *node, struct pipe *pipe)
{
	enum link_io io = pipe_pump(pipe, node->limits.follow_master);

	if (io != LINK_FINE)
		node_fail_io(node, pipe, io);
}

/* is_stuck - whether the next reply is over its time */
static bool
is_stuck(const struct node *node, const struct pipe *pipe)
{
	return pipe_is_stuck(pipe, node->limits.timeout_ms);
}

/* refresh - take in what came meanwhile; the pipe may fail */
static void
refresh(struct node *node)
{
	if (node->pipe != NULL && !node->pipe->polled)
		pump(node, node->pipe);
	if (node->pipe != NULL && !node->pipe->polled &&
	    is_stuck(node, node->pipe))
		node_fail_pipe(node, node->pipe, NODE_LATE,
		    link_io_text(LINK_LATE));
}

/* keep - until there is a connection */
static void
keep(struct node *node, struct call *call, const struct node_request *request)
{
	call->bytes = mem_alloc(request->length);
	memcpy(call->bytes, request->bytes, request->length);
	call->length = request->length;
	call->since_ms = node_now();
	call_push(&node->waiting, call);
	node->wake = true;
}

/* node_send - in one write */
bool
node_send(struct node *node, struct node_request *requests, size_t count)
{
	struct node_request *request;
	bool open, fits = true;

	pthread_mutex_lock(&node->lock);
	open = node->open;
	if (!open)
		refresh(node);
	for (request = requests; !open && request < requests + count;
	     request++) {
		request->call = mem_alloc(sizeof *request->call);
		request->call->asking = request->asking;
		if (node->pipe == NULL)
			keep(node, request->call, request);
		else if (!pipe_put(node->pipe, request->call, request->bytes,
			     request->length))
			fits = false;
		node->stats.commands++;
	}
	if (!open && node->pipe != NULL)
		node_flush(node, node->pipe, fits);
	node_unlock(node);
	return !open;
}

/* lead - poll for all; the lock is given back meanwhile */
static void
lead(struct node *node, struct pipe *pipe, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = link_fd(pipe->link), .events = POLLIN };
	int64_t left = deadline_ms - node_now();

	if (link_has_output(pipe->link))
		poll_fd.events |= POLLOUT;
	pipe->polled = true;
	pthread_mutex_unlock(&node->lock);
	poll(&poll_fd, 1, left <= 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX);
	pthread_mutex_lock(&node->lock);
	pipe->polled = false;
	if (pipe->failed)
		pipe_close(pipe);
	else
		pump(node, pipe);
}

/*
 * too_late - the deadline of a call passed. When the server let the reply at
 * the head of the queue wait for its whole time, nobody behind it has to try.
 */
static void
too_late(struct node *node, struct call *call)
{
	if (call->pipe == NULL) {
		call_remove(&node->waiting, call);
		call_end(call, NODE_LATE, NULL);
	} else if (is_stuck(node, call->pipe)) {
		node_fail_pipe(node, call->pipe, NODE_LATE,
		    link_io_text(LINK_LATE));
		return;
	} else {
		call->dropped = true;
	}
	node->stats.late++;
}

/* call_limit - when to give a call up */
static int64_t
call_limit(const struct node *node, const struct call *call,
    int64_t deadline_ms)
{
	int64_t limit = call->since_ms + node->limits.timeout_ms;

	if (call->pipe == NULL)
		limit += node->limits.connect_timeout_ms;
	return limit < deadline_ms ? limit : deadline_ms;
}

/* await - until the call ended, or is late and dropped */
static void
await(struct node *node, struct call *call, int64_t deadline_ms)
{
	pthread_cond_t sleeper;
	int64_t limit;

	condition_init(&sleeper);
	call->sleeper = &sleeper;
	while (!call->ended &&
	       node_now() < (limit = call_limit(node, call, deadline_ms)))
		if (call->pipe == NULL || call->pipe->polled)
			sleep_until(node, &sleeper, limit);
		else
			lead(node, call->pipe, limit);
	/* the one who leads may not have been given time by the system */
	if (!call->ended && call->pipe != NULL)
		pump(node, call->pipe);
	if (!call->ended)
		too_late(node, call);
	call->sleeper = NULL;
	pthread_cond_destroy(&sleeper);
	node_wake_next(node);
}

/* node_wait - the end of a call */
enum node_end
node_wait(struct node *node, struct call *call, int64_t deadline_ms,
    struct resp **reply)
{
	enum node_end end = NODE_LATE;

	*reply = NULL;
	pthread_mutex_lock(&node->lock);
	if (!call->ended)
		await(node, call, deadline_ms);
	if (call->ended) {
		end = call->end;
		*reply = call->reply;
		call_free(call);
	}
	node_unlock(node);
	return end;
}

/* node_forget - nobody will wait for it */
void
node_forget(struct node *node, struct call *call)
{
	if (call == NULL)
		return;
	pthread_mutex_lock(&node->lock);
	call->dropped = true;
	if (call->ended) {
		resp_free(call->reply);
		call_free(call);
	}
	node_unlock(node);
}
