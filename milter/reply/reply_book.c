/*
 * reply_book - the replies of one configuration: made, checked, found.
 *
 * reply_book_new()   native replies, the system's file, [replies]
 * reply_book_free()
 * reply_book_find()  which wording a reason has at a place
 *
 * [replies] of mailreeve.ini has "access.sender = 550 5.7.1 text",
 * "access.sender = alternative 2" or "access.sender = native"; the system's
 * file is reply_system.c's.
 *
 * Diagnostics: errors with file and line; unknown names come with the nearest
 * right one. A native reply that does not compile is our bug and ends the
 * program.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "reply/reply_book.h"

#define BOOK_BLOCK 16384

/* base_name - the file without its folder */
static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* make_native - compile the native replies of one table */
static void
make_native(struct reply_book *book, const struct reason_table *table)
{
	const struct origin at = { .file = "native" };

	for (size_t i = 0; table->reasons[i].name != NULL; i++) {
		struct reply_row *row = &book->row[table->base + i];
		struct problems *problems = problems_new();
		bool is_error;

		row->reason = &table->reasons[i];
		row->native.source = "native";
		if (!reply_template_compile(&row->native.template,
			row->reason->reply, book->arena, at, problems))
			log_fatal("%s: %s", row->reason->name,
			    problems_line(problems, 0, &is_error));
		problems_free(problems);
	}
}

/* count_rows - one more than the highest number of the tables */
static size_t
count_rows(const struct reason_table *tables, size_t count)
{
	size_t rows = 0;

	for (size_t i = 0; i < count; i++) {
		size_t end = tables[i].base;

		for (size_t n = 0; tables[i].reasons[n].name != NULL; n++)
			end++;
		if (end > rows)
			rows = end;
	}
	return rows;
}

/* reply_book_by_name - by the name of its reason */
struct reply_row *
reply_book_by_name(const struct reply_book *book, const char *name)
{
	for (size_t i = 0; i < book->count; i++)
		if (book->row[i].reason != NULL &&
		    strcmp(book->row[i].reason->name, name) == 0)
			return &book->row[i];
	return NULL;
}

/* reply_book_nearest - the reason that may have been meant, or NULL */
const char *
reply_book_nearest(const struct reply_book *book, const char *name)
{
	const char **names = mem_array(book->count + 1, sizeof(*names));
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < book->count; i++)
		if (book->row[i].reason != NULL)
			names[n++] = book->row[i].reason->name;
	near = str_nearest(name, names, n);
	mem_free(names);
	return near;
}

/* reply_book_unknown - complain, with the nearest right name */
void
reply_book_unknown(const struct reply_making *m, const char *name,
    struct origin at)
{
	const char *near = reply_book_nearest(m->book, name);

	if (near != NULL)
		problems_error(m->problems, at,
		    "reply: unknown reason \"%s\", did you mean \"%s\"?", name,
		    near);
	else
		problems_error(m->problems, at, "reply: unknown reason \"%s\"",
		    name);
}

/* reply_book_wording - compile one reply of a file; NULL after a complaint */
struct wording *
reply_book_wording(const struct reply_making *m, const struct ini_entry *entry)
{
	struct arena *arena = m->book->arena;
	struct wording *wording = arena_alloc(arena, sizeof(*wording));

	if (!reply_template_compile(&wording->template, entry->value, arena,
		entry->at, m->problems))
		return NULL;
	wording->source = arena_printf(arena, "%s:%u",
	    base_name(entry->at.file), entry->at.line);
	return wording;
}

/* choose_alternative - "alternative" or "alternative N" of [replies] */
static void
choose_alternative(const struct reply_making *m, struct reply_row *row,
    const struct ini_entry *entry)
{
	const char *number = entry->value + strlen("alternative");
	unsigned long long n = 1;

	number += strspn(number, " ");
	if (*number != '\0' && !str_parse_uint(number, &n)) {
		problems_error(m->problems, entry->at,
		    "reply: \"alternative %s\": a number is wanted", number);
		return;
	}
	if (n == 0 || n >= REPLY_WORDINGS || row->system[n] == NULL) {
		problems_error(m->problems, entry->at,
		    "reply: the system has no alternative %llu of %s", n,
		    entry->key);
		return;
	}
	row->chosen = row->system[n];
}

/* override - one line of [replies] */
static void
override(const struct reply_making *m, const struct ini_entry *entry)
{
	static const char alternative[] = "alternative";
	struct reply_row *row = reply_book_by_name(m->book, entry->key);

	if (row == NULL)
		reply_book_unknown(m, entry->key, entry->at);
	else if (strcmp(entry->value, "native") == 0)
		row->chosen = &row->native;
	else if (strncmp(entry->value, alternative, strlen(alternative)) == 0)
		choose_alternative(m, row, entry);
	else
		row->chosen = reply_book_wording(m, entry);
}

/* reply_book_new - native replies, then the system's, then the overrides */
struct reply_book *
reply_book_new(const struct reason_table *tables, size_t count,
    const char *system, struct origin system_at, const char *const *folders,
    size_t folder_count, const struct ini_section *overrides,
    struct problems *problems)
{
	struct reply_book *book = mem_alloc(sizeof(*book));
	const struct reply_making m = { .book = book,
		.folders = folders,
		.folder_count = folder_count,
		.problems = problems };

	book->arena = arena_new(BOOK_BLOCK);
	book->count = count_rows(tables, count);
	book->row = arena_alloc(book->arena, book->count * sizeof(*book->row));
	for (size_t i = 0; i < count; i++)
		make_native(book, &tables[i]);
	if (strcmp(system, "mailreeve") != 0)
		reply_system_read(&m, system, system_at);
	for (size_t i = 0; i < book->count; i++)
		book->row[i].chosen = book->row[i].system[0];
	for (const struct ini_entry *entry =
		 overrides != NULL ? overrides->entries : NULL;
	     entry != NULL; entry = entry->next)
		override(&m, entry);
	book->catch_mail = reply_book_by_name(book, "milter.envfrom");
	book->catch_message = reply_book_by_name(book, "milter.eom");
	return book;
}

/* reply_book_free - give everything back */
void
reply_book_free(struct reply_book *book)
{
	if (book == NULL)
		return;
	arena_free(book->arena);
	mem_free(book);
}

/* reply_book_row - by number */
const struct reply_row *
reply_book_row(const struct reply_book *book, unsigned reason)
{
	if (reason >= book->count || book->row[reason].reason == NULL)
		log_fatal("reply: no reason has the number %u", reason);
	return &book->row[reason];
}

/* catch_all - the row of the system's catch-all there, or NULL */
static const struct reply_row *
catch_all(const struct reply_book *book, enum reply_place place)
{
	switch (place) {
	case REPLY_PLACE_MAIL:
		return book->catch_mail;
	case REPLY_PLACE_MESSAGE:
		return book->catch_message;
	case REPLY_PLACE_OTHER:
		break;
	}
	return NULL;
}

/*
 * reply_book_find - what was chosen, else a catch-all, else native. A
 * catch-all never turns a refusal for now into one for good, or the reverse.
 */
const struct wording *
reply_book_find(const struct reply_book *book, unsigned reason,
    enum reply_place place)
{
	const struct reply_row *row = reply_book_row(book, reason);
	const struct reply_row *catch = catch_all(book, place);

	if (row->chosen != NULL)
		return row->chosen;
	if (catch != NULL && catch->chosen != NULL &&
	    catch->chosen->template.code / 100 ==
		row->native.template.code / 100)
		return catch->chosen;
	return &row->native;
}
