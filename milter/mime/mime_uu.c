/*
 * mime_uu - uuencode (POSIX, uuencode(1)): what files were sent in before
 * there was MIME. GMime wants it without its first line and without CR, and
 * what it makes of broken lines depends on how they were cut; so here.
 *
 *     begin 644 name
 *     #86)C
 *     `
 *     end
 *
 * The first character of a line is how many bytes it holds, then four
 * characters stand for three bytes; what is left of a line is a checksum of
 * some. A line without bytes is the last.
 */
#include <string.h>

#include "base/mem.h"
#include "mime/mime_internal.h"

#define LINE_MAX_KEPT 512 /* bytes of the first line */

enum uu_place {
	UU_BEFORE, /* text in front, at the begin of a line */
	UU_OTHER,  /* and further on in it */
	UU_BEGIN,  /* behind "begin " */
	UU_LENGTH, /* the begin of a line */
	UU_DATA,
	UU_AFTER,
};

struct uu {
	enum uu_place place;
	size_t matched; /* of "begin " */
	char line[LINE_MAX_KEPT + 1];
	size_t length;
	unsigned left, digits, value; /* of a line, and of four characters */
};

struct uu *
mime_uu_new(struct mime *mime)
{
	return arena_alloc(mime->arena, sizeof(struct uu));
}

/* before - until the first line is there */
static void
before(struct uu *uu, char c)
{
	static const char begin[] = "begin ";

	if (c == '\n') {
		uu->place = UU_BEFORE;
		uu->matched = 0;
	} else if (uu->place == UU_OTHER || c != begin[uu->matched]) {
		uu->place = UU_OTHER;
	} else if (begin[++uu->matched] == '\0') {
		uu->place = UU_BEGIN;
	}
}

/* first_line - "644 name" */
static void
first_line(struct uu *uu, char c)
{
	if (c == '\n')
		uu->place = UU_LENGTH;
	else if (uu->length < LINE_MAX_KEPT && c != '\0')
		uu->line[uu->length++] = c;
}

/* number - what a character stands for: 6 bits; blank and ` are 0 */
static unsigned
number(char c)
{
	return ((unsigned)(unsigned char)c - ' ') & 0x3F;
}

/* data - of a line; how many bytes it makes */
static size_t
data(struct uu *uu, char c, char *out)
{
	size_t count = 0;

	if (c == '\n') {
		uu->place = UU_LENGTH;
		return 0;
	}
	if (uu->left == 0)
		return 0;
	uu->value = uu->value << 6 | number(c);
	if (++uu->digits < 4)
		return 0;
	for (; count < 3 && uu->left > 0; count++, uu->left--)
		out[count] = (char)(uu->value >> (16 - 8 * count) & 0xFF);
	uu->digits = uu->value = 0;
	return count;
}

/* length_of - a line begins */
static void
length_of(struct uu *uu, char c)
{
	uu->left = number(c);
	uu->digits = uu->value = 0;
	uu->place = uu->left > 0 ? UU_DATA : UU_AFTER;
}

size_t
mime_uu(struct uu *uu, const char *bytes, size_t length, char *out)
{
	size_t made = 0;

	for (size_t i = 0; i < length && uu->place != UU_AFTER; i++) {
		if (bytes[i] == '\r')
			continue;
		if (uu->place == UU_DATA)
			made += data(uu, bytes[i], out + made);
		else if (uu->place == UU_LENGTH)
			length_of(uu, bytes[i]);
		else if (uu->place == UU_BEGIN)
			first_line(uu, bytes[i]);
		else
			before(uu, bytes[i]);
	}
	return made;
}

bool
mime_uu_has_begun(const struct uu *uu)
{
	return uu->place >= UU_LENGTH;
}

const char *
mime_uu_name(struct mime *mime, const struct uu *uu)
{
	const char *name = uu->line + strcspn(uu->line, " ");

	if (!mime_uu_has_begun(uu))
		return "";
	return mime_field_decode(mime, name + strspn(name, " "));
}
