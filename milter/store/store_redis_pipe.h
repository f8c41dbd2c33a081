/*
 * store_redis_pipe - a connection of a node's pool, and the replies that it
 * still owes to nobody.
 *
 * Belongs to one thread at a time: who took it out of the pool. Times are of
 * the system's monotonic clock, in ms.
 */
#ifndef MAILREEVE_STORE_REDIS_PIPE_H
#define MAILREEVE_STORE_REDIS_PIPE_H

#include "store/store_redis_link.h"

struct str;

struct pipe {
	struct pipe *next; /* in the pool */
	struct link *link;
	unsigned generation; /* of its node, see store_redis_node.c */
	size_t owed;         /* replies that come first and nobody wants */
	int64_t used_ms;     /* when it came back last */
	bool leave;          /* the server said that it is no master */
	bool broken;
};
/* pipe_new - takes the link. */
struct pipe *pipe_new(struct link *link, unsigned generation);
void pipe_close(struct pipe *pipe);
/*
 * pipe_is_fit - whether it can still be used: servers close connections that
 * are idle. Takes in what is owed and there. Does not wait.
 */
bool pipe_is_fit(struct pipe *pipe);
/*
 * pipe_put - commands with so many replies (0: nothing), which are owed: put
 * what is wanted last. Where the output is full of what the server does not
 * read, the pipe is broken from now on.
 */
void pipe_put(struct pipe *pipe, const struct str *bytes, size_t replies);
/* pipe_write - what the socket takes; what goes wrong, pipe_read() tells. */
void pipe_write(struct pipe *pipe);
/*
 * pipe_read - wait for the last count replies of those that are owed; they
 * are the caller's also when not all came: the others are NULL.
 */
enum link_io pipe_read(struct pipe *pipe, size_t count, struct resp **replies,
    int64_t deadline_ms);

#endif
