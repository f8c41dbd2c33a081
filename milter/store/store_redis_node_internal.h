/*
 * store_redis_node_internal - a node's parts, for the two files of it.
 *
 * All but node_now() want the lock held.
 */
#ifndef MAILREEVE_STORE_REDIS_NODE_INTERNAL_H
#define MAILREEVE_STORE_REDIS_NODE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/str.h"
#include "store/store_redis_node.h"
#include "store/store_redis_pipe.h"

struct node {
	pthread_mutex_t lock; /* all below */
	struct node_limits limits;
	struct redis_address address;
	/* the pool; a pipe of a former generation is closed, not used */
	struct pipe *idle, *gone; /* gone: to be closed without the lock */
	size_t pipes;             /* of this generation, also in use */
	unsigned generation;
	bool starved;    /* somebody found none idle */
	int64_t grow_ms; /* not before is another connection tried */
	struct exchange *waiting, **last_waiting; /* sleep until one is idle */
	/* posted and not sent */
	struct str posted;
	size_t posted_replies;
	int64_t posted_ms; /* the first of them */
	int64_t tick_ms;   /* when the keeper looks, anyway; 0: it does not */
	bool wake;
	/* the breaker */
	_Atomic int64_t failures;
	bool open;
	int64_t since_ms, probe_ms;
	char why[LINK_WHY];
	enum { NEWS_NONE, NEWS_OPEN, NEWS_CLOSED, NEWS_RETIRED } news;
	int64_t news_ms;
	struct node_stats stats;
};

/* commands on their way, and their replies */
struct exchange {
	struct node *node;
	struct pipe *pipe; /* NULL: not sent, or over */
	struct str bytes;  /* not sent yet */
	size_t replies;    /* to come */
	int64_t since_ms;
	/* while it sleeps in node.waiting */
	struct exchange *next;
	pthread_cond_t *sleeper;
	bool refused;
};

/* node_now - of the clock of all these times */
int64_t node_now(void);
/* node_unlock - and then log and wake, which must not be done with the lock */
void node_unlock(struct node *node);
/* node_failed - one failure more in a row */
void node_failed(struct node *node, const char *why);
/* node_put - a pipe into the pool, or to who waits for one first */
void node_put(struct node *node, struct pipe *pipe);
/* node_renew - whatever connections there are: they are not used again. Those
 * that are in use are closed when they come back. */
void node_renew(struct node *node);

#endif
