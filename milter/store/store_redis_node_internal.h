/*
 * store_redis_node_internal - a node's parts, for the two files of it.
 *
 * All but node_now() and node_unlock() want the lock held.
 */
#ifndef MAILREEVE_STORE_REDIS_NODE_INTERNAL_H
#define MAILREEVE_STORE_REDIS_NODE_INTERNAL_H

#include <pthread.h>

#include "store/store_redis_call.h"
#include "store/store_redis_node.h"
#include "store/store_redis_pipe.h"

struct node {
	pthread_mutex_t lock; /* all below */
	struct node_limits limits;
	struct redis_address address;
	struct pipe *pipe;
	struct call_queue waiting; /* for a connection */
	bool wake;
	/* the breaker */
	int64_t failures;
	bool open;
	int64_t since_ms, probe_ms;
	char why[LINK_WHY];
	enum { NEWS_NONE, NEWS_OPEN, NEWS_CLOSED, NEWS_RETIRED } news;
	int64_t news_ms;
	struct node_stats stats;
};

/* node_now - of the clock of all these times */
int64_t node_now(void);
/* node_unlock - and then log and wake, which must not be done with the lock */
void node_unlock(struct node *node);
/* node_failed - one failure more in a row */
void node_failed(struct node *node, const char *why);
/*
 * node_fail_pipe - end its calls and throw it away. A connection that was
 * closed proves nothing about the server: that is seen when the keeper asks
 * for the next one.
 */
void node_fail_pipe(struct node *node, struct pipe *pipe, enum node_end end,
    const char *why);
/* node_fail_io - the same for a failed step of I/O */
void node_fail_io(struct node *node, struct pipe *pipe, enum link_io io);
/* node_flush - what the socket takes of a pipe's output; fits: all was put */
void node_flush(struct node *node, struct pipe *pipe, bool fits);
/* node_wake_next - let another thread lead, if none does */
void node_wake_next(const struct node *node);

#endif
