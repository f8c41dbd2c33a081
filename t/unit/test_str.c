/*
 * test_str - buffers, small text functions, and names.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "base/str.h"

static void
buffer_grows(void **state)
{
	struct str str = STR_INIT;
	char large[500];
	int i;

	(void)state;
	memset(large, 'z', sizeof large);
	large[sizeof large - 1] = '\0';
	assert_string_equal(str_text(&str), "");
	str_reset(&str);
	str_add(&str, "");
	assert_string_equal(str.data, "");
	str_add(&str, "abc");
	str_add_n(&str, "defgh", 2);
	str_add_char(&str, '-');
	str_addf(&str, "%d%s", 12, "x");
	assert_string_equal(str_text(&str), "abcde-12x");
	assert_int_equal(str.length, 9);
	for (i = 0; i < 100; i++)
		str_addf(&str, "%s", large);
	assert_int_equal(str.length, 9 + 100 * 499);
	assert_int_equal(strlen(str.data), str.length);
	str_reset(&str);
	assert_string_equal(str_text(&str), "");
	assert_int_equal(str.length, 0);
	str_fini(&str);
	assert_null(str.data);
	str_fini(&str);
}

static void
prints_only_what_is_printable(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *printed;
	} rows[] = {
		{ "plain ~", 20, "plain ~" },
		{ "a\r\nb\tc\x1b[0m\x7f", 20, "a??b?c?[0m?" },
		{ "\xc3\xa9t\xff", 20, "??t?" },
		{ "cut here", 4, "cut" },
		{ "gone", 1, "" },
		{ "", 5, "" },
	};
	char out[20];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(str_printable(out, rows[i].size,
					rows[i].text),
		    rows[i].printed);
	strcpy(out, "kept");
	str_printable(out, 0, "x");
	assert_string_equal(out, "kept");
}

static void
lowers_ascii_only(void **state)
{
	char text[] = "AZaz09@[`{\xc3\x84";

	(void)state;
	assert_string_equal(str_lower(text), "azaz09@[`{\xc3\x84");
	assert_true(str_is_ascii("\x7f abc"));
	assert_true(str_is_ascii(""));
	assert_false(str_is_ascii("ab\x80"));
}

static void
walks_words(void **state)
{
	const char *cursor = "  one, two\t,,three ";
	static const char *const words[] = { "one", "two", "three" };
	const char *word;
	size_t length, i;

	(void)state;
	for (i = 0; i < COUNT_OF(words); i++) {
		word = str_next_word(&cursor, " \t,", &length);
		assert_non_null(word);
		assert_int_equal(length, strlen(words[i]));
		assert_memory_equal(word, words[i], length);
	}
	assert_null(str_next_word(&cursor, " \t,", &length));
	assert_null(str_next_word(&cursor, " \t,", &length));
}

static void
finds_the_nearest(void **state)
{
	static const char *const names[] = { "enabled", "mode", "on_error",
		"greylist", "trusted_networks" };
	static const struct {
		const char *word, *nearest;
	} rows[] = {
		{ "enabeld", "enabled" },
		{ "Mode", "mode" },
		{ "mdoe", "mode" },
		{ "onerror", "on_error" },
		{ "graylist", "greylist" },
		{ "trusted_network", "trusted_networks" },
		{ "enabled", "enabled" },
		{ "xy", NULL },
		{ "", NULL },
		{ "completely", NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "a"
		  "aaaaaa",
		    NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		const char *got =
		    str_nearest(rows[i].word, names, COUNT_OF(names));

		if (rows[i].nearest == NULL)
			assert_null(got);
		else
			assert_string_equal(got, rows[i].nearest);
	}
	assert_null(str_nearest("word", names, 0));
}

static void
parses_numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		unsigned long long value;
	} rows[] = {
		{ "0", true, 0 },
		{ "007", true, 7 },
		{ "18446744073709551615", true, 18446744073709551615ull },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "0x1", false, 0 },
	};
	unsigned long long value;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(str_parse_uint(rows[i].text, &value),
		    rows[i].ok);
		if (rows[i].ok)
			assert_true(value == rows[i].value);
	}
}

static void
names_both_ways(void **state)
{
	static const struct name_code table[] = {
		{ "yes", 1 },
		{ "on", 1 },
		{ "no", 0 },
		{ NULL, 0 },
	};
	int code = 7;

	(void)state;
	assert_string_equal(names_name(table, 1, "?"), "yes");
	assert_string_equal(names_name(table, 2, "?"), "?");
	assert_true(names_code(table, "ON", &code));
	assert_int_equal(code, 1);
	assert_true(names_code(table, "no", &code));
	assert_int_equal(code, 0);
	code = 7;
	assert_false(names_code(table, "yess", &code));
	assert_int_equal(code, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_grows),
		cmocka_unit_test(prints_only_what_is_printable),
		cmocka_unit_test(lowers_ascii_only),
		cmocka_unit_test(walks_words),
		cmocka_unit_test(finds_the_nearest),
		cmocka_unit_test(parses_numbers),
		cmocka_unit_test(names_both_ways),
	};

	return unit_run(tests);
}
