/*
 * spf_macro - the syntax of macro-strings and domain-specs (RFC 7208 7.1).
 *
 *     macro-expand = "%{" letter *DIGIT ["r"] *delimiter "}" / "%%" / "%_" /
 *                    "%-"
 *     domain-spec  = macro-string ( "." toplabel ["."] / macro-expand )
 *
 * A domain-spec is checked as it is written, not as it expands: a stranger's
 * HELO name cannot turn a good record into a bad one.
 */
#include <string.h>

#include "spf/spf_macro.h"

#define NAME_LETTERS "slodiphv"
#define EXPLANATION_LETTERS NAME_LETTERS "crt"
#define DELIMITERS ".-+,/_="
#define KEEP_MAX 1000 /* more parts than any name has */

bool
spf_macro_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* is_digit - 0 to 9 */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
spf_macro_is_alnum(char c)
{
	return spf_macro_is_alpha(c) || is_digit(c);
}

/* peek - the first byte, NUL at the end */
static char
peek(const struct spf_text *text)
{
	return text->length > 0 ? text->data[0] : '\0';
}

/* skip - go on by some bytes */
static void
skip(struct spf_text *text, size_t count)
{
	text->data += count;
	text->length -= count;
}

/* read_keep - *DIGIT; false for a number that is zero */
static bool
read_keep(struct spf_text *text, unsigned *keep)
{
	bool given = is_digit(peek(text));

	for (*keep = 0; is_digit(peek(text)); skip(text, 1)) {
		*keep = *keep * 10 + (unsigned)(peek(text) - '0');
		if (*keep > KEEP_MAX)
			*keep = KEEP_MAX;
	}
	return !given || *keep > 0;
}

/* is_delimiter - of parts; NUL ends no text here, it is one more byte */
static bool
is_delimiter(char c)
{
	return c != '\0' && strchr(DELIMITERS, c) != NULL;
}

/* read_braces - what stands behind "%{" */
static enum spf_part
read_braces(struct spf_text *text, enum spf_where where, struct spf_macro *out)
{
	char letter = peek(text);

	if (!spf_macro_is_alpha(letter))
		return SPF_PART_BAD;
	out->url = letter <= 'Z';
	out->letter = (char)(letter | 0x20);
	if (strchr(where == SPF_IN_NAME ? NAME_LETTERS : EXPLANATION_LETTERS,
		out->letter) == NULL)
		return SPF_PART_BAD;
	skip(text, 1);
	if (!read_keep(text, &out->keep))
		return SPF_PART_BAD;
	out->reverse = (peek(text) | 0x20) == 'r';
	skip(text, out->reverse ? 1 : 0);
	out->delimiters.data = text->data;
	while (is_delimiter(peek(text)))
		skip(text, 1);
	out->delimiters.length = (size_t)(text->data - out->delimiters.data);
	if (peek(text) != '}')
		return SPF_PART_BAD;
	skip(text, 1);
	return SPF_PART_MACRO;
}

/* read_percent - what stands behind "%" */
static enum spf_part
read_percent(struct spf_text *text, enum spf_where where, struct spf_macro *out)
{
	static const char *const escapes[] = { "%%", "_ ", "-%20" };
	char c = peek(text);

	if (text->length == 0)
		return SPF_PART_BAD;
	skip(text, 1);
	if (c == '{')
		return read_braces(text, where, out);
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (escapes[i][0] != c)
			continue;
		out->literal.data = escapes[i] + 1;
		out->literal.length = strlen(escapes[i] + 1);
		out->is_escape = true;
		return SPF_PART_LITERAL;
	}
	return SPF_PART_BAD;
}

/* is_literal - visible characters but "%"; explanations: also spaces */
static bool
is_literal(char c, enum spf_where where)
{
	return (c > ' ' && c < 0x7f && c != '%') ||
	       (c == ' ' && where == SPF_IN_EXPLANATION);
}

enum spf_part
spf_macro_next(struct spf_text *text, enum spf_where where,
    struct spf_macro *out)
{
	*out = (struct spf_macro){ .literal = { .data = text->data } };
	if (text->length == 0)
		return SPF_PART_END;
	if (peek(text) == '%') {
		skip(text, 1);
		return read_percent(text, where, out);
	}
	while (is_literal(peek(text), where))
		skip(text, 1);
	out->literal.length = (size_t)(text->data - out->literal.data);
	return out->literal.length > 0 ? SPF_PART_LITERAL : SPF_PART_BAD;
}

bool
spf_macro_check(struct spf_text text, enum spf_where where)
{
	struct spf_macro macro;
	enum spf_part part;

	do
		part = spf_macro_next(&text, where, &macro);
	while (part == SPF_PART_LITERAL || part == SPF_PART_MACRO);
	return part == SPF_PART_END;
}

/*
 * is_top_label - letters, digits and inner hyphens, but not digits alone: an
 * address is no name (7.1)
 */
static bool
is_top_label(const char *label, size_t length)
{
	bool named = false;

	if (length == 0 || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!spf_macro_is_alnum(label[i]) && label[i] != '-')
			return false;
		named = named || !is_digit(label[i]);
	}
	return named;
}

/* ends_in_top_label - the literal that a domain-spec ends with */
static bool
ends_in_top_label(const struct spf_text *literal)
{
	size_t end = literal->length, begin;

	if (end > 0 && literal->data[end - 1] == '.')
		end--;
	for (begin = end; begin > 0 && literal->data[begin - 1] != '.'; begin--)
		continue;
	return begin > 0 && is_top_label(literal->data + begin, end - begin);
}

bool
spf_macro_check_spec(struct spf_text text)
{
	struct spf_macro macro, last = { .is_escape = false };
	enum spf_part part, last_part = SPF_PART_BAD;

	while ((part = spf_macro_next(&text, SPF_IN_NAME, &macro)) !=
	       SPF_PART_END) {
		if (part == SPF_PART_BAD)
			return false;
		last = macro;
		last_part = part;
	}
	if (last_part == SPF_PART_LITERAL && !last.is_escape)
		return ends_in_top_label(&last.literal);
	return last_part != SPF_PART_BAD;
}

bool
spf_macro_asks_names(struct spf_text text)
{
	struct spf_macro macro;
	enum spf_part part;

	while ((part = spf_macro_next(&text, SPF_IN_NAME, &macro)) ==
		   SPF_PART_LITERAL ||
	       part == SPF_PART_MACRO)
		if (part == SPF_PART_MACRO && macro.letter == 'p')
			return true;
	return false;
}
