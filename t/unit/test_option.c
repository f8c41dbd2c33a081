/*
 * test_option - what each type of option takes, prints and complains about.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/option.h"
#include "table/table.h"

static const struct name_code colours[] = {
	{ .name = "red", .code = 1 },
	{ .name = "green", .code = 2 },
	{ .name = "rouge", .code = 1 },
	{ .name = NULL },
};

struct settings {
	bool truth;
	int64_t count, time, millis, size;
	const char *text, *path;
	int colour;
	unsigned colours;
	struct words words;
	struct networks networks;
	struct table *table;
	struct tables tables;
	struct matches matches;
};

static const struct option rows[] = {
	{ .name = "truth",
	    .type = OPTION_BOOL,
	    .offset = offsetof(struct settings, truth),
	    .fallback = "yes" },
	{ .name = "count",
	    .type = OPTION_INT,
	    .offset = offsetof(struct settings, count),
	    .fallback = "5",
	    .min = 1,
	    .max = 100,
	    .unit = "messages" },
	{ .name = "time",
	    .type = OPTION_DURATION,
	    .offset = offsetof(struct settings, time),
	    .fallback = "5m",
	    .min = 0,
	    .max = 7 * 24 * 3600 },
	{ .name = "millis",
	    .type = OPTION_MILLIS,
	    .offset = offsetof(struct settings, millis),
	    .fallback = "300ms" },
	{ .name = "size",
	    .type = OPTION_SIZE,
	    .offset = offsetof(struct settings, size),
	    .fallback = "10K",
	    .max = 1 << 30 },
	{ .name = "text",
	    .type = OPTION_STRING,
	    .offset = offsetof(struct settings, text),
	    .fallback = "" },
	{ .name = "path",
	    .type = OPTION_PATH,
	    .offset = offsetof(struct settings, path),
	    .fallback = "/var/lib" },
	{ .name = "colour",
	    .type = OPTION_ENUM,
	    .offset = offsetof(struct settings, colour),
	    .fallback = "green",
	    .names = colours },
	{ .name = "colours",
	    .type = OPTION_FLAGS,
	    .offset = offsetof(struct settings, colours),
	    .fallback = "none",
	    .names = colours },
	{ .name = "words",
	    .type = OPTION_WORDS,
	    .offset = offsetof(struct settings, words),
	    .fallback = "" },
	{ .name = "networks",
	    .type = OPTION_NETWORKS,
	    .offset = offsetof(struct settings, networks),
	    .fallback = "127.0.0.0/8, ::1" },
	{ .name = "table",
	    .type = OPTION_TABLE,
	    .offset = offsetof(struct settings, table),
	    .fallback = "" },
	{ .name = "tables",
	    .type = OPTION_TABLES,
	    .offset = offsetof(struct settings, tables),
	    .fallback = "" },
	{ .name = "matches",
	    .type = OPTION_MATCHES,
	    .offset = offsetof(struct settings, matches),
	    .fallback = "" },
	{ .name = NULL },
};

#define MATCHES                                                \
	"a list of KEY=type:name with KEY one of rcpt, from, " \
	"login, client, listener, helo, name"

/* a value, what it prints as (NULL: refused), and the complaint */
static const struct {
	const char *name, *value, *printed, *complaint;
} cases[] = {
	{ "truth", "off", "no", NULL },
	{ "truth", "TRUE", "yes", NULL },
	{ "truth", "yess", NULL,
	    "truth: \"yess\" is not yes or no; did you mean \"yes\"?" },
	{ "count", "1", "1", NULL },
	{ "count", "100", "100", NULL },
	{ "count", "101", NULL,
	    "count: \"101\" is not a number of messages, 1 to 100" },
	{ "count", "0", NULL,
	    "count: \"0\" is not a number of messages, 1 to 100" },
	{ "count", "", NULL,
	    "count: \"\" is not a number of messages, 1 to 100" },
	{ "count", "5x", NULL,
	    "count: \"5x\" is not a number of messages, 1 to 100" },
	{ "time", "0", "0", NULL },
	{ "time", "90", "90s", NULL },
	{ "time", "120s", "2m", NULL },
	{ "time", "1h30m", "90m", NULL },
	{ "time", "1w", "1w", NULL },
	{ "time", "7D", "1w", NULL },
	{ "time", "8d", NULL,
	    "time: \"8d\" is not a time in s, m, h, d or w, 0 to 1w" },
	{ "time", "5 minutes", NULL,
	    "time: \"5 minutes\" is not a time in s, m, h, d or w, 0 to 1w" },
	{ "time", "-1s", NULL,
	    "time: \"-1s\" is not a time in s, m, h, d or w, 0 to 1w" },
	{ "time", "99999999999999999999w", NULL,
	    "time: \"99999999999999999999w\" is not a time in s, m, h, d or "
	    "w, 0 to 1w" },
	{ "time", "9999999999999999999w", NULL,
	    "time: \"9999999999999999999w\" is not a time in s, m, h, d or "
	    "w, 0 to 1w" },
	{ "millis", "2s", "2s", NULL },
	{ "millis", "1s500ms", "1500ms", NULL },
	{ "millis", "8", NULL, "millis: \"8\" is not a time in ms, s or m" },
	{ "size", "512", "512", NULL },
	{ "size", "20m", "20M", NULL },
	{ "size", "1G", "1G", NULL },
	{ "size", "2G", NULL,
	    "size: \"2G\" is not a size in bytes, K, M or G, 0 to 1G" },
	{ "size", "10Q", NULL,
	    "size: \"10Q\" is not a size in bytes, K, M or G, 0 to 1G" },
	{ "text", "a  b # c ;d #e", "a  b \\# c \\;d \\#e", NULL },
	{ "path", "x/y", "/etc/mr/x/y", NULL },
	{ "path", "/x", "/x", NULL },
	{ "path", "", "", NULL },
	{ "colour", "RED", "red", NULL },
	{ "colour", "gren", NULL,
	    "colour: \"gren\" is not one of red, green, rouge; did you mean "
	    "\"green\"?" },
	{ "colour", "", NULL, "colour: \"\" is not one of red, green, rouge" },
	{ "colours", "green red", "red, green", NULL },
	{ "colours", "none", "none", NULL },
	{ "colours", "", "none", NULL },
	{ "colours", "red, none", NULL,
	    "colours: \"none\" is not none, or some of red, green, rouge" },
	{ "words", " a,b  c{d e},", "a b c{d e}", NULL },
	{ "networks", "192.0.2.0/24 ::ffff:192.0.2.1, 2001:db8::/32",
	    "192.0.2.0/24, 192.0.2.1, 2001:db8::/32", NULL },
	{ "networks", "192.0.2.1/24", NULL,
	    "networks: \"192.0.2.1/24\" has bits set behind its prefix; did "
	    "you mean \"192.0.2.0/24\"?" },
	{ "networks", "192.0.2/24", NULL,
	    "networks: \"192.0.2/24\" is not a list of addresses and "
	    "networks" },
	{ "table", "inline:{a b}", "inline:{a b}", NULL },
	{ "table", "inline:{a} inline:{b}", NULL,
	    "table: \"inline:{a} inline:{b}\" is not a table (type:name)" },
	{ "tables", "inline:{a, b} ,inline:{c}", "inline:{a, b}, inline:{c}",
	    NULL },
	{ "matches", "client=cidr:{192.0.2.0/24}, from=inline:{a@b.test=x}",
	    "client=cidr:{192.0.2.0/24}, from=inline:{a@b.test=x}", NULL },
	{ "matches", "clint=cidr:{192.0.2.0/24}", NULL,
	    "matches: \"clint\" is not " MATCHES "; did you mean \"client\"?" },
	{ "matches", "inline:{a=b}", NULL,
	    "matches: \"inline:{a=b}\" is not " MATCHES },
	{ "matches", "rcpt=inline:{a}, hello=inline:{b}", NULL,
	    "matches: \"hello\" is not " MATCHES "; did you mean \"helo\"?" },
};

struct fixture {
	struct option_context context;
	struct settings settings;
};

/* set_up - every option at its default */
static void
set_up(struct fixture *f)
{
	*f = (struct fixture) {
		.context = {
			.arena = arena_new(4096),
			.tables = tables_new(clock_system()),
			.problems = problems_new(),
		},
	};
	option_defaults(rows, &f->settings, &f->context);
}

static void
tear_down(struct fixture *f)
{
	option_release(rows, &f->settings);
	problems_free(f->context.problems);
	tables_free(f->context.tables);
	arena_free(f->context.arena);
}

/* assert_prints - an option's value in force */
static void
assert_prints(const struct settings *settings, const char *name,
    const char *value)
{
	const struct option *option = option_find(rows, name);
	struct str out = STR_INIT;

	assert_non_null(option);
	option_print(option, settings, &out);
	assert_string_equal(str_text(&out), value);
	str_fini(&out);
}

static void
values(void **state)
{
	const struct origin at = { .file = "/etc/mr/x.ini", .line = 7 };
	struct fixture f;

	(void)state;
	set_up(&f);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct option *option = option_find(rows, cases[i].name);
		size_t before = problems_count(f.context.problems);
		struct settings old = f.settings;
		char line[300];
		bool is_error;

		if (option_set(option, &f.settings, cases[i].value, at,
			&f.context)) {
			assert_non_null(cases[i].printed);
			assert_prints(&f.settings, cases[i].name,
			    cases[i].printed);
			continue;
		}
		assert_null(cases[i].printed);
		assert_memory_equal(&old, &f.settings, sizeof(old));
		assert_int_equal(problems_count(f.context.problems),
		    before + 1);
		snprintf(line, sizeof(line), "/etc/mr/x.ini:7: error: %s",
		    cases[i].complaint);
		assert_string_equal(problems_line(f.context.problems, before,
					&is_error),
		    line);
		assert_true(is_error);
	}
	tear_down(&f);
}

static void
defaults(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(problems_count(f.context.problems), 0);
	for (const struct option *o = rows; o->name != NULL; o++)
		assert_prints(&f.settings, o->name,
		    strcmp(o->name, "networks") == 0 ? "127.0.0.0/8, ::1"
						     : o->fallback);
	tear_down(&f);
}

static void
copies_share_tables(void **state)
{
	const struct origin at = { .file = "x.ini", .line = 1 };
	struct settings copy;
	struct fixture f;

	(void)state;
	set_up(&f);
	option_set(option_find(rows, "table"), &f.settings, "inline:{a}", at,
	    &f.context);
	option_set(option_find(rows, "matches"), &f.settings, "rcpt=inline:{b}",
	    at, &f.context);
	option_copy(rows, &copy, &f.settings, sizeof(copy));
	option_set(option_find(rows, "table"), &f.settings, "", at, &f.context);
	option_set(option_find(rows, "matches"), &f.settings, "", at,
	    &f.context);
	assert_prints(&copy, "table", "inline:{a}");
	assert_prints(&copy, "matches", "rcpt=inline:{b}");
	assert_prints(&f.settings, "table", "");
	option_release(rows, &copy);
	tear_down(&f);
}

static void
finds(void **state)
{
	(void)state;
	assert_ptr_equal(option_find(rows, "COUNT"), &rows[1]);
	assert_null(option_find(rows, "counts"));
	assert_null(option_find(NULL, "count"));
}

static void
looks_up_lists(void **state)
{
	const struct origin at = { .file = "x.ini", .line = 1 };
	struct netaddr in, out;
	struct fixture f;

	(void)state;
	set_up(&f);
	option_set(option_find(rows, "words"), &f.settings, "Red green", at,
	    &f.context);
	assert_true(words_have(&f.settings.words, "red"));
	assert_false(words_have(&f.settings.words, "blue"));
	assert_true(netaddr_parse(&in, "127.9.9.9"));
	assert_true(netaddr_parse(&out, "128.0.0.1"));
	assert_true(networks_have(&f.settings.networks, &in));
	assert_false(networks_have(&f.settings.networks, &out));
	tear_down(&f);
}

/* set_default - with a row whose default is no number */
static void
set_default(void *context)
{
	const struct option bad[] = {
		{ .name = "bad", .type = OPTION_INT, .fallback = "x" },
		{ .name = NULL },
	};
	struct fixture *f = context;
	int64_t number;

	option_defaults(bad, &number, &f->context);
}

static void
bad_default_is_fatal(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	unit_assert_fatal(set_default, &f);
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(defaults),
		cmocka_unit_test(copies_share_tables),
		cmocka_unit_test(finds),
		cmocka_unit_test(looks_up_lists),
		cmocka_unit_test(bad_default_is_fatal),
	};

	return unit_run(tests);
}
