/*
 * fuzz_redis_reply - what a Redis server, or something in its place, answers.
 *
 * The bytes go through hiredis' parser with our functions and budget, in two
 * pieces; each reply is then taken for the answer to every kind of operation,
 * for an error, a redirection, an item and a map of slots.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "service/json.h"
#include "store/store_backend.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_item.h"
#include "store/store_redis_look.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* nobody - for the nodes' need of a link: none is made here */
static void
nobody(void *context)
{
	(void)context;
}

/* the cluster that learns maps; its nodes are kept from input to input */
static struct redis *
cluster(void)
{
	static struct redis redis = { .kind = REDIS_CLUSTER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.limits = { .wake = nobody } };

	if (redis.slot == NULL)
		redis.slot = mem_array(REDIS_SLOTS, sizeof(*redis.slot));
	return &redis;
}

/* take - one reply as everything that it could be */
static void
take(const struct resp *reply, struct arena *arena)
{
	static const struct redis_address teller = { "127.0.0.1", 6379 };
	struct store_op op = { .arena = arena };
	struct json *fields;
	enum store_verb verb;
	const char *host;
	size_t length;
	unsigned slot;
	int64_t ttl_s;
	int port, asked;

	op.ask.window.tiers = 2;
	if (resp_error(reply) == RESP_FINE || resp_error(reply) == RESP_OTHER) {
		for (asked = VERB_WINDOW; asked < VERB_MAX; asked++) {
			op.verb = (enum store_verb)asked;
			redis_op_read(&op, reply);
			if (asked != VERB_LEASE)
				redis_look_read(&op, reply);
		}
		redis_take_slots(cluster(), reply, &teller);
	} else if (resp_target(reply, &slot, &host, &length, &port)) {
		if (slot >= REDIS_SLOTS || port < 1 || port > 65535 ||
		    length > strlen(host))
			abort();
	}
	if (redis_item_read(reply, &verb, &ttl_s, &fields))
		json_free(fields);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1024);
	struct resp_budget budget = { .most = 65536 };
	redisReader *reader = redisReaderCreateWithFunctions(resp_functions());
	const char *bytes = (const char *)data;
	void *reply;
	int piece;

	reader->privdata = &budget;
	for (piece = 0; piece < 2; piece++) {
		redisReaderFeed(reader, bytes + (piece > 0 ? size / 2 : 0),
		    piece > 0 ? size - size / 2 : size / 2);
		while (redisReaderGetReply(reader, &reply) == REDIS_OK &&
		       reply != NULL) {
			take(reply, arena);
			resp_free(reply);
		}
	}
	redisReaderFree(reader);
	arena_free(arena);
	return 0;
}
