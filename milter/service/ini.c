/*
 * ini - files of "[section]" and "key = value" to entries with file and line.
 *
 * ini_read(), ini_read_text(), ini_escape().
 *
 * inih calls take() for each key with its value, and for each further line
 * (or piece, see ini_lines.c) of a value. A value is complete when something
 * else follows, so the last key is kept open until then: close_entry(). Then
 * it is either added to its section or, for `include`, other files are read
 * at this place. Such a file begins in the section that includes it, and the
 * same section goes on behind it.
 *
 * Owns nothing: all results live in the caller's arena. Diagnostics: problems
 * with file and line. Every line that inih finds to be neither head nor key
 * is reported (it calls nobody for those, and itself returns only the first).
 */
#include "service/ini.h"

#include <glob.h>
#include <string.h>

#include <ini.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/ini_file.h"
#include "service/ini_head.h"
#include "service/ini_lines.h"

#define INCLUDE_DEPTH 10

/* what all files of one configuration add to */
struct reading {
	struct arena *arena;
	struct problems *problems;
	struct ini_section *first;
	struct ini_section *current; /* NULL: before the first head */
};

/* one file on its way through inih */
struct parser {
	struct reading *reading;
	const struct parser *includer;
	const char *file;
	struct ini_file opened;
	struct ini_lines lines;
	enum ini_line kind; /* of the line that inih has */
	bool taken;         /* inih called take() for it */
	const char *key;    /* the open entry, or NULL */
	struct str value;
	struct origin at;
};

static void include_files(struct parser *parser, const char *pattern,
    struct origin at);

/* here - the place of the line in hand */
static struct origin
here(const struct parser *parser)
{
	return (struct origin){
		.file = parser->file,
		.line = parser->lines.number,
	};
}

/* find_entry - the entry of that key in a section, or NULL */
static struct ini_entry *
find_entry(struct ini_section *section, const char *key)
{
	struct ini_entry *entry;

	for (entry = section->entries; entry != NULL; entry = entry->next)
		if (strcmp(entry->key, key) == 0)
			return entry;
	return NULL;
}

/*
 * add_entry - a key to its section. Twice in one file is a slip; in another
 * file it is meant to replace (that is what conf.d folders are for).
 */
static void
add_entry(struct reading *reading, const char *key, const char *value,
    struct origin at)
{
	struct ini_section *section = reading->current;
	struct ini_entry *entry;
	struct ini_entry **end;

	if (section == NULL) {
		problems_error(reading->problems, at,
		    "%s: a key must stand in a [section]", key);
		return;
	}
	entry = find_entry(section, key);
	if (entry != NULL && strcmp(entry->at.file, at.file) == 0) {
		problems_error(reading->problems, at,
		    "%s: already set in line %u", key, entry->at.line);
		return;
	}
	if (entry == NULL) {
		entry = arena_alloc(reading->arena, sizeof(*entry));
		entry->key = key;
		for (end = &section->entries; *end != NULL;)
			end = &(*end)->next;
		*end = entry;
	}
	entry->value = value;
	entry->at = at;
}

/* unescape - "\#" and "\;" to the byte itself, in place */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && (text[1] == '#' || text[1] == ';'))
			text++;
		*to++ = *text;
	}
	*to = '\0';
}

/* close_entry - the open entry is complete */
static void
close_entry(struct parser *parser)
{
	struct reading *reading = parser->reading;
	const char *key = parser->key;
	char *value;

	if (key == NULL)
		return;
	parser->key = NULL;
	value = arena_strdup(reading->arena, str_text(&parser->value));
	unescape(value);
	if (strcmp(key, "include") == 0)
		include_files(parser, value, parser->at);
	else
		add_entry(reading, key, value, parser->at);
}

/* open_entry - a key, and as much of its value as inih had in its buffer */
static void
open_entry(struct parser *parser, const char *key, const char *value)
{
	if (key[0] == '\0') {
		problems_error(parser->reading->problems, here(parser),
		    "no key before the '='");
		ini_lines_drop(&parser->lines);
		parser->lines.indent = INI_INDENT_DROP;
		return;
	}
	parser->key = str_lower(arena_strdup(parser->reading->arena, key));
	parser->at = here(parser);
	parser->lines.indent = INI_INDENT_MORE;
	str_reset(&parser->value);
	str_add(&parser->value, value);
}

/*
 * looks_like_key - "word = ..." in an indented line. It is a part of the value
 * above, which is hardly what was meant.
 */
static bool
looks_like_key(const char *text)
{
	size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

	return word > 0 && text[word] == ' ' &&
	       strncmp(text + word + strspn(text + word, " "), "= ", 2) == 0;
}

/* take - inih's call for a key, or for more of its value */
static int
take(void *user, const char *section, const char *key, const char *value)
{
	struct parser *parser = user;

	(void)section; /* cut at 50 bytes; open_section() has the whole */
	parser->taken = true;
	if (parser->kind == INI_LINE_KEY) {
		open_entry(parser, key, value);
		return 1;
	}
	if (parser->kind == INI_LINE_MORE && looks_like_key(value))
		problems_warning(parser->reading->problems, here(parser),
		    "an indented line belongs to the value of \"%s\" above",
		    parser->key);
	if (!parser->lines.glued && parser->value.length > 0)
		str_add_char(&parser->value, ' ');
	str_add(&parser->value, value);
	return 1;
}

/* join_section - the section of that head that exists already, or this one */
static struct ini_section *
join_section(struct reading *reading, struct ini_section *section)
{
	struct ini_section **end;

	for (end = &reading->first; *end != NULL; end = &(*end)->next)
		if (strcmp((*end)->head, section->head) == 0)
			return *end;
	*end = section;
	return section;
}

/*
 * open_section - the line in hand is a head. Keys below a bad one go into a
 * section that nobody sees, so that one slip gives one error.
 */
static void
open_section(struct parser *parser)
{
	struct reading *reading = parser->reading;
	struct ini_section *section;
	const char *wrong;

	section =
	    ini_head_read(&parser->lines, here(parser), reading->arena, &wrong);
	if (wrong == NULL)
		section = join_section(reading, section);
	else
		problems_error(reading->problems, here(parser), "%s", wrong);
	reading->current = section;
	parser->lines.indent = INI_INDENT_KEY;
}

/* check_taken - a line that inih could not read as a key is not lost */
static void
check_taken(struct parser *parser)
{
	if (parser->kind != INI_LINE_KEY || parser->taken)
		return;
	problems_error(parser->reading->problems, here(parser),
	    "neither \"key = value\" nor \"[section]\"");
	ini_lines_drop(&parser->lines);
	parser->lines.indent = INI_INDENT_DROP;
}

/* read_line - inih's call for the next line */
static char *
read_line(char *out, int size, void *stream)
{
	struct parser *parser = stream;

	check_taken(parser);
	parser->taken = false;
	parser->kind = ini_lines_next(&parser->lines, out, (size_t)size);
	if (parser->kind == INI_LINE_END || parser->kind == INI_LINE_HEAD ||
	    parser->kind == INI_LINE_KEY)
		close_entry(parser);
	if (parser->kind == INI_LINE_HEAD)
		open_section(parser);
	return parser->kind == INI_LINE_END ? NULL : out;
}

/* parse - one text through inih */
static void
parse(struct parser *parser, const char *text)
{
	ini_lines_init(&parser->lines, text);
	ini_parse_stream(read_line, parser, take, parser);
	str_fini(&parser->value);
}

/* is_included - whether a file is being read already, up the includes */
static bool
is_included(const struct parser *parser, const struct ini_file *file)
{
	for (; parser != NULL; parser = parser->includer)
		if (parser->opened.device == file->device &&
		    parser->opened.inode == file->inode)
			return true;
	return false;
}

/* read_file - a file named at some place (of an include, or nowhere) */
static void
read_file(struct reading *reading, const struct parser *includer,
    const char *file, struct origin at)
{
	struct parser parser = {
		.reading = reading,
		.includer = includer,
		.file = arena_strdup(reading->arena, file),
		.value = STR_INIT,
	};
	const char *why = ini_file_read(file, &parser.opened);

	if (why == NULL && is_included(includer, &parser.opened))
		why = "includes itself";
	if (why != NULL)
		problems_error(reading->problems, at, "cannot read %s: %s",
		    file, why);
	else
		parse(&parser, parser.opened.text);
	mem_free(parser.opened.text);
}

/* beside - a path relative to the folder of a file */
static const char *
beside(struct arena *arena, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || slash == NULL)
		return path;
	return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}

/* depth - how many files are being read */
static unsigned
depth(const struct parser *parser)
{
	unsigned n = 0;

	for (; parser != NULL; parser = parser->includer)
		n++;
	return n;
}

/* include_files - all files of a pattern, in the order of their names */
static void
include_files(struct parser *parser, const char *pattern, struct origin at)
{
	struct reading *reading = parser->reading;
	struct ini_section *section = reading->current;
	glob_t found = { .gl_pathc = 0 };

	if (pattern[0] == '\0') {
		problems_error(reading->problems, at, "include: no file named");
		return;
	}
	if (depth(parser) >= INCLUDE_DEPTH) {
		problems_error(reading->problems, at,
		    "include: nested more than %d deep", INCLUDE_DEPTH);
		return;
	}
	pattern = beside(reading->arena, parser->file, pattern);
	if (strpbrk(pattern, "*?[") == NULL)
		read_file(reading, parser, pattern, at);
	else if (glob(pattern, 0, NULL, &found) != 0)
		problems_warning(reading->problems, at,
		    "include: no file matches %s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		read_file(reading, parser, found.gl_pathv[i], at);
		reading->current = section;
	}
	reading->current = section;
	globfree(&found);
}

struct ini_section *
ini_read(const char *path, struct arena *arena, struct problems *problems)
{
	struct reading reading = { .arena = arena, .problems = problems };

	read_file(&reading, NULL, path, (struct origin){ .file = NULL });
	return reading.first;
}

struct ini_section *
ini_read_text(const char *text, const char *name, struct arena *arena,
    struct problems *problems)
{
	struct reading reading = { .arena = arena, .problems = problems };
	struct parser parser = {
		.reading = &reading,
		.file = arena_strdup(arena, name),
		.value = STR_INIT,
	};

	parse(&parser, text);
	return reading.first;
}

void
ini_escape(const char *value, struct str *out)
{
	bool space = true;

	for (; *value != '\0'; value++) {
		if (space && (*value == '#' || *value == ';'))
			str_add_char(out, '\\');
		str_add_char(out, *value);
		space = *value == ' ' || *value == '\t';
	}
}
