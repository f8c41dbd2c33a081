/*
 * store_redis_pipe - many threads' calls on one connection, in order.
 *
 * Commands stand in the link's output one after another, and Redis answers in
 * the same order, so that a queue of calls tells whose each reply is. A reply
 * that nobody is in the queue for was not asked for: the peer is no Redis, or
 * we have lost count, and the connection is good for nothing.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "store/store_redis_pipe.h"
#include "store/store_redis_resp.h"

struct pipe *
pipe_new(struct link *link)
{
	struct pipe *pipe = mem_alloc(sizeof(*pipe));

	pipe->link = link;
	call_queue_init(&pipe->sent);
	return pipe;
}

void
pipe_close(struct pipe *pipe)
{
	link_close(pipe->link);
	mem_free(pipe);
}

/* put_asking - a place for the reply to ASKING, which is for nobody */
static void
put_asking(struct pipe *pipe, int64_t now_ms)
{
	struct call *asking = mem_alloc(sizeof(*asking));

	asking->pipe = pipe;
	asking->dropped = true;
	asking->since_ms = now_ms;
	call_push(&pipe->sent, asking);
}

bool
pipe_put(struct pipe *pipe, struct call *call, const char *bytes, size_t length)
{
	call->pipe = pipe;
	call->since_ms = clock_mono_ms(clock_system());
	if (call->asking)
		put_asking(pipe, call->since_ms);
	call_push(&pipe->sent, call);
	return link_add(pipe->link, bytes, length);
}

/* hand_out - the replies that were read */
static enum link_io
hand_out(struct pipe *pipe, bool leave)
{
	struct resp *reply;
	struct call *call;
	enum link_io io;
	bool no_master;

	while ((reply = link_next(pipe->link, &io)) != NULL) {
		call = call_pop(&pipe->sent);
		if (call == NULL) {
			resp_free(reply);
			return LINK_GARBAGE;
		}
		no_master = resp_error(reply) == RESP_NO_MASTER;
		call_end(call, NODE_ANSWERED, reply);
		if (no_master && leave)
			return LINK_CLOSED;
	}
	return io;
}

enum link_io
pipe_pump(struct pipe *pipe, bool leave)
{
	enum link_io io;
	bool left;

	io = link_write(pipe->link, &left);
	if (io == LINK_FINE)
		io = link_read(pipe->link);
	return io == LINK_FINE ? hand_out(pipe, leave) : io;
}

bool
pipe_is_stuck(const struct pipe *pipe, int64_t timeout_ms)
{
	return pipe->sent.first != NULL &&
	       clock_mono_ms(clock_system()) - pipe->sent.first->since_ms >=
		   timeout_ms;
}
