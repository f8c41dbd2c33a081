/*
 * store_redis_land - what comes back from Redis for operations.
 *
 * All replies of an exchange are read when the first of its answers is wanted.
 * What went wrong with an operation is put right when its answer is, by the
 * session's thread and within its time: a script that the server has forgotten
 * is sent as text, MOVED and ASK are followed, what was lost with a connection
 * is sent once more.
 *
 * Lost means that nobody knows whether it was done. Sending it again may
 * count an event twice, when a server dies between doing and answering; not
 * sending it would lose an event whenever an idle connection was closed.
 *
 * Times given by callers are of the daemon's clock, which tests stop; waiting
 * is done by the system's.
 */
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"
#include "store/store_redis_sending.h"

#define TRIES_MAX 8 /* of one operation: redirections and the like */
#define LOST_MAX 1  /* of them after a lost connection */
#define AGAIN_MS 10

/* give_up - the server's fault; the breaker hears of it */
static void
give_up(struct flight *flight, enum store_result result, const char *why)
{
	node_bad(flight->node, why);
	sending_finish(flight, result);
}

/* redirect - MOVED and ASK */
static void
redirect(struct sending *sending, struct flight *flight,
    const struct resp *reply, bool only_now)
{
	struct redis *redis = sending->redis;
	struct redis_address address;
	struct node *node = NULL;
	const char *host;
	size_t length;
	unsigned slot;
	int port;

	if (redis->kind != REDIS_CLUSTER) {
		give_up(flight, STORE_UNAVAILABLE,
		    "it is part of a cluster: [redis] cluster = yes");
		return;
	}
	if (resp_target(reply, &slot, &host, &length, &port) &&
	    length < sizeof address.host) {
		node_address(flight->node, &address);
		address.port = port;
		if (length > 0)
			snprintf(address.host, sizeof address.host, "%.*s",
			    (int)length, host);
		node = redis_node_at(redis, &address);
	}
	if (node == NULL) {
		give_up(flight, STORE_BROKEN, "it sends us nowhere");
		return;
	}
	if (!only_now)
		redis_slot_moved(redis, slot, node);
	sending_again(sending, flight, node, false, only_now);
}

/* take_answer - a reply that is no error */
static void
take_answer(struct flight *flight, const struct resp *reply)
{
	if (redis_op_read(flight->op, reply)) {
		node_good(flight->node);
		sending_finish(flight, STORE_OK);
		return;
	}
	give_up(flight, STORE_BROKEN, "its answers make no sense");
}

/* no_master - a replica (its connection is gone by now), or no quorum */
static void
no_master(struct sending *sending, struct flight *flight,
    const struct resp *reply)
{
	if (sending->redis->kind == REDIS_CLUSTER) {
		/* no fault of this node, and it says so at once */
		redis_ask_slots(sending->redis);
		sending_finish(flight, STORE_UNAVAILABLE);
	} else if (flight->lost++ < LOST_MAX) {
		sending_again(sending, flight, flight->node, false, false);
	} else {
		give_up(flight, STORE_UNAVAILABLE, reply->text);
	}
}

/* take_reply - by what it says */
static void
take_reply(struct sending *sending, struct flight *flight,
    const struct resp *reply)
{
	enum resp_error error = resp_error(reply);

	switch (error) {
	case RESP_FINE:
	case RESP_OTHER:
		take_answer(flight, reply);
		break;
	case RESP_NO_SCRIPT:
		sending_again(sending, flight, flight->node, true,
		    flight->asked);
		break;
	case RESP_MOVED:
	case RESP_ASK:
		redirect(sending, flight, reply, error == RESP_ASK);
		break;
	case RESP_AGAIN:
		poll(NULL, 0, AGAIN_MS);
		sending_again(sending, flight,
		    redis_node_for(sending->redis, flight->slot), false, false);
		break;
	case RESP_NO_MASTER:
		no_master(sending, flight, reply);
		break;
	case RESP_UNAVAILABLE:
		give_up(flight, STORE_UNAVAILABLE, reply->text);
		break;
	case RESP_WRONG:
		give_up(flight, STORE_BROKEN, reply->text);
		break;
	}
}

/* lost - its connection broke */
static void
lost(struct sending *sending, struct flight *flight)
{
	if (flight->lost++ < LOST_MAX)
		sending_again(sending, flight,
		    redis_node_for(sending->redis, flight->slot), false, false);
	else
		give_up(flight, STORE_UNAVAILABLE, "it hangs up");
}

/* fetch - the replies of a leg, if they were not read yet */
static void
fetch(struct leg *leg, int64_t deadline_ms, struct arena *arena)
{
	if (leg->exchange == NULL)
		return;
	leg->reply = arena_alloc(arena, leg->count * sizeof(*leg->reply));
	leg->end = node_read(leg->exchange, deadline_ms, leg->reply);
	node_end(leg->exchange);
	leg->exchange = NULL;
}

/* fell - what becomes of an operation without a reply */
static void
fell(struct sending *sending, struct flight *flight, enum node_end end)
{
	static const enum store_result results[] = {
		[NODE_ANSWERED] = STORE_BROKEN,
		[NODE_LATE] = STORE_TIMEOUT,
		[NODE_GARBAGE] = STORE_BROKEN,
		[NODE_REFUSED] = STORE_UNAVAILABLE,
	};

	if (end == NODE_LOST)
		lost(sending, flight);
	else
		sending_finish(flight, results[end]);
}

/* land - what came of one try */
static void
land(struct sending *sending, struct flight *flight, int64_t deadline_ms)
{
	struct leg *leg = flight->leg;
	struct resp *reply;

	fetch(leg, deadline_ms, sending->arena);
	reply = leg->reply[flight->place];
	leg->reply[flight->place] = NULL;
	if (flight->asked) {
		resp_free(leg->reply[0]);
		leg->reply[0] = NULL;
	}
	flight->leg = NULL;
	flight->tries++;
	if (reply == NULL)
		fell(sending, flight, leg->end);
	else if (flight->tries < TRIES_MAX)
		take_reply(sending, flight, reply);
	else
		give_up(flight, STORE_BROKEN, "it goes in circles");
	resp_free(reply);
}

void
redis_wait(struct sending *sending, struct store_op *op, int64_t deadline_ms)
{
	const struct node_limits *limits = &sending->redis->limits;
	struct flight *flight = sending->flight;
	int64_t limit = clock_mono_ms(clock_system()) +
			limits->connect_timeout_ms + limits->timeout_ms;

	if (deadline_ms > limit)
		deadline_ms = limit;
	while (flight->op != op)
		flight++;
	while (op->state != OP_DONE)
		land(sending, flight, deadline_ms);
}
