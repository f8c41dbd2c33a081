/*
 * test_reply - templates, values, folding: what the gate lets out.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "reply/reply.h"

/* a book with one native reply, and what a test makes with it */
struct gate {
	struct reason reasons[2];
	struct reply_book *book;
	struct arena *arena;
	struct problems *problems;
	struct reply_values values;
	struct reply reply;
	struct str text;
};

static const struct origin nowhere;

/* gate_open - the book; a template that does not compile ends the process */
static void
gate_open(struct gate *gate, const char *template)
{
	struct reason_table table = { .reasons = gate->reasons };

	memset(gate, 0, sizeof(*gate));
	gate->reasons[0] = (struct reason){ .name = "a.b", .reply = template };
	gate->arena = arena_new(4096);
	gate->problems = problems_new();
	gate->book = reply_book_new(&table, 1, "mailreeve", nowhere, NULL, 0,
	    NULL, gate->problems);
	assert_int_equal(problems_count(gate->problems), 0);
}

static void
gate_close(struct gate *gate)
{
	str_fini(&gate->text);
	reply_book_free(gate->book);
	problems_free(gate->problems);
	arena_free(gate->arena);
}

/* gate_make - the reply on one line */
static const char *
gate_make(struct gate *gate, enum reply_place place)
{
	reply_make(gate->book, 0, place, &gate->values, gate->arena,
	    &gate->reply);
	str_reset(&gate->text);
	reply_text(&gate->reply, &gate->text);
	return str_text(&gate->text);
}

static void
good_templates(void **state)
{
	static const char *const rows[] = {
		"400 text",
		"599 text",
		"550 5.7.1 text",
		"550 5.123.456 text",
		"421 4.7.0 text",
		"550   5.7.1   text",
		"550 100% sure",
		"550 5 apples",
		"550 5.7.1: that was no code",
		"550 5.7.1 } closes nothing",
		"550 ..",
		"550 %{client_addr}",
		"550 %{url?see %{url}}",
		"550 %{url?%{txt?%{zone?%{note?four deep}}}}",
		"550 %{url?}",
		"550 %{ref}",
		"550 %{url?%{ref}}",
	};
	struct problems *problems = problems_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(reply_check(rows[i], nowhere, problems));
		assert_int_equal(problems_count(problems), 0);
	}
	problems_free(problems);
}

static void
bad_templates(void **state)
{
#define NOT_A_REPLY(text)                                                    \
	"\"" text "\" is not a reply: a code, an enhanced code if there is " \
	"one, and a text are wanted, as in \"550 5.7.1 text\""
#define ASCII_ONLY ": a reply can hold printable ASCII only"
	static const struct {
		const char *template;
		const char *problem;
	} rows[] = {
		{ "", NOT_A_REPLY("") },
		{ "no", NOT_A_REPLY("no") },
		{ "55", NOT_A_REPLY("55") },
		{ "550", NOT_A_REPLY("550") },
		{ "5500 text", NOT_A_REPLY("5500 text") },
		{ " 550 text", NOT_A_REPLY(" 550 text") },
		{ "550-text", NOT_A_REPLY("550-text") },
		{ "reject with a long text", /* cut after 20 */
		    NOT_A_REPLY("reject with a long t") },
		{ "550 ", "no text behind the code" },
		{ "550 5.7.1", "no text behind the code" },
		{ "550 5.7.1  ", "no text behind the code" },
		{ "250 2.0.0 text",
		    "code 250 refuses nothing: 400 to 599 are wanted" },
		{ "399 text",
		    "code 399 refuses nothing: 400 to 599 are wanted" },
		{ "600 text",
		    "code 600 refuses nothing: 400 to 599 are wanted" },
		{ "550 5.7 text",
		    "5.7 is not an enhanced code: 5.x.y is wanted "
		    "(RFC 3463)" },
		{ "550 5.7.1.1 text",
		    "5.7.1.1 is not an enhanced code: 5.x.y is wanted "
		    "(RFC 3463)" },
		{ "550 5.7.1234 text",
		    "5.7.1234 is not an enhanced code: 5.x.y is wanted "
		    "(RFC 3463)" },
		{ "450 55.7.1 text",
		    "55.7.1 is not an enhanced code: 4.x.y is wanted "
		    "(RFC 3463)" },
		{ "550 5..1 text",
		    "5..1 is not an enhanced code: 5.x.y is wanted "
		    "(RFC 3463)" },
		{ "550 4.7.1 text",
		    "enhanced code 4.7.1 does not fit code 550: both have to "
		    "begin with 5" },
		{ "450 5.7.1 text",
		    "enhanced code 5.7.1 does not fit code 450: both have to "
		    "begin with 4" },
		{ "550 2.1.5 text",
		    "enhanced code 2.1.5 does not fit code 550: both have to "
		    "begin with 5" },
		{ "550 one\ntwo", "byte 0x0a in column 8" ASCII_ONLY },
		{ "550 one\r", "byte 0x0d in column 8" ASCII_ONLY },
		{ "550 one\ttwo", "byte 0x09 in column 8" ASCII_ONLY },
		{ "550 a \xe2\x80\x93 b", "byte 0xe2 in column 7" ASCII_ONLY },
		{ "550 \x7f", "byte 0x7f in column 5" ASCII_ONLY },
		{ "550 %{", "%{ without }" },
		{ "550 %{sender", "%{ without }" },
		{ "550 %{}", "unknown value %{}" },
		{ "550 %{sendr}",
		    "unknown value %{sendr}, did you mean %{sender}?" },
		{ "550 %{rref}", "unknown value %{rref}, did you mean "
				 "%{ref}?" },
		{ "550 %{wombat}", "unknown value %{wombat}" },
		{ "550 %{clientaddr?x}",
		    "unknown value %{clientaddr}, did you mean "
		    "%{client_addr}?" },
		{ "550 %{a_name_that_is_longer_than_any_of_ours}",
		    "unknown value %{a_name_that_is_longer_than_any_}" },
		{ "550 %{url?see %{url}", "%{url? has no }" },
		{ "550 %{url?", "%{url? has no }" },
		{ "550 %{url?%{url?%{url?%{url?%{url?x}}}}}",
		    "%{name?text} is nested too deep" },
	};
	const struct origin at = { .file = "f.ini", .line = 7 };
	char expected[300];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct problems *problems = problems_new();
		bool is_error = false;

		assert_false(reply_check(rows[i].template, at, problems));
		snprintf(expected, sizeof(expected),
		    "f.ini:7: error: reply: %s", rows[i].problem);
		assert_int_equal(problems_count(problems), 1);
		assert_string_equal(problems_line(problems, 0, &is_error),
		    expected);
		assert_true(is_error);
		problems_free(problems);
	}
}

static void
template_has_a_longest(void **state)
{
	struct problems *problems = problems_new();
	char template[1002];
	bool is_error;

	(void)state;
	memset(template, 'x', sizeof(template));
	memcpy(template, "550 ", 4);
	template[1000] = '\0';
	assert_true(reply_check(template, nowhere, problems));
	template[1000] = 'x';
	template[1001] = '\0';
	assert_false(reply_check(template, nowhere, problems));
	assert_non_null(strstr(problems_line(problems, 0, &is_error),
	    "reply: longer than 1000 characters"));
	/* as many segments as that many bytes can give */
	for (size_t i = 4; i + 6 <= 1000; i += 6)
		memcpy(template + i, "%{ref}", 6);
	template[1000] = '\0';
	assert_true(reply_check(template, nowhere, problems));
	problems_free(problems);
}

static void
values_are_put_in(void **state)
{
	static const struct {
		const char *template;
		const char *value; /* of %{txt} */
		const char *url;
		const char *reply;
	} rows[] = {
		{ "550 5.7.1 x %{txt} y", "one", NULL, "550 5.7.1 x one y" },
		{ "550 x %{txt} y", "one", NULL, "550 x one y" },
		{ "550 x %{txt}%{txt}", "one", NULL, "550 x oneone" },
		{ "550 x %{txt}.", NULL, NULL, "550 x -." },
		{ "550 x <%{txt}>", "", NULL, "550 x <>" },
		{ "550 %{txt} y", "", NULL, "550 y" },
		{ "550 x%{txt?: %{txt}}", "one", NULL, "550 x: one" },
		{ "550 x%{txt?: %{txt}}", NULL, NULL, "550 x" },
		{ "550 x%{txt?: %{txt}}", "", NULL, "550 x" },
		{ "550 x%{txt?, %{url?see %{url} }%{txt}} z", "one", "u",
		    "550 x, see u one z" },
		{ "550 x%{txt?, %{url?see %{url} }%{txt}} z", "one", NULL,
		    "550 x, one z" },
		{ "550 x%{txt?, %{url?see %{url} }%{txt}} z", NULL, "u",
		    "550 x z" },
		{ "550 x %{ref}", NULL, NULL, "550 x (ref 7XyZ)" },
		{ "550 x %{ref}", NULL, "", "550 x (ref 7XyZ)" },
		{ "550 x %{ref}", NULL, "https://w.test/a",
		    "550 x (ref 7XyZ, see https://w.test/a)" },
		/* strangers' bytes */
		{ "550 x %{txt}", "a\r\n250 OK\tz\x1b[1m\x7f", NULL,
		    "550 x a??250 OK?z?[1m?" },
		{ "550 x %{txt}", "caf\xc3\xa9", NULL, "550 x caf??" },
		{ "550 x %{txt}", "%{sender} %s %n $j", NULL,
		    "550 x %{sender} %s %n $j" },
		{ "550 of 100% %s", NULL, NULL, "550 of 100% %s" },
		/* says nothing: the native text, here the same */
		{ "550 %{txt}", NULL, NULL, "550 Refused" },
		{ "450 4.7.1 %{txt}", "  ", NULL, "450 4.7.1 Refused" },
		{ "550 %{txt?%{txt}}", "", NULL, "550 Refused" },
		/* Postfix would take the digit for an enhanced code */
		{ "550 %{txt} is listed", "203.0.113.5", NULL,
		    "550 5.0.0 203.0.113.5 is listed" },
		{ "450 %{txt} is listed", "5.7.1", NULL,
		    "450 4.0.0 5.7.1 is listed" },
		{ "550 5.7.1 %{txt} is listed", "203.0.113.5", NULL,
		    "550 5.7.1 203.0.113.5 is listed" },
	};
	struct gate gate;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		gate_open(&gate, rows[i].template);
		gate.values.text[VALUE_TXT] = rows[i].value;
		gate.values.text[VALUE_URL] = rows[i].url;
		gate.values.text[VALUE_SESSION] = "7XyZ";
		assert_string_equal(gate_make(&gate, REPLY_PLACE_OTHER),
		    rows[i].reply);
		gate_close(&gate);
	}
}

static void
values_are_cut(void **state)
{
	char value[2 * REPLY_VALUE_MAX];
	struct gate gate;

	(void)state;
	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	gate_open(&gate, "554 x%{txt}y");
	gate.values.text[VALUE_TXT] = value;
	gate_make(&gate, REPLY_PLACE_OTHER);
	assert_int_equal(gate.reply.lines, 1);
	assert_int_equal(strlen(gate.reply.line[0]), REPLY_VALUE_MAX + 2);
	gate_close(&gate);
}

/* repeat - n times the word, separated by blanks */
static char *
repeat(struct arena *arena, const char *word, size_t n)
{
	char *text = arena_strdup(arena, "");

	for (size_t i = 0; i < n; i++)
		text =
		    arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", word);
	return text;
}

/* fold_of - lengths of the lines of a template with sender and recipient */
static void
fold_of(struct gate *gate, const char *template, enum reply_place place,
    const char *sender, const char *recipient, size_t length[REPLY_LINES])
{
	gate_open(gate, template);
	gate->values.text[VALUE_SENDER] = sender;
	gate->values.text[VALUE_RECIPIENT] = recipient;
	gate_make(gate, place);
	memset(length, 0, REPLY_LINES * sizeof(*length));
	for (size_t i = 0; i < gate->reply.lines; i++) {
		length[i] = strlen(gate->reply.line[i]);
		assert_true(gate->reply.line[i][0] != ' ');
		assert_true(gate->reply.line[i][length[i] - 1] != ' ');
	}
	gate_close(gate);
}

static void
lines_are_folded(void **state)
{
	/* words of 9 bytes: n of them take 10 n - 1 */
	static const struct {
		const char *code;
		enum reply_place place;
		size_t sender, recipient; /* bytes of the addresses */
		size_t words;
		size_t length[4];
	} rows[] = {
		/* 512 - "554 5.7.1 " - CR LF = 500 */
		{ "554 5.7.1", REPLY_PLACE_OTHER, 0, 0, 50, { 499 } },
		{ "554 5.7.1", REPLY_PLACE_OTHER, 0, 0, 51, { 499, 9 } },
		{ "554 5.123.456", REPLY_PLACE_OTHER, 0, 0, 50, { 489, 9 } },
		/* no enhanced code: Sendmail puts in 5.0.0 */
		{ "554", REPLY_PLACE_OTHER, 0, 0, 51, { 499, 9 } },
		/* 550, 450, 553: "<address>... " on the first line */
		{ "550 5.7.1", REPLY_PLACE_OTHER, 20, 30, 46, { 459 } },
		{ "550 5.7.1", REPLY_PLACE_OTHER, 20, 30, 47, { 459, 9 } },
		{ "553 5.7.1", REPLY_PLACE_MAIL, 30, 0, 47, { 459, 9 } },
		{ "450 4.7.1", REPLY_PLACE_MAIL, 40, 20, 47, { 449, 19 } },
		{ "550 5.7.1", REPLY_PLACE_MESSAGE, 40, 20, 50, { 499 } },
		{ "551 5.7.1", REPLY_PLACE_OTHER, 40, 20, 50, { 499 } },
		{ "550 5.7.1", REPLY_PLACE_OTHER, 900, 9, 15,
		    { 59, 89 } }, /* 64 bytes are always left */
		{ "554 5.7.1", REPLY_PLACE_OTHER, 0, 0, 93, { 499, 429 } },
	};
	struct arena *arena = arena_new(65536);
	char address[1001];

	(void)state;
	memset(address, 'a', sizeof(address));
	address[1000] = '\0';
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t length[REPLY_LINES];
		struct gate gate;
		const char *template = arena_printf(arena, "%s %s",
		    rows[i].code, repeat(arena, "ninebytes", rows[i].words));

		fold_of(&gate, template, rows[i].place,
		    address + 1000 - rows[i].sender,
		    address + 1000 - rows[i].recipient, length);
		for (size_t n = 0; n < COUNT_OF(rows[i].length); n++)
			assert_int_equal(length[n], rows[i].length[n]);
	}
	arena_free(arena);
}

static void
long_words_are_cut(void **state)
{
	char template[1001];
	size_t length[REPLY_LINES];
	struct gate gate;

	(void)state;
	memset(template, 'x', sizeof(template));
	template[1000] = '\0';
	memcpy(template, "554 5.7.1 ", 10);
	fold_of(&gate, template, REPLY_PLACE_OTHER, NULL, NULL, length);
	assert_int_equal(length[0], 500);
	assert_int_equal(length[1], 490);
	assert_int_equal(length[2], 0);
	/* a per-cent sign counts twice: libmilter wants it doubled */
	memset(template + 10, '%', 990);
	fold_of(&gate, template, REPLY_PLACE_OTHER, NULL, NULL, length);
	assert_int_equal(length[0], 250);
	assert_int_equal(length[3], 240);
	assert_int_equal(length[4], 0);
}

static void
replies_have_an_end(void **state)
{
	struct arena *arena = arena_new(65536);
	char value[REPLY_VALUE_MAX + 1];
	struct gate gate;
	const char *template;

	(void)state;
	memset(value, '%', sizeof(value));
	value[REPLY_VALUE_MAX] = '\0';
	template =
	    arena_printf(arena, "554 5.7.1 %s", repeat(arena, "%{txt}", 100));
	gate_open(&gate, template);
	gate.values.text[VALUE_TXT] = value;
	gate_make(&gate, REPLY_PLACE_OTHER);
	assert_int_equal(gate.reply.lines, REPLY_LINES);
	gate_close(&gate);
	/* 421 on one line: Sendmail ignores others at connect */
	gate_open(&gate, arena_printf(arena, "421 4.7.0 %s",
			     repeat(arena, "ninebytes", 60)));
	gate_make(&gate, REPLY_PLACE_OTHER);
	assert_int_equal(gate.reply.lines, 1);
	assert_int_equal(strlen(gate.reply.line[0]), 499);
	gate_close(&gate);
	arena_free(arena);
}

static void
class_is_known_without_making(void **state)
{
	struct gate gate;

	(void)state;
	gate_open(&gate, "499 x");
	assert_true(reply_is_temporary(gate.book, 0, REPLY_PLACE_MAIL));
	gate_close(&gate);
	gate_open(&gate, "500 x");
	assert_false(reply_is_temporary(gate.book, 0, REPLY_PLACE_MAIL));
	gate_close(&gate);
}

static void
every_value_has_a_name(void **state)
{
	enum reply_value id;

	(void)state;
	for (int i = 0; i < VALUE_MAX; i++) {
		const char *name = reply_value_name((enum reply_value)i);
		const char *doc = reply_value_doc((enum reply_value)i);

		assert_non_null(name);
		assert_true(reply_value_id(name, &id));
		assert_int_equal(id, i);
		assert_true(doc[strlen(doc) - 1] == '.');
	}
	assert_false(reply_value_id("ref", &id));
	assert_false(reply_value_id("", &id));
}

static void
open_with(void *template)
{
	struct gate gate;

	gate_open(&gate, template);
}

static void
ask_for_a_number(void *gate)
{
	reply_source(((struct gate *)gate)->book, 1, REPLY_PLACE_OTHER);
}

static void
our_bugs_are_fatal(void **state)
{
	char template[] = "550 4.7.1 of another class";
	struct gate gate;

	(void)state;
	unit_assert_fatal(open_with, template);
	gate_open(&gate, "550 x");
	unit_assert_fatal(ask_for_a_number, &gate);
	gate_close(&gate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_templates),
		cmocka_unit_test(bad_templates),
		cmocka_unit_test(template_has_a_longest),
		cmocka_unit_test(values_are_put_in),
		cmocka_unit_test(values_are_cut),
		cmocka_unit_test(lines_are_folded),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(replies_have_an_end),
		cmocka_unit_test(class_is_known_without_making),
		cmocka_unit_test(every_value_has_a_name),
		cmocka_unit_test(our_bugs_are_fatal),
	};

	return unit_run(tests);
}
