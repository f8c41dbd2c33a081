/*
 * content_signatures - files of signatures: patterns with names.
 *
 *     NAME WHERE[,WHERE ...] /pattern/flags
 *
 * One a line; # begins a comment. The name is any word of printable ASCII; it
 * is told to the client.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policies/content.h"

#define WHITE " \t\r\v\f"
#define NAME_MOST 100

/* one line on its way */
struct reading {
	struct content_signatures *into;
	size_t room;
	struct origin at;
	struct problems *problems;
};

/* take_word - the next word of a line, ended in place; *rest behind it */
static char *
take_word(char **rest)
{
	char *word = *rest + strspn(*rest, WHITE);
	size_t length = strcspn(word, WHITE);

	*rest = word + length;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

/* is_name - that can stand in a reply */
static bool
is_name(const char *word)
{
	size_t length = strlen(word);

	for (const char *c = word; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return length > 0 && length <= NAME_MOST;
}

/* read_where - the places of a line; the wrong word, or NULL */
static const char *
read_where(char *text, struct content_where *where, struct arena *arena)
{
	const char *cursor = text, *word;
	size_t length;

	while ((word = str_next_word(&cursor, ",", &length)) != NULL) {
		word = arena_strndup(arena, word, length);
		if (!content_where_parse(word, where, arena))
			return word;
	}
	return where->places == 0 ? "" : NULL;
}

/* read_signature - the words of a line; what is wrong */
static const char *
read_signature(char *line, struct content_signature *signature,
    struct arena *arena)
{
	const char *wrong, *end;
	char *word;

	word = take_word(&line);
	if (!is_name(word))
		return "a name is a word of printable ASCII";
	signature->name = arena_strdup(arena, word);
	word = take_word(&line);
	wrong = read_where(word, &signature->where, arena);
	if (wrong != NULL)
		return arena_printf(arena,
		    "\"%s\" is no place: subject, header, header:NAME, body, "
		    "name, type, flaw, any",
		    wrong);
	line += strspn(line, WHITE);
	if (*line != '/')
		return "a pattern is written /pattern/";
	signature->pattern = table_pattern_new(line, &end, arena, &wrong);
	if (signature->pattern == NULL)
		return wrong;
	end += strspn(end, WHITE);
	return *end == '\0' || *end == '#'
		   ? NULL
		   : "there is something behind the pattern";
}

/* read_line - one line of the file */
static void
read_line(struct reading *reading, char *line)
{
	struct content_signatures *into = reading->into;
	struct content_signature *made;
	const char *wrong;

	line += strspn(line, WHITE);
	if (*line == '\0' || *line == '#')
		return;
	if (into->count == reading->room) {
		reading->room = reading->room * 2 + 16;
		into->list =
		    mem_resize(into->list, reading->room * sizeof(*into->list));
	}
	made = &into->list[into->count++];
	*made = (struct content_signature){ .line = reading->at.line };
	wrong = read_signature(line, made, into->arena);
	if (wrong != NULL)
		problems_error(reading->problems, reading->at, "%s", wrong);
}

struct content_signatures *
content_signatures_parse(const char *text, const char *path,
    struct problems *problems)
{
	struct content_signatures *made = mem_alloc(sizeof(*made));
	struct reading reading = { .into = made, .problems = problems };
	char *copy, *line, *next;

	made->arena = arena_new(1024);
	reading.at.file = arena_strdup(made->arena, path);
	copy = mem_strdup(text);
	for (line = copy; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		reading.at.line++;
		read_line(&reading, line);
	}
	mem_free(copy);
	return made;
}

struct content_signatures *
content_signatures_read(const char *path, struct origin at,
    struct problems *problems)
{
	struct content_signatures *made;
	struct str text = STR_INIT;
	char chunk[4096];
	FILE *file = fopen(path, "re");
	size_t got;

	while (file != NULL && (got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		str_add_n(&text, chunk, got);
	if (file == NULL || ferror(file))
		problems_error(problems, at, "signatures: %s: %s", path,
		    strerror(errno));
	if (file != NULL)
		fclose(file);
	made = content_signatures_parse(str_text(&text), path, problems);
	str_fini(&text);
	return made;
}

void
content_signatures_free(struct content_signatures *signatures)
{
	if (signatures == NULL)
		return;
	for (size_t i = 0; i < signatures->count; i++)
		table_pattern_free(signatures->list[i].pattern);
	mem_free(signatures->list);
	arena_free(signatures->arena);
	mem_free(signatures);
}
