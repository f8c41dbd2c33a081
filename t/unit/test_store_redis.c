/*
 * test_store_redis - the Redis backend without a server: addresses, slots,
 * keys, commands, replies, settings. The rest is in t/store.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store_backend.h"
#include "store/store_redis_command.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_look.h"
#include "store/store_redis_key.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"
#include "store/store_redis_script.h"
#include "t/lib/folder.h"
#include "t/lib/unit.h"

/* ---- addresses ---- */

static const struct {
	const char *list;
	const char *host; /* of the first; NULL: it is wrong */
	int port;
	const char *text;
} addresses[] = {
	{ "redis.example.test:7000", "redis.example.test", 7000,
	    "redis.example.test:7000" },
	{ "redis.example.test", "redis.example.test", 6379,
	    "redis.example.test:6379" },
	{ " 192.0.2.1:1, 192.0.2.2", "192.0.2.1", 1, "192.0.2.1:1" },
	{ "[2001:db8::1]:65535", "2001:db8::1", 65535, "[2001:db8::1]:65535" },
	{ "[::1]", "::1", 6379, "[::1]:6379" },
	{ "::1", "::1", 6379, "[::1]:6379" },
	{ "unix:/run/redis/socket", "/run/redis/socket", 0,
	    "unix:/run/redis/socket" },
	{ "host:0", NULL, 0, NULL },
	{ "host:65536", NULL, 0, NULL },
	{ "host:70000000000000000000", NULL, 0, NULL },
	{ "host:port", NULL, 0, NULL },
	{ "host:", NULL, 0, NULL },
	{ ":6379", NULL, 0, NULL },
	{ "[::1", NULL, 0, NULL },
	{ "[::1]6379", NULL, 0, NULL },
	{ "[]:6379", NULL, 0, NULL },
	{ "unix:", NULL, 0, NULL },
};

static void
test_addresses(void **state)
{
	struct redis_address address;
	char text[REDIS_ADDRESS_TEXT];
	const char *cursor, *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		bool right;

		cursor = addresses[i].list;
		right = redis_address_next(&cursor, 6379, &address, &why);
		if (right != (addresses[i].host != NULL))
			fail_msg("%s: %d", addresses[i].list, right);
		if (!right) {
			assert_non_null(why);
			continue;
		}
		assert_string_equal(address.host, addresses[i].host);
		assert_int_equal(address.port, addresses[i].port);
		assert_string_equal(redis_address_text(&address, text,
					sizeof(text)),
		    addresses[i].text);
	}
	cursor = " a, b:1  unix:/c ";
	for (size_t i = 0; i < 3; i++)
		assert_true(redis_address_next(&cursor, 1, &address, &why));
	assert_false(redis_address_next(&cursor, 1, &address, &why));
	assert_null(why);
}

/* ---- slots: vectors of the Cluster specification and of redis-server ---- */

static void
test_slots(void **state)
{
	static const struct {
		const char *key, *same;
	} tags[] = {
		{ "{user1000}.following", "user1000" },
		{ "foo{bar}{zap}", "bar" },
		{ "foo{{bar}}zap", "{bar" },
		{ "foo{bar}", "bar" },
	};
	static const char *const whole[] = { "foo{}{bar}", "foo{bar", "foo}",
		"{}" };

	(void)state;
	assert_int_equal(redis_slot("123456789", 9), 0x31c3);
	assert_int_equal(redis_slot("foo", 3), 12182);
	assert_int_equal(redis_slot("", 0), 0);
	for (size_t i = 0; i < COUNT_OF(tags); i++)
		assert_int_equal(redis_slot(tags[i].key, strlen(tags[i].key)),
		    redis_slot(tags[i].same, strlen(tags[i].same)));
	for (size_t i = 0; i < COUNT_OF(whole); i++)
		assert_int_not_equal(redis_slot(whole[i], strlen(whole[i])),
		    redis_slot("bar", 3));
}

/* ---- keys and commands ---- */

/* triplet_of - an operation on a key */
static struct store_op
triplet_of(const char *key)
{
	return (struct store_op){
		.verb = VERB_TRIPLET,
		.key = key,
		.key_length = strlen(key),
		.now_s = 1790000000,
		.ask.triplet = { .delay_s = 120,
		    .window_s = 86400,
		    .lifetime_s = 5184000,
		    .pass_interval_s = 3600 },
	};
}

static void
test_short_keys(void **state)
{
	struct store_op one = triplet_of("mailreeve:v1:greylist:{192.0.2.0/"
					 "24}:a@sender.test|b@example.test");
	struct store_op two = triplet_of("mailreeve:v1:greylist:{192.0.2.0/"
					 "24}:a@sender.test|c@example.test");
	struct store_op bare = triplet_of("mailreeve:v1:greylist:{192.0.2.1}");
	char key[3][REDIS_KEY_SIZE], begin[REDIS_KEY_SIZE];
	size_t length;

	(void)state;
	/* up to 44 bytes Redis takes the room of 48 for */
	assert_int_equal(redis_key(&one, key[0]), 44);
	assert_int_equal(redis_key(&two, key[1]), 44);
	assert_int_equal(redis_key(&bare, key[2]), 44);
	length = redis_key_subject(one.key, begin);
	assert_memory_equal(begin, "mailreeve:v1:greylist:{", 23);
	assert_int_equal(begin[length - 1], '}');
	assert_memory_equal(begin, key[0], length);
	assert_memory_equal(begin, key[1], length);
	assert_memory_not_equal(begin, key[2], length);
	assert_string_not_equal(key[0], key[1]);
	assert_int_equal(redis_slot(key[0], 44), redis_slot(key[1], 44));
	/* hosts of all builds make the same */
	assert_string_equal(key[0],
	    "mailreeve:v1:greylist:{63d9h-UdYx}2DoC6coA6u");
	one.verb = VERB_ENTRY;
	assert_int_equal(redis_key(&one, key[0]), one.key_length);
	assert_string_equal(key[0], one.key);
}

static void
test_commands(void **state)
{
	struct store_op op = triplet_of("k{s}");
	struct str out = STR_INIT, wanted = STR_INIT;

	(void)state;
	command_all(&out, "GET", "a b", NULL);
	assert_string_equal(str_text(&out), "*2\r\n$3\r\nGET\r\n$3\r\na b\r\n");
	str_reset(&out);
	command_begin(&out, 3);
	command_bytes(&out, "a\0b", 3);
	command_number(&out, INT64_MIN);
	command_text(&out, "");
	assert_int_equal(out.length, 46);
	assert_memory_equal(out.data,
	    "*3\r\n$3\r\na\0b\r\n$20\r\n-9223372036854775808\r\n$0\r\n\r\n",
	    47);
	str_reset(&out);
	redis_op_write(&op, "key", 3, false, &out);
	command_all(&wanted, "EVALSHA", script_name(SCRIPT_TRIPLET), "1", "key",
	    "1790000000", "120", "86400", "5184000", "3600", "0", NULL);
	assert_string_equal(str_text(&out), str_text(&wanted));
	str_reset(&out);
	str_reset(&wanted);
	redis_op_write(&op, "key", 3, true, &out);
	command_all(&wanted, "EVAL", script_text(SCRIPT_TRIPLET), "1", "key",
	    "1790000000", "120", "86400", "5184000", "3600", "0", NULL);
	assert_string_equal(str_text(&out), str_text(&wanted));
	str_fini(&out);
	str_fini(&wanted);
}

/* ---- looks: what lies under a key, as the scripts write it ---- */

#define NOW 1790000000

/* what is under the key, and what a look at it tells */
static const struct {
	const char *text;
	size_t length;         /* 0: up to its NUL */
	int64_t first, second; /* of the answer, see look() */
} triplets[] = {
	{ "1789999900000000000", 0, TRIPLET_EARLY, 0 },
	{ "1789999000000003000", 0, TRIPLET_READY, 0 },
	{ "1789999000000003003", 0, TRIPLET_KNOWN, 3 },
	{ "1789999000 1789999100 12", 0, TRIPLET_KNOWN, 12 },
	{ "1789900000000000000", 0, TRIPLET_TOO_LATE, 0 },
	{ "1700000000000000000", 0, TRIPLET_NEW, 0 }, /* over by now */
	{ "1789999000 1789999100", 0, TRIPLET_NEW, 0 },
	{ "1789999000 1789999100 12 ", 0, TRIPLET_NEW, 0 },
	{ "1789999000 99999999999999999999 1", 0, TRIPLET_NEW, 0 },
	{ "000000001", 0, TRIPLET_NEW, 0 },
	{ "17899990000000030x3", 0, TRIPLET_NEW, 0 },
	{ "178999900000000300\0", 19, TRIPLET_NEW, 0 },
	{ "e1800000000 x", 0, TRIPLET_NEW, 0 },
	{ "", 0, TRIPLET_NEW, 0 },
}, windows[] = {
	/* end 1790000100; period 60: 5 at NOW - 30, 7 at NOW - 10 */
	{ "w\xce\x6a\xb1\x3b\xe4\x95\x3c\xce\x6a\xb1\x3b\x62\x05\x14\x07",
	    16, 12, 0 },
	/* -30 and a float: what Lua does not write, but could */
	{ "w\xcb\x41\xda\xac\x4e\xf9\x00\x00\x00\x91\x3c", 12, 0, 0 },
	{ "w\xce\x6a\xb1\x3b\xe4\x95\x3c\xce\x6a\xb1\x3b\x62\x05\x14",
	    15, 0, 0 }, /* cut short */
	{ "w\xce\x6a\xb1\x3b\xe4\xdd\xff\xff\xff\xff\x3c", 12, 0, 0 },
	{ "w\xce\x6a\xb1\x3b\xe4\x93\x3c\xce\x6a\xb1\x3b\x62\xff", 14, 0,
	    0 }, /* a count of -1 */
	{ "w\x01\x95\x3c\xce\x6a\xb1\x3b\x62\x05\x14\x07", 13, 0,
	    0 }, /* over by now */
	{ "w\xc0", 2, 0, 0 },
	{ "w", 0, 0, 0 },
}, entries[] = {
	{ "e1790000060 a b", 0, 60, 3 },
	{ "e1790000060 ", 0, 60, 0 },
	{ "e1790000000 a", 0, 0, -1 }, /* over by now */
	{ "e1790000060a", 0, 0, -1 },
	{ "e 1790000060 a", 0, 0, -1 },
	{ "e", 0, 0, -1 },
	{ "e1790000060 a\0b", 15, 0, -1 },
}, scores[] = {
	/* end, NOW - 100, half-life 100, 4.0, 8, 3 events */
	{ "s\xce\x6a\xb1\x4b\x80\xce\x6a\xb1\x3b\x1c\x64\xcb\x40\x10\x00"
	  "\x00\x00\x00\x00\x00\x08\x03",
	    23, 2, 4 },
	{ "s\xce\x6a\xb1\x4b\x80\xce\x6a\xb1\x3b\x1c\x64\xcb\x7f\xf0\x00"
	  "\x00\x00\x00\x00\x00\x08\x03",
	    23, 0, 0 }, /* infinitely good */
};

/* look - carry it out on such a reply, which is lost */
static void
look(struct store_op *op, const char *text, size_t length)
{
	struct resp reply = { .kind = RESP_TEXT,
		.text = mem_alloc((length > 0 ? length : strlen(text)) + 1),
		.length = length > 0 ? length : strlen(text) };

	memcpy(reply.text, text, reply.length);
	op->now_s = NOW;
	assert_true(redis_look_is(op));
	assert_true(redis_look_read(op, &reply));
	mem_free(reply.text);
}

static void
test_looks(void **state)
{
	struct arena *arena = arena_new(512);
	struct store_op op = triplet_of("k");

	(void)state;
	op.arena = arena;
	op.ask.triplet.only_look = true;
	for (size_t i = 0; i < COUNT_OF(triplets); i++) {
		look(&op, triplets[i].text, triplets[i].length);
		if (op.answer.triplet.state !=
			(enum store_triplet_state)triplets[i].first ||
		    op.answer.triplet.passes != triplets[i].second)
			fail_msg("triplet %zu: %d, %d", i,
			    (int)op.answer.triplet.state,
			    (int)op.answer.triplet.passes);
	}
	op.verb = VERB_WINDOW;
	op.ask.window = (struct store_window){
		.only_look = true,
		.n = 1,
		.tiers = 1,
		.tier = { { 60, 10 } },
	};
	for (size_t i = 0; i < COUNT_OF(windows); i++) {
		look(&op, windows[i].text, windows[i].length);
		if (op.answer.window.count[0] != windows[i].first)
			fail_msg("window %zu: %d", i,
			    (int)op.answer.window.count[0]);
		assert_int_equal(op.answer.window.fits, windows[i].first < 10);
	}
	op.verb = VERB_ENTRY;
	op.ask.entry = (struct store_entry){ .verb = ENTRY_GET };
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		look(&op, entries[i].text, entries[i].length);
		assert_int_equal(op.answer.entry.found, entries[i].second >= 0);
		assert_int_equal(op.answer.entry.ttl_s, entries[i].first);
		if (op.answer.entry.found)
			assert_int_equal(strlen(op.answer.entry.value),
			    entries[i].second);
	}
	op.verb = VERB_SCORE;
	op.ask.score = (struct store_score){ .half_life_s = 100 };
	for (size_t i = 0; i < COUNT_OF(scores); i++) {
		look(&op, scores[i].text, scores[i].length);
		assert_int_equal((int)op.answer.score.good, scores[i].first);
		assert_int_equal((int)op.answer.score.bad, scores[i].second);
	}
	arena_free(arena);
}

static void
test_posts(void **state)
{
	struct store_op op = { .verb = VERB_LEASE, .now_s = NOW };
	struct str out = STR_INIT, wanted = STR_INIT;

	(void)state;
	op.ask.lease =
	    (struct store_lease){ .verb = LEASE_GIVE_BACK, .owner = "me" };
	redis_post_write(&op, "key", 3, &out);
	command_all(&wanted, "ZREM", "key", "me", NULL);
	assert_string_equal(str_text(&out), str_text(&wanted));
	str_reset(&out);
	str_reset(&wanted);
	op.verb = VERB_ENTRY;
	op.ask.entry = (struct store_entry){ .verb = ENTRY_PUT,
		.value = "a b",
		.ttl_s = 60 };
	redis_post_write(&op, "key", 3, &out);
	command_all(&wanted, "SET", "key", "e1790000060 a b", "EX", "60", NULL);
	assert_string_equal(str_text(&out), str_text(&wanted));
	str_fini(&out);
	str_fini(&wanted);
}

static void
test_script_names(void **state)
{
	char name[DIGEST_SHA1_SIZE];

	(void)state;
	assert_string_equal(digest_sha1("abc", name),
	    "a9993e364706816aba3e25717850c26c9cd0d89d");
	for (int i = 0; i < SCRIPTS; i++)
		assert_string_equal(script_name((enum script)i),
		    digest_sha1(script_text((enum script)i), name));
}

/* ---- replies ---- */

static const struct {
	const char *text;
	enum resp_error error;
} errors[] = {
	{ "NOSCRIPT No matching script.", RESP_NO_SCRIPT },
	{ "MOVED 1 a:1", RESP_MOVED },
	{ "ASK 1 a:1", RESP_ASK },
	{ "TRYAGAIN Multiple keys request during rehashing", RESP_AGAIN },
	{ "READONLY You can't write against a read only replica.",
	    RESP_NO_MASTER },
	{ "CLUSTERDOWN Hash slot not served", RESP_NO_MASTER },
	{ "LOADING Redis is loading the dataset in memory", RESP_UNAVAILABLE },
	{ "OOM command not allowed when used memory > 'maxmemory'.",
	    RESP_UNAVAILABLE },
	{ "NOAUTH Authentication required.", RESP_UNAVAILABLE },
	{ "ERR Error running script (call to f_1): @user_script:1: "
	  "@user_script: 1: -READONLY You can't write",
	    RESP_NO_MASTER },
	{ "ERR Error running script (call to f_1): @user_script:1: oops",
	    RESP_WRONG },
	{ "WRONGTYPE Operation against a key", RESP_OTHER },
	{ "MOVEDX", RESP_WRONG },
	{ "", RESP_WRONG },
};

/* error_of - an error reply, borrowing the text */
static struct resp
error_of(char *text)
{
	return (struct resp){ .kind = RESP_ERROR,
		.text = text,
		.length = strlen(text) };
}

static void
test_errors(void **state)
{
	struct resp fine = { .kind = RESP_NIL };
	char text[128];

	(void)state;
	assert_int_equal(resp_error(&fine), RESP_FINE);
	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		struct resp reply = error_of(text);

		snprintf(text, sizeof(text), "%s", errors[i].text);
		if (resp_error(&reply) != errors[i].error)
			fail_msg("%s: %d", text, resp_error(&reply));
	}
}

static const struct {
	const char *text;
	bool right;
	unsigned slot;
	const char *host;
	int port;
} targets[] = {
	{ "MOVED 3999 127.0.0.1:6381", true, 3999, "127.0.0.1", 6381 },
	{ "ASK 0 redis.example.test:1", true, 0, "redis.example.test", 1 },
	{ "MOVED 16383 2001:db8::1:65535", true, 16383, "2001:db8::1", 65535 },
	{ "MOVED 5 :7000", true, 5, "", 7000 },
	{ "MOVED 16384 a:1", false, 0, NULL, 0 },
	{ "MOVED -1 a:1", false, 0, NULL, 0 },
	{ "MOVED 1 a:0", false, 0, NULL, 0 },
	{ "MOVED 1 a:65536", false, 0, NULL, 0 },
	{ "MOVED 1 a:x", false, 0, NULL, 0 },
	{ "MOVED 1 a", false, 0, NULL, 0 },
	{ "MOVED 99999999999999 a:1", false, 0, NULL, 0 },
	{ "MOVED  a:1", false, 0, NULL, 0 },
	{ "MOVED 1", false, 0, NULL, 0 },
	{ "MOVED", false, 0, NULL, 0 },
};

static void
test_targets(void **state)
{
	const char *host;
	char text[64];
	size_t length;
	unsigned slot;
	int port;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		struct resp reply = error_of(text);

		snprintf(text, sizeof(text), "%s", targets[i].text);
		if (resp_target(&reply, &slot, &host, &length, &port) !=
		    targets[i].right)
			fail_msg("%s", text);
		if (!targets[i].right)
			continue;
		assert_int_equal(slot, targets[i].slot);
		assert_int_equal(length, strlen(targets[i].host));
		assert_memory_equal(host, targets[i].host, length);
		assert_int_equal(port, targets[i].port);
	}
}

/* ---- settings ---- */

static const struct {
	struct redis_settings redis;
	const char *why; /* NULL: they are right */
} settings[] = {
	{ { .servers = "127.0.0.1:1" }, NULL },
	{ { .servers = "127.0.0.1:1 unix:/nowhere" }, NULL },
	{ { .sentinels = "127.0.0.1", .master = "m" }, NULL },
	{ { .servers = "" }, "no servers are named" },
	{ { .servers = "a:b" }, "a port is a number" },
	{ { .sentinels = "127.0.0.1" }, "the name by which the sentinels" },
	{ { .sentinels = "a", .master = "m", .cluster = true },
	    "a cluster has no sentinels" },
	{ { .servers = "a", .db = 1, .cluster = true },
	    "a cluster has only database 0" },
};

static void
test_settings(void **state)
{
	const struct store_backend *backend = &store_redis_backend;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		struct store_settings all = { .prefix = "t",
			.redis = settings[i].redis };
		char *why = NULL;
		void *self = backend->open(&all, clock_system(), false, &why);

		if ((self != NULL) != (settings[i].why == NULL))
			fail_msg("%zu: %s", i, why);
		if (self == NULL) {
			assert_non_null(strstr(why, settings[i].why));
			mem_free(why);
			continue;
		}
		/* wrong new ones change nothing */
		all.redis.servers = all.redis.sentinels = "";
		assert_false(backend->configure(self, &all, &why));
		mem_free(why);
		all.redis.servers = "127.0.0.1:2";
		all.redis.master = NULL;
		assert_true(backend->configure(self, &all, &why));
		backend->close(self);
	}
}

/* ---- nobody there ---- */

static void
test_nobody(void **state)
{
	struct folder folder;
	struct store_settings all = {
		.backend = STORE_REDIS,
		.prefix = "t",
		.hash_secret = "",
		.hash_policies = "",
		.size_max = 1 << 20,
		.redis = { .servers = "127.0.0.1:1",
		    .connect_timeout_ms = 300,
		    .timeout_ms = 300,
		    .breaker_errors = 3,
		    .breaker_open_ms = 60000,
		    .connections = 2 },
	};
	struct store_entry get = {
		.key = { .policy = "abuse", .subject = "a" },
		.verb = ENTRY_GET,
	};
	struct arena *arena = arena_new(1024);
	struct store_entry_answer answer;
	struct store *store;
	char *why, *log;
	bool local;

	(void)state;
	folder_make(&folder);
	all.path = folder_path(&folder, "store");
	log_open(LOG_TO_CAPTURE, "test", "mail");
	store = store_new(&all, clock_system(), false, &why);
	assert_non_null(store);
	for (int i = 0; i < 10; i++) {
		struct store_batch *batch = store_batch_new(store, arena);
		int64_t deadline_ms = clock_mono_ms(clock_system()) + 5000;

		get.key.local = i == 9;
		assert_int_equal(store_wait_entry(store_add_entry(batch, &get),
				     deadline_ms, &answer, &local),
		    i == 9 ? STORE_OK : STORE_UNAVAILABLE);
		assert_int_equal(local, i == 9);
		arena_reset(arena);
	}
	assert_int_equal(store_forget(store, "abuse", "a"), -1);
	store_free(store);
	log = log_captured();
	why = strstr(log, "not asked until it works");
	assert_non_null(why);
	assert_null(strstr(why + 1, "not asked until it works"));
	mem_free(log);
	arena_free(arena);
	folder_remove(&folder);
}

/* refuse_at_once - a keeper that finds nobody, faster than any session */
static void
refuse_at_once(void *context)
{
	struct node **node = context;

	node_refused(*node, "nobody there");
}

/* who asks while the keeper finds nobody is told so, whoever is first */
static void
test_refused(void **state)
{
	struct node *node;
	const struct node_limits limits = {
		.connect_timeout_ms = 3000,
		.timeout_ms = 3000,
		.errors = 1000,
		.open_ms = 60000,
		.connections = 2,
		.wake = refuse_at_once,
		.context = &node,
	};
	const struct redis_address address = { "127.0.0.1", 1 };
	struct str ping = STR_INIT;
	struct exchange *exchange;
	struct resp *reply;

	(void)state;
	node = node_new(&address, &limits);
	command_all(&ping, "PING", NULL);
	exchange = node_begin(node, &ping, 1);
	assert_non_null(exchange);
	assert_int_equal(node_read(exchange, INT64_MAX, &reply), NODE_REFUSED);
	assert_null(reply);
	node_end(exchange);
	node_free(node);
	str_fini(&ping);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_short_keys),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_posts),
		cmocka_unit_test(test_script_names),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_refused),
	};

	return unit_run(tests);
}
