/*
 * test_store_policy - how a policy comes to the store: its settings, the batch
 * of a session, what is sent when, what it hears at the end.
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
#include "policies/registry.h"
#include "policy/policy.h"
#include "service/json.h"
#include "service/stats.h"
#include "store/store.h"
#include "session/config.h"
#include "session/session.h"
#include "t/lib/folder.h"

#define START 1790000000

/* ---- a policy: at most so many messages an hour from a client ---- */

struct settings {
	int64_t limit;
};

static const struct option rows[] = {
	{
	    .name = "limit",
	    .type = OPTION_INT,
	    .offset = offsetof(struct settings, limit),
	    .fallback = "2",
	    .doc = "Messages.",
	},
	{ .name = NULL },
};

enum { PROBE_OVER };
static const struct reason reasons[] = {
	[PROBE_OVER] = {
	    .name = "probe.over",
	    .reply = "450 4.7.1 Too many",
	    .doc = "Over the limit.",
	},
	{ .name = NULL },
};

struct scratch {
	struct store_op *look;
};

static struct str heard; /* what the policy heard, a line each */

/* window - of the client */
static struct store_window
window(const struct pctx *p, bool only_look)
{
	const struct settings *settings = p->settings;

	return (struct store_window){
		.key = {
		    .policy = "probe",
		    .subject = "client",
		    .local = p->store_local,
		},
		.n = 1,
		.only_look = only_look,
		.tiers = 1,
		.tier = { { 3600, settings->limit } },
	};
}

static void
ask(struct pctx *p)
{
	struct scratch *scratch = p->message_scratch;
	const struct store_window ask = window(p, true);

	if (scratch->look == NULL)
		scratch->look = store_add_window(policy_store(p), &ask);
}

static struct verdict
judge(struct pctx *p)
{
	const struct scratch *scratch = p->message_scratch;
	struct store_window_answer answer;
	enum store_result result;

	result =
	    store_wait_window(scratch->look, p->deadline_ms, &answer, NULL);
	if (result != STORE_OK)
		return verdict_store(result);
	return answer.fits ? verdict_none() : verdict_refuse(PROBE_OVER, NULL);
}

static void
decided(struct pctx *p)
{
	const struct store_window charge = window(p, false);
	const struct decided *d = p->txn->decided;

	str_addf(&heard, "%d %s %s %s\n", (int)d->kind,
	    names_name(step_names, (int)d->step, "?"), d->policy, d->reason);
	if (d->kind == DECIDED_ACCEPTED)
		store_add_window(policy_store_later(p), &charge);
}

static void
closed(struct pctx *p)
{
	const struct store_entry put = {
		.key = { .policy = "probe", .subject = "closed" },
		.verb = ENTRY_PUT,
		.ttl_s = 10,
	};

	str_add(&heard, "close\n");
	store_add_entry(policy_store_later(p), &put);
}

static void
nothing(struct pctx *p)
{
	(void)p;
}

static const struct policy probe = {
	.name = "probe",
	.flags = POLICY_STORE | POLICY_STORE_LOCAL | POLICY_OFF,
	.options = rows,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.message_scratch = sizeof(struct scratch),
	.hooks = {
	    { .step = STEP_RCPT, .ask = ask },
	    { .step = STEP_RCPT, .judge = judge },
	    { .step = STEP_DECIDED, .observe = decided },
	    { .step = STEP_CLOSE, .observe = closed },
	},
};
static const struct policy plain = {
	.name = "plain",
	.reasons = (const struct reason[]){ { .name = NULL } },
	.hooks = { { .step = STEP_MAIL, .observe = nothing } },
};

const struct policy *const policy_registry[] = { &probe, &plain, NULL };

/* ---- settings ---- */

static struct folder folder;
static struct env env;

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
	heard = (struct str)STR_INIT;
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
	str_fini(&heard);
	folder_remove(&folder);
	return 0;
}

/* load - a text; NULL, and the complaints in out, when it is wrong */
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
} wrong[] = {
	{ "[store]\nbackend = mysql\n",
	    "2: error: backend: \"mysql\" is not one of embedded, redis\n" },
	{ "[store]\nprefix = a:b\n",
	    "2: error: prefix: has 1 to 40 letters, digits, . _ -\n" },
	{ "[store]\nprefix =\n",
	    "2: error: prefix: has 1 to 40 letters, digits, . _ -\n" },
	{ "[store]\nsize_max = 1M\n",
	    "2: error: size_max: \"1M\" is not a size in bytes, K, M or "
	    "G, 16M to 1024G\n" },
	{ "[store]\nhash_addresses = probe\n",
	    "2: error: hash_addresses: needs hash_secret_file\n" },
	{ "[store]\nhash_addresses = prob\nhash_secret_file = secret\n",
	    "2: error: hash_addresses: no policy \"prob\"\n" },
	{ "[store]\nhash_addresses = probe\nhash_secret_file = none\n",
	    "3: error: hash_secret_file: cannot read ${DIR}/none: No such "
	    "file or directory\n" },
	{ "[store]\nhash_addresses = probe\nhash_secret_file = empty\n",
	    "3: error: hash_secret_file: cannot read ${DIR}/empty: it is "
	    "empty\n" },
	{ "[store]\nbackend = redis\n[redis]\nservers =\n",
	    "4: error: servers: there are none\n" },
	{ "[store]\nbackend = redis\n[redis]\nsentinels = 127.0.0.1:1\n",
	    "4: error: sentinels: need master\n" },
	{ "[store]\nbackend = redis\n[redis]\ncluster = yes\ndb = 1\n"
	  "tls_key = x\n",
	    "5: error: db: a cluster has 0 only\n"
	    "6: error: tls_key: tls_cert and tls_key go together\n" },
	{ "[store]\nbackend = redis\n[redis]\nsentinels = 127.0.0.1:1\n"
	  "master = m\ncluster = yes\npassword_file = none\n",
	    "6: error: cluster: not with sentinels: a cluster minds its "
	    "masters itself\n"
	    "7: error: password_file: cannot read ${DIR}/none: No such file "
	    "or directory\n" },
	{ "[plain]\non_error = local\n",
	    "2: error: on_error: \"local\" is not one of pass, defer\n" },
};

/* in_folder - a text with ${DIR} written out */
static void
in_folder(const char *text, struct str *out)
{
	const char *place;

	while ((place = strstr(text, "${DIR}")) != NULL) {
		str_add_n(out, text, (size_t)(place - text));
		str_add(out, folder.path);
		text = place + strlen("${DIR}");
	}
	str_add(out, text);
}

static void
test_wrong(void **state)
{
	(void)state;
	folder_write(&folder, "secret", "s3cret\n");
	folder_write(&folder, "empty", "\n");
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct str said = STR_INIT, meant = STR_INIT;

		in_folder(wrong[i].complaints, &meant);
		assert_null(load(wrong[i].text, &said));
		assert_string_equal(str_text(&said), str_text(&meant));
		str_fini(&said);
		str_fini(&meant);
	}
}

/* must_load - a text that is good */
static struct config *
must_load(const char *text)
{
	struct str said = STR_INIT;
	struct config *config = load(text, &said);

	assert_string_equal(str_text(&said), "");
	str_fini(&said);
	return config;
}

static void
test_settings(void **state)
{
	const struct store_settings *settings;
	struct config *config;

	(void)state;
	config = must_load("");
	assert_false(config_uses_store(config));
	config_unref(config);
	config = must_load("[probe]\nenabled = yes\n");
	assert_true(config_uses_store(config));
	assert_int_equal(config->instances[0].global.common.on_error,
	    ON_ERROR_LOCAL);
	config_unref(config);
	config = must_load("[probe]\n[probe rcpt=a.test]\nenabled = yes\n"
			   "on_error = defer\n");
	assert_true(config_uses_store(config));
	config_unref(config);
	folder_write(&folder, "secret", "s3cret\r\nmore\n");
	config = must_load("[store]\nbackend = redis\nprefix = x\n"
			   "path = state\nhash_addresses = probe\n"
			   "hash_secret_file = secret\n"
			   "[redis]\npassword_file = secret\n"
			   "timeout = 2s\n");
	settings = &config->store.settings;
	assert_true(config_uses_store(config));
	assert_int_equal(settings->backend, STORE_REDIS);
	assert_string_equal(settings->hash_secret, "s3cret");
	assert_string_equal(settings->redis.password, "s3cret");
	assert_string_equal(settings->path, folder_path(&folder, "state"));
	assert_int_equal(settings->redis.timeout_ms, 2000);
	assert_int_equal(settings->redis.connect_timeout_ms, 300);
	assert_string_equal(settings->redis.servers, "127.0.0.1:6379");
	config_unref(config);
}

/* ---- sessions ---- */

static const char *
no_macro(void *mta, const char *name)
{
	(void)mta;
	(void)name;
	return NULL;
}

static bool
any_reply(void *mta, const struct reply *reply)
{
	(void)mta;
	(void)reply;
	return true;
}

static const struct mta_ops ops = {
	.reply = any_reply,
	.macro = no_macro,
};

/* open_store - in the folder */
static void
open_store(const struct config *config)
{
	struct store_settings settings = config->store.settings;
	char *why = NULL;

	settings.path = folder.path;
	env.store = store_new(&settings, env.clock, false, &why);
	assert_non_null(env.store);
}

/* begin - a session that has greeted */
static struct session *
begin(struct config *config)
{
	struct session *session =
	    session_new(config_ref(config), &env, &ops, NULL, NULL);
	struct sockaddr_in client = { .sin_family = AF_INET };

	inet_pton(AF_INET, "203.0.113.5", &client.sin_addr);
	session_connect(session, "client.test", (struct sockaddr *)&client);
	session_helo(session, "client.test");
	return session;
}

/* mail - a message to three; the answer at the last RCPT */
static enum answer
mail(struct session *session)
{
	char from[] = "<a@sender.test>", to[] = "<b@example.test>";
	char *sender[] = { from, NULL }, *recipient[] = { to, NULL };
	enum answer answer = ANSWER_CONTINUE;

	assert_int_equal(session_mail(session, sender), ANSWER_CONTINUE);
	for (int i = 0; i < 3; i++)
		answer = session_rcpt(session, recipient);
	return answer;
}

/* stat_of - a number of the store */
static int64_t
stat_of(const char *name)
{
	struct json *object = json_new_object();
	int64_t number;

	store_stats(env.store, object);
	number = json_get_int(object, name, -1);
	json_free(object);
	return number;
}

static void
test_session(void **state)
{
	struct config *config = must_load("[probe]\nenabled = yes\n");
	struct session *session;

	(void)state;
	open_store(config);
	session = begin(config);
	assert_int_equal(mail(session), ANSWER_CONTINUE);
	assert_int_equal(stat_of("batches"), 1); /* three recipients, one */
	assert_int_equal(session_eom(session), ANSWER_CONTINUE);
	assert_int_equal(stat_of("batches"), 1);
	assert_int_equal(stat_of("posts"), 1); /* the charge */
	assert_int_equal(mail(session), ANSWER_CONTINUE);
	session_abort(session); /* is not charged */
	assert_int_equal(mail(session), ANSWER_CONTINUE);
	assert_int_equal(session_eom(session), ANSWER_CONTINUE);
	assert_int_equal(mail(session), ANSWER_TEMPFAIL);
	session_free(session);
	assert_int_equal(stat_of("batches"), 4);
	assert_int_equal(stat_of("posts"), 3); /* two charges, the end */
	assert_string_equal(str_text(&heard), "0 eom  \n"
					      "0 eom  \n"
					      "2 rcpt probe probe.over\n"
					      "2 rcpt probe probe.over\n"
					      "2 rcpt probe probe.over\n"
					      "close\n");
	clock_fake_advance(env.clock, 3600 * 1000);
	session = begin(config);
	assert_int_equal(mail(session), ANSWER_CONTINUE);
	session_free(session);
	config_unref(config);
}

static void
test_trouble(void **state)
{
	struct config *config = must_load("[probe]\nenabled = yes\n"
					  "on_error = defer\n");
	struct session *session;

	(void)state;
	session = begin(config); /* there is no store */
	assert_int_equal(mail(session), ANSWER_TEMPFAIL);
	session_free(session);
	config_unref(config);
	config = must_load("[probe]\nenabled = yes\n");
	session = begin(config);
	assert_int_equal(mail(session), ANSWER_CONTINUE);
	session_free(session);
	config_unref(config);
	assert_non_null(
	    strstr(str_text(&heard), "2 rcpt probe failure.unavailable\n"));
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
		TEST(test_wrong),
		TEST(test_settings),
		TEST(test_session),
		TEST(test_trouble),
	};

	return unit_run(tests);
}
