/*
 * store_redis_pipe - many threads' calls on one connection, in order.
 *
 * Not locked: store_redis_node.c does that, and all of this is its own. Times
 * are of the system's monotonic clock, in ms.
 */
#ifndef MAILREEVE_STORE_REDIS_PIPE_H
#define MAILREEVE_STORE_REDIS_PIPE_H

#include "store/store_redis_call.h"
#include "store/store_redis_link.h"

struct pipe {
	struct link *link;
	struct call_queue sent; /* in this order */
	bool polled;            /* somebody polls it without the lock */
	bool failed;            /* and must close it */
};
/* pipe_new - takes the link. */
struct pipe *pipe_new(struct link *link);
/* pipe_close - its calls must have ended. */
void pipe_close(struct pipe *pipe);
/* pipe_put - a call's bytes into the output; false if that is too full. The
 * call is in the queue in any case. */
bool pipe_put(struct pipe *pipe, struct call *call, const char *bytes,
    size_t length);
/*
 * pipe_pump - write and read what can be without waiting, and hand out the
 * replies. leave: a server that says it is no master counts as hung up.
 */
enum link_io pipe_pump(struct pipe *pipe, bool leave);
/* pipe_is_stuck - whether the next reply is over its time. */
bool pipe_is_stuck(const struct pipe *pipe, int64_t timeout_ms);

#endif
