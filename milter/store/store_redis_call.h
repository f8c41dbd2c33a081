/*
 * store_redis_call - one question to a server, from the session's side.
 *
 * Not locked: store_redis_node.c does that.
 */
#ifndef MAILREEVE_STORE_REDIS_CALL_H
#define MAILREEVE_STORE_REDIS_CALL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store_redis_node.h"

struct pipe;

/* commands that are to get, or got, one reply */
struct call {
	struct call *next;
	struct pipe *pipe; /* NULL: it waits for a connection, as bytes */
	char *bytes;
	size_t length;
	bool asking;
	pthread_cond_t *sleeper; /* who waits for it, or NULL */
	bool dropped;            /* nobody will: it frees itself */
	bool ended;
	enum node_end end;
	struct resp *reply;
	int64_t since_ms; /* when it was sent, or put to wait */
};
void call_free(struct call *call);
/* call_end - tell who waits; takes the reply. */
void call_end(struct call *call, enum node_end end, struct resp *reply);

/* a queue of calls */
struct call_queue {
	struct call *first, **last;
};
void call_queue_init(struct call_queue *queue);
void call_push(struct call_queue *queue, struct call *call);
struct call *call_pop(struct call_queue *queue); /* NULL: there is none */
void call_remove(struct call_queue *queue, const struct call *call);

#endif
