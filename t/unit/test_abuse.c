/*
 * test_abuse - the register of bad clients: counts, bans, doubling, networks;
 * and whom a message came from.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "feed/received.h"
#include "policies/abuse.h"
#include "t/lib/folder.h"

#define START 1790000000
#define HOUR 3600

static struct folder folder;
static struct clock *clock_used;
static struct store *store;
static struct arena *arena;
static struct abuse_settings settings;

static int
set_up(void **state)
{
	struct store_settings where = {
		.path = folder.path,
		.prefix = "mr",
		.hash_policies = "",
		.hash_secret = "",
		.size_max = 64 << 20,
	};
	char *why = NULL;

	(void)state;
	folder_make(&folder);
	log_open(LOG_TO_CAPTURE, "test", "mail");
	clock_used = clock_fake_new(START);
	store = store_new(&where, clock_used, false, &why);
	assert_non_null(store);
	arena = arena_new(4096);
	settings = (struct abuse_settings){
		.limit = {
			[CAUSE_AUTH] = { 10, HOUR, HOUR },
			[CAUSE_RECIPIENTS] = { 5, HOUR / 6, 300 },
			[CAUSE_COMMANDS] = { 5, HOUR / 6, 300 },
			[CAUSE_SPAMTRAP] = { 0, 0, 2 * HOUR },
		},
		.share = 50,
		.ban_max_s = 5 * HOUR,
		.remember_s = 24 * HOUR,
		.good_login_s = 24 * HOUR,
		.subnet_window_s = HOUR,
	};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	store_free(store);
	clock_fake_free(clock_used);
	mem_free(log_captured());
	folder_remove(&folder);
	return 0;
}

/* deeds_of - nothing yet */
static struct abuse_deeds
deeds_of(const char *client)
{
	struct abuse_deeds deeds = { .settings = &settings };

	assert_true(netaddr_parse(&deeds.client, client));
	return deeds;
}

/* record - one client's deeds */
static struct abuse_record
record(const struct abuse_deeds *deeds)
{
	struct abuse_record result;

	abuse_record(store_batch_new(store, arena), false,
	    clock_wall_s(clock_used), INT64_MAX, deeds, 1, &result, arena);
	assert_int_equal(result.result, STORE_OK);
	return result;
}

/* fail_logins - so many of a client; what came of it */
static struct abuse_record
fail_logins(const char *client, int64_t count)
{
	struct abuse_deeds deeds = deeds_of(client);

	deeds.count[CAUSE_AUTH] = count;
	return record(&deeds);
}

/* left - of a subject's ban; 0: none */
static int64_t
left(const char *subject)
{
	struct store_entry_answer answer;

	assert_int_equal(store_wait_entry(abuse_ask_ban(store_batch_new(store,
							    arena),
					      false, subject),
			     INT64_MAX, &answer, NULL),
	    STORE_OK);
	return answer.found ? answer.ttl_s : 0;
}

static void
test_window(void **state)
{
	(void)state;
	assert_int_equal(fail_logins("203.0.113.5", 5).outcome, ABUSE_NOTED);
	clock_fake_advance(clock_used, 50 * 60 * 1000);
	assert_int_equal(fail_logins("203.0.113.5", 5).outcome, ABUSE_NOTED);
	/* the first five are an hour old: ten stand again */
	clock_fake_advance(clock_used, 10 * 60 * 1000);
	assert_int_equal(fail_logins("203.0.113.5", 5).outcome, ABUSE_NOTED);
	assert_int_equal(left("203.0.113.5"), 0);
	assert_int_equal(fail_logins("203.0.113.5", 1).outcome, ABUSE_BANNED);
	assert_int_equal(left("203.0.113.5"), HOUR);
	assert_int_equal(fail_logins("203.0.113.5", 9).outcome,
	    ABUSE_IS_BANNED);
	assert_int_equal(fail_logins("203.0.113.6", 10).outcome, ABUSE_NOTED);
	clock_fake_advance(clock_used, (HOUR - 1) * 1000);
	assert_int_equal(left("203.0.113.5"), 1);
	clock_fake_advance(clock_used, 1000);
	assert_int_equal(left("203.0.113.5"), 0);
}

static void
test_doubling(void **state)
{
	static const int64_t hours[] = { 1, 2, 4, 5, 5 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hours); i++) {
		struct abuse_record got = fail_logins("203.0.113.5", 11);

		assert_int_equal(got.outcome, ABUSE_BANNED);
		assert_int_equal(got.ban.times, i + 1);
		assert_int_equal(left("203.0.113.5"), hours[i] * HOUR);
		clock_fake_advance(clock_used, hours[i] * HOUR * 1000);
	}
	/* a ban that is forgotten counts no more */
	clock_fake_advance(clock_used, 24 * HOUR * 1000);
	assert_int_equal(fail_logins("203.0.113.5", 11).ban.times, 1);
	/* the first may be longer than the longest, and is not doubled */
	settings.ban_max_s = 1;
	assert_int_equal(abuse_ban_length(&settings, CAUSE_AUTH, 7), HOUR);
	settings.ban_max_s = INT64_MAX / 4;
	assert_true(abuse_ban_length(&settings, CAUSE_AUTH, 64) > HOUR);
}

static void
test_good_login(void **state)
{
	struct abuse_deeds deeds = deeds_of("203.0.113.5");

	(void)state;
	deeds.good_login = true;
	deeds.count[CAUSE_AUTH] = 50;
	assert_int_equal(record(&deeds).outcome, ABUSE_PROTECTED);
	assert_int_equal(fail_logins("203.0.113.5", 50).outcome,
	    ABUSE_PROTECTED);
	clock_fake_advance(clock_used, 24 * HOUR * 1000);
	assert_int_equal(fail_logins("203.0.113.5", 50).outcome, ABUSE_BANNED);
	/* one that is good ends the ban; but not what was done by hand */
	deeds.count[CAUSE_AUTH] = 0;
	assert_int_equal(record(&deeds).outcome, ABUSE_PROTECTED);
	assert_int_equal(left("203.0.113.5"), 0);
	abuse_add_ban(store_batch_new(store, arena), "203.0.113.5",
	    &(struct abuse_ban){ .cause = CAUSE_MANUAL, .for_s = 9 }, arena);
	assert_int_equal(left("203.0.113.5"), 0); /* not sent */
	{
		struct store_batch *batch = store_batch_new(store, arena);

		abuse_add_ban(batch, "203.0.113.5",
		    &(struct abuse_ban){ .cause = CAUSE_MANUAL, .for_s = 9 },
		    arena);
		store_send(batch);
	}
	assert_int_equal(record(&deeds).outcome, ABUSE_IS_BANNED);
	assert_int_equal(left("203.0.113.5"), 9);
	settings.good_login_s = 0;
	deeds = deeds_of("203.0.113.9");
	deeds.good_login = true;
	deeds.count[CAUSE_AUTH] = 11;
	assert_int_equal(record(&deeds).outcome, ABUSE_BANNED);
}

static void
test_causes(void **state)
{
	struct abuse_deeds deeds = deeds_of("203.0.113.5");
	struct abuse_record got;

	(void)state;
	/* the longest ban of those that are due; off is off */
	deeds.count[CAUSE_AUTH] = 11;
	deeds.count[CAUSE_SPAMTRAP] = 1;
	deeds.count[CAUSE_COMMANDS] = 6;
	deeds.count[CAUSE_MESSAGES] = 1000000;
	got = record(&deeds);
	assert_int_equal(got.outcome, ABUSE_BANNED);
	assert_int_equal(got.ban.cause, CAUSE_SPAMTRAP);
	/* half of the recipients were good: no harvest; then it is */
	deeds = deeds_of("203.0.113.6");
	deeds.accepted = 6;
	deeds.count[CAUSE_RECIPIENTS] = 6;
	assert_int_equal(record(&deeds).outcome, ABUSE_NOTED);
	deeds.accepted = 0;
	deeds.count[CAUSE_RECIPIENTS] = 1;
	assert_int_equal(record(&deeds).outcome, ABUSE_BANNED);
	deeds = deeds_of("203.0.113.7");
	deeds.accepted = 100;
	abuse_note(store_batch_new(store, arena), false, &deeds);
	deeds.accepted = 0;
	deeds.count[CAUSE_RECIPIENTS] = 6;
	settings.share = 0;
	assert_int_equal(record(&deeds).outcome, ABUSE_BANNED);
}

static void
test_networks(void **state)
{
	(void)state;
	settings.subnet_hosts = 3;
	assert_int_equal(fail_logins("203.0.113.1", 11).outcome, ABUSE_BANNED);
	/* the same client twice is one */
	assert_int_equal(store_forget(store, ABUSE_POLICY, "203.0.113.1") > 0,
	    true);
	assert_int_equal(fail_logins("203.0.113.1", 11).outcome, ABUSE_BANNED);
	assert_int_equal(fail_logins("203.0.113.2", 11).outcome, ABUSE_BANNED);
	assert_int_equal(left("203.0.113.0/24"), 0);
	assert_int_equal(fail_logins("203.0.113.3", 11).outcome, ABUSE_BANNED);
	assert_int_equal(left("203.0.113.0/24"), HOUR);
	assert_int_equal(fail_logins("2001:db8:0:1::1", 6).outcome,
	    ABUSE_NOTED);
	assert_int_equal(fail_logins("2001:db8:0:1:f::1", 6).outcome,
	    ABUSE_BANNED);
	assert_int_equal(left("2001:db8:0:1::/64"), HOUR);
	assert_int_equal(fail_logins("2001:db8:0:2::1", 11).outcome,
	    ABUSE_BANNED);
	assert_int_equal(fail_logins("2001:db8:0:3::1", 11).outcome,
	    ABUSE_BANNED);
	assert_int_equal(left("2001:db8::/48"), HOUR);
}

static void
test_many(void **state)
{
	struct abuse_deeds deeds[100];
	struct abuse_record records[100];
	size_t banned = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(deeds); i++) {
		deeds[i] = deeds_of("203.0.113.0");
		deeds[i].client.byte[3] = (uint8_t)i;
		deeds[i].count[CAUSE_AUTH] = i < 50 ? 11 : 1;
	}
	abuse_record(store_batch_new(store, arena), false, START, INT64_MAX,
	    deeds, COUNT_OF(deeds), records, arena);
	for (size_t i = 0; i < COUNT_OF(deeds); i++)
		banned += records[i].outcome == ABUSE_BANNED;
	assert_int_equal(banned, 50);
}

static void
test_away(void **state)
{
	struct abuse_deeds deeds = deeds_of("203.0.113.5");
	struct abuse_record got;

	(void)state;
	deeds.count[CAUSE_AUTH] = 11;
	abuse_record(store_batch_new(NULL, arena), false, START, INT64_MAX,
	    &deeds, 1, &got, arena);
	assert_int_equal(got.result, STORE_UNAVAILABLE);
	assert_int_equal(got.outcome, ABUSE_NOTED);
}

static void
test_values(void **state)
{
	static const char *const wrong[] = { "", "auth", "auth ",
		"auth 1 2 3 x ", "none 1 2 3 4 ", "auth 1 2 3 4", "auth  1 2 3",
		"auth -1 2 3 4 ", "auth 99999999999999999999 1 1 1 " };
	struct abuse_ban ban = {
		.cause = CAUSE_MANUAL,
		.since_s = START,
		.for_s = 60,
		.times = 3,
		.count = 7,
		.note = "why not",
	};
	const char *value = abuse_ban_write(&ban, arena);
	struct abuse_ban got;

	(void)state;
	assert_string_equal(value, "manual 1790000000 60 3 7 why not");
	assert_true(abuse_ban_read(&got, value));
	assert_int_equal(got.cause, CAUSE_MANUAL);
	assert_int_equal(got.for_s, 60);
	assert_int_equal(got.count, 7);
	assert_string_equal(got.note, "why not");
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(abuse_ban_read(&got, wrong[i]));
}

#define BY " by mx.example.test (Postfix) with ESMTP id 4abc;\n\tdate\n"

static const struct {
	const char *message, *client;
} messages[] = {
	{ "Received: from h (mail.remote.test [203.0.113.5])" BY
	  "Subject: x\n\n",
	    "203.0.113.5" },
	{ "Subject: x\nReceived: from h (mail.remote.test [203.0.113.5])\n\t"
	  "by mx.example.test (Postfix)\n\n",
	    "203.0.113.5" },
	{ "received:\n from h (unknown [IPv6:2001:db8::25])" BY "\n",
	    "2001:db8::25" },
	{ "Received: from h (u@mail.remote.test [203.0.113.5] (may be "
	  "forged))" BY,
	    "203.0.113.5" },
	/* what the client called itself is not its address */
	{ "Received: from [198.51.100.1] (unknown [203.0.113.5])" BY,
	    "203.0.113.5" },
	/* ours come first; what stands below the client's may be forged */
	{ "Received: by mx.example.test (Dovecot) with LMTP id x\n"
	  "Received: from mx (localhost [127.0.0.1])" BY
	  "Received: from mx1 (mx1 [192.0.2.7])" BY
	  "Received: from in (in [10.1.2.3])" BY
	  "Received: from h (h [203.0.113.5])" BY
	  "Received: from f (f [198.51.100.1])" BY "\n",
	    "203.0.113.5" },
	/* none */
	{ "Received: from mx1 (mx1 [192.0.2.7])" BY "\n"
	  "Received: from h (h [203.0.113.5])" BY,
	    NULL },
	{ "Received: by mx.example.test (Postfix, from userid [203.0.113.5])"
	  "\n\n",
	    NULL },
	{ "Received: from h by x (y [203.0.113.5])\n\n", NULL },
	{ "Received: from h (x [203.0.113.555])\n\n", NULL },
	{ "Received: from h (x [203.0.113.5\n\n", NULL },
	{ "Received: from h (x\n\n", NULL },
	{ "Received:", NULL },
	{ "", NULL },
};

static void
test_received(void **state)
{
	struct netprefix trusted_prefix;
	const struct networks trusted = { &trusted_prefix, 1 };
	char text[NETADDR_TEXT_SIZE];
	struct netaddr client;
	bool strict;

	(void)state;
	assert_true(netprefix_parse(&trusted_prefix, "192.0.2.0/24", &strict));
	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		bool found =
		    received_client(messages[i].message, &trusted, &client);

		if (found != (messages[i].client != NULL))
			fail_msg("%s: found=%d", messages[i].message, found);
		if (found)
			assert_string_equal(netaddr_format(&client, text),
			    messages[i].client);
	}
}

#define TEST(function)                                            \
	{                                                         \
		.name = #function, .test_func = function,         \
		.setup_func = set_up, .teardown_func = tear_down, \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_window),
		TEST(test_doubling),
		TEST(test_good_login),
		TEST(test_causes),
		TEST(test_networks),
		TEST(test_many),
		TEST(test_away),
		TEST(test_values),
		TEST(test_received),
	};

	return unit_run(tests);
}
