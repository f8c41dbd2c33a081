/*
 * test_reply_catalog - every documented reply through the gate.
 *
 * For each row of t/data/catalog.tsv that has a reason: the book of that
 * system, with the placeholders of the documents as values, makes exactly that
 * code, enhanced code and text, as the reply of the reason or as one of its
 * alternatives. Runs in the top folder.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "reply/reply.h"

#define ROWS_MAX 300
#define WITH_REASON 156

enum column { SYSTEM, CODE, XCODE, TEXT, STAGE, REASON, CONDITION, COLUMNS };

struct row {
	const char *column[COLUMNS];
};

struct catalog {
	struct arena *arena;
	size_t rows;
	struct row row[ROWS_MAX];
	struct reason reasons[ROWS_MAX]; /* each once */
	size_t reason_count;
};

/* add_reason - to the table of reasons, if it is not there yet */
static void
add_reason(struct catalog *catalog, const char *name)
{
	for (size_t i = 0; i < catalog->reason_count; i++)
		if (strcmp(catalog->reasons[i].name, name) == 0)
			return;
	catalog->reasons[catalog->reason_count++] = (struct reason){
		.name = name,
		.reply = "559 5.9.9 native",
	};
}

/* reason_number - of its name */
static unsigned
reason_number(const struct catalog *catalog, const char *name)
{
	unsigned i = 0;

	while (strcmp(catalog->reasons[i].name, name) != 0)
		i++;
	return i;
}

/* add_row - a line of the file, if it has a reason */
static void
add_row(struct catalog *catalog, char *line)
{
	struct row *row = &catalog->row[catalog->rows];

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < COLUMNS; i++) {
		row->column[i] = strsep(&line, "\t");
		if (row->column[i] == NULL)
			return;
	}
	if (strcmp(row->column[REASON], "-") == 0 ||
	    strcmp(row->column[SYSTEM], "system") == 0)
		return;
	if (strcmp(row->column[SYSTEM], "postfix-hosting") == 0)
		row->column[SYSTEM] = "postfix";
	add_reason(catalog, row->column[REASON]);
	catalog->rows++;
}

static int
catalog_read(void **state)
{
	struct catalog *catalog = mem_alloc(sizeof(*catalog));
	FILE *file = fopen("t/data/catalog.tsv", "r");
	char line[4096];

	assert_non_null(file);
	catalog->arena = arena_new(65536);
	while (fgets(line, sizeof(line), file) != NULL)
		if (line[0] != '#')
			add_row(catalog, arena_strdup(catalog->arena, line));
	fclose(file);
	*state = catalog;
	return 0;
}

static int
catalog_free(void **state)
{
	struct catalog *catalog = *state;

	arena_free(catalog->arena);
	mem_free(catalog);
	return 0;
}

/* reply_of - the n-th wording of a row's reason, on one line, in the arena */
static const char *
reply_of(const struct catalog *catalog, const struct row *row, unsigned n)
{
	static const char *const folders[] = { "etc/replies" };
	const struct origin at = { .file = "test" };
	const struct reason_table table = { .reasons = catalog->reasons };
	const bool postfix = strcmp(row->column[SYSTEM], "postfix") == 0;
	const bool forward =
	    strcmp(row->column[REASON], "recipient.bad_forward") == 0;
	const struct reply_values
	    values = { .text = {
			   [VALUE_CLIENT_ADDR] =
			       postfix ? "X.X.X.X" : "xxx.xxx.xxx.xxx",
			   [VALUE_TIME] = "[time]",
			   [VALUE_HELO] = "helo",
			   [VALUE_SENDER] = "sender",
			   [VALUE_RECIPIENT] = forward ? "%s" : "recipient",
			   [VALUE_LOGIN] = "user@domain.com",
			   [VALUE_TXT] = "<details of RBL>",
			   [VALUE_ZONE] = "zen.spamhaus.org",
		       } };
	struct problems *problems = problems_new();
	struct ini_section *replies =
	    ini_read_text(n == 0 ? ""
				 : arena_printf(catalog->arena,
				       "[replies]\n%s = alternative %u\n",
				       row->column[REASON], n),
		"test", catalog->arena, problems);
	struct reply_book *book = reply_book_new(&table, 1, row->column[SYSTEM],
	    at, folders, 1, replies, problems);
	struct str text = STR_INIT;
	struct reply reply;
	const char *result;

	reply_make(book, reason_number(catalog, row->column[REASON]),
	    REPLY_PLACE_OTHER, &values, catalog->arena, &reply);
	reply_text(&reply, &text);
	result = arena_strdup(catalog->arena, str_text(&text));
	assert_int_equal(problems_count(problems), 0);
	str_fini(&text);
	reply_book_free(book);
	problems_free(problems);
	return result;
}

/* is_documented - whether the reply or its alternative is the row's */
static bool
is_documented(const struct catalog *catalog, const struct row *row)
{
	const char *xcode = row->column[XCODE];
	const char *wanted = arena_printf(catalog->arena, "%s%s%s %s",
	    row->column[CODE], strcmp(xcode, "-") == 0 ? "" : " ",
	    strcmp(xcode, "-") == 0 ? "" : xcode, row->column[TEXT]);
	const char *first = reply_of(catalog, row, 0);

	if (strcmp(first, wanted) == 0)
		return true;
	for (size_t i = 0; i < catalog->rows; i++) {
		const struct row *other = &catalog->row[i];

		if (other != row &&
		    strcmp(other->column[SYSTEM], row->column[SYSTEM]) == 0 &&
		    strcmp(other->column[REASON], row->column[REASON]) == 0)
			return strcmp(reply_of(catalog, row, 1), wanted) == 0;
	}
	print_message("# wanted: %s\n# made:   %s\n", wanted, first);
	return false;
}

static void
every_row_can_be_said(void **state)
{
	const struct catalog *catalog = *state;
	size_t said = 0;

	for (size_t i = 0; i < catalog->rows; i++)
		said += is_documented(catalog, &catalog->row[i]);
	assert_int_equal(said, catalog->rows);
	assert_int_equal(said, WITH_REASON);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_can_be_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, catalog_read, catalog_free);
}
