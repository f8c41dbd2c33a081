/*
 * test_registry - what every policy of the registry has to keep to.
 */
#include "t/lib/unit.h"

#include <sys/stat.h>

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policies/registry.h"
#include "dns/dns.h"
#include "dns/dnslist.h"
#include "service/stats.h"
#include "table/table.h"
#include "session/config.h"
#include "t/lib/folder.h"

/* assert_sentences - a text for the manual: it ends with a full stop */
static void
assert_sentences(const char *whose, const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);

	if (length < 2 || text[length - 1] != '.')
		fail_msg("%s: no full sentences: \"%s\"", whose,
		    text == NULL ? "" : text);
}

/* assert_options - documented, and none that the chain owns */
static void
assert_options(const char *policy, const struct option *options)
{
	for (const struct option *o = options; o != NULL && o->name != NULL;
	     o++) {
		assert_sentences(o->name, o->doc);
		if (o->fallback == NULL)
			fail_msg("%s: %s has no default", policy, o->name);
		if (option_find(options, o->name) != o)
			fail_msg("%s: %s is there twice", policy, o->name);
	}
}

static void
documented(void **state)
{
	(void)state;
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		const struct policy *p = policy_registry[i];

		assert_non_null(p->summary);
		assert_sentences(p->name, p->doc);
		assert_non_null(p->example);
		if (p->mta_notes != NULL)
			assert_sentences(p->name, p->mta_notes);
		assert_options(p->name, p->options);
		for (const struct option *o = p->options;
		     o != NULL && o->name != NULL; o++)
			if (option_find(config_common_options, o->name) != NULL)
				fail_msg("%s: %s is a common option", p->name,
				    o->name);
	}
	for (const struct core_section *c = config_core_sections;
	     c->name != NULL; c++)
		assert_options(c->name, c->options);
	assert_options("common", config_common_options);
}

static void
reasons(void **state)
{
	unsigned count = config_reason_count();

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		const struct reason *r = config_reason(i);

		assert_sentences(r->name, r->doc);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(config_reason(k)->name,
			    r->name);
	}
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		const struct policy *p = policy_registry[i];
		size_t length = strlen(p->name);

		for (const struct reason *r = p->reasons; r->name != NULL; r++)
			if (strncmp(r->name, p->name, length) != 0 ||
			    r->name[length] != '.')
				fail_msg("%s: a reason of %s", r->name,
				    p->name);
	}
}

/* assert_hook - one function, where such a function may be */
static void
assert_hook(const struct policy *policy, const struct hook *hook)
{
	const unsigned observed = STEP_BIT(STEP_HEADER) | STEP_BIT(STEP_BODY) |
				  STEP_BIT(STEP_REFUSED) |
				  STEP_BIT(STEP_DECIDED) | STEP_BIT(STEP_END) |
				  STEP_BIT(STEP_CLOSE);
	int functions = (hook->ask != NULL) + (hook->observe != NULL) +
			(hook->judge != NULL);

	if (functions != 1)
		fail_msg("%s: a hook with %d functions", policy->name,
		    functions);
	if (hook->judge != NULL && observed & STEP_BIT(hook->step))
		fail_msg("%s: judges at a step that is only observed",
		    policy->name);
	if ((hook->movable || hook->early) && policy->stages == 0)
		fail_msg("%s: what is movable needs a stage", policy->name);
	if (hook->movable && hook->judge == NULL)
		fail_msg("%s: only a judge can move", policy->name);
	if (hook->allows_only && hook->judge == NULL)
		fail_msg("%s: only a judge can allow", policy->name);
}

static void
hooks(void **state)
{
	(void)state;
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		const struct policy *p = policy_registry[i];
		unsigned used = 0;

		assert_true(i < 64);
		if (p->stages != 0)
			assert_true(p->stages & STEP_BIT(p->stage));
		for (const struct hook *h = p->hooks;
		     h < p->hooks + POLICY_HOOKS; h++) {
			if (h->ask == NULL && h->observe == NULL &&
			    h->judge == NULL)
				break;
			assert_hook(p, h);
			used++;
		}
		assert_true(used > 0);
	}
}

/* assert_good - no complaints but of files that are not on this machine */
static void
assert_good(const char *whose, const struct problems *problems)
{
	bool is_error;

	for (size_t i = 0; i < problems_count(problems); i++) {
		const char *line = problems_line(problems, i, &is_error);

		if (strstr(line, "/etc/mailreeve/") == NULL &&
		    strstr(line, "/var/lib/mailreeve/") == NULL)
			fail_msg("%s: %s", whose, line);
	}
}

/* assert_examples - each option's example is a value that it takes */
static void
assert_examples(const char *whose, const struct option *options,
    const struct option_context *context, size_t size)
{
	const struct origin nowhere = { .file = NULL };
	void *settings = arena_alloc(context->arena, size);

	option_defaults(options, settings, context);
	for (const struct option *o = options; o != NULL && o->name != NULL;
	     o++)
		if (o->example != NULL)
			option_set(o, settings, o->example, nowhere, context);
	option_release(options, settings);
	assert_good(whose, context->problems);
}

/* with_secret - an example that names a file of secrets, with one of ours */
static const char *
with_secret(struct arena *arena, struct folder *folder, const char *example)
{
	static const char named[] = "/etc/postsrsd.secret";
	const char *at = strstr(example, named);

	if (at == NULL)
		return example;
	folder_write(folder, "secret", "a secret\n");
	chmod(folder_path(folder, "secret"), S_IRUSR);
	return arena_printf(arena, "%.*s%s%s", (int)(at - example), example,
	    folder_path(folder, "secret"), at + sizeof(named) - 1);
}

/* load_example - with a directory, where it has none of its own */
static void
load_example(const struct policy *policy, const struct env *env,
    const struct option_context *context)
{
	static const char directory[] =
	    "[directory]\n"
	    "domains = inline:{example.org=local}\n"
	    "mailboxes = inline:{alice@example.org}\n"
	    "logins = inline:{alice@example.org}\n";
	bool has_one = strstr(policy->example, "[directory]") != NULL;
	struct folder folder;
	const char *example;

	folder_make(&folder);
	example = with_secret(context->arena, &folder, policy->example);
	config_unref(config_load_text(arena_printf(context->arena, "%s%s",
					  has_one ? "" : directory, example),
	    policy->name, env, context->problems));
	assert_good(policy->name, context->problems);
	folder_remove(&folder);
}

static void
examples(void **state)
{
	struct env env = {
		.clock = clock_system(),
		.stats = stats_new(config_reason_count()),
		.tables = tables_new(clock_system()),
		.lists = dnslists_new(clock_system(), NULL),
	};
	struct option_context context = {
		.arena = arena_new(4096),
		.tables = env.tables,
		.problems = problems_new(),
	};

	(void)state;
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		const struct policy *p = policy_registry[i];

		assert_examples(p->name, p->options, &context,
		    p->settings_size);
		load_example(p, &env, &context);
	}
	for (const struct core_section *c = config_core_sections;
	     c->name != NULL; c++)
		assert_examples(c->name, c->options, &context,
		    sizeof(struct config));
	assert_examples("common", config_common_options, &context,
	    sizeof(struct common));
	problems_free(context.problems);
	arena_free(context.arena);
	dnslists_free(env.lists);
	tables_free(env.tables);
	stats_free(env.stats);
}

/* what policies complain of in settings that are each right by themselves */
static const struct {
	const char *ini;
	const char *problem; /* NULL: none */
} relations[] = {
	{ "[access]\nallow_skips = helo, sender, all\n", NULL },
	{ "[access]\nallow_skips = helo, heloo\n",
	    "allow_skips: no policy is called \"heloo\"" },
	/* a judge that only allows does nothing before MAIL */
	{ "[access]\naction = tag\nallow_clients = inline:{192.0.2.1}\n"
	  "block_senders = inline:{a@b.test}\n",
	    NULL },
	{ "[access]\naction = tag\nstage = connect\n"
	  "block_clients = inline:{192.0.2.1}\n",
	    "action = tag needs a message" },
	{ "[helo]\nself = no\nown_addresses = 192.0.2.1\n",
	    "own_addresses do nothing while self = no" },
	{ "[spam]\nsubject = \303\244\n", "subject: a header field takes" },
	{ "[spam]\nservers = 127.0.0.1:783\n", "while scanner = none" },
	{ "[spam]\njudge_by = scanner\n", "needs a scanner" },
	{ "[spam]\nscanner = spamd\n", "servers: \"\": there is none" },
	{ "[spam]\ntag = 20\n", "tag = 20 is never reached: reject = 15" },
	{ "[virus]\nservers = clamd\n", "written unix:/path or host:port" },
	{ "[srs]\ndomains = inline:{srs.test}\n",
	    "domains: needs secrets_file" },
	{ "[srs]\ndomains = inline:{srs.test}\n"
	  "secrets_file = /nonexistent/file\n",
	    "secrets_file: cannot use /nonexistent/file: No such file" },
	{ "[helo]\nown_addresses = 192.0.2.1\n", NULL },
	{ "[dnsbl.a]\nzone = a.test\nweight = 2\n"
	  "[dnsbl.b]\nzone = b.test\nweight = 2\n",
	    NULL },
	{ "[dnsbl.a]\nzone = a.test\nweight = 2\n"
	  "[dnsbl.b]\nzone = b.test\nanswers = 127.0.0.2=-1, 127.0.0.3=1\n",
	    "all lists together weigh 3, less than the threshold of 4" },
	{ "[dnsbl.a]\nweight = 4\n", "[dnsbl.a]: zone is missing" },
	{ "[dnsbl.a]\nzone = ${key}.a.test\n",
	    "zone: the zone has ${key}, but there is no key" },
	{ "[dnsbl.a]\nzone = a.test\nerrors = 127.0.0.300\n",
	    "errors: \"127.0.0.300\": an octet is 0 to 255" },
	{ "[dnsbl.a]\nzone = a.test\nchecks =\n",
	    "checks: nothing is looked up in this list" },
	{ "[dnsbl.a]\nzone = a.test\ntext = %{hello}\n",
	    "text: there is no %{hello} here" },
};

static void
relate(void **state)
{
	struct env env = {
		.clock = clock_system(),
		.stats = stats_new(config_reason_count()),
		.tables = tables_new(clock_system()),
		.lists = dnslists_new(clock_system(), NULL),
	};
	bool is_error;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(relations); i++) {
		struct problems *problems = problems_new();
		const char *wanted = relations[i].problem;

		config_unref(config_load_text(relations[i].ini, "x.ini", &env,
		    problems));
		assert_int_equal(problems_count(problems), wanted != NULL);
		if (wanted != NULL)
			assert_non_null(
			    strstr(problems_line(problems, 0, &is_error),
				wanted));
		problems_free(problems);
	}
	dnslists_free(env.lists);
	tables_free(env.tables);
	stats_free(env.stats);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documented),
		cmocka_unit_test(reasons),
		cmocka_unit_test(hooks),
		cmocka_unit_test(examples),
		cmocka_unit_test(relate),
	};

	return unit_run(tests);
}
