/*
 * mailaddr_header - the addresses of header fields (RFC 5322 3.4, 4.4).
 *
 * Written for fields that mean to deceive: display names that look like
 * addresses are skipped, comments nest to any depth without recursion, and a
 * comment or quote without end hides nothing: its first byte then stands for
 * itself and the address is MAILADDR_UNBALANCED. Time is proportional to the
 * length of the field.
 *
 * An element is what stands between "," or ";". Text before ":" is the name
 * of a group; what is inside "<>" wins over what is outside. So the state of
 * the walk is a place in the text, and whether parentheses still count.
 */
#include <string.h>

#include "base/mailaddr.h"
#include "base/mem.h"

#define LITERAL_MAX 64 /* bytes of "[IPv6:...]" that are looked at */

/* the address that is being put together */
struct spec {
	char *text; /* in the arena; NULL: only skipping */
	size_t length;
	bool space; /* white space or a comment before the next byte */
	bool angle; /* inside "<>" */
	bool has_at;
	bool unbalanced;
	bool seen; /* anything at all */
};

/* is_space - white space, also that of folded lines */
static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * comment_end - behind the ")" that closes the "(" at text, or NULL. A number
 * instead of a stack, because strangers choose the depth.
 */
static const char *
comment_end(const char *text)
{
	size_t depth = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if (*text == '(')
			depth++;
		else if (*text == ')' && --depth == 0)
			return text + 1;
	}
	return NULL;
}

/* quote_end - behind the quote that closes the one at text, or NULL */
static const char *
quote_end(const char *text)
{
	for (text++; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if (*text == '"')
			return text + 1;
	}
	return NULL;
}

/* literal_end - behind the "]" for the "[" at text, or NULL */
static const char *
literal_end(const char *text)
{
	size_t i;

	for (i = 1; i < LITERAL_MAX && text[i] != '\0'; i++) {
		if (text[i] == ']')
			return text + i + 1;
	}
	return NULL;
}

/*
 * add - bytes of the field to the address. White space before them matters
 * only between words (there it is wrong): none around "." and "@".
 */
static void
add(struct spec *spec, const char *text, size_t length)
{
	char last;

	spec->seen = true;
	if (*text == '@')
		spec->has_at = true;
	if (spec->text != NULL) {
		last = spec->length > 0 ? spec->text[spec->length - 1] : '.';
		if (spec->space && last != '.' && last != '@' && *text != '.' &&
		    *text != '@')
			spec->text[spec->length++] = ' ';
		for (; length > 0; length--, text++) {
			/* a folded line inside a quoted string */
			if (*text != '\r' && *text != '\n')
				spec->text[spec->length++] = *text;
		}
	}
	spec->space = false;
}

/* forget - what came so far was a display name, or the name of a group */
static void
forget(struct spec *spec)
{
	spec->length = 0;
	spec->space = spec->has_at = spec->seen = false;
}

/*
 * take_long - a comment, quoted string or literal at text, if it has an end.
 * Returns what is behind it, or NULL.
 */
static const char *
take_long(struct mailaddr_list *list, struct spec *spec, const char *text)
{
	const char *end = NULL;

	if (*text == '(' && !list->parentheses_plain) {
		end = comment_end(text);
		/* looked for once: a field of open ones stays linear */
		list->parentheses_plain = end == NULL;
		spec->space = end != NULL ? true : spec->space;
	} else if (*text == '"') {
		end = quote_end(text);
	} else if (*text == '[') {
		end = literal_end(text);
	}
	if (end == NULL) {
		spec->unbalanced |= strchr("([\"", *text) != NULL;
		return NULL;
	}
	if (*text != '(')
		add(spec, text, (size_t)(end - text));
	return end;
}

/* take_plain - one byte that stands for itself, or an escaped one */
static const char *
take_plain(struct spec *spec, const char *text)
{
	size_t length = *text == '\\' && text[1] != '\0' ? 2 : 1;

	if (is_space(*text))
		spec->space = true;
	else
		add(spec, text, length);
	return text + length;
}

/* take - whatever is at text, as part of the element; returns what follows */
static const char *
take(struct mailaddr_list *list, struct spec *spec, const char *text)
{
	const char *end = take_long(list, spec, text);

	return end != NULL ? end : take_plain(spec, text);
}

/* read_angle - what is behind "<", up to ">"; a route may hold "," and ":" */
static const char *
read_angle(struct mailaddr_list *list, struct spec *spec, const char *text)
{
	struct spec ignored = { .text = NULL };

	forget(spec);
	spec->angle = true;
	while (*text != '\0' && *text != '>')
		text = take(list, spec, text);
	spec->seen = true;
	if (*text == '\0') {
		spec->unbalanced = true;
		return text;
	}
	/* nothing may follow; another "<" begins another address */
	text++;
	while (*text != '\0' && strchr(",;<", *text) == NULL)
		text = take(list, &ignored, text);
	return text;
}

/* read_element - up to the end of one address; false at the end of the field */
static bool
read_element(struct mailaddr_list *list, struct spec *spec)
{
	const char *text = list->rest;

	while (*text != '\0') {
		if (*text == '<') {
			text = read_angle(list, spec, text + 1);
			break;
		}
		if (strchr(",;:", *text) == NULL) {
			text = take(list, spec, text);
			continue;
		}
		if (*text == ':' && !spec->has_at)
			forget(spec);
		else if (spec->seen)
			break;
		text++;
	}
	list->rest = text;
	return spec->seen;
}

/*
 * mailaddr_next - the next address of a field. Read twice, first to learn how
 * much memory it needs, so that memory is proportional to the field as well.
 */
bool
mailaddr_next(struct mailaddr_list *list, struct mailaddr *out,
    struct arena *arena)
{
	struct mailaddr_list ahead = *list;
	struct spec spec = { .text = NULL };

	if (!read_element(&ahead, &spec)) {
		*list = ahead;
		return false;
	}
	spec = (struct spec){
		/* a space is added only where one or a comment was */
		.text =
		    arena_alloc(arena, (size_t)(ahead.rest - list->rest) + 1),
	};
	read_element(list, &spec);
	spec.text[spec.length] = '\0';
	mailaddr_parse(out, spec.text, arena);
	out->has_brackets = spec.angle;
	if (spec.unbalanced)
		out->problem = MAILADDR_UNBALANCED;
	return true;
}
