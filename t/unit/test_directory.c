/*
 * test_directory - attributes, the forms of a recipient, values that are bad.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "table/directory.h"

static struct table_set *set;
static struct arena *arena;
static struct problems *problems;

static int
set_up(void **state)
{
	(void)state;
	set = tables_new(clock_system());
	arena = arena_new(4096);
	problems = problems_new();
	mem_free(log_captured());
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	mem_free(log_captured());
	problems_free(problems);
	arena_free(arena);
	tables_free(set);
	return 0;
}

static struct table *
open_table(const char *spec)
{
	struct origin at = { "/etc/test.ini", 5 };
	struct table *table = table_open(set, spec, at, problems);

	assert_non_null(table);
	return table;
}

/* each word, good and bad */
static void
test_parse(void **state)
{
	static const struct {
		const char *value, *bad;
		unsigned flags;
		int64_t max_size;
		const char *owner, *limit;
	} rows[] = {
		{ "", NULL, 0, 0, "", "" },
		{ "  ", NULL, 0, 0, "", "" },
		{ "local", NULL, DIRECTORY_LOCAL, 0, "", "" },
		{ "list", NULL, DIRECTORY_LIST, 0, "", "" },
		{ "list_domain", NULL, DIRECTORY_LIST_DOMAIN, 0, "", "" },
		{ "disabled denied", NULL,
		    DIRECTORY_DISABLED | DIRECTORY_DENIED, 0, "", "" },
		{ "suspended\tOVERQUOTA", NULL,
		    DIRECTORY_SUSPENDED | DIRECTORY_OVERQUOTA, 0, "", "" },
		{ "forward=bad", NULL, DIRECTORY_BAD_FORWARD, 0, "", "" },
		{ "forward=ok inbound=on outbound=on", NULL, 0, 0, "", "" },
		{ "local_only relay_limits", NULL,
		    DIRECTORY_LOCAL_ONLY | DIRECTORY_RELAY_LIMITS, 0, "", "" },
		{ "inbound=off outbound=off", NULL,
		    DIRECTORY_INBOUND_OFF | DIRECTORY_OUTBOUND_OFF, 0, "", "" },
		{ "soft_quota catchall", NULL,
		    DIRECTORY_SOFT_QUOTA | DIRECTORY_CATCHALL, 0, "", "" },
		{ "max_size=20M", NULL, 0, 20 << 20, "", "" },
		{ "max_size=1g", NULL, 0, 1 << 30, "", "" },
		{ "max_size=3K", NULL, 0, 3072, "", "" },
		{ "max_size=12345", NULL, 0, 12345, "", "" },
		{ "owner=Alice,bob@b.test local", NULL, DIRECTORY_LOCAL, 0,
		    "alice,bob@b.test", "" },
		{ "limit=100/1h", NULL, 0, 0, "", "100/1h" },
		{ "OK", NULL, 0, 0, "", "" },
		{ "alice@example.test, bob@x.test", NULL, 0, 0, "", "" },
		{ "example.test/alice/ suspended", NULL, DIRECTORY_SUSPENDED, 0,
		    "", "" },
		{ "loca", "loca", 0, 0, "", "" },
		{ "local Suspendet", "Suspendet", 0, 0, "", "" },
		{ "local,list", "local,list", 0, 0, "", "" },
		{ "forward=maybe", "forward=maybe", 0, 0, "", "" },
		{ "inbound=no", "inbound=no", 0, 0, "", "" },
		{ "max_size=", "max_size=", 0, 0, "", "" },
		{ "max_size=0", "max_size=0", 0, 0, "", "" },
		{ "max_size=M", "max_size=M", 0, 0, "", "" },
		{ "max_size=20T", "max_size=20T", 0, 0, "", "" },
		{ "max_size=-5", "max_size=-5", 0, 0, "", "" },
		{ "max_size=9999999999G", "max_size=9999999999G", 0, 0, "",
		    "" },
		{ "max_size=99999999999999999999",
		    "max_size=99999999999999999999", 0, 0, "", "" },
		{ "owner=", "owner=", 0, 0, "", "" },
		{ "limit=100", "limit=100", 0, 0, "", "" },
		{ "limit=100/h", "limit=100/h", 0, 0, "", "" },
		{ "limit=100/1y", "limit=100/1y", 0, 0, "", "" },
		{ "limit=100/1hh", "limit=100/1hh", 0, 0, "", "" },
		{ "target=a@b.test", "target=a@b.test", 0, 0, "", "" },
	};
	struct directory_entry entry = { 0 };
	const char *bad;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		if (directory_parse(rows[i].value, arena, &entry, &bad) !=
		    (rows[i].bad == NULL))
			fail_msg("\"%s\": %s", rows[i].value, bad);
		if (rows[i].bad != NULL) {
			assert_string_equal(bad, rows[i].bad);
			continue;
		}
		assert_int_equal(entry.flags, rows[i].flags);
		assert_int_equal(entry.max_size, rows[i].max_size);
		assert_string_equal(entry.owner, rows[i].owner);
		assert_string_equal(entry.limit, rows[i].limit);
	}
}

/* which entry an address meets */
static void
test_recipient(void **state)
{
	static const struct {
		const char *path;
		enum lookup lookup;
		unsigned flags;
	} rows[] = {
		{ "<alice@example.test>", LOOKUP_FOUND, DIRECTORY_LOCAL },
		{ "<Alice@EXAMPLE.test>", LOOKUP_FOUND, DIRECTORY_LOCAL },
		{ "<alice+tag@example.test>", LOOKUP_FOUND, DIRECTORY_LOCAL },
		{ "<alice+own@example.test>", LOOKUP_FOUND, DIRECTORY_LIST },
		{ "<bob@example.test>", LOOKUP_FOUND, 0 },
		{ "<bob+x@example.test>", LOOKUP_FOUND, 0 },
		{ "<carol@example.test>", LOOKUP_NOT_FOUND, 0 },
		{ "<+alice@example.test>", LOOKUP_NOT_FOUND, 0 },
		{ "<any@catch.test>", LOOKUP_FOUND, DIRECTORY_CATCHALL },
		{ "<dave@anywhere.test>", LOOKUP_NOT_FOUND, 0 },
		{ "<alice>", LOOKUP_NOT_FOUND, 0 },
		{ "<>", LOOKUP_NOT_FOUND, 0 },
	};
	struct directory directory = {
		.mailboxes = open_table("inline:{alice@example.test=local "
					"example.test @catch.test=catchall "
					"dave@ .test}"),
		.aliases = open_table("inline:{bob@example.test=x@y.test "
				      "alice@example.test=list "
				      "alice+own@example.test=list}"),
	};
	struct directory_entry entry;
	struct mailaddr address;
	enum lookup lookup;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		mailaddr_parse(&address, rows[i].path, arena);
		lookup =
		    directory_recipient(&directory, &address, 0, arena, &entry);
		if (lookup != rows[i].lookup)
			fail_msg("%s: %d", rows[i].path, lookup);
		assert_int_equal(entry.flags, rows[i].flags);
		assert_string_equal(entry.owner, "");
	}
	table_unref(directory.mailboxes);
	table_unref(directory.aliases);
}

/* domains with those below them; logins as they are */
static void
test_domain_and_login(void **state)
{
	struct directory directory = {
		.domains = open_table("inline:{example.test=local "
				      ".below.test=\"outbound=off "
				      "max_size=1M\"}"),
		.logins = open_table("inline:{alice=disabled "
				     "bob@example.test=owner=x@y.test}"),
	};
	struct directory_entry entry;

	(void)state;
	assert_int_equal(directory_domain(&directory, "example.test", 0, arena,
			     &entry),
	    LOOKUP_FOUND);
	assert_int_equal(entry.flags, DIRECTORY_LOCAL);
	assert_string_equal(entry.at.file, "/etc/test.ini");
	assert_int_equal(entry.at.line, 5);
	assert_int_equal(directory_domain(&directory, "a.example.test", 0,
			     arena, &entry),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(directory_domain(&directory, "ample.test", 0, arena,
			     &entry),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(directory_domain(&directory, "a.below.test", 0, arena,
			     &entry),
	    LOOKUP_FOUND);
	assert_int_equal(entry.flags, DIRECTORY_OUTBOUND_OFF);
	assert_int_equal(entry.max_size, 1 << 20);
	assert_int_equal(directory_login(&directory, "Alice", 0, arena, &entry),
	    LOOKUP_FOUND);
	assert_int_equal(entry.flags, DIRECTORY_DISABLED);
	assert_int_equal(directory_login(&directory, "bob@example.test", 0,
			     arena, &entry),
	    LOOKUP_FOUND);
	assert_string_equal(entry.owner, "x@y.test");
	assert_int_equal(directory_login(&directory, "bob", 0, arena, &entry),
	    LOOKUP_NOT_FOUND);
	table_unref(directory.domains);
	table_unref(directory.logins);
}

/* a bad value is no missing user, and it is said where it stands */
static void
test_bad_value(void **state)
{
	struct directory directory = {
		.mailboxes = open_table("inline:{a@example.test=suspendet}"),
	};
	struct directory_entry entry;
	struct mailaddr address;
	char *log;

	(void)state;
	mailaddr_parse(&address, "<a@example.test>", arena);
	assert_int_equal(directory_recipient(&directory, &address, 0, arena,
			     &entry),
	    LOOKUP_CONFIG);
	assert_int_equal(entry.flags, 0);
	log = log_captured();
	assert_non_null(strstr(log,
	    "/etc/test.ini:5: a@example.test: bad attribute \"suspendet\""));
	mem_free(log);
	table_unref(directory.mailboxes);
}

/* the same is found when all entries are looked at */
static void
test_check(void **state)
{
	struct directory directory = {
		.domains = open_table("inline:{example.test=lcal}"),
		.mailboxes =
		    open_table("inline:{a@example.test b@example.test="
			       "\"max_size=abc\" c@example.test=list}"),
		.logins = open_table("socketmap:unix:/nonexistent:m"),
	};
	bool is_error;

	(void)state;
	directory_check(&directory, problems);
	assert_int_equal(problems_errors(problems), 2);
	assert_string_equal(problems_line(problems, 0, &is_error),
	    "/etc/test.ini:5: error: example.test: bad attribute \"lcal\"; "
	    "did you mean \"local\"?");
	assert_string_equal(problems_line(problems, 1, &is_error),
	    "/etc/test.ini:5: error: b@example.test: bad attribute "
	    "\"max_size=abc\"");
	table_unref(directory.domains);
	table_unref(directory.mailboxes);
	table_unref(directory.logins);
}

/* no tables: nothing is known; a table that fails: that failure */
static void
test_none_and_failing(void **state)
{
	struct directory none = { .domains = NULL };
	struct directory failing = {
		.mailboxes = open_table("socketmap:unix:/nonexistent:m"),
	};
	struct directory_entry entry;
	struct mailaddr address;

	(void)state;
	mailaddr_parse(&address, "<a+b@example.test>", arena);
	assert_int_equal(directory_domain(&none, "x.test", 0, arena, &entry),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(directory_login(&none, "x", 0, arena, &entry),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(directory_recipient(&none, &address, 0, arena, &entry),
	    LOOKUP_NOT_FOUND);
	assert_string_equal(entry.owner, "");
	assert_int_equal(directory_recipient(&failing, &address,
			     clock_mono_ms(clock_system()) + 1000, arena,
			     &entry),
	    LOOKUP_UNAVAILABLE);
	table_unref(failing.mailboxes);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_parse),
		TEST(test_recipient),
		TEST(test_domain_and_login),
		TEST(test_bad_value),
		TEST(test_check),
		TEST(test_none_and_failing),
	};

	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
