/*
 * test_ini - what is read from an ini text, and each complaint about one.
 *
 * A row holds a text, what is to be read from it ("[head]@line key=value@line"
 * for each section and key) and the complaints, one a line.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "t/lib/folder.h"

struct row {
	const char *text, *read, *complaints;
};

static const struct row rows[] = {
	{ "", "", "" },
	{ "[a]\n[b]\n", "[a]@1 [b]@2 ", "" },
	{ "\xef\xbb\xbf[a]\r\nk = v\r\n", "[a]@1 k=v@2 ", "" },
	{ "# c\n[a] ; c\n;k = v\nk = v ; c\nl = 1#2;3 # c\n",
	    "[a]@2 k=v@4 l=1#2;3@5 ", "" },
	{ "[a]\nk = one \\# two \\; three\n", "[a]@1 k=one # two ; three@2 ",
	    "" },
	{ "[a]\nk = a\n  b # c\n\n\tc\nl = d\n", "[a]@1 k=a b c@2 l=d@6 ", "" },
	{ "[a]\n  k = v\n  l = w\n", "[a]@1 k=v l = w@2 ",
	    "x.ini:3: warning: an indented line belongs to the value of \"k\" "
	    "above\n" },
	{ "[a]\nk =\n", "[a]@1 k=@2 ", "" },
	{ "[a]\nKEY = Value\n[A]\nl=2", "[a]@1 key=Value@2 l=2@4 ", "" },
	{ "[a.b  rcpt=x   client=y ]\n", "[a.b rcpt=x client=y]@1 ", "" },
	{ "[a]\nk=1\n[b]\n[a]\nk=2\n", "[a]@1 k=1@2 [b]@3 ",
	    "x.ini:5: error: k: already set in line 2\n" },
	{ "k = 1\n[a]\n", "[a]@2 ",
	    "x.ini:1: error: k: a key must stand in a [section]\n" },
	{ "[a\nk = 1\n[b]\n", "[b]@3 ",
	    "x.ini:1: error: the head of a section ends with ']'\n" },
	{ "[a] b\n[b]\n", "[b]@2 ",
	    "x.ini:1: error: nothing may stand behind the ']'\n" },
	{ "[.b]\n", "", "x.ini:1: error: a section without a name\n" },
	{ "[ ]\n", "", "x.ini:1: error: a section without a name\n" },
	{ "[a]\nk = 1\nhello\n  world\nl = 2\nbad\n", "[a]@1 k=1@2 l=2@5 ",
	    "x.ini:3: error: neither \"key = value\" nor \"[section]\"\n"
	    "x.ini:6: error: neither \"key = value\" nor \"[section]\"\n" },
	{ "[a]\n= 1\n more\nk = 2\n", "[a]@1 k=2@4 ",
	    "x.ini:2: error: no key before the '='\n" },
	{ "include =\n", "", "x.ini:1: error: include: no file named\n" },
	{ "include = none*\n", "",
	    "x.ini:1: warning: include: no file matches none*\n" },
	{ "\n\ninclude = none\n", "",
	    "x.ini:3: error: cannot read none: No such file or directory\n" },
};

/* describe - sections and keys on one line */
static void
describe(const struct ini_section *section, struct str *out)
{
	for (; section != NULL; section = section->next) {
		str_addf(out, "[%s]@%u ", section->head, section->at.line);
		for (const struct ini_entry *e = section->entries; e != NULL;
		     e = e->next)
			str_addf(out, "%s=%s@%u ", e->key, e->value,
			    e->at.line);
	}
}

/* complain - all complaints, one a line */
static void
complain(const struct problems *problems, struct str *out)
{
	bool is_error;

	for (size_t i = 0; i < problems_count(problems); i++)
		str_addf(out, "%s\n", problems_line(problems, i, &is_error));
}

/* check - one text against what is to be read and said */
static void
check(const struct row *row)
{
	struct arena *arena = arena_new(1024);
	struct problems *problems = problems_new();
	struct str read = STR_INIT, said = STR_INIT;

	describe(ini_read_text(row->text, "x.ini", arena, problems), &read);
	complain(problems, &said);
	assert_string_equal(str_text(&read), row->read);
	assert_string_equal(str_text(&said), row->complaints);
	str_fini(&read);
	str_fini(&said);
	problems_free(problems);
	arena_free(arena);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(&rows[i]);
}

/* words - n words of a length that makes cuts fall everywhere */
static void
words(struct str *out, unsigned n, const char *separator)
{
	for (unsigned i = 0; i < n; i++)
		str_addf(out, "%sword%u;#\\", i == 0 ? "" : separator, i * 7);
}

static void
test_long_lines(void **state)
{
	static const char *const separators[] = { " ", ",", "" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct str value = STR_INIT, text = STR_INIT, want = STR_INIT;

		words(&value, 1000, separators[i]);
		str_addf(&text, "[%0300d]\nkey = %s\n   %s\nnext = 1\n", 1,
		    value.data, value.data);
		str_addf(&want, "[%0300d]@1 key=%s %s@2 next=1@4 ", 1,
		    value.data, value.data);
		check(&(struct row){
		    .text = text.data,
		    .read = want.data,
		    .complaints = "",
		});
		str_fini(&value);
		str_fini(&text);
		str_fini(&want);
	}
}

/* write_file - a file in the test's own folder */
static void
write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* without - text with the folder's name taken out */
static char *
without(const char *text, const char *folder)
{
	struct str out = STR_INIT;
	size_t length = strlen(folder);

	while (*text != '\0')
		if (strncmp(text, folder, length) == 0)
			text += length;
		else
			str_add_char(&out, *text++);
	return out.data == NULL ? mem_strdup("") : out.data;
}

/* check_files - read main.ini in a folder */
static void
check_files(const char *folder, const char *want, const char *complaints)
{
	struct arena *arena = arena_new(1024);
	struct problems *problems = problems_new();
	struct str read = STR_INIT, said = STR_INIT;
	char path[256], *plain;

	snprintf(path, sizeof(path), "%s/main.ini", folder);
	describe(ini_read(path, arena, problems), &read);
	complain(problems, &said);
	plain = without(str_text(&said), folder);
	assert_string_equal(str_text(&read), want);
	assert_string_equal(plain, complaints);
	mem_free(plain);
	str_fini(&read);
	str_fini(&said);
	problems_free(problems);
	arena_free(arena);
}

static void
test_includes(void **state)
{
	struct folder own;
	const char *folder = own.path;

	(void)state;
	folder_make(&own);
	write_file(folder, "main.ini",
	    "[a]\nk = 1\ninclude = *.conf\nl = 2\n[c]\n");
	write_file(folder, "2.conf", "k = 3\n");
	write_file(folder, "1.conf", "m = 4\n[b]\nn = 5\n");
	check_files(folder, "[a]@1 k=3@1 m=4@1 l=2@4 [b]@2 n=5@3 [c]@5 ", "");

	write_file(folder, "main.ini", "include = self.ini\n[d]\n");
	write_file(folder, "self.ini", "[e]\n\ninclude = self.ini\n");
	check_files(folder, "[e]@1 [d]@2 ",
	    "/self.ini:3: error: cannot read /self.ini: includes itself\n");

	write_file(folder, "main.ini", "include = .\n");
	check_files(folder, "",
	    "/main.ini:1: error: cannot read /.: not a regular file\n");
	folder_remove(&own);
}

static void
test_missing(void **state)
{
	(void)state;
	check_files("/nonexistent", "",
	    "error: cannot read /main.ini: No such file or directory\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_missing),
	};

	return unit_run(tests);
}
