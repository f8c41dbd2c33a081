/*
 * store_redis_node - one Redis server as sessions see it: a pool of
 * connections behind a breaker.
 *
 * Sessions never connect: the keeper (store_redis_keeper.c) puts links in.
 * Times are of the system's monotonic clock, in ms. Thread-safe, but an
 * exchange belongs to one thread at a time.
 */
#ifndef MAILREEVE_STORE_REDIS_NODE_H
#define MAILREEVE_STORE_REDIS_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store_redis_link.h"

struct exchange;
struct node;
struct resp;
struct str;

struct node_limits {
	int64_t connect_timeout_ms; /* until there is a connection */
	int64_t timeout_ms;         /* for a reply */
	int64_t errors, open_ms;    /* of the breaker */
	int64_t connections;        /* at most */
	bool follow_master; /* a server that says it is no master is left */
	/* called, without a lock, when the keeper is needed */
	void (*wake)(void *context);
	void *context;
};

struct node *node_new(const struct redis_address *address,
    const struct node_limits *limits);
/* node_free - no exchange may be under way. What was posted goes out first,
 * if there is a connection. */
void node_free(struct node *node);
/* node_address - where it is now, or was last. */
void node_address(struct node *node, struct redis_address *out);

/* ---- for sessions (store_redis_exchange.c) ---- */

/*
 * node_begin - commands (store_redis_command.h) with so many replies, in one
 * write, never waiting. When no connection is free they go out as soon as
 * somebody waits for the replies and there is one, or with what others send.
 * NULL, and nothing is sent, while the breaker is open; else the bytes are
 * taken over.
 */
struct exchange *node_begin(struct node *node, struct str *bytes,
    size_t replies);
/* how an exchange ended for the replies that did not come */
enum node_end {
	NODE_ANSWERED, /* they all came */
	NODE_LOST,     /* the connection broke: who knows what was done */
	NODE_LATE,
	NODE_GARBAGE, /* no Redis' reply */
	NODE_REFUSED, /* there is no connection to be had */
};
/*
 * node_read - wait for the replies, at most until the time-out of the limits.
 * Once for each exchange. They are the caller's; what did not come is NULL.
 */
enum node_end node_read(struct exchange *exchange, int64_t deadline_ms,
    struct resp **replies);
/* node_end - of an exchange, read or not: it is carried out in any case. */
void node_end(struct exchange *exchange);
/*
 * node_post - commands whose replies nobody wants. They go out with the next
 * exchange of whatever session, or after NODE_POST_MS: so they cost none.
 * False, and they are not sent, while the breaker is open.
 */
bool node_post(struct node *node, const char *bytes, size_t length,
    size_t replies);
#define NODE_POST_MS 50
/* node_good, node_bad - what came of an operation: for the breaker. */
void node_good(struct node *node);
void node_bad(struct node *node, const char *why);

/* ---- for the keeper ---- */

enum node_need {
	NEED_NOTHING,
	NEED_LINK,  /* somebody waits for it */
	NEED_PROBE, /* the breaker's time is over */
	NEED_FLUSH, /* what was posted waits: node_flush() */
};
/* node_need - and, if nothing, when it has to be asked again (INT64_MAX:
 * when it calls wake). */
enum node_need node_need(struct node *node, int64_t *when_ms);
/* node_flush - send what was posted, with an exchange of its own; wait: until
 * it was carried out, or the time-out. */
void node_flush(struct node *node, bool wait);
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
	size_t connections;
	uint64_t exchanges, commands, posted, errors, late, connects, opened;
};
void node_stats(struct node *node, struct node_stats *out);

#endif
