/*
 * test_ratelimit - what no dialogue of one client shows: messages that end in
 * between, and what is wrong with settings.
 */
#include "t/lib/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "policy/policy.h"
#include "service/json.h"
#include "service/stats.h"
#include "store/store.h"
#include "session/config.h"
#include "session/decision.h"
#include "session/session.h"
#include "t/lib/folder.h"

#define START 1790000000

/* nobody else judges, and nobody asks a name server */
#define ALONE                                                            \
	"[sender]\nno_mx = no\nnull_mx = no\nprivate_mx = no\n[rdns]\n"  \
	"enabled = no\n[spf]\nenabled = no\n[connlimit]\nenabled = no\n" \
	"[greylist]\nenabled = no\n[abuse]\nenabled = no\n"              \
	"[reputation]\nenabled = no\n"

static struct folder folder;
static struct env env;
static struct str replies; /* a line each */

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
	replies = (struct str)STR_INIT;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	store_free(env.store);
	stats_free(env.stats);
	tables_free(env.tables);
	clock_fake_free(env.clock);
	mem_free(log_captured());
	str_fini(&replies);
	folder_remove(&folder);
	return 0;
}

/* load - a text; the complaints go to out */
static struct config *
load(const char *text, struct str *out)
{
	struct problems *problems = problems_new();
	struct str path = STR_INIT;
	struct config *config;
	bool is_error;

	str_addf(&path, "%s/x.ini", folder.path);
	config = config_load_text(text, str_text(&path), &env, problems);
	for (size_t i = 0; i < problems_count(problems); i++)
		str_addf(out, "%s\n",
		    problems_line(problems, i, &is_error) + path.length + 1);
	problems_free(problems);
	str_fini(&path);
	return config;
}

static const struct {
	const char *text, *complaints;
} checks[] = {
	{ "[ratelimit.a]\nlimit = 100\n",
	    "2: error: limit: \"100\" is not none, or up to four of "
	    "NUMBER/TIME (as 100/1h) with different times in s, m, h, d or "
	    "w\n" },
	{ "[ratelimit.a]\nlimit = 1M/1h\n",
	    "2: error: limit: K, M and G are for unit = bytes\n" },
	{ "[ratelimit.a]\nlimit = 1M/1h\nunit = bytes\n", "" },
	{ "[ratelimit.a]\nkey = client\n",
	    "1: warning: without limit, overrides or directory nothing is "
	    "counted\n" },
	{ "[ratelimit.a]\nkey = client\nlimit = none\n", "" },
	{ "[ratelimit]\nsoft_quota = no\n", "" },
	{ "[ratelimit.a]\ndirectory = yes\n",
	    "2: error: directory: there is nothing in [directory]\n" },
	{ "[directory]\ndomains = inline:{a.test}\n[ratelimit.a]\n"
	  "key = client\ndirectory = yes\n",
	    "5: error: directory: holds no clients (key = client)\n" },
	{ "[ratelimit.a]\noverrides = inline:{a@b.test=1/1h c@d.test=x}\n",
	    "2: error: c@d.test: \"x\" is not a limit, such as 100/1h, or "
	    "none\n" },
	{ "[ratelimit.a]\noverrides = inline:{a@b.test}\n",
	    "2: error: a@b.test: \"\" is not a limit, such as 100/1h, or "
	    "none\n" },
	{ "[ratelimit.a]\noverrides = inline:{a@b.test=1G/1h}\n",
	    "2: error: a@b.test: 1G/1h: K, M and G are for unit = bytes\n" },
	{ "[ratelimit.a]\nlimit = 1/1h\nnotice = 101\n",
	    "3: error: notice: \"101\" is not a number of per cent, 0 to "
	    "100\n" },
};

static void
test_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		struct str said = STR_INIT;

		config_unref(load(checks[i].text, &said));
		assert_string_equal(str_text(&said), checks[i].complaints);
		str_fini(&said);
	}
}

/* must_load - a text that is good, and a store */
static struct config *
must_load(const char *text)
{
	struct str said = STR_INIT, whole = STR_INIT;
	struct store_settings settings;
	struct config *config;
	char *why = NULL;

	str_addf(&whole, "%s%s", ALONE, text);
	config = load(str_text(&whole), &said);
	assert_string_equal(str_text(&said), "");
	settings = config->store.settings;
	settings.path = folder.path;
	if (env.store == NULL)
		env.store = store_new(&settings, env.clock, false, &why);
	assert_non_null(env.store);
	str_fini(&said);
	str_fini(&whole);
	return config;
}

static void
test_store_needed(void **state)
{
	struct config *config;
	struct str said = STR_INIT;

	(void)state;
	config = load(ALONE, &said); /* soft quotas need none */
	assert_false(config_uses_store(config));
	config_unref(config);
	config = load(ALONE "[ratelimit]\nlimit = 1/1h\n", &said);
	assert_true(config_uses_store(config));
	config_unref(config);
	assert_string_equal(str_text(&said), "");
	str_fini(&said);
}

static const char *
no_macro(void *mta, const char *name)
{
	(void)mta;
	(void)name;
	return NULL;
}

static bool
keep_reply(void *mta, const struct reply *reply)
{
	(void)mta;
	reply_text(reply, &replies);
	str_add_char(&replies, '\n');
	return true;
}

static const struct mta_ops ops = {
	.reply = keep_reply,
	.macro = no_macro,
};

/* begin - a session that has sent MAIL, and RCPT to count recipients */
static struct session *
begin(struct config *config, int count)
{
	struct session *session =
	    session_new(config_ref(config), &env, &ops, NULL, NULL);
	struct sockaddr_in client = { .sin_family = AF_INET };
	char from[] = "<a@sender.test>";
	char *sender[] = { from, NULL };

	inet_pton(AF_INET, "203.0.113.5", &client.sin_addr);
	session_connect(session, "client.test", (struct sockaddr *)&client);
	session_helo(session, "client.test");
	assert_int_equal(session_mail(session, sender), ANSWER_CONTINUE);
	for (int i = 0; i < count; i++) {
		char to[] = "<b0@example.test>";
		char *recipient[] = { to, NULL };

		to[2] = (char)('0' + i);
		assert_int_equal(session_rcpt(session, recipient),
		    ANSWER_CONTINUE);
	}
	return session;
}

/* count_of - what is stored for a subject of an instance */
static int64_t
count_of(const char *instance, const char *subject)
{
	struct arena *arena = arena_new(512);
	const struct store_window look = {
		.key = {
		    .policy = instance,
		    .subject = subject,
		    .rest = "3600",
		},
		.n = 1,
		.only_look = true,
		.tiers = 1,
		.tier = { { 3600, 0 } },
	};
	struct store_window_answer answer;
	struct store_batch *batch = store_batch_new(env.store, arena);

	assert_int_equal(store_wait_window(store_add_window(batch, &look),
			     clock_mono_ms(env.clock) + 5000, &answer, NULL),
	    STORE_OK);
	arena_free(arena);
	return answer.count[0];
}

#define CLIENT(limit) "[ratelimit.net]\nkey = client\nlimit = " limit "\n"
#define INBOX(limit) "[ratelimit.inbox]\nkey = recipient\nlimit = " limit "\n"

static void
test_between(void **state)
{
	struct config *config = must_load(CLIENT("3/1h") INBOX("9/1h"));
	struct session *first = begin(config, 2), *second = begin(config, 2);

	(void)state;
	assert_int_equal(count_of("ratelimit.net", "203.0.113.5"), 0);
	assert_int_equal(session_eom(first), ANSWER_CONTINUE);
	assert_int_equal(count_of("ratelimit.net", "203.0.113.5"), 2);
	/* it fitted at RCPT, and does not any more */
	assert_int_equal(session_eom(second), ANSWER_TEMPFAIL);
	assert_non_null(strstr(str_text(&replies),
	    "203.0.113.5 is at the limit of 3 recipients in an hour"));
	session_free(first);
	session_free(second);
	/* charged nowhere */
	assert_int_equal(count_of("ratelimit.net", "203.0.113.5"), 2);
	assert_int_equal(count_of("ratelimit.inbox", "b0@example.test"), 1);
	assert_int_equal(count_of("ratelimit.inbox", "b1@example.test"), 1);
	first = begin(config, 1);
	assert_int_equal(session_eom(first), ANSWER_CONTINUE);
	session_free(first);
	assert_int_equal(count_of("ratelimit.net", "203.0.113.5"), 3);
	config_unref(config);
}

static void
test_between_recipients(void **state)
{
	/* one recipient's limit: the message is refused, the others' back */
	struct config *config = must_load(INBOX("2/1h") CLIENT("9/1h"));
	struct session *session[4];

	(void)state;
	for (int i = 0; i < 3; i++)
		session[i] = begin(config, 1);
	session[3] = begin(config, 3);
	assert_int_equal(session_eom(session[0]), ANSWER_CONTINUE);
	assert_int_equal(session_eom(session[1]), ANSWER_CONTINUE);
	assert_int_equal(session_eom(session[2]), ANSWER_TEMPFAIL);
	assert_int_equal(session_eom(session[3]), ANSWER_TEMPFAIL);
	for (int i = 0; i < 4; i++)
		session_free(session[i]);
	assert_int_equal(count_of("ratelimit.inbox", "b0@example.test"), 2);
	assert_int_equal(count_of("ratelimit.inbox", "b1@example.test"), 0);
	assert_int_equal(count_of("ratelimit.inbox", "b2@example.test"), 0);
	assert_int_equal(count_of("ratelimit.net", "203.0.113.5"), 2);
	config_unref(config);
}

static void
test_between_monitor(void **state)
{
	struct config *config =
	    must_load(CLIENT("3/1h") "mode = monitor\n" INBOX("9/1h"));
	struct session *first = begin(config, 2), *second = begin(config, 2);

	(void)state;
	assert_int_equal(session_eom(first), ANSWER_CONTINUE);
	assert_int_equal(session_eom(second), ANSWER_CONTINUE);
	assert_string_equal(str_text(&replies), "");
	session_free(first);
	session_free(second);
	/* what would have been refused is charged where it was taken */
	assert_int_equal(count_of("ratelimit.net", "203.0.113.5"), 2);
	assert_int_equal(count_of("ratelimit.inbox", "b0@example.test"), 2);
	config_unref(config);
}

static void
test_abort(void **state)
{
	struct config *config = must_load(CLIENT("3/1h"));
	struct session *session = begin(config, 3);

	(void)state;
	session_abort(session);
	session_free(session);
	session = begin(config, 3); /* the connection breaks */
	session_free(session);
	assert_int_equal(count_of("ratelimit.net", "203.0.113.5"), 0);
	config_unref(config);
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
		TEST(test_checks),
		TEST(test_store_needed),
		TEST(test_between),
		TEST(test_between_recipients),
		TEST(test_between_monitor),
		TEST(test_abort),
	};

	return unit_run(tests);
}
