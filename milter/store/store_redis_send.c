/*
 * store_redis_send - operations on their way to Redis.
 *
 * A sending is the operations that go out together: in one exchange, or one
 * for each node of a cluster. What becomes of them is in store_redis_land.c.
 * What is posted has nobody who could put anything right.
 */
#include "base/mem.h"
#include "base/str.h"
#include "store/store_redis_command.h"
#include "store/store_redis_key.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"
#include "store/store_redis_sending.h"

/* sending_finish - the end of an operation */
void
sending_finish(struct flight *flight, enum store_result result)
{
	flight->op->result = result;
	flight->op->state = OP_DONE;
}

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

/* write_flights - the commands for a node, from the first-th on; how many */
static size_t
write_flights(struct sending *sending, size_t first, struct str *out)
{
	const struct node *node = sending->flight[first].node;
	struct flight *flight;
	size_t i, count = 0;

	for (i = first; i < sending->count; i++) {
		flight = &sending->flight[i];
		if (flight->node != node)
			continue;
		flight->place = count++;
		redis_op_write(flight->op, flight->key, flight->key_length,
		    false, out);
	}
	return count;
}

/* new_leg - begun; NULL: nothing is sent to that node */
static struct leg *
new_leg(struct sending *sending, struct node *node, struct str *out,
    size_t count)
{
	struct exchange *exchange = node_begin(node, out, count);
	struct leg *leg;

	if (exchange == NULL)
		return NULL;
	leg = arena_alloc(sending->arena, sizeof *leg);
	leg->exchange = exchange;
	leg->count = count;
	leg->next = sending->legs;
	sending->legs = leg;
	return leg;
}

/* ask_node - send all that goes to the node of the first-th */
static void
ask_node(struct sending *sending, size_t first)
{
	struct node *node = sending->flight[first].node;
	struct str out = STR_INIT;
	size_t i, count = write_flights(sending, first, &out);
	struct leg *leg = new_leg(sending, node, &out, count);

	for (i = first; i < sending->count; i++) {
		if (sending->flight[i].node != node)
			continue;
		sending->flight[i].leg = leg;
		if (leg == NULL)
			sending_finish(&sending->flight[i], STORE_UNAVAILABLE);
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
	sending->arena = arena;
	sending->flight =
	    arena_alloc(arena, sending->count * sizeof *sending->flight);
	for (op = first; op != NULL; op = op->next) {
		op->state = OP_SENT;
		take_off(redis, &sending->flight[i++], op, arena);
	}
	for (i = 0; i < sending->count; i++)
		if (sending->flight[i].leg == NULL &&
		    sending->flight[i].op->state == OP_SENT)
			ask_node(sending, i);
	return sending;
}

void
redis_post(struct redis *redis, struct store_op *first)
{
	char key[REDIS_KEY_SIZE];
	struct str out = STR_INIT;
	struct node *node;
	size_t length;

	for (struct store_op *op = first; op != NULL; op = op->next) {
		length = redis_key(op, key);
		node = redis_node_for(redis, redis_slot(key, length));
		str_reset(&out);
		redis_post_write(op, key, length, &out);
		op->state = OP_DONE;
		op->result = node_post(node, out.data, out.length, 1)
				 ? STORE_OK
				 : STORE_UNAVAILABLE;
	}
	str_fini(&out);
}

/* sending_again - one operation, to a node */
void
sending_again(struct sending *sending, struct flight *flight, struct node *node,
    bool with_text, bool asking)
{
	struct str out = STR_INIT;

	if (asking)
		command_all(&out, "ASKING", NULL);
	redis_op_write(flight->op, flight->key, flight->key_length, with_text,
	    &out);
	flight->node = node;
	flight->asked = asking;
	flight->place = asking;
	flight->leg = new_leg(sending, node, &out, asking + 1u);
	if (flight->leg == NULL)
		sending_finish(flight, STORE_UNAVAILABLE);
	str_fini(&out);
}

void
redis_end(struct sending *sending)
{
	for (struct leg *leg = sending->legs; leg != NULL; leg = leg->next) {
		if (leg->exchange != NULL)
			node_end(leg->exchange);
		for (size_t i = 0; leg->reply != NULL && i < leg->count; i++)
			resp_free(leg->reply[i]);
	}
}

struct redis *
redis_of(const struct sending *sending)
{
	return sending->redis;
}
