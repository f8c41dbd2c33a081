/*
 * reply_book - the replies of one configuration: read, checked, found.
 *
 * reply_book_new()    native replies, the system's file, [replies]
 * reply_book_free()
 * reply_book_find()   which wording a reason has at a place
 *
 * A file of a system (etc/replies/NAME.ini) is
 *
 *     [system]
 *     name = icewarp                  what it is called in "replies ="
 *     document = sentence             where its texts are from
 *     inherit = NAME                  take what is not here from NAME.ini
 *
 *     [access.sender]                 a reason
 *     reply = 550 5.7.1 text
 *     alternative = 550 5.7.1 text    another wording that is documented
 *     alternative2 = ...              up to alternative9
 *
 * and [replies] of mailreeve.ini has "access.sender = 550 5.7.1 text",
 * "access.sender = alternative 2" or "access.sender = native". A section
 * replaces the whole section of the inherited file.
 *
 * Diagnostics: errors with file and line; unknown names come with the nearest
 * right one. Sections of policies that this program does not have are passed
 * over: a system documents what it likes. A native reply that does not compile
 * is our bug and ends the program.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "service/reply_book.h"

#define BOOK_BLOCK 16384
#define INHERIT_MAX 4
#define SYSTEMS_MAX 64

/* a book being made */
struct making {
	struct reply_book *book;
	const char *const *folders;
	size_t folder_count;
	struct problems *problems;
};

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

/* find_row - by the name of its reason */
static struct reply_row *
find_row(const struct reply_book *book, const char *name)
{
	for (size_t i = 0; i < book->count; i++)
		if (book->row[i].reason != NULL &&
		    strcmp(book->row[i].reason->name, name) == 0)
			return &book->row[i];
	return NULL;
}

/* nearest_reason - the reason that may have been meant, or NULL */
static const char *
nearest_reason(const struct reply_book *book, const char *name)
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

/* has_policy - whether some reason begins with "policy." */
static bool
has_policy(const struct reply_book *book, const char *policy)
{
	size_t length = strlen(policy);

	for (size_t i = 0; i < book->count; i++) {
		const struct reason *reason = book->row[i].reason;

		if (reason != NULL &&
		    strncmp(reason->name, policy, length) == 0 &&
		    reason->name[length] == '.')
			return true;
	}
	return false;
}

/* unknown_reason - complain, with the nearest right name */
static void
unknown_reason(const struct making *m, const char *name, struct origin at)
{
	const char *near = nearest_reason(m->book, name);

	if (near != NULL)
		problems_error(m->problems, at,
		    "reply: unknown reason \"%s\", did you mean \"%s\"?", name,
		    near);
	else
		problems_error(m->problems, at, "reply: unknown reason \"%s\"",
		    name);
}

/* make_wording - compile one reply of a file; NULL after a complaint */
static struct wording *
make_wording(const struct making *m, const struct ini_entry *entry)
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

/* wording_number - of the key: 0 reply, 1 alternative, 2 alternative2, ... */
static bool
wording_number(const char *key, size_t *out)
{
	static const char *const keys[REPLY_WORDINGS] = { "reply",
		"alternative", "alternative2", "alternative3", "alternative4",
		"alternative5", "alternative6", "alternative7", "alternative8",
		"alternative9" };

	for (*out = 0; *out < REPLY_WORDINGS; ++*out)
		if (strcmp(key, keys[*out]) == 0)
			return true;
	return false;
}

/* read_reason - one section [policy.reason] of a system's file */
static void
read_reason(const struct making *m, const struct ini_section *section)
{
	struct reply_row *row = find_row(m->book, section->head);
	size_t n;

	if (row == NULL) {
		if (has_policy(m->book, section->name) ||
		    nearest_reason(m->book, section->head) != NULL)
			unknown_reason(m, section->head, section->at);
		return;
	}
	memset(row->system, 0, sizeof(row->system));
	for (const struct ini_entry *entry = section->entries; entry != NULL;
	     entry = entry->next) {
		if (wording_number(entry->key, &n))
			row->system[n] = make_wording(m, entry);
		else
			problems_error(m->problems, entry->at,
			    "reply: unknown key \"%s\": reply, alternative, "
			    "alternative2 ... alternative9 are known",
			    entry->key);
	}
	if (row->system[0] == NULL)
		problems_error(m->problems, section->at,
		    "reply: [%s] needs a good \"reply =\"", section->head);
}

/* known_systems - names of the files in the folders; returns how many */
static size_t
known_systems(const struct making *m, const char *names[SYSTEMS_MAX])
{
	size_t n = 0;

	names[n++] = "mailreeve";
	for (size_t i = 0; i < m->folder_count; i++) {
		DIR *folder = opendir(m->folders[i]);
		struct dirent *file;

		while (folder != NULL && n < SYSTEMS_MAX &&
		       (file = readdir(folder)) != NULL) {
			size_t length = strlen(file->d_name);

			if (length > 4 &&
			    strcmp(file->d_name + length - 4, ".ini") == 0)
				names[n++] = arena_strndup(m->book->arena,
				    file->d_name, length - 4);
		}
		if (folder != NULL)
			closedir(folder);
	}
	return n;
}

/* unknown_system - complain, with the nearest right name */
static void
unknown_system(const struct making *m, const char *system, struct origin at)
{
	const char *names[SYSTEMS_MAX];
	const char *near = str_nearest(system, names, known_systems(m, names));
	struct str where = STR_INIT;

	for (size_t i = 0; i < m->folder_count; i++) {
		str_add(&where, i > 0 ? " or " : " in ");
		str_add(&where, m->folders[i]);
	}
	if (near != NULL)
		problems_error(m->problems, at,
		    "replies: unknown system \"%s\", did you mean \"%s\"?",
		    system, near);
	else
		problems_error(m->problems, at,
		    "replies: unknown system \"%s\": no %s.ini%s", system,
		    system, str_text(&where));
	str_fini(&where);
}

/* find_system - path of the system's file, or NULL after a complaint */
static const char *
find_system(const struct making *m, const char *system, struct origin at)
{
	for (size_t i = 0; i < m->folder_count && strchr(system, '/') == NULL;
	     i++) {
		const char *path = arena_printf(m->book->arena, "%s/%s.ini",
		    m->folders[i], system);

		if (access(path, F_OK) == 0)
			return path;
	}
	unknown_system(m, system, at);
	return NULL;
}

/* read_head - [system]: the entry that names the file to inherit, or NULL */
static const struct ini_entry *
read_head(const struct making *m, const struct ini_section *section)
{
	const struct ini_entry *inherit = NULL;

	for (const struct ini_entry *entry = section->entries; entry != NULL;
	     entry = entry->next) {
		if (strcmp(entry->key, "inherit") == 0)
			inherit = entry;
		else if (strcmp(entry->key, "name") != 0 &&
			 strcmp(entry->key, "document") != 0)
			problems_error(m->problems, entry->at,
			    "reply: unknown key \"%s\": name, document and "
			    "inherit are known",
			    entry->key);
	}
	return inherit;
}

/* read_system - a system's file, after what it inherits */
static void
read_system(const struct making *m, const char *system, struct origin at,
    unsigned depth)
{
	const char *path = find_system(m, system, at);
	struct ini_section *sections;
	const struct ini_entry *inherit = NULL;

	if (path == NULL)
		return;
	if (depth == INHERIT_MAX) {
		problems_error(m->problems, at,
		    "reply: \"inherit\" goes deeper than %d files",
		    INHERIT_MAX);
		return;
	}
	sections = ini_read(path, m->book->arena, m->problems);
	for (struct ini_section *s = sections; s != NULL; s = s->next)
		if (strcmp(s->head, "system") == 0)
			inherit = read_head(m, s);
	if (inherit != NULL)
		read_system(m, inherit->value, inherit->at, depth + 1);
	for (struct ini_section *s = sections; s != NULL; s = s->next)
		if (strcmp(s->head, "system") != 0)
			read_reason(m, s);
}

/* choose_alternative - "alternative" or "alternative N" of [replies] */
static void
choose_alternative(const struct making *m, struct reply_row *row,
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
override(const struct making *m, const struct ini_entry *entry)
{
	static const char alternative[] = "alternative";
	struct reply_row *row = find_row(m->book, entry->key);

	if (row == NULL)
		unknown_reason(m, entry->key, entry->at);
	else if (strcmp(entry->value, "native") == 0)
		row->chosen = &row->native;
	else if (strncmp(entry->value, alternative, strlen(alternative)) == 0)
		choose_alternative(m, row, entry);
	else
		row->chosen = make_wording(m, entry);
}

/* reply_book_new - native replies, then the system's, then the overrides */
struct reply_book *
reply_book_new(const struct reason_table *tables, size_t count,
    const char *system, struct origin system_at, const char *const *folders,
    size_t folder_count, const struct ini_section *overrides,
    struct problems *problems)
{
	struct reply_book *book = mem_alloc(sizeof(*book));
	const struct making m = { .book = book,
		.folders = folders,
		.folder_count = folder_count,
		.problems = problems };

	book->arena = arena_new(BOOK_BLOCK);
	book->count = count_rows(tables, count);
	book->row = arena_alloc(book->arena, book->count * sizeof(*book->row));
	for (size_t i = 0; i < count; i++)
		make_native(book, &tables[i]);
	if (strcmp(system, "mailreeve") != 0)
		read_system(&m, system, system_at, 0);
	for (size_t i = 0; i < book->count; i++)
		book->row[i].chosen = book->row[i].system[0];
	for (const struct ini_entry *entry =
		 overrides != NULL ? overrides->entries : NULL;
	     entry != NULL; entry = entry->next)
		override(&m, entry);
	book->catch_mail = find_row(book, "milter.envfrom");
	book->catch_message = find_row(book, "milter.eom");
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
