/*
 * test_connlimit - places that connections take, renew and give back; hosts
 * that are lost.
 */
#include "t/lib/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/problem.h"
#include "base/str.h"
#include "reply/reply.h"
#include "service/json.h"
#include "service/stats.h"
#include "store/store.h"
#include "table/table.h"
#include "policies/registry.h"
#include "policy/policy.h"
#include "session/config.h"
#include "session/session.h"
#include "t/lib/folder.h"

#define START 1790000000

/* alone: no other policy asks anybody anything */
extern const struct policy connlimit_policy;
const struct policy *const policy_registry[] = { &connlimit_policy, NULL };

static struct folder folder;
static struct env env;
static struct config *config;
static const char *login; /* of the session that speaks */
static struct str said;

static const char *
give_macro(void *mta, const char *name)
{
	(void)mta;
	if (login == NULL)
		return NULL;
	if (strcmp(name, "{auth_type}") == 0)
		return "PLAIN";
	return strcmp(name, "{auth_authen}") == 0 ? login : NULL;
}

static bool
hear_reply(void *mta, const struct reply *reply)
{
	(void)mta;
	str_reset(&said);
	reply_text(reply, &said);
	return true;
}

static const struct mta_ops ops = {
	.reply = hear_reply,
	.macro = give_macro,
};

/* load - the policy alone; the ini is its section */
static void
load(const char *options)
{
	struct problems *problems = problems_new();
	struct str text = STR_INIT;
	bool is_error;

	str_addf(&text, "[connlimit]\n%s", options);
	config_unref(config);
	config = config_load_text(str_text(&text), "x.ini", &env, problems);
	if (config == NULL)
		fail_msg("%s", problems_line(problems, 0, &is_error));
	problems_free(problems);
	str_fini(&text);
}

/* open_store - in the folder, empty or as it was left */
static void
open_store(void)
{
	struct store_settings settings = config->store.settings;
	char *why = NULL;

	settings.path = folder.path;
	env.store = store_new(&settings, env.clock, false, &why);
	assert_non_null(env.store);
}

static int
set_up(void **state)
{
	(void)state;
	folder_make(&folder);
	log_open(LOG_TO_CAPTURE, "test", "mail");
	env = (struct env){
		.clock = clock_fake_new(START),
		.stats = stats_new(config_reason_count()),
	};
	env.tables = tables_new(env.clock);
	said = (struct str)STR_INIT;
	login = NULL;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	config_unref(config);
	config = NULL;
	store_free(env.store);
	stats_free(env.stats);
	tables_free(env.tables);
	clock_fake_free(env.clock);
	mem_free(log_captured());
	str_fini(&said);
	folder_remove(&folder);
	return 0;
}

/* begin - a connection; the answer at HELO */
static struct session *
begin(const char *address, enum answer *answer)
{
	struct session *session =
	    session_new(config_ref(config), &env, &ops, NULL, NULL);
	struct sockaddr_in client = { .sin_family = AF_INET };
	struct sockaddr_in6 client6 = { .sin6_family = AF_INET6 };

	str_reset(&said);
	if (inet_pton(AF_INET, address, &client.sin_addr) == 1) {
		session_connect(session, "client.test",
		    (struct sockaddr *)&client);
	} else {
		inet_pton(AF_INET6, address, &client6.sin6_addr);
		session_connect(session, "client.test",
		    (struct sockaddr *)&client6);
	}
	*answer = session_helo(session, "client.test");
	return session;
}

/* must_begin - a connection that is let in */
static struct session *
must_begin(const char *address)
{
	enum answer answer;
	struct session *session = begin(address, &answer);

	assert_int_equal(answer, ANSWER_CONTINUE);
	return session;
}

/* rcpt - MAIL and one RCPT */
static enum answer
rcpt(struct session *session, const char *to)
{
	char from[] = "<a@sender.test>";
	char path[80];
	char *sender[] = { from, NULL }, *recipient[] = { path, NULL };

	snprintf(path, sizeof(path), "<%s>", to);
	session_mail(session, sender);
	return session_rcpt(session, recipient);
}

/* is_full - whether one more is refused */
static bool
is_full(const char *address)
{
	enum answer answer;

	session_free(begin(address, &answer));
	return answer != ANSWER_CONTINUE;
}

/* batches - sendings to the store so far */
static int64_t
batches(void)
{
	struct json *object = json_new_object();
	int64_t number;

	store_stats(env.store, object);
	number = json_get_int(object, "batches", -1);
	json_free(object);
	return number;
}

static void
test_client(void **state)
{
	struct session *session[20];

	(void)state;
	load("");
	open_store();
	for (int i = 0; i < 20; i++)
		session[i] = must_begin("203.0.113.5");
	assert_true(is_full("203.0.113.5"));
	assert_non_null(strstr(str_text(&said),
	    "421 4.7.0 Too many connections at once from 203.0.113.5"));
	assert_false(is_full("203.0.113.6"));
	session_free(session[7]);
	session[7] = must_begin("203.0.113.5"); /* and its place is back */
	assert_true(is_full("203.0.113.5"));
	for (int i = 0; i < 20; i++)
		session_free(session[i]);
	assert_false(is_full("203.0.113.5"));
}

static void
test_prefix(void **state)
{
	struct session *session;

	(void)state;
	load("client = 1\n");
	open_store();
	session = must_begin("2001:db8::1");
	assert_true(is_full("2001:db8::ffff:1"));
	assert_false(is_full("2001:db8:0:1::1"));
	session_free(session);
}

static void
test_total(void **state)
{
	struct session *session[3];

	(void)state;
	load("total = 3\nclient = 0\n");
	open_store();
	for (int i = 0; i < 3; i++)
		session[i] = must_begin("203.0.113.5");
	assert_true(is_full("198.51.100.1"));
	assert_non_null(strstr(str_text(&said), "421 4.3.2"));
	assert_false(is_full("127.0.0.1")); /* trusted: neither counted */
	for (int i = 0; i < 3; i++)
		session_free(session[i]);
}

/* a greeting is repeated after STARTTLS; one exchange at its first, none at
 * the end */
static void
test_exchanges(void **state)
{
	struct session *session;

	(void)state;
	load("total = 10\nclient = 1\n");
	open_store();
	session = must_begin("203.0.113.5");
	assert_int_equal(batches(), 1);
	assert_int_equal(session_helo(session, "client.test"), ANSWER_CONTINUE);
	assert_int_equal(batches(), 1);
	session_free(session);
	assert_int_equal(batches(), 1);
	load("total = 10\nclient = 1\noutbound = 3\nstage = rcpt\n");
	login = "alice";
	session = must_begin("203.0.113.5");
	assert_int_equal(batches(), 1);
	assert_int_equal(rcpt(session, "bob@example.test"), ANSWER_CONTINUE);
	assert_int_equal(batches(), 3); /* the connection's, the message's */
	session_free(session);
	assert_int_equal(batches(), 3);
	assert_false(is_full("203.0.113.5"));
}

static void
test_account(void **state)
{
	struct session *session[20], *more;

	(void)state;
	load("client = 0\n");
	open_store();
	for (int i = 0; i < 20; i++) {
		session[i] = must_begin("203.0.113.5");
		assert_int_equal(rcpt(session[i], "Alice+x@example.test"),
		    ANSWER_CONTINUE);
	}
	more = must_begin("203.0.113.5");
	assert_int_equal(rcpt(more, "alice@example.test"), ANSWER_TEMPFAIL);
	assert_non_null(strstr(str_text(&said), "450 4.2.1"));
	assert_int_equal(rcpt(more, "bob@example.test"), ANSWER_CONTINUE);
	/* another message: the account is free again */
	rcpt(session[3], "carol@example.test");
	assert_int_equal(rcpt(more, "alice@example.test"), ANSWER_CONTINUE);
	session_free(more);
	session_free(session[4]);
	session[4] = must_begin("203.0.113.5");
	login = "bob"; /* his mail is not inbound */
	assert_int_equal(rcpt(session[3], "alice@example.test"),
	    ANSWER_CONTINUE);
	assert_int_equal(rcpt(session[4], "alice@example.test"),
	    ANSWER_CONTINUE);
	for (int i = 0; i < 20; i++)
		session_free(session[i]);
}

static void
test_outbound(void **state)
{
	struct session *session[2], *more;

	(void)state;
	load("outbound = 2\n");
	open_store();
	login = "alice";
	for (int i = 0; i < 2; i++) {
		session[i] = must_begin("203.0.113.5");
		assert_int_equal(rcpt(session[i], "x@other.test"),
		    ANSWER_CONTINUE);
		assert_int_equal(session_eom(session[i]), ANSWER_CONTINUE);
	}
	more = must_begin("198.51.100.1");
	login = "Alice";
	assert_int_equal(rcpt(more, "x@other.test"), ANSWER_TEMPFAIL);
	login = "bob";
	assert_int_equal(rcpt(more, "x@other.test"), ANSWER_CONTINUE);
	login = "alice";
	assert_int_equal(rcpt(more, "x@other.test"), ANSWER_TEMPFAIL);
	session_free(session[0]);
	assert_int_equal(rcpt(more, "x@other.test"), ANSWER_CONTINUE);
	session_free(session[1]);
	session_free(more);
}

/* whoever speaks keeps his place, whoever is silent for too long does not */
static void
test_lease(void **state)
{
	struct session *busy, *silent;

	(void)state;
	load("client = 2\nlease = 15m\n");
	open_store();
	busy = must_begin("203.0.113.5");
	silent = must_begin("203.0.113.5");
	for (int minutes = 0; minutes < 14; minutes++) {
		assert_true(is_full("203.0.113.5"));
		rcpt(busy, "alice@example.test");
		clock_fake_advance(env.clock, 60 * 1000);
	}
	clock_fake_advance(env.clock, 60 * 1000);
	assert_false(is_full("203.0.113.5"));
	session_free(silent);
	silent = must_begin("203.0.113.5");
	assert_true(is_full("203.0.113.5"));
	session_free(silent);
	session_free(busy);
}

/* the store is away: no limit, or a refusal, as on_error says */
static void
test_no_store(void **state)
{
	enum answer answer;

	(void)state;
	load("client = 1\n");
	assert_false(is_full("203.0.113.5"));
	load("client = 1\non_error = defer\n");
	session_free(begin("203.0.113.5", &answer));
	assert_int_equal(answer, ANSWER_TEMPFAIL);
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
		TEST(test_client),
		TEST(test_prefix),
		TEST(test_total),
		TEST(test_exchanges),
		TEST(test_account),
		TEST(test_outbound),
		TEST(test_lease),
		TEST(test_no_store),
	};

	return unit_run(tests);
}
