/*
 * mime_split - the body to lines, parts and their headers.
 *
 * Open multiparts and messages lie on a stack as deep as `nesting`. A line
 * that begins with two hyphens is held back until it is clear whether it is a
 * boundary of one of them, the innermost first; an outer one ends all that is
 * inside, closed or not, as readers of mail do. All other bytes pass through
 * in runs as long as they come.
 *
 * A header ends at the empty line, or where a line is no field: what follows
 * such a line is shown by readers of mail as text, so it is read as text.
 */
#include <string.h>

#include "base/mem.h"
#include "mime/mime_internal.h"

/* a line that is longer than the longest boundary with what is around it */
#define HELD_MAX (BOUNDARY_MAX + 16)
/* bytes of a line of a header that are looked at */
#define LINE_MAX_KEPT PART_FIELD_MAX

#define WHITE " \t\r\n"

/* is_blank - nothing but white space */
static bool
is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (strchr(WHITE, text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

/* field_done - a field of a part's header is complete */
static void
field_done(struct mime *mime)
{
	char *name = mime->field.data, *value;
	size_t end;

	if (mime->field.length == 0)
		return;
	value = strchr(name, ':');
	if (value != NULL) {
		*value++ = '\0';
		end = strlen(name);
		while (end > 0 && strchr(WHITE, name[end - 1]) != NULL)
			name[--end] = '\0';
		mime_field_of_part(mime, name, value);
		if (mime->inner)
			mime_field_keep(mime, name, value, true);
	}
	str_reset(&mime->field);
}

/* is_field - whether a line begins one: a name, a colon */
static bool
is_field(const char *line, size_t length)
{
	size_t i = 0;

	while (i < length && line[i] > ' ' && line[i] < 127 && line[i] != ':')
		i++;
	while (i > 0 && i < length && (line[i] == ' ' || line[i] == '\t'))
		i++;
	return i > 0 && i < length && line[i] == ':';
}

/* header_line - one line of a part's header */
static void
header_line(struct mime *mime, const char *line, size_t length)
{
	bool blank = is_blank(line, length);

	if (!blank && (line[0] == ' ' || line[0] == '\t')) {
		if (mime->field.length + length < PART_FIELD_MAX)
			str_add_n(&mime->field, line, length);
		return;
	}
	field_done(mime);
	if (!blank && is_field(line, length)) {
		str_add_n(&mime->field, line, length);
		return;
	}
	mime->place = IN_BODY;
	mime_part_begin(mime);
	if (!blank && mime->place == IN_BODY)
		mime_part_bytes(mime, line, length);
}

/* header_end - what ends a header other than its own end */
static void
header_end(struct mime *mime)
{
	if (mime->place != IN_HEADER)
		return;
	if (mime->line.length > 0)
		header_line(mime, mime->line.data, mime->line.length);
	str_reset(&mime->line);
	if (mime->place != IN_HEADER)
		return;
	field_done(mime);
	mime->place = IN_BODY;
	mime_part_begin(mime);
}

/* is_text - whether a line that is not at its end yet can be no header's */
static bool
is_text(const char *line, size_t length)
{
	return line[0] != ' ' && line[0] != '\t' && !is_blank(line, length) &&
	       !is_field(line, length);
}

/*
 * header_bytes - of a line, with its end if it is in there. Of the longest
 * only the begin is kept; if that is no field, all of it is text.
 */
static void
header_bytes(struct mime *mime, const char *bytes, size_t length)
{
	struct str *line = &mime->line;
	size_t room = LINE_MAX_KEPT - line->length;
	size_t kept = length < room ? length : room;
	bool is_whole = kept == length && bytes[length - 1] == '\n';

	str_add_n(line, bytes, kept);
	if (line->length == LINE_MAX_KEPT && !is_whole &&
	    is_text(line->data, line->length)) {
		header_line(mime, line->data, line->length);
		str_reset(line);
		if (kept < length && mime->place == IN_BODY)
			mime_part_bytes(mime, bytes + kept, length - kept);
	} else if (bytes[length - 1] == '\n') {
		header_line(mime, line->data, line->length);
		str_reset(line);
	}
}

/* matches - whether a line is a boundary of a level, and its last */
static bool
matches(const struct level *level, const char *line, size_t length, bool *last)
{
	if (level->boundary == NULL || length < level->length + 2 ||
	    memcmp(line + 2, level->boundary, level->length) != 0)
		return false;
	line += 2 + level->length;
	length -= 2 + level->length;
	*last = length >= 2 && line[0] == '-' && line[1] == '-';
	if (*last)
		length -= 2, line += 2;
	return is_blank(line, length) || level->length == BOUNDARY_MAX;
}

/* boundary - what a line is the boundary of; -1 of nothing */
static int
boundary(const struct mime *mime, const char *line, size_t length, bool *last)
{
	if (length < 3 || line[0] != '-' || line[1] != '-')
		return -1;
	for (size_t i = mime->depth; i > 0; i--)
		if (matches(&mime->levels[i - 1], line, length, last))
			return (int)i - 1;
	return -1;
}

/* drop_levels - those inside that many; a multipart among them is unclosed */
static void
drop_levels(struct mime *mime, size_t depth)
{
	while (mime->depth > depth) {
		const struct level *level = &mime->levels[--mime->depth];

		if (level->boundary != NULL)
			mime_flaw(mime, level->part, MIME_FLAW_UNCLOSED);
	}
}

/* at_boundary - of that level */
static void
at_boundary(struct mime *mime, size_t level, bool last)
{
	header_end(mime);
	mime_part_end(mime);
	drop_levels(mime, level + 1);
	if (last) {
		mime->depth = level;
		mime->place = BETWEEN;
		return;
	}
	mime->place = IN_HEADER;
	mime->inner = false;
}

/* pass - bytes that are no boundary to where they belong */
static void
pass(struct mime *mime, const char *bytes, size_t length)
{
	while (length > 0 && mime->place == IN_HEADER) {
		const char *end = memchr(bytes, '\n', length);
		size_t line = end != NULL ? (size_t)(end - bytes) + 1 : length;

		header_bytes(mime, bytes, line);
		bytes += line;
		length -= line;
	}
	if (length > 0 && mime->place == IN_BODY)
		mime_part_bytes(mime, bytes, length);
}

/* release - a line that was held back: a boundary, or not */
static void
release(struct mime *mime)
{
	bool last = false;
	int level = boundary(mime, mime->held, mime->held_count, &last);
	size_t count = mime->held_count;

	mime->held_count = 0;
	if (level < 0) {
		pass(mime, mime->held, count);
		return;
	}
	mime->skip_line = mime->line_begun;
	at_boundary(mime, (size_t)level, last);
}

/* hold - bytes of a line that may be a boundary; how many were taken */
static size_t
hold(struct mime *mime, const char *bytes, size_t length)
{
	size_t taken = 0;
	char c = '\0';

	if (mime->held == NULL)
		mime->held = arena_alloc(mime->arena, HELD_MAX);
	while (taken < length && mime->held_count < HELD_MAX && c != '\n') {
		c = bytes[taken++];
		/* the line is no boundary: the rest need not be held */
		if (mime->held_count < 2 && c != '-') {
			taken--;
			break;
		}
		mime->held[mime->held_count++] = c;
	}
	if (taken < length || mime->held_count == HELD_MAX || c == '\n') {
		mime->line_begun = c != '\n';
		release(mime);
	}
	return taken;
}

/* run - bytes up to the next line that begins with a hyphen */
static size_t
run(const struct mime *mime, const char *bytes, size_t length)
{
	const char *end = bytes + length, *at = bytes;

	if (!mime->line_begun && bytes[0] == '-')
		return 0;
	for (;;) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL || at + 1 == end)
			return length;
		if (*++at == '-')
			return (size_t)(at - bytes);
	}
}

/*
 * header_run - the same in the header of a part: to the end of the line, since
 * the header may end there, and parts with boundaries begin
 */
static size_t
header_run(const struct mime *mime, const char *bytes, size_t length)
{
	const char *end;

	if (mime->depth > 0 && !mime->line_begun && bytes[0] == '-')
		return 0;
	end = memchr(bytes, '\n', length);
	return end != NULL ? (size_t)(end - bytes) + 1 : length;
}

/* skip - the rest of a boundary line */
static size_t
skip(struct mime *mime, const char *bytes, size_t length)
{
	const char *end = memchr(bytes, '\n', length);

	if (end == NULL)
		return length;
	mime->skip_line = mime->line_begun = false;
	return (size_t)(end - bytes) + 1;
}

/* split_some - the next bytes, as many as go one way; how many */
static size_t
split_some(struct mime *mime, const char *bytes, size_t length)
{
	size_t count;

	if (mime->skip_line)
		return skip(mime, bytes, length);
	if (mime->held_count > 0)
		return hold(mime, bytes, length);
	if (mime->place == IN_HEADER)
		count = header_run(mime, bytes, length);
	else
		count = mime->depth > 0 ? run(mime, bytes, length) : length;
	if (count == 0)
		return hold(mime, bytes, length);
	pass(mime, bytes, count);
	mime->line_begun = bytes[count - 1] != '\n';
	return count;
}

void
mime_split(struct mime *mime, const char *bytes, size_t length)
{
	size_t count;

	while (length > 0 && !mime->stopped) {
		count = split_some(mime, bytes, length);
		bytes += count;
		length -= count;
	}
}

void
mime_split_end(struct mime *mime)
{
	if (mime->held_count > 0)
		release(mime);
	header_end(mime);
	mime_part_end(mime);
	drop_levels(mime, 0);
}
