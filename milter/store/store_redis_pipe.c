/*
 * store_redis_pipe - a connection of a node's pool, and the replies that it
 * still owes to nobody.
 *
 * Redis answers in the order of the commands, so that counting tells whose a
 * reply is. One more than was asked for means that the peer is no Redis, or
 * that we have lost count: then the connection is good for nothing.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store_redis_pipe.h"
#include "store/store_redis_resp.h"

#define IDLE_MS 1000   /* a connection that was used since then is there */
#define OWED_MOST 5000 /* more, and the server does not answer any more */

struct pipe *
pipe_new(struct link *link, unsigned generation)
{
	struct pipe *pipe = mem_alloc(sizeof(*pipe));

	pipe->link = link;
	pipe->generation = generation;
	pipe->used_ms = clock_mono_ms(clock_system());
	return pipe;
}

void
pipe_close(struct pipe *pipe)
{
	link_close(pipe->link);
	mem_free(pipe);
}

/* note - what a reply says about the server */
static void
note(struct pipe *pipe, const struct resp *reply)
{
	if (resp_error(reply) == RESP_NO_MASTER)
		pipe->leave = true;
}

/* drop - a reply that nobody wants */
static void
drop(struct pipe *pipe, struct resp *reply)
{
	note(pipe, reply);
	resp_free(reply);
	pipe->owed--;
}

/* catch_up - on what is owed, as far as it is there */
static bool
catch_up(struct pipe *pipe)
{
	enum link_io io = link_read(pipe->link);
	struct resp *reply;

	while (io == LINK_FINE && pipe->owed > 0 &&
	       (reply = link_next(pipe->link, &io)) != NULL)
		drop(pipe, reply);
	return io == LINK_FINE;
}

bool
pipe_is_fit(struct pipe *pipe)
{
	int64_t idle_ms = clock_mono_ms(clock_system()) - pipe->used_ms;

	if (pipe->broken)
		return false;
	if (pipe->owed == 0 && idle_ms < IDLE_MS)
		return true;
	return catch_up(pipe) && pipe->owed < OWED_MOST &&
	       (pipe->owed > 0 || !link_has_input(pipe->link));
}

void
pipe_put(struct pipe *pipe, const struct str *bytes, size_t replies)
{
	if (replies == 0)
		return;
	pipe->owed += replies;
	if (!link_add(pipe->link, bytes->data, bytes->length))
		pipe->broken = true;
}

void
pipe_write(struct pipe *pipe)
{
	bool left; /* is written by pipe_read(), or with what comes next */

	if (link_write(pipe->link, &left) != LINK_FINE)
		pipe->broken = true;
}

enum link_io
pipe_read(struct pipe *pipe, size_t count, struct resp **replies,
    int64_t deadline_ms)
{
	enum link_io io = LINK_FINE;
	struct resp *reply;
	size_t got = 0;

	if (count > 0)
		memset(replies, 0, count * sizeof(*replies));
	if (pipe->broken)
		return LINK_CLOSED;
	while (io == LINK_FINE && pipe->owed > count) {
		io = link_exchange(pipe->link, 1, &reply, deadline_ms);
		if (reply != NULL)
			drop(pipe, reply);
	}
	if (io == LINK_FINE && count > 0)
		io = link_exchange(pipe->link, count, replies, deadline_ms);
	for (; got < count && replies[got] != NULL; got++)
		note(pipe, replies[got]);
	pipe->owed -= got;
	if (io == LINK_FINE && link_has_input(pipe->link))
		io = LINK_GARBAGE;
	return io;
}
