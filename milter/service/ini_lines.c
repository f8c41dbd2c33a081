/*
 * ini_lines - the text of one ini file, cut into lines that inih can take.
 *
 * inih reads lines into a buffer whose size was fixed when it was compiled
 * (200 bytes in Debian's), keeps 50 bytes of a section's head, is silent about
 * empty sections, and knows '#' only at the beginning of a line. None of these
 * limits may reach the administrator, so this reader stands between:
 *
 *   - comments are removed here, in one way for '#' and ';'
 *   - a longer line is handed on in pieces; all but the first begin with white
 *     space, which inih takes for the value going on. `glued` tells whether
 *     the cut fell inside a word
 *   - a head is kept here (line, length) and inih gets an empty one, which
 *     makes it forget the key before
 *   - lines are counted here, pieces are not
 */
#include "service/ini_lines.h"

#include <string.h>

#define BOM "\xef\xbb\xbf"

/* is_space - white space within a line, in any locale */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
ini_lines_init(struct ini_lines *lines, const char *text)
{
	*lines = (struct ini_lines){ .next = text };
	if (strncmp(text, BOM, strlen(BOM)) == 0)
		lines->next += strlen(BOM);
}

/* without_comment - the length of a line up to its comment */
static size_t
without_comment(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((line[i] == '#' || line[i] == ';') &&
		    (i == 0 || is_space(line[i - 1])))
			return i;
	return length;
}

/* take_line - one line of the text into hand; whether it was indented */
static bool
take_line(struct ini_lines *lines)
{
	const char *line = lines->next;
	size_t length = strcspn(line, "\n");
	bool indented;

	lines->next = line + length + (line[length] == '\n');
	lines->number++;
	length = without_comment(line, length);
	while (length > 0 && is_space(line[length - 1]))
		length--;
	indented = length > 0 && is_space(line[0]);
	while (length > 0 && is_space(line[0])) {
		line++;
		length--;
	}
	lines->line = line;
	lines->length = length;
	lines->handed = 0;
	lines->glued = false;
	return indented;
}

/* next_line - to the next line that says something */
static enum ini_line
next_line(struct ini_lines *lines)
{
	while (lines->next[0] != '\0') {
		bool indented = take_line(lines);

		if (lines->length == 0)
			continue;
		if (indented && lines->indent == INI_INDENT_MORE)
			return INI_LINE_MORE;
		if (indented && lines->indent == INI_INDENT_DROP)
			continue;
		return lines->line[0] == '[' ? INI_LINE_HEAD : INI_LINE_KEY;
	}
	return INI_LINE_END;
}

/*
 * hand_out - as much of the line as fits. Behind the margin of a piece a
 * backslash keeps inih from seeing a comment; ini.c removes it. A backslash
 * is never the last byte, for it may belong to the next one.
 */
static void
hand_out(struct ini_lines *lines, bool margin, char *out, size_t size)
{
	const char *text = lines->line + lines->handed;
	size_t left = lines->length - lines->handed;
	size_t room = size - 3;
	size_t n = left;

	if (margin)
		*out++ = ' ';
	if (margin && (text[0] == ';' || text[0] == '#'))
		*out++ = '\\';
	if (left > room) {
		n = room;
		while (n > 1 && text[n - 1] == '\\')
			n--;
	}
	memcpy(out, text, n);
	out[n] = '\0';
	lines->handed += n;
}

/* glued - whether a cut at this place falls inside a word */
static bool
glued(const struct ini_lines *lines)
{
	const char *cut = lines->line + lines->handed;

	return !is_space(cut[-1]) && !is_space(cut[0]);
}

enum ini_line
ini_lines_next(struct ini_lines *lines, char *out, size_t size)
{
	enum ini_line kind = INI_LINE_PIECE;

	if (lines->handed < lines->length)
		lines->glued = glued(lines);
	else
		kind = next_line(lines);
	if (kind == INI_LINE_END)
		return kind;
	if (kind == INI_LINE_HEAD) {
		ini_lines_drop(lines);
		memcpy(out, "[]", sizeof("[]"));
		return kind;
	}
	hand_out(lines, kind != INI_LINE_KEY, out, size);
	return kind;
}

void
ini_lines_drop(struct ini_lines *lines)
{
	lines->handed = lines->length;
}
