/*
 * test_table_pattern - patterns in texts, and those that would never end.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "table/table_pattern.h"

#define TIME_MS 300

static const struct {
	const char *pattern, *text;
	enum table_matched matched;
} rows[] = {
	{ "abc", "xxABCxx", PATTERN_YES },
	{ "/abc/", "xxABCxx", PATTERN_YES },
	{ "!abc!i", "abc", PATTERN_YES },
	{ "(?-i)abc", "ABC", PATTERN_NO },
	{ "^abc", "xabc", PATTERN_NO },
	{ "/^abc/m", "x\nabc", PATTERN_YES },
	{ "a.c", "a\nc", PATTERN_NO },
	{ "/a.c/s", "a\nc", PATTERN_YES },
	{ "/a b # why/x", "ab", PATTERN_YES },
	{ "\\x{20ac}", "\xE2\x82\xAC", PATTERN_YES },
	{ "\xC3\x84", "\xC3\xA4", PATTERN_YES },
	{ "/a\\/b/", "a/b", PATTERN_YES },
	{ "(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", PATTERN_FAILED },
};

/* every row */
static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new(512);
		const char *wrong = "";
		struct table_pattern *pattern =
		    table_pattern_new(rows[i].pattern, NULL, arena, &wrong);

		if (pattern == NULL)
			fail_msg("%s: %s", rows[i].pattern, wrong);
		if (table_pattern_find(pattern, rows[i].text,
			strlen(rows[i].text), clock_system(), INT64_MAX,
			NULL) != rows[i].matched)
			fail_msg("%s in %s", rows[i].pattern, rows[i].text);
		table_pattern_free(pattern);
		arena_free(arena);
	}
}

/* what is no pattern */
static void
test_wrong(void **state)
{
	static const char *const texts[] = { "(", "/abc", "/abc/q", "/abc/ d",
		"", "a*", "/x|/", "[", "\\C" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct arena *arena = arena_new(512);
		const char *wrong = NULL;

		if (table_pattern_new(texts[i], NULL, arena, &wrong) != NULL)
			fail_msg("\"%s\" is taken for a pattern", texts[i]);
		assert_non_null(wrong);
		arena_free(arena);
	}
}

/* a match at every place of a long text: portions leave none out */
static void
test_places(void **state)
{
	struct arena *arena = arena_new(512);
	const char *wrong;
	struct table_pattern *pattern =
	    table_pattern_new("x.{3}y", NULL, arena, &wrong);
	struct table_span span;
	char text[3001];

	(void)state;
	for (size_t at = 0; at + 5 <= sizeof(text) - 1; at++) {
		memset(text, '.', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		text[at] = 'x';
		text[at + 4] = 'y';
		assert_int_equal(table_pattern_find(pattern, text,
				     sizeof(text) - 1, clock_system(),
				     INT64_MAX, &span),
		    PATTERN_YES);
		assert_int_equal(span.from, at);
		assert_int_equal(span.length, 5);
	}
	table_pattern_free(pattern);
	arena_free(arena);
}

/* patterns that take many steps at each place of a long text */
static void
test_time(void **state)
{
	static const char *const slow[] = { "(x+x+)+y", "x{1,200}x{1,200}y",
		"(?:x|xx|xxx){1,50}y", ".*?.*?.*?y" };
	struct arena *arena = arena_new(512);
	const struct clock *clock = clock_system();
	size_t length = 256 * 1024;
	char *text = arena_alloc(arena, length + 1);

	(void)state;
	memset(text, 'x', length);
	for (size_t i = 0; i < COUNT_OF(slow); i++) {
		const char *wrong;
		struct table_pattern *pattern =
		    table_pattern_new(slow[i], NULL, arena, &wrong);
		int64_t begun_ms = clock_mono_ms(clock);

		assert_int_not_equal(table_pattern_find(pattern, text, length,
					 clock, begun_ms + TIME_MS, NULL),
		    PATTERN_YES);
		/* a portion may be under way, on a busy machine */
		assert_true(clock_mono_ms(clock) - begun_ms < 10 * TIME_MS);
		table_pattern_free(pattern);
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_time),
	};

	return unit_run(tests);
}
