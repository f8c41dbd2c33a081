/*
 * store_redis_node - one Redis server as sessions see it: commands in,
 * replies out, by all threads over one connection, behind a breaker.
 *
 * Sessions never connect: the keeper (store_redis_keeper.c) puts links in.
 * Times are of the system's monotonic clock, in ms. Thread-safe.
 */
#ifndef MAILREEVE_STORE_REDIS_NODE_H
#define MAILREEVE_STORE_REDIS_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store_redis_link.h"

struct call;
struct node;
struct resp;

struct node_limits {
	int64_t connect_timeout_ms; /* until there is a connection */
	int64_t timeout_ms;         /* for a reply */
	int64_t errors, open_ms;    /* of the breaker */
	bool follow_master; /* a server that says it is no master is left */
	/* called, without a lock, when the node needs a link */
	void (*wake)(void *context);
	void *context;
};

struct node *node_new(const struct redis_address *address,
    const struct node_limits *limits);
/* node_free - no call may be under way. */
void node_free(struct node *node);
/* node_address - where it is now, or was last. */
void node_address(struct node *node, struct redis_address *out);

/* ---- for sessions ---- */

/* commands (store_redis_command.h) with one reply, but for an ASKING */
struct node_request {
	const char *bytes;
	size_t length;
	bool asking;       /* it begins with ASKING */
	struct call *call; /* out; for node_wait() or node_forget() */
};
/*
 * node_send - in one write, never waiting; when there is no connection yet
 * they go out as soon as there is. False, and nothing is sent, while the
 * breaker is open.
 */
bool node_send(struct node *node, struct node_request *requests, size_t count);

enum node_end {
	NODE_ANSWERED,
	NODE_LOST, /* the connection broke: who knows whether it was done */
	NODE_LATE,
	NODE_GARBAGE, /* no Redis' reply */
	NODE_REFUSED, /* there is no connection to be had */
};
/* node_wait - the end of a call; the reply is the caller's. */
enum node_end node_wait(struct node *node, struct call *call,
    int64_t deadline_ms, struct resp **reply);
/* node_forget - nobody will wait for it; NULL is legal. */
void node_forget(struct node *node, struct call *call);
/* node_good, node_bad - what came of an operation: for the breaker. */
void node_good(struct node *node);
void node_bad(struct node *node, const char *why);

/* ---- for the keeper ---- */

enum node_need {
	NEED_NOTHING,
	NEED_LINK,  /* calls wait for it */
	NEED_PROBE, /* the breaker's time is over */
};
/* node_need - and, if nothing, when it has to be asked again (INT64_MAX:
 * when it calls wake). */
enum node_need node_need(struct node *node, int64_t *when_ms);
/* node_connected - takes the link; closes the breaker. */
void node_connected(struct node *node, const struct redis_address *address,
    struct link *link);
/* node_refused - there was none to be had. */
void node_refused(struct node *node, const char *why);
/* node_retire - it serves nothing any more. */
void node_retire(struct node *node);

struct node_stats {
	char address[REDIS_ADDRESS_TEXT];
	bool connected, open;
	int64_t open_ms; /* for how long */
	uint64_t exchanges, commands, errors, late, connects, opened;
};
void node_stats(struct node *node, struct node_stats *out);

#endif
