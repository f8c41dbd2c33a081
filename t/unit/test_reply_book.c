/*
 * test_reply_book - systems' files, [replies], catch-alls, and the catalogue.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "reply/reply.h"
#include "t/lib/folder.h"

/* two tables, as two policies have them, with a gap between the numbers */
static const struct reason access_reasons[] = {
	{ .name = "access.client",
	    .reply = "550 5.7.1 native client",
	    .doc = "A client." },
	{ .name = "access.sender",
	    .reply = "550 5.7.1 a ; native # sender %{sender}",
	    .doc = "A sender." },
	{ .name = "access.later",
	    .reply = "451 4.7.1 native later",
	    .doc = "Later." },
	{ .name = NULL },
};
static const struct reason milter_reasons[] = {
	{ .name = "milter.envfrom",
	    .reply = "550 5.7.1 native at MAIL",
	    .doc = "MAIL." },
	{ .name = "milter.eom",
	    .reply = "550 5.7.1 native at the end",
	    .doc = "The end." },
	{ .name = NULL },
};
static const struct reason_table tables[] = {
	{ .reasons = access_reasons, .base = 0 },
	{ .reasons = milter_reasons, .base = 10 },
};

enum { CLIENT, SENDER, LATER, ENVFROM = 10, EOM };

static struct folder folder;
static const struct origin at_ini = { .file = "mailreeve.ini", .line = 3 };

/* file_write - NAME.ini in the folder of this test */
static void
file_write(const char *name, const char *text)
{
	char file[40];

	snprintf(file, sizeof(file), "%s.ini", name);
	folder_write(&folder, file, text);
}

static int
set_up(void **state)
{
	(void)state;
	folder_make(&folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

/* a book and all that it needs */
struct shelf {
	struct reply_book *book;
	struct arena *arena;
	struct problems *problems;
};

/* shelf_open - a book of a system with the lines of [replies], or NULL */
static void
shelf_open(struct shelf *shelf, const char *system, const char *replies)
{
	const char *const folders[] = { "/nonexistent", folder.path };
	struct ini_section *section = NULL;

	shelf->arena = arena_new(4096);
	shelf->problems = problems_new();
	if (replies != NULL)
		section = ini_read_text(arena_printf(shelf->arena,
					    "[replies]\n%s", replies),
		    "mailreeve.ini", shelf->arena, shelf->problems);
	shelf->book = reply_book_new(tables, COUNT_OF(tables), system, at_ini,
	    folders, COUNT_OF(folders), section, shelf->problems);
	assert_non_null(shelf->book);
}

static void
shelf_close(struct shelf *shelf)
{
	reply_book_free(shelf->book);
	problems_free(shelf->problems);
	arena_free(shelf->arena);
}

/* assert_problems - these lines, ended by NULL, and no others */
static void
assert_problems(const struct shelf *shelf, const char *const *lines)
{
	size_t count = 0;
	bool is_error;

	for (; lines[count] != NULL; count++) {
		const char *line;

		assert_true(count < problems_count(shelf->problems));
		line = problems_line(shelf->problems, count, &is_error);
		if (strncmp(line, folder.path, strlen(folder.path)) == 0)
			line += strlen(folder.path) + 1;
		assert_string_equal(line, lines[count]);
	}
	assert_int_equal(problems_count(shelf->problems), count);
}

static const char plain[] = "[system]\n"
			    "name = plain\n"
			    "document = a test\n"
			    "[access.sender]\n"
			    "reply = 554 system\n"
			    "alternative = 554 system one\n"
			    "alternative2 = 451 4.7.1 system two\n"
			    "[ratelimit.account]\n"
			    "reply = 550 of a policy that is not here\n"
			    "[axis.sender]\n"
			    "reply = 550 of another\n";
static const char catches[] = "[milter.envfrom]\n"
			      "reply = 501 5.7.1 catch MAIL\n"
			      "[milter.eom]\n"
			      "reply = 554 5.7.1 catch end\n"
			      "[access.sender]\n"
			      "reply = 450 not now\n";
static const char child[] = "[system]\n"
			    "inherit = plain\n"
			    "[access.client]\n"
			    "reply = 550 child\n";

static void
files_write(void)
{
	file_write("plain", plain);
	file_write("catch", catches);
	file_write("child", child);
}

static void
wording_is_found(void **state)
{
	static const struct {
		const char *system, *replies;
		unsigned reason;
		enum reply_place place;
		const char *source, *written;
		bool temporary;
	} rows[] = {
		{ "mailreeve", NULL, CLIENT, REPLY_PLACE_MAIL, "native",
		    "550 5.7.1 native client", false },
		{ "mailreeve", NULL, LATER, REPLY_PLACE_MESSAGE, "native",
		    "451 4.7.1 native later", true },
		{ "mailreeve", "access.client = 421 4.3.2 mine\n", CLIENT,
		    REPLY_PLACE_OTHER, "mailreeve.ini:2", "421 4.3.2 mine",
		    true },
		{ "plain", NULL, CLIENT, REPLY_PLACE_MAIL, "native",
		    "550 5.7.1 native client", false },
		{ "plain", NULL, SENDER, REPLY_PLACE_MAIL, "plain.ini:5",
		    "554 system", false },
		{ "plain", "access.sender = 550 mine\n", SENDER,
		    REPLY_PLACE_MAIL, "mailreeve.ini:2", "550 mine", false },
		{ "plain", "access.sender = alternative\n", SENDER,
		    REPLY_PLACE_MAIL, "plain.ini:6", "554 system one", false },
		{ "plain", "access.sender = alternative 1\n", SENDER,
		    REPLY_PLACE_MAIL, "plain.ini:6", "554 system one", false },
		{ "plain", "access.sender = alternative 2\n", SENDER,
		    REPLY_PLACE_MAIL, "plain.ini:7", "451 4.7.1 system two",
		    true },
		{ "plain", "access.sender = native\n", SENDER, REPLY_PLACE_MAIL,
		    "native", "550 5.7.1 a ; native # sender %{sender}",
		    false },
		/* catch-alls, where the class is that of the native reply */
		{ "catch", NULL, CLIENT, REPLY_PLACE_MAIL, "catch.ini:2",
		    "501 5.7.1 catch MAIL", false },
		{ "catch", NULL, CLIENT, REPLY_PLACE_MESSAGE, "catch.ini:4",
		    "554 5.7.1 catch end", false },
		{ "catch", NULL, CLIENT, REPLY_PLACE_OTHER, "native",
		    "550 5.7.1 native client", false },
		{ "catch", NULL, LATER, REPLY_PLACE_MAIL, "native",
		    "451 4.7.1 native later", true },
		{ "catch", NULL, LATER, REPLY_PLACE_MESSAGE, "native",
		    "451 4.7.1 native later", true },
		{ "catch", NULL, SENDER, REPLY_PLACE_MAIL, "catch.ini:6",
		    "450 not now", true },
		{ "catch", "access.client = native\n", CLIENT, REPLY_PLACE_MAIL,
		    "native", "550 5.7.1 native client", false },
		{ "catch", "milter.envfrom = 451 mine\n", CLIENT,
		    REPLY_PLACE_MAIL, "native", "550 5.7.1 native client",
		    false },
		{ "catch", "milter.envfrom = 451 mine\n", LATER,
		    REPLY_PLACE_MAIL, "mailreeve.ini:2", "451 mine", true },
		{ "mailreeve", "milter.eom = 554 mine\n", CLIENT,
		    REPLY_PLACE_MESSAGE, "mailreeve.ini:2", "554 mine", false },
		/* inherited */
		{ "child", NULL, CLIENT, REPLY_PLACE_OTHER, "child.ini:4",
		    "550 child", false },
		{ "child", NULL, SENDER, REPLY_PLACE_OTHER, "plain.ini:5",
		    "554 system", false },
		{ "child", "access.sender = alternative 2\n", SENDER,
		    REPLY_PLACE_OTHER, "plain.ini:7", "451 4.7.1 system two",
		    true },
	};

	(void)state;
	files_write();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct shelf shelf;

		shelf_open(&shelf, rows[i].system, rows[i].replies);
		assert_int_equal(problems_count(shelf.problems), 0);
		assert_string_equal(reply_source(shelf.book, rows[i].reason,
					rows[i].place),
		    rows[i].source);
		assert_string_equal(reply_written(shelf.book, rows[i].reason,
					rows[i].place),
		    rows[i].written);
		assert_int_equal(reply_is_temporary(shelf.book, rows[i].reason,
				     rows[i].place),
		    rows[i].temporary);
		shelf_close(&shelf);
	}
}

static void
alternatives_are_listed(void **state)
{
	struct shelf shelf;

	(void)state;
	files_write();
	shelf_open(&shelf, "plain", "access.sender = 550 mine\n");
	assert_string_equal(reply_alternative(shelf.book, SENDER, 1),
	    "554 system one");
	assert_string_equal(reply_alternative(shelf.book, SENDER, 2),
	    "451 4.7.1 system two");
	assert_null(reply_alternative(shelf.book, SENDER, 0));
	assert_null(reply_alternative(shelf.book, SENDER, 3));
	assert_null(reply_alternative(shelf.book, SENDER, 10));
	assert_null(reply_alternative(shelf.book, CLIENT, 1));
	shelf_close(&shelf);
}

static void
inherited_section_is_replaced_whole(void **state)
{
	struct shelf shelf;

	(void)state;
	files_write();
	file_write("child", "[system]\ninherit = plain\n"
			    "[access.sender]\nreply = 550 child\n");
	shelf_open(&shelf, "child", NULL);
	assert_int_equal(problems_count(shelf.problems), 0);
	assert_string_equal(reply_written(shelf.book, SENDER,
				REPLY_PLACE_OTHER),
	    "550 child");
	assert_null(reply_alternative(shelf.book, SENDER, 1));
	shelf_close(&shelf);
}

static void
missing_text_is_native(void **state)
{
	struct reply_values values = { .text = { [VALUE_SENDER] = "a@b" } };
	struct str text = STR_INIT;
	struct shelf shelf;
	struct reply reply;

	(void)state;
	shelf_open(&shelf, "mailreeve", "access.sender = 554 %{txt}\n");
	reply_make(shelf.book, SENDER, REPLY_PLACE_OTHER, &values, shelf.arena,
	    &reply);
	reply_text(&reply, &text);
	assert_string_equal(str_text(&text), "554 a ; native # sender a@b");
	str_fini(&text);
	shelf_close(&shelf);
}

static void
overrides_complain(void **state)
{
	static const struct {
		const char *system, *replies;
		const char *problems[3];
	} rows[] = {
		{ "mailreeve", "acess.sender = 550 x\n",
		    { "mailreeve.ini:2: error: reply: unknown reason "
		      "\"acess.sender\", did you mean \"access.sender\"?" } },
		{ "mailreeve", "wombat = 550 x\n",
		    { "mailreeve.ini:2: error: reply: unknown reason "
		      "\"wombat\"" } },
		{ "mailreeve",
		    "access.sender = 550 %{sendr}\n"
		    "access.client = 550 4.1.1 x\n",
		    { "mailreeve.ini:2: error: reply: unknown value "
		      "%{sendr}, did you mean %{sender}?",
			"mailreeve.ini:3: error: reply: enhanced code 4.1.1 "
			"does not fit code 550: both have to begin with "
			"5" } },
		{ "plain", "access.sender = alternative 3\n",
		    { "mailreeve.ini:2: error: reply: the system has no "
		      "alternative 3 of access.sender" } },
		{ "plain", "access.sender = alternative 0\n",
		    { "mailreeve.ini:2: error: reply: the system has no "
		      "alternative 0 of access.sender" } },
		{ "plain", "access.client = alternative\n",
		    { "mailreeve.ini:2: error: reply: the system has no "
		      "alternative 1 of access.client" } },
		{ "plain", "access.sender = alternative two\n",
		    { "mailreeve.ini:2: error: reply: \"alternative two\": a "
		      "number is wanted" } },
	};

	(void)state;
	files_write();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct shelf shelf;

		shelf_open(&shelf, rows[i].system, rows[i].replies);
		assert_problems(&shelf, rows[i].problems);
		/* and what was there before is still there */
		assert_false(
		    reply_is_temporary(shelf.book, SENDER, REPLY_PLACE_OTHER));
		shelf_close(&shelf);
	}
}

static void
systems_complain(void **state)
{
	static const struct {
		const char *file; /* bad.ini */
		const char *problems[3];
	} rows[] = {
		{ "[access.sendr]\nreply = 550 x\n",
		    { "bad.ini:1: error: reply: unknown reason "
		      "\"access.sendr\", did you mean \"access.sender\"?" } },
		{ "[acess.client]\nreply = 550 x\n",
		    { "bad.ini:1: error: reply: unknown reason "
		      "\"acess.client\", did you mean "
		      "\"access.client\"?" } },
		/* no slip: the system's own affair */
		{ "[access.quite_another]\nreply = 550 x\n", { NULL } },
		{ "[access.sender]\nreply = 250 x\n",
		    { "bad.ini:2: error: reply: code 250 refuses nothing: "
		      "400 to 599 are wanted",
			"bad.ini:1: error: reply: [access.sender] needs a "
			"good \"reply =\"" } },
		{ "[access.sender]\nalternative = 550 x\n",
		    { "bad.ini:1: error: reply: [access.sender] needs a good "
		      "\"reply =\"" } },
		{ "[access.sender]\nreply = 550 x\nalternative1 = 550 y\n",
		    { "bad.ini:3: error: reply: unknown key "
		      "\"alternative1\": reply, alternative, alternative2 "
		      "... alternative9 are known" } },
		{ "[system]\ninherits = plain\n",
		    { "bad.ini:2: error: reply: unknown key \"inherits\": "
		      "name, document and inherit are known" } },
		{ "[system]\ninherit = plian\n",
		    { "bad.ini:2: error: replies: unknown system \"plian\", "
		      "did you mean \"plain\"?" } },
		{ "[system]\ninherit = bad\n",
		    { "bad.ini:2: error: reply: \"inherit\" goes deeper than "
		      "4 files" } },
	};

	(void)state;
	files_write();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct shelf shelf;

		file_write("bad", rows[i].file);
		shelf_open(&shelf, "bad", NULL);
		assert_problems(&shelf, rows[i].problems);
		assert_false(
		    reply_is_temporary(shelf.book, SENDER, REPLY_PLACE_OTHER));
		shelf_close(&shelf);
	}
}

static void
unknown_systems_complain(void **state)
{
	const char *none = "mailreeve.ini:3: error: replies: unknown system "
			   "\"wombat\": no wombat.ini in /nonexistent or ";
	struct shelf shelf;
	bool is_error;

	(void)state;
	files_write();
	shelf_open(&shelf, "plian", NULL);
	assert_string_equal(problems_line(shelf.problems, 0, &is_error),
	    "mailreeve.ini:3: error: replies: unknown system \"plian\", did "
	    "you mean \"plain\"?");
	shelf_close(&shelf);
	shelf_open(&shelf, "wombat", NULL);
	assert_memory_equal(problems_line(shelf.problems, 0, &is_error), none,
	    strlen(none));
	shelf_close(&shelf);
	shelf_open(&shelf, "../tmp/plain", NULL);
	assert_int_equal(problems_errors(shelf.problems), 1);
	shelf_close(&shelf);
}

static void
native_replies_can_be_read_again(void **state)
{
	static const unsigned numbers[] = { CLIENT, SENDER, LATER, ENVFROM,
		EOM };
	struct str text = STR_INIT;
	struct shelf shelf;

	(void)state;
	reply_book_print_native(tables, COUNT_OF(tables), &text);
	file_write("copy", str_text(&text));
	shelf_open(&shelf, "copy", NULL);
	assert_int_equal(problems_count(shelf.problems), 0);
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const struct reason *reason =
		    numbers[i] < ENVFROM
			? &access_reasons[numbers[i]]
			: &milter_reasons[numbers[i] - ENVFROM];

		assert_string_equal(reply_written(shelf.book, numbers[i],
					REPLY_PLACE_OTHER),
		    reason->reply);
		assert_memory_equal(reply_source(shelf.book, numbers[i],
					REPLY_PLACE_OTHER),
		    "copy.ini:", 9);
	}
	shelf_close(&shelf);
	str_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wording_is_found),
		cmocka_unit_test(alternatives_are_listed),
		cmocka_unit_test(inherited_section_is_replaced_whole),
		cmocka_unit_test(missing_text_is_native),
		cmocka_unit_test(overrides_complain),
		cmocka_unit_test(systems_complain),
		cmocka_unit_test(unknown_systems_complain),
		cmocka_unit_test(native_replies_can_be_read_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
