/*
 * test_config - from an ini to a snapshot, with a registry of made-up policies.
 *
 *   alpha  a client check at HELO that `stage` moves
 *   beta   named instances; asks at CONNECT, looks at headers, judges at RCPT
 *   gamma  off by default; reads all scopes; judges at end of message
 *   delta  judges unknown commands
 *   epsilon  takes parts
 */
#include "t/lib/unit.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "policies/registry.h"
#include "service/stats.h"
#include "table/table.h"
#include "session/config.h"

struct settings {
	int64_t limit;
	struct words list;
	struct table *table;
};

static const struct option rows[] = {
	{ .name = "limit",
	    .type = OPTION_INT,
	    .offset = offsetof(struct settings, limit),
	    .fallback = "5",
	    .max = 10 },
	{ .name = "list",
	    .type = OPTION_WORDS,
	    .offset = offsetof(struct settings, list),
	    .fallback = "" },
	{ .name = "table",
	    .type = OPTION_TABLE,
	    .offset = offsetof(struct settings, table),
	    .fallback = "" },
	{ .name = NULL },
};

static const struct reason alpha_reasons[] = {
	{ .name = "alpha.one", .reply = "550 5.7.1 one", .doc = "One." },
	{ .name = "alpha.two", .reply = "451 4.7.1 two", .doc = "Two." },
	{ .name = NULL },
};
static const struct reason other_reasons[] = {
	{ .name = "other.one", .reply = "550 5.7.1 other", .doc = "Other." },
	{ .name = NULL },
};

/* judge - never called here */
static struct verdict
judge(struct pctx *p)
{
	(void)p;
	return verdict_none();
}

static void
look(struct pctx *p)
{
	(void)p;
}

/* has_limit - limit = 0 switches it off */
static bool
has_limit(const void *settings)
{
	return ((const struct settings *)settings)->limit > 0;
}

/* check_beta - a relation to the directory */
static void
check_beta(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct settings *s = settings;

	if (s->limit == 7 && facts->directory->domains == NULL)
		problems_error(problems, at, "beta needs a directory");
}

static const struct policy alpha = {
	.name = "alpha",
	.flags = POLICY_CLIENT_CHECK,
	.stage = STEP_RCPT,
	.stages =
	    STEP_BIT(STEP_HELO) | STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = rows,
	.reasons = alpha_reasons,
	.settings_size = sizeof(struct settings),
	.connection_scratch = 3,
	.hooks = { { .step = STEP_HELO,
	    .judge = judge,
	    .wanted = has_limit,
	    .movable = true } },
};
static const struct policy beta = {
	.name = "beta",
	.flags = POLICY_INSTANCES,
	.options = rows,
	.reasons = other_reasons,
	.settings_size = sizeof(struct settings),
	.connection_scratch = 20,
	.message_scratch = 8,
	.check = check_beta,
	.hooks = {
	    { .step = STEP_CONNECT, .ask = look, .wanted = has_limit },
	    { .step = STEP_HEADER, .observe = look, .wanted = has_limit },
	    { .step = STEP_RCPT, .judge = judge, .wanted = has_limit },
	},
};
static const struct policy gamma_policy = {
	.name = "gamma",
	.flags = POLICY_OFF | POLICY_ALL_SCOPES | POLICY_JUDGE_TRUSTED,
	.options = rows,
	.reasons = other_reasons,
	.settings_size = sizeof(struct settings),
	.hooks = { { .step = STEP_EOM, .judge = judge } },
};
static const struct policy delta = {
	.name = "delta",
	.reasons = other_reasons,
	.hooks = { { .step = STEP_UNKNOWN, .judge = judge } },
};

/* the settings of a part; what prepare() derived from them */
struct part_settings {
	int64_t limit;
	const char *text;
	const char *derived;
	char *taken;
};

static const struct option part_rows[] = {
	{ .name = "limit",
	    .type = OPTION_INT,
	    .offset = offsetof(struct part_settings, limit),
	    .fallback = "5",
	    .max = 10 },
	{ .name = "text",
	    .type = OPTION_STRING,
	    .offset = offsetof(struct part_settings, text),
	    .fallback = "" },
	{ .name = NULL },
};

static unsigned parts_prepared, parts_released;

/* prepare - take something, and complain where the limit was written */
static void
prepare(void *settings, const struct part_facts *facts,
    struct problems *problems)
{
	struct part_settings *s = settings;

	parts_prepared++;
	s->taken = mem_strdup("x");
	s->derived = arena_printf(facts->arena, "%s.%s %s", facts->policy,
	    facts->name, facts->env->clock != NULL ? s->text : "");
	if (s->limit == 7)
		problems_error(problems, facts->written[0], "no 7");
}

static void
release_part(void *settings)
{
	struct part_settings *s = settings;

	parts_released++;
	mem_free(s->taken);
}

/* check_epsilon - a relation between parts and settings */
static void
check_epsilon(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct settings *s = settings;

	if (facts->part_count > (size_t)s->limit)
		problems_error(problems, at, "too many parts: %s",
		    facts->parts[0].name);
}

static const struct policy_parts epsilon_parts = {
	.name = "NAME",
	.doc = "A part.",
	.options = part_rows,
	.settings_size = sizeof(struct part_settings),
	.prepare = prepare,
	.release = release_part,
};
static const struct policy epsilon = {
	.name = "epsilon",
	.reasons = other_reasons,
	.options = rows,
	.settings_size = sizeof(struct settings),
	.parts = &epsilon_parts,
	.check = check_epsilon,
	.hooks = { { .step = STEP_RCPT, .judge = judge } },
};

const struct policy *const policy_registry[] = { &alpha, &beta, &gamma_policy,
	&delta, &epsilon, NULL };

static struct env env;

static int
set_up(void **state)
{
	(void)state;
	env = (struct env){
		.clock = clock_system(),
		.stats = stats_new(config_reason_count()),
		.tables = tables_new(clock_system()),
	};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	stats_free(env.stats);
	tables_free(env.tables);
	return 0;
}

/* load - a text that is good */
static struct config *
load(const char *text)
{
	struct problems *problems = problems_new();
	struct config *config;
	bool is_error;

	config = config_load_text(text, "/etc/mr/x.ini", &env, problems);
	if (problems_count(problems) > 0)
		fail_msg("%s", problems_line(problems, 0, &is_error));
	problems_free(problems);
	assert_non_null(config);
	return config;
}

/* a text, and all that is said about it, each line behind "/etc/mr/x.ini:" */
static const struct {
	const char *text, *complaints;
} wrong[] = {
	{ "[alpa]\n",
	    "1: error: [alpa]: no such section; did you mean \"alpha\"?\n" },
	{ "[zzzzz]\n", "1: error: [zzzzz]: no such section\n" },
	{ "[milter x=y]\n",
	    "1: error: [milter x=y]: [milter] takes no instance and no "
	    "scope\n" },
	{ "[alpha.b]\n",
	    "1: error: [alpha.b]: alpha has no named instances\n" },
	{ "[alpha]\n\nlimt = 3\n",
	    "3: error: limt: no such key in [alpha]; did you mean "
	    "\"limit\"?\n" },
	{ "[alpha]\nenable = yes\n",
	    "2: error: enable: no such key in [alpha]; did you mean "
	    "\"enabled\"?\n" },
	{ "[milter]\nsockt = x\n",
	    "2: error: sockt: no such key in [milter]; did you mean "
	    "\"socket\"?\n" },
	{ "[alpha]\nlimit = 11\nlimit = 2\n",
	    "3: error: limit: already set in line 2\n"
	    "2: error: limit: \"11\" is not a number, 0 to 10\n" },
	{ "[alpha]\nmode = off\n",
	    "2: error: mode: \"off\" is not one of enforce, monitor\n" },
	{ "[alpha]\nstage = eom\n",
	    "2: error: stage: \"eom\" is not one of helo, mail, rcpt\n" },
	{ "[beta]\nstage = rcpt\n",
	    "2: error: stage: no such key in [beta]\n" },
	{ "[alpha rcpt=a@b.test]\nstage = mail\n",
	    "2: error: stage: not in a section with a scope: a policy is "
	    "judged at one step for all\n" },
	{ "[alpha]\naction = tagg\n",
	    "2: error: action: \"tagg\" is not one of reply, tempfail, tag, "
	    "score N, quarantine, discard; did you mean \"tag\"?\n" },
	{ "[alpha]\naction = score\n",
	    "2: error: action: score needs a number, 1 to 1000\n" },
	{ "[alpha]\naction = tag 3\n",
	    "2: error: action: \"tag 3\" is not one of reply, tempfail, tag, "
	    "score N, quarantine, discard\n" },
	{ "[alpha]\naction = tag\nstage = helo\n",
	    "2: error: [alpha]: action = tag needs a message, but alpha is "
	    "judged at helo as well; set stage = mail or later\n" },
	{ "[delta]\naction = discard\n",
	    "2: error: [delta]: action = discard needs a message, but delta "
	    "is judged at unknown as well\n" },
	{ "[alpha rcp=a.test]\n",
	    "1: error: [alpha rcp=a.test]: a scope is one or more of rcpt=, "
	    "from=, login=, client=, listener=; did you mean \"rcpt\"?\n" },
	{ "[alpha rcpt=a..test]\n",
	    "1: error: [alpha rcpt=a..test]: rcpt=a..test is not an address "
	    "or domain\n" },
	{ "[alpha rcpt]\n", "1: error: [alpha rcpt]: rcpt= is not complete\n" },
	{ "[alpha client=10.0.0.1/8]\n",
	    "1: error: [alpha client=10.0.0.1/8]: client=10.0.0.1/8 is not a "
	    "network: bits are set behind its prefix\n" },
	{ "[alpha from=a.test from=b.test]\n",
	    "1: error: [alpha from=a.test from=b.test]: from= more than "
	    "once; write a section for each\n" },
	{ "[alpha rcpt=A.test]\n[alpha rcpt=a.TEST]\n",
	    "2: error: [alpha rcpt=a.TEST]: the same scope as in "
	    "/etc/mr/x.ini:1\n" },
	{ "[alpha]\nstage = mail\n[alpha rcpt=a.test]\n",
	    "3: error: [alpha rcpt=a.test]: alpha is judged before a "
	    "recipient is known; set its stage to a later step\n" },
	{ "[delta login=a]\n",
	    "1: error: [delta login=a]: delta is judged before a sender or "
	    "login is known\n" },
	{ "[milter]\norder = beta alpa beta\n",
	    "2: error: order: no policy \"alpa\"; did you mean \"alpha\"?\n"
	    "2: error: order: \"beta\" is named twice\n" },
	{ "[milter]\nsocket = 8891\n",
	    "2: error: socket: \"8891\" is not inet:PORT@HOST, "
	    "inet6:PORT@HOST or unix:/path (of at most 107 bytes)\n" },
	{ "[milter]\nsocket = inet:99999@127.0.0.1\n",
	    "2: error: socket: \"inet:99999@127.0.0.1\" is not "
	    "inet:PORT@HOST, inet6:PORT@HOST or unix:/path (of at most 107 "
	    "bytes)\n" },
	{ "[milter]\nsocket_mode = 0888\nhostname = a_b..c\n",
	    "2: error: socket_mode: \"0888\" is not octal, such as 0660\n"
	    "3: error: hostname: \"a_b..c\" is not the name of a host\n" },
	{ "[log]\nfacility = mial\n",
	    "2: error: facility: \"mial\" is not a facility of syslog, such "
	    "as mail or local0\n" },
	{ "[dns]\nservers = ns.example.test\n",
	    "2: error: servers: servers are addresses, with or without a "
	    "port: 192.0.2.1 [2001:db8::1]:5353\n" },
	{ "[milter]\ntrusted_networks = 10.0.0.1/8\n",
	    "2: error: trusted_networks: \"10.0.0.1/8\" has bits set behind "
	    "its prefix; did you mean \"10.0.0.0/8\"?\n" },
	{ "[beta]\nlimit = 7\n", "1: error: beta needs a directory\n" },
	/* nothing about what follows from a mistake */
	{ "[directory]\ndomains = inline:{a} inline:{b}\n[beta]\nlimit = 7\n",
	    "2: error: domains: \"inline:{a} inline:{b}\" is not a table "
	    "(type:name)\n" },
	{ "[beta rcpt=a.test]\nlimit = 7\n",
	    "1: error: beta needs a directory\n" },
	{ "[epsilon.a]\n\nlimit = 7\n", "3: error: no 7\n" },
	{ "[epsilon.a rcpt=a.test]\n",
	    "1: error: [epsilon.a rcpt=a.test]: a part of epsilon takes no "
	    "scope\n" },
	{ "[epsilon.a]\nenabled = no\n",
	    "2: error: enabled: no such key in [epsilon.a]\n" },
	{ "[epsilon]\nlimit = 1\n[epsilon.a]\n[epsilon.b]\n",
	    "1: error: too many parts: a\n" },
};

/* said - all complaints without the file's name */
static void
said(const struct problems *problems, struct str *out)
{
	const char *file = "/etc/mr/x.ini:";
	const char *line;
	bool is_error;

	for (size_t i = 0; i < problems_count(problems); i++) {
		line = problems_line(problems, i, &is_error);
		if (strncmp(line, file, strlen(file)) == 0)
			line += strlen(file);
		str_addf(out, "%s\n", line);
	}
}

static void
complains(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct problems *problems = problems_new();
		struct str out = STR_INIT;

		assert_null(config_load_text(wrong[i].text, "/etc/mr/x.ini",
		    &env, problems));
		said(problems, &out);
		assert_string_equal(str_text(&out), wrong[i].complaints);
		str_fini(&out);
		problems_free(problems);
	}
}

static void
missing_file(void **state)
{
	struct problems *problems = problems_new();
	bool is_error;

	(void)state;
	assert_null(config_load("/nonexistent/x.ini", &env, problems));
	assert_string_equal(problems_line(problems, 0, &is_error),
	    "error: cannot read /nonexistent/x.ini: No such file or "
	    "directory");
	assert_int_equal(problems_count(problems), 1);
	problems_free(problems);
}

static void
core_defaults(void **state)
{
	struct config *config = load("");
	struct netaddr addr;

	(void)state;
	assert_string_equal(config->milter.socket, "inet:8891@127.0.0.1");
	assert_int_equal(config->milter.deadline_ms, 8000);
	assert_int_equal(config->milter.mode, MODE_ENFORCE);
	assert_string_equal(config->milter.replies, "mailreeve");
	assert_string_equal(config->log.facility, "mail");
	assert_int_equal(config->log.accepted, ACCEPTED_SUMMARY);
	assert_null(config->directory.domains);
	assert_true(netaddr_parse(&addr, "127.1.2.3"));
	assert_true(networks_have(&config->milter.trusted, &addr));
	assert_string_equal(config->folders.word[0], "/etc/mr/replies");
	config_unref(config);
}

/* names - of the instances, in order */
static void
assert_order(const char *text, const char *want)
{
	struct config *config = load(text);
	struct str out = STR_INIT;

	for (size_t i = 0; i < config->instance_count; i++)
		str_addf(&out, "%s%s", i == 0 ? "" : " ",
		    config->instances[i].name);
	assert_string_equal(str_text(&out), want);
	str_fini(&out);
	config_unref(config);
}

static void
order(void **state)
{
	(void)state;
	assert_order("", "alpha beta gamma delta epsilon");
	/* one section does not come before all others */
	assert_order("[gamma]\n", "alpha beta gamma delta epsilon");
	/* those that are written change places with each other */
	assert_order("[gamma]\n[alpha]\n", "gamma beta alpha delta epsilon");
	assert_order("[delta]\n[beta]\n[alpha]\n",
	    "delta beta gamma alpha epsilon");
	/* named instances stand together, and for the plain one */
	assert_order("[beta.x]\n[beta.y]\n",
	    "alpha beta.x beta.y gamma delta epsilon");
	assert_order("[beta.x]\n[beta]\n",
	    "alpha beta.x beta gamma delta epsilon");
	assert_order("[beta.y]\n[alpha]\n[beta.x]\n",
	    "beta.y alpha beta.x gamma delta epsilon");
	/* order names what comes first */
	assert_order("[milter]\norder = delta gamma\n",
	    "delta gamma alpha beta epsilon");
	assert_order("[milter]\norder = beta.y beta\n"
		     "[beta.x]\n[beta.y]\n[beta.z]\n",
	    "beta.y beta.x beta.z alpha gamma delta epsilon");
}

/* find - an instance by name */
static const struct instance *
find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->instance_count; i++)
		if (strcmp(config->instances[i].name, name) == 0)
			return &config->instances[i];
	fail_msg("no instance %s", name);
	return NULL;
}

static void
common_options(void **state)
{
	struct config *config = load("[alpha]\naction = score 3\nmode = "
				     "monitor\n[gamma]\nenabled = yes\n");
	const struct common *a = &find(config, "alpha")->global.common;
	const struct common *b = &find(config, "beta")->global.common;
	const struct common *c = &find(config, "gamma")->global.common;

	(void)state;
	assert_true(a->enabled);
	assert_int_equal(a->mode, MODE_MONITOR);
	assert_int_equal(a->act, ACTION_SCORE);
	assert_int_equal(a->score, 3);
	assert_int_equal(a->stage, STEP_RCPT);
	assert_int_equal(a->authenticated, WHOM_SKIP);
	assert_int_equal(a->trusted, WHOM_SKIP);
	assert_int_equal(b->authenticated, WHOM_JUDGE);
	assert_int_equal(b->act, ACTION_REPLY);
	assert_int_equal(c->trusted, WHOM_JUDGE);
	assert_true(c->enabled);
	config_unref(config);
}

/* limit - of a section */
static int64_t
limit(const struct section *section)
{
	return ((const struct settings *)section->settings)->limit;
}

static void
scopes(void **state)
{
	struct config *config =
	    load("[alpha rcpt=.Example.TEST listener=msa]\nmode = monitor\n"
		 "[alpha]\nlimit = 3\nlist = a b\ntable = inline:{x}\n"
		 "[gamma from=Alice@Example.Test]\nlist = c\n"
		 "[gamma client=2001:db8::/32]\n"
		 "[gamma]\nlimit = 4\nmode = monitor\nenabled = yes\n"
		 "[beta.x login=alice]\nlimit = 1\n");
	const struct instance *a = find(config, "alpha");
	const struct instance *g = find(config, "gamma");
	const struct section *s = &a->scopes[0];
	const struct settings *settings = s->settings;

	(void)state;
	/* a copy of the global settings, with the scope's keys over it */
	assert_int_equal(a->scope_count, 1);
	assert_true(a->scopes_by_recipient);
	assert_string_equal(s->scope_text, "rcpt=.Example.TEST listener=msa");
	assert_int_equal(s->at.line, 1);
	assert_int_equal(limit(s), 3);
	assert_int_equal(settings->list.count, 2);
	assert_non_null(settings->table);
	assert_int_equal(s->common.mode, MODE_MONITOR);
	assert_int_equal(a->global.common.mode, MODE_ENFORCE);
	/* where each was written: own rows, then common */
	assert_int_equal(s->origins[0].line, 4);
	assert_int_equal(s->origins[3 + 1].line, 2);
	assert_null(a->global.origins[3 + 1].file);
	/* its parts, folded */
	assert_int_equal(s->scope->parts, 2);
	assert_int_equal(s->scope->part[0].subject, SUBJECT_RCPT_DOMAIN);
	assert_string_equal(s->scope->part[0].text, "example.test");
	assert_true(s->scope->part[0].subdomains);
	assert_int_equal(s->scope->part[1].subject, SUBJECT_LISTENER);
	/* one that reads all scopes has defaults there, not the global ones */
	assert_int_equal(g->scope_count, 2);
	assert_false(g->scopes_by_recipient);
	assert_int_equal(limit(&g->scopes[0]), 5);
	assert_int_equal(g->scopes[0].common.mode, MODE_MONITOR);
	assert_int_equal(g->scopes[0].scope->part[0].subject,
	    SUBJECT_FROM_ADDRESS);
	assert_string_equal(g->scopes[0].scope->part[0].text,
	    "alice@example.test");
	assert_int_equal(g->scopes[1].scope->part[0].prefix.bits, 32);
	assert_int_equal(limit(&find(config, "beta.x")->scopes[0]), 1);
	config_unref(config);
}

static void
parts(void **state)
{
	struct config *config =
	    load("[epsilon.b]\ntext = two\n[alpha]\n[epsilon]\nlimit = 3\n"
		 "[epsilon.a]\nlimit = 1\n[epsilon.b]\nlimit = 2\n"
		 "[epsilon rcpt=a.test]\nlimit = 4\n");
	const struct instance *e = find(config, "epsilon");
	const struct part_settings *first, *second;

	(void)state;
	/* one instance, in the place of its first section */
	assert_ptr_equal(e, &config->instances[0]);
	assert_int_equal(e->scope_count, 1);
	assert_int_equal(e->part_count, 2);
	assert_string_equal(e->parts[0].name, "b");
	assert_int_equal(e->parts[0].at.line, 1);
	first = e->parts[0].settings;
	second = e->parts[1].settings;
	assert_int_equal(first->limit, 2);
	assert_string_equal(first->derived, "epsilon.b two");
	assert_int_equal(second->limit, 1);
	assert_string_equal(second->derived, "epsilon.a ");
	assert_true(e->hooks_wanted != 0);
	config_unref(config);
	/* every one is given back, of snapshots that failed too */
	assert_true(parts_prepared > 2);
	assert_int_equal(parts_released, parts_prepared);
	/* without parts there is nothing to do */
	config = load("[epsilon]\n");
	assert_int_equal(find(config, "epsilon")->hooks_wanted, 0);
	config_unref(config);
}

/* judges - names of those who judge at a step */
static void
assert_judges(const struct config *config, enum step step, const char *want)
{
	const struct plan *plan = &config->plan[step];
	struct str out = STR_INIT;

	for (size_t i = 0; i < plan->judge_count; i++)
		str_addf(&out, "%s%s", i == 0 ? "" : " ",
		    plan->judges[i].instance->name);
	assert_string_equal(str_text(&out), want);
	str_fini(&out);
}

#define ENVELOPE                                                              \
	(STEP_BIT(STEP_CONNECT) | STEP_BIT(STEP_HELO) | STEP_BIT(STEP_MAIL) | \
	    STEP_BIT(STEP_RCPT))

static void
plan(void **state)
{
	struct config *config = load("");

	(void)state;
	assert_judges(config, STEP_HELO, "");
	assert_judges(config, STEP_RCPT, "alpha beta");
	assert_judges(config, STEP_EOM, "");
	assert_judges(config, STEP_UNKNOWN, "delta");
	assert_int_equal(config->plan[STEP_CONNECT].ask_count, 1);
	assert_int_equal(config->plan[STEP_HEADER].observer_count, 1);
	assert_int_equal(config->steps_seen,
	    ENVELOPE | STEP_BIT(STEP_HEADER) | STEP_BIT(STEP_UNKNOWN));
	assert_int_equal(config->steps_answered,
	    STEP_BIT(STEP_RCPT) | STEP_BIT(STEP_UNKNOWN));
	assert_int_equal(config->connection_scratch, 16 + 32);
	assert_int_equal(find(config, "beta")->connection_scratch, 16);
	assert_int_equal(config->message_scratch, 16);
	assert_int_equal(config->actions, 1u << ACTION_REPLY);
	config_unref(config);

	config = load("[alpha]\nstage = helo\n[beta]\nlimit = 0\n"
		      "[gamma]\nenabled = yes\naction = tag\n"
		      "[delta]\nenabled = no\n");
	assert_judges(config, STEP_HELO, "alpha");
	assert_judges(config, STEP_RCPT, "");
	assert_judges(config, STEP_EOM, "gamma");
	assert_judges(config, STEP_UNKNOWN, "");
	assert_int_equal(config->plan[STEP_CONNECT].ask_count, 0);
	/* the header only to take a forged tag out */
	assert_int_equal(config->steps_seen,
	    ENVELOPE | STEP_BIT(STEP_HEADER) | STEP_BIT(STEP_EOM));
	assert_int_equal(config->steps_answered,
	    STEP_BIT(STEP_HELO) | STEP_BIT(STEP_EOM));
	assert_int_equal(config->actions,
	    1u << ACTION_REPLY | 1u << ACTION_TAG);
	config_unref(config);

	/* a scope alone may want a hook, or an action */
	config = load("[beta]\nenabled = no\n"
		      "[beta rcpt=a.test]\nenabled = yes\n"
		      "action = quarantine\n");
	assert_judges(config, STEP_RCPT, "alpha beta");
	assert_int_equal(config->actions,
	    1u << ACTION_REPLY | 1u << ACTION_QUARANTINE);
	config_unref(config);
}

static void
reasons(void **state)
{
	struct config *config = load("[beta.x]\n[beta.y]\n");
	unsigned base = find(config, "alpha")->reason_base;

	(void)state;
	assert_int_equal(config_reason_count(), base + 6);
	assert_string_equal(config_reason(config->failure_base)->name,
	    "failure.unavailable");
	assert_string_equal(config_reason(base + 1)->name, "alpha.two");
	assert_ptr_equal(config_reason(base + 2), &other_reasons[0]);
	assert_int_equal(find(config, "beta.x")->reason_base, base + 2);
	assert_int_equal(find(config, "beta.y")->reason_base, base + 2);
	assert_int_equal(find(config, "beta.y")->number, 1);
	config_unref(config);
}

/* assert_prints - a text, printed */
static void
assert_prints(const char *text, bool all, const char *want)
{
	struct config *config = load(text);
	struct str out = STR_INIT;

	config_print(config, all, &out);
	if (strncmp(str_text(&out), want, strlen(want)) != 0 ||
	    (!all && out.length != strlen(want)))
		assert_string_equal(str_text(&out), want);
	str_fini(&out);
	config_unref(config);
}

static void
prints(void **state)
{
	struct str once = STR_INIT, twice = STR_INIT;
	struct config *config;

	(void)state;
	assert_prints("", false, "");
	assert_prints("[milter]\ndeadline = 3000ms\n[alpha]\n"
		      "[beta.x  login=Alice]\nLIMIT = 03\naction=score  7\n"
		      "[replies]\nalpha.one = 550 5.7.1 no \\# way\n",
	    false,
	    "[milter]\ndeadline = 3s\n\n[alpha]\n\n"
	    "[beta.x login=Alice]\naction = score  7\nlimit = 3\n\n"
	    "[replies]\nalpha.one = 550 5.7.1 no \\# way\n");
	assert_prints("[alpha]\nlimit = 2\n", true,
	    "[milter]\nsocket = inet:8891@127.0.0.1\n");
	assert_prints("[epsilon.a]\nlimit = 02\n", false,
	    "[epsilon.a]\nlimit = 2\n");
	/* what is printed with defaults gives the same again */
	config = load("[alpha rcpt=a.test]\nlimit = 2\n[epsilon.a]\n"
		      "text = b\n[beta.x]\n"
		      "exempt = client=cidr:{192.0.2.0/24}, "
		      "from=inline:{a@b.test}\n");
	config_print(config, true, &once);
	config_unref(config);
	config = load(str_text(&once));
	config_print(config, true, &twice);
	config_unref(config);
	assert_string_equal(str_text(&once), str_text(&twice));
	str_fini(&once);
	str_fini(&twice);
}

/* table_of - the table of the policy alpha */
static const struct table *
table_of(const struct config *config)
{
	const struct settings *settings =
	    find(config, "alpha")->global.settings;

	return settings->table;
}

static void
reload_shares_tables(void **state)
{
	static const char text[] = "[alpha]\ntable = inline:{a b c}\n";
	struct config *old = load(text);
	struct config *new = load(text);

	(void)state;
	assert_non_null(table_of(old));
	assert_ptr_equal(table_of(old), table_of(new));
	config_unref(old);
	assert_int_equal(table_size(table_of(new)), 3);
	config_unref(new);
}

/* take_often - a session's life, many times */
static void *
take_often(void *holder)
{
	for (int i = 0; i < 2000; i++)
		config_unref(config_holder_take(holder));
	return NULL;
}

static void
holder(void **state)
{
	struct config *kept = load("[alpha]\nlimit = 1\n");
	struct config_holder *h = config_holder_new(config_ref(kept));
	struct config *taken;
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, take_often, h);
	for (int i = 0; i < 20; i++)
		config_holder_swap(h, load("[alpha]\nlimit = 2\n"));
	pthread_join(thread, NULL);
	taken = config_holder_take(h);
	assert_ptr_not_equal(taken, kept);
	assert_int_equal(limit(&find(taken, "alpha")->global), 2);
	assert_int_equal(limit(&find(kept, "alpha")->global), 1);
	config_unref(taken);
	config_unref(kept);
	config_unref(NULL);
	config_holder_free(h);
	config_holder_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complains),
		cmocka_unit_test(missing_file),
		cmocka_unit_test(core_defaults),
		cmocka_unit_test(order),
		cmocka_unit_test(common_options),
		cmocka_unit_test(scopes),
		cmocka_unit_test(parts),
		cmocka_unit_test(plan),
		cmocka_unit_test(reasons),
		cmocka_unit_test(prints),
		cmocka_unit_test(reload_shares_tables),
		cmocka_unit_test(holder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
