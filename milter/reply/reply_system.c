/*
 * reply_system - files of documented systems.
 *
 * reply_system_read()  etc/replies/NAME.ini, and what it inherits, to a book
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
 * A section replaces the whole section of the inherited file.
 *
 * Diagnostics: errors with file and line; unknown names come with the nearest
 * right one. Sections of reasons that this program does not have, and that are
 * no slip of one it has, are passed over: a system documents what it likes.
 */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "reply/reply_book.h"

#define INHERIT_MAX 4
#define SYSTEMS_MAX 64

/*
 * is_of_ours - whether the name is a policy's that has reasons here, or near
 * one and likely a slip
 */
static bool
is_of_ours(const struct reply_book *book, const char *policy)
{
	const char **names = mem_array(book->count + 1, sizeof(*names));
	bool found;
	size_t n = 0;

	for (size_t i = 0; i < book->count; i++) {
		const struct reason *reason = book->row[i].reason;

		if (reason != NULL)
			names[n++] = arena_strndup(book->arena, reason->name,
			    strcspn(reason->name, "."));
	}
	found = str_nearest(policy, names, n) != NULL;
	mem_free(names);
	return found;
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
read_reason(const struct reply_making *m, const struct ini_section *section)
{
	struct reply_row *row = reply_book_by_name(m->book, section->head);
	size_t n;

	if (row == NULL) {
		if (is_of_ours(m->book, section->name) &&
		    reply_book_nearest(m->book, section->head) != NULL)
			reply_book_unknown(m, section->head, section->at);
		return;
	}
	memset(row->system, 0, sizeof(row->system));
	for (const struct ini_entry *entry = section->entries; entry != NULL;
	     entry = entry->next) {
		if (wording_number(entry->key, &n))
			row->system[n] = reply_book_wording(m, entry);
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
known_systems(const struct reply_making *m, const char *names[SYSTEMS_MAX])
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
unknown_system(const struct reply_making *m, const char *system,
    struct origin at)
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
find_system(const struct reply_making *m, const char *system, struct origin at)
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
read_head(const struct reply_making *m, const struct ini_section *section)
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

/* read_file - a system's file, after what it inherits */
static void
read_file(const struct reply_making *m, const char *system, struct origin at,
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
		read_file(m, inherit->value, inherit->at, depth + 1);
	for (struct ini_section *s = sections; s != NULL; s = s->next)
		if (strcmp(s->head, "system") != 0)
			read_reason(m, s);
}

/* reply_system_read - the file of a system */
void
reply_system_read(const struct reply_making *m, const char *system,
    struct origin at)
{
	read_file(m, system, at, 0);
}
