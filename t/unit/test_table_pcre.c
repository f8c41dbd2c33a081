/*
 * test_table_pcre - patterns: order, flags, values with groups, limits.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "table/table.h"
#include "t/lib/folder.h"

static struct folder folder;
static struct clock *fake;
static struct table_set *set;
static struct arena *arena;
static struct problems *problems;

static int
set_up(void **state)
{
	(void)state;
	folder_make(&folder);
	fake = clock_fake_new(1795262400); /* 2026-11-21 12:00 UTC */
	set = tables_new(fake);
	arena = arena_new(4096);
	problems = problems_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	problems_free(problems);
	arena_free(arena);
	tables_free(set);
	clock_fake_free(fake);
	folder_remove(&folder);
	return 0;
}

/* open_text - a table of these lines */
static struct table *
open_text(const char *text)
{
	struct origin at = { folder_path(&folder, "x.ini"), 1 };
	struct table *table;

	folder_write(&folder, "patterns", text);
	at.file = arena_printf(arena, "%s/x.ini", folder.path);
	table = table_open(set, "pcre:patterns", at, problems);
	assert_non_null(table);
	assert_int_equal(problems_count(problems), 0);
	return table;
}

/* which pattern matches a word, and what its value becomes */
static void
test_words(void **state)
{
	static const struct {
		const char *key, *value; /* NULL: no match */
		unsigned line;
	} rows[] = {
		{ "dial-1-2.pool.test", "dynamic 1", 2 },
		{ "dial-1-2.other.test", "second", 3 },
		{ "DIAL-9-2.POOL.TEST", "dynamic 9", 2 },
		{ "a/b", "slash", 4 },
		{ "axxb", "pipe", 5 },
		{ "ab", "pipe", 5 },
		{ "a b", NULL, 0 },
		{ "user@host.test", "host.test user $5 user@host.test", 7 },
		{ "only", "[] here", 8 },
		{ "thisonly", "[this] here", 8 },
		{ "spaced", "free", 9 },
		{ "jürgen", "utf-8", 10 },
		{ "JÜRGEN", "utf-8", 10 },
		{ "\377\376", NULL, 0 },
		{ "", NULL, 0 },
	};
	struct table_answer answer;
	struct table *table;
	enum lookup found;
	size_t i;

	(void)state;
	table = open_text("# comment\n"
			  "/^dial-(\\d+)-\\d+\\.pool\\.test$/i dynamic $1\n"
			  "/^DIAL-/  second\n"
			  "/^a\\/b$/ slash\n"
			  "|^ax*b$| pipe\n"
			  "\n"
			  "/^(.+)@(.+)$/ $2 ${1} $$5 $0\n"
			  "/^(this)?only$/ [$(1)] here # note\n"
			  "/^ s p a c e d $ # words apart/x free\n"
			  "/^jürgen$/ utf-8\n");
	assert_int_equal(table_size(table), 8);
	for (i = 0; i < COUNT_OF(rows); i++) {
		found =
		    table_find_word(table, rows[i].key, 1000, arena, &answer);
		if ((found == LOOKUP_FOUND) != (rows[i].value != NULL))
			fail_msg("\"%s\": %d", rows[i].key, found);
		if (rows[i].value == NULL)
			continue;
		assert_string_equal(answer.value, rows[i].value);
		assert_string_equal(answer.key, rows[i].key);
		assert_int_equal(answer.at.line, rows[i].line);
		assert_string_equal(answer.note,
		    rows[i].line == 8 ? "note" : "");
	}
	table_unref(table);
}

/* a pattern sees the key once, whatever its kind */
static void
test_kinds(void **state)
{
	struct table *table = open_text("/^<>$/ null\n"
					"/^192\\.0\\.2\\./ net\n"
					"/^user@host\\.test$/ mail\n"
					"/^host\\.test$/ domain\n"
					"!/\\./ no dot\n");
	struct table_answer answer;
	struct mailaddr mail;
	struct netaddr addr;

	(void)state;
	mailaddr_parse(&mail, "<>", arena);
	assert_int_equal(table_find_mail(table, &mail, 0, arena, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "null");
	mailaddr_parse(&mail, "<User@Host.test>", arena);
	assert_int_equal(table_find_mail(table, &mail, 0, arena, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "mail");
	mailaddr_parse(&mail, "<other@host.test>", arena);
	assert_int_equal(table_find_mail(table, &mail, 0, arena, &answer),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(table_find_domain(table, "host.test", 0, arena,
			     &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "domain");
	assert_int_equal(table_find_domain(table, "a.host.test", 0, arena,
			     &answer),
	    LOOKUP_NOT_FOUND);
	assert_true(netaddr_parse(&addr, "192.0.2.9"));
	assert_int_equal(table_find_address(table, &addr, 0, arena, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.key, "192.0.2.9");
	assert_int_equal(table_find_word(table, "localhost", 0, arena, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "no dot");
	table_unref(table);
}

/* an entry that is over is passed over */
static void
test_until(void **state)
{
	struct table *table = open_text("/a/ soon until=2026-11-21\n"
					"/a/ always\n");
	struct table_answer answer;

	(void)state;
	assert_int_equal(table_find_word(table, "a", 0, arena, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "soon");
	clock_fake_advance(fake, 86400000);
	assert_int_equal(table_find_word(table, "a", 0, arena, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "always");
	table_unref(table);
}

/* a pattern that would take for ever is stopped, and named once */
static void
test_limit(void **state)
{
	struct table *table = open_text("/x/\n/^(a+)+$/ slow\n");
	struct table_answer answer;
	char *log;

	(void)state;
	mem_free(log_captured());
	assert_int_equal(table_find_word(table,
			     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 0,
			     arena, &answer),
	    LOOKUP_CONFIG);
	log = log_captured();
	assert_non_null(
	    strstr(log, "/patterns:2: pattern not carried out: match limit"));
	mem_free(log);
	assert_int_equal(table_find_word(table,
			     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 0,
			     arena, &answer),
	    LOOKUP_CONFIG);
	log = log_captured();
	assert_string_equal(log, "");
	mem_free(log);
	assert_int_equal(table_find_word(table, "aax", 0, arena, &answer),
	    LOOKUP_FOUND);
	table_unref(table);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_words),
		TEST(test_kinds),
		TEST(test_until),
		TEST(test_limit),
	};

	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
