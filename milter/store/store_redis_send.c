/*
 * store_redis_send - operations on their way to Redis and back.
 *
 * A sending is the operations that go out together: in one write, or one for
 * each node of a cluster. Its answers are fetched one by one, and it is then
 * that what went wrong is put right, by the session's thread and within its
 * time: a script that the server has forgotten is sent as text, MOVED and ASK
 * are followed, what was lost with a connection is sent once more.
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
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_backend.h"
#include "store/store_redis_command.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"

#define TRIES_MAX 8 /* of one operation: redirections and the like */
#define LOST_MAX 1  /* of them after a lost connection */
#define AGAIN_MS 10

/* one operation on its way */
struct flight {
	struct store_op *op;
	const char *key;
	size_t key_length;
	unsigned slot;
	struct node *node;
	struct call *call; /* NULL: not under way */
	size_t begin, end; /* of its command in the bytes that are sent */
	bool asked;        /* behind an ASKING */
	int tries, lost;
};

struct sending {
	struct redis *redis;
	size_t count;
	struct flight *flight;
};

/* finish - the end of an operation */
static void
finish(struct flight *flight, enum store_result result)
{
	flight->op->result = result;
	flight->op->state = OP_DONE;
}

/* ---- out ---- */

/* take_off - prepare the flight of one operation */
static void
take_off(struct redis *redis, struct flight *flight, struct store_op *op,
    struct arena *arena)
{
	char key[REDIS_KEY_SIZE];

	flight->op = op;
	flight->key_length = redis_key(op, key);
	flight->key = arena_strndup(arena, key, flight->key_length);
	flight->slot = redis_slot(flight->key, flight->key_length);
	flight->node = redis_node_for(redis, flight->slot);
}

/* write_flights - the commands for a node, from the first-th on */
static size_t
write_flights(struct sending *sending, size_t first, struct str *out)
{
	struct flight *flight;
	size_t i, count = 0;

	for (i = first; i < sending->count; i++) {
		flight = &sending->flight[i];
		if (flight->node != sending->flight[first].node)
			continue;
		flight->begin = out->length;
		redis_op_write(flight->op, flight->key, flight->key_length,
		    false, out);
		flight->end = out->length;
		count++;
	}
	return count;
}

/* ask_node - send all that goes to the node of the first-th */
static void
ask_node(struct sending *sending, size_t first, struct arena *arena)
{
	struct node *node = sending->flight[first].node;
	struct str out = STR_INIT;
	size_t i, count = write_flights(sending, first, &out), next = 0;
	struct node_request *request =
	    arena_alloc(arena, count * sizeof *request);
	struct flight *flight;
	bool sent;

	for (i = first; i < sending->count; i++) {
		flight = &sending->flight[i];
		if (flight->node == node)
			request[next++] = (struct node_request){
				.bytes = out.data + flight->begin,
				.length = flight->end - flight->begin,
			};
	}
	sent = node_send(node, request, count);
	for (i = first, next = 0; i < sending->count; i++) {
		flight = &sending->flight[i];
		if (flight->node != node)
			continue;
		if (sent)
			flight->call = request[next++].call;
		else
			finish(flight, STORE_UNAVAILABLE);
	}
	str_fini(&out);
}

struct sending *
redis_send(struct redis *redis, struct store_op *first, struct arena *arena)
{
	struct sending *sending = arena_alloc(arena, sizeof *sending);
	struct store_op *op;
	size_t i = 0;

	for (op = first; op != NULL; op = op->next)
		sending->count++;
	sending->redis = redis;
	sending->flight =
	    arena_alloc(arena, sending->count * sizeof *sending->flight);
	for (op = first; op != NULL; op = op->next) {
		op->state = OP_SENT;
		take_off(redis, &sending->flight[i++], op, arena);
	}
	for (i = 0; i < sending->count; i++)
		if (sending->flight[i].call == NULL &&
		    sending->flight[i].op->state == OP_SENT)
			ask_node(sending, i, arena);
	return sending;
}

/* send_again - one operation, to a node */
static void
send_again(struct flight *flight, struct node *node, bool with_text,
    bool asking)
{
	struct node_request request = { .asking = asking };
	struct str out = STR_INIT;

	if (asking)
		command_all(&out, "ASKING", NULL);
	redis_op_write(flight->op, flight->key, flight->key_length, with_text,
	    &out);
	request.bytes = out.data;
	request.length = out.length;
	flight->node = node;
	flight->asked = asking;
	if (node_send(node, &request, 1))
		flight->call = request.call;
	else
		finish(flight, STORE_UNAVAILABLE);
	str_fini(&out);
}

/* ---- back ---- */

/* give_up - the server's fault; the breaker hears of it */
static void
give_up(struct flight *flight, enum store_result result, const char *why)
{
	node_bad(flight->node, why);
	finish(flight, result);
}

/* redirect - MOVED and ASK */
static void
redirect(struct redis *redis, struct flight *flight, const struct resp *reply,
    bool only_now)
{
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
	send_again(flight, node, false, only_now);
}

/* take_answer - a reply that is no error */
static void
take_answer(struct flight *flight, const struct resp *reply)
{
	if (redis_op_read(flight->op, reply)) {
		node_good(flight->node);
		finish(flight, STORE_OK);
		return;
	}
	give_up(flight, STORE_BROKEN, "its answers make no sense");
}

/* no_master - a replica (its connection is gone by now), or no quorum */
static void
no_master(struct redis *redis, struct flight *flight, const struct resp *reply)
{
	if (redis->kind == REDIS_CLUSTER) {
		/* no fault of this node, and it says so at once */
		redis_ask_slots(redis);
		finish(flight, STORE_UNAVAILABLE);
	} else if (flight->lost++ < LOST_MAX) {
		send_again(flight, flight->node, false, false);
	} else {
		give_up(flight, STORE_UNAVAILABLE, reply->text);
	}
}

/* take_reply - by what it says */
static void
take_reply(struct redis *redis, struct flight *flight, const struct resp *reply)
{
	enum resp_error error = resp_error(reply);

	switch (error) {
	case RESP_FINE:
		take_answer(flight, reply);
		break;
	case RESP_NO_SCRIPT:
		send_again(flight, flight->node, true, flight->asked);
		break;
	case RESP_MOVED:
	case RESP_ASK:
		redirect(redis, flight, reply, error == RESP_ASK);
		break;
	case RESP_AGAIN:
		poll(NULL, 0, AGAIN_MS);
		send_again(flight, redis_node_for(redis, flight->slot), false,
		    false);
		break;
	case RESP_NO_MASTER:
		no_master(redis, flight, reply);
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
lost(struct redis *redis, struct flight *flight)
{
	if (flight->lost++ < LOST_MAX)
		send_again(flight, redis_node_for(redis, flight->slot), false,
		    false);
	else
		give_up(flight, STORE_UNAVAILABLE, "it hangs up");
}

/* land - what came of one try */
static void
land(struct redis *redis, struct flight *flight, int64_t deadline_ms)
{
	struct resp *reply;
	enum node_end end =
	    node_wait(flight->node, flight->call, deadline_ms, &reply);

	flight->call = NULL;
	flight->tries++;
	switch (end) {
	case NODE_ANSWERED:
		if (flight->tries < TRIES_MAX)
			take_reply(redis, flight, reply);
		else
			give_up(flight, STORE_BROKEN, "it goes in circles");
		break;
	case NODE_LOST:
		lost(redis, flight);
		break;
	case NODE_LATE:
		finish(flight, STORE_TIMEOUT);
		break;
	case NODE_GARBAGE:
		finish(flight, STORE_BROKEN);
		break;
	case NODE_REFUSED:
		finish(flight, STORE_UNAVAILABLE);
		break;
	}
	resp_free(reply);
}

void
redis_wait(struct sending *sending, struct store_op *op, int64_t deadline_ms)
{
	struct redis *redis = sending->redis;
	struct flight *flight = sending->flight;
	int64_t limit = clock_mono_ms(clock_system()) +
			redis->limits.connect_timeout_ms +
			redis->limits.timeout_ms;

	if (deadline_ms > limit)
		deadline_ms = limit;
	while (flight->op != op)
		flight++;
	while (op->state != OP_DONE)
		land(redis, flight, deadline_ms);
}

void
redis_end(struct sending *sending)
{
	size_t i;

	for (i = 0; i < sending->count; i++)
		node_forget(sending->flight[i].node, sending->flight[i].call);
}

struct redis *
redis_of(const struct sending *sending)
{
	return sending->redis;
}
