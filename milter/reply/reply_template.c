/*
 * reply_template - replies as written to segments, segments to text.
 *
 * reply_template_compile()  "550 5.7.1 text with %{values}" to a template
 * reply_template_expand()   template and values to text
 *
 * A template that compiles makes a reply that an MTA passes on: Postfix
 * answers 451 4.3.5 where class of code and enhanced code differ, and libmilter
 * drops texts with line breaks. A first word that looks like an enhanced code
 * and is none is a mistake too, not text.
 *
 * Diagnostics: one error with file and line for each bad template; an unknown
 * value comes with the nearest right name.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "reply/reply_template.h"

/* %{ref}: what a sender can quote to us; compiled in place of its name */
#define REF "(ref %{session}%{url?, see %{url}})"

#define NESTING_MAX 4
/* no byte as written gives more than one segment: %{ref} gives six for six */
#define SEGMENTS_MAX REPLY_TEXT_MAX
#define NAME_SIZE 32

/* a compilation under way */
struct compiler {
	struct segment *segment;
	size_t segments;
	unsigned depth;
	struct origin at;
	struct problems *problems;
};

static bool compile_text(struct compiler *c, const char **cursor);

/* is_digit - an ASCII digit, whatever the locale */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* add_segment - the next segment; its fields are the caller's to fill */
static struct segment *
add_segment(struct compiler *c, enum segment_kind kind)
{
	struct segment *segment = &c->segment[c->segments++];

	*segment = (struct segment){ .kind = kind };
	return segment;
}

/* unknown_value - complain, with the nearest right name */
static void
unknown_value(const struct compiler *c, const char *name)
{
	const char *names[VALUE_MAX + 1] = { [VALUE_MAX] = "ref" };
	const char *near;

	for (int i = 0; i < VALUE_MAX; i++)
		names[i] = reply_value_name((enum reply_value)i);
	near = str_nearest(name, names, VALUE_MAX + 1);
	if (near != NULL)
		problems_error(c->problems, c->at,
		    "reply: unknown value %%{%s}, did you mean %%{%s}?", name,
		    near);
	else
		problems_error(c->problems, c->at,
		    "reply: unknown value %%{%s}", name);
}

/* compile_condition - "text}" of %{name?text}; *cursor is behind the '?' */
static bool
compile_condition(struct compiler *c, enum reply_value value,
    const char **cursor)
{
	struct segment *condition = add_segment(c, SEGMENT_IF);
	size_t before = c->segments;

	if (c->depth == NESTING_MAX) {
		problems_error(c->problems, c->at,
		    "reply: %%{name?text} is nested too deep");
		return false;
	}
	c->depth++;
	if (!compile_text(c, cursor))
		return false;
	c->depth--;
	if (**cursor != '}') {
		problems_error(c->problems, c->at, "reply: %%{%s? has no }",
		    reply_value_name(value));
		return false;
	}
	++*cursor;
	condition->value = value;
	condition->length = c->segments - before;
	return true;
}

/* compile_value - the rest of %{name} or %{name?text}; *cursor is the name */
static bool
compile_value(struct compiler *c, const char **cursor)
{
	size_t length = strcspn(*cursor, "?}");
	char name[NAME_SIZE];
	enum reply_value value;
	char end = (*cursor)[length];
	const char *ref = REF;

	if (end == '\0') {
		problems_error(c->problems, c->at, "reply: %%{ without }");
		return false;
	}
	if (length >= sizeof(name))
		length = sizeof(name) - 1;
	memcpy(name, *cursor, length);
	name[length] = '\0';
	if (end == '}' && strcmp(name, "ref") == 0) {
		*cursor += length + 1;
		return compile_text(c, &ref);
	}
	if (!reply_value_id(name, &value)) {
		unknown_value(c, name);
		return false;
	}
	*cursor += length + 1;
	if (end == '?')
		return compile_condition(c, value, cursor);
	add_segment(c, SEGMENT_VALUE)->value = value;
	return true;
}

/* compile_literal - text up to the next %{, or } inside a condition */
static void
compile_literal(struct compiler *c, const char **cursor)
{
	const char *start = *cursor;
	const char *p = start;
	struct segment *segment = add_segment(c, SEGMENT_TEXT);

	while (*p != '\0' && !(p[0] == '%' && p[1] == '{') &&
	       !(*p == '}' && c->depth > 0))
		p++;
	segment->text = start;
	segment->length = (size_t)(p - start);
	*cursor = p;
}

/* compile_text - segments up to the end, or to the } of a condition */
static bool
compile_text(struct compiler *c, const char **cursor)
{
	while (**cursor != '\0' && !(**cursor == '}' && c->depth > 0)) {
		if (strncmp(*cursor, "%{", 2) != 0) {
			compile_literal(c, cursor);
			continue;
		}
		*cursor += 2;
		if (!compile_value(c, cursor))
			return false;
	}
	return true;
}

/* check_bytes - printable ASCII and not too long */
static bool
check_bytes(const char *written, struct origin at, struct problems *problems)
{
	for (size_t i = 0; written[i] != '\0'; i++) {
		unsigned char c = (unsigned char)written[i];

		if (c >= ' ' && c <= '~')
			continue;
		problems_error(problems, at,
		    "reply: byte 0x%02x in column %zu: a reply can hold "
		    "printable ASCII only",
		    c, i + 1);
		return false;
	}
	if (strlen(written) > REPLY_TEXT_MAX) {
		problems_error(problems, at, "reply: longer than %d characters",
		    REPLY_TEXT_MAX);
		return false;
	}
	return true;
}

/* parse_code - the three digits; NULL after a complaint */
static const char *
parse_code(struct reply_template *out, const char *text, struct origin at,
    struct problems *problems)
{
	if (!is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[2]) ||
	    text[3] != ' ') {
		problems_error(problems, at,
		    "reply: \"%.20s\" is not a reply: a code, an enhanced "
		    "code if there is one, and a text are wanted, as in "
		    "\"550 5.7.1 text\"",
		    text);
		return NULL;
	}
	out->code =
	    (text[0] - '0') * 100 + (text[1] - '0') * 10 + text[2] - '0';
	if (out->code < 400 || out->code > 599) {
		problems_error(problems, at,
		    "reply: code %d refuses nothing: 400 to 599 are wanted",
		    out->code);
		return NULL;
	}
	return text + 3 + strspn(text + 3, " ");
}

/* is_xcode - class "." 1*3digit "." 1*3digit (RFC 2034 section 4) */
static bool
is_xcode(const char *word, size_t length)
{
	size_t digits = 0, dots = 0;

	for (size_t i = 0; i < length; i++) {
		if (is_digit(word[i])) {
			if (++digits > (dots == 0 ? 1 : 3))
				return false;
		} else {
			if (digits == 0)
				return false;
			digits = 0;
			dots++;
		}
	}
	return dots == 2 && digits > 0;
}

/*
 * parse_xcode - the enhanced code, if the text begins with one; NULL after a
 * complaint. A word of digits and dots is meant as one.
 */
static const char *
parse_xcode(struct reply_template *out, const char *text, struct origin at,
    struct problems *problems)
{
	size_t length = strspn(text, "0123456789.");

	out->xcode[0] = '\0';
	if (memchr(text, '.', length) == NULL || !is_digit(text[0]) ||
	    (text[length] != ' ' && text[length] != '\0'))
		return text;
	if (!is_xcode(text, length)) {
		problems_error(problems, at,
		    "reply: %.*s is not an enhanced code: %d.x.y is wanted "
		    "(RFC 3463)",
		    (int)length, text, out->code / 100);
		return NULL;
	}
	if (text[0] - '0' != out->code / 100) {
		problems_error(problems, at,
		    "reply: enhanced code %.*s does not fit code %d: both "
		    "have to begin with %d",
		    (int)length, text, out->code, out->code / 100);
		return NULL;
	}
	memcpy(out->xcode, text, length);
	out->xcode[length] = '\0';
	return text + length + strspn(text + length, " ");
}

/* reply_template_compile - check and compile */
bool
reply_template_compile(struct reply_template *out, const char *written,
    struct arena *arena, struct origin at, struct problems *problems)
{
	struct segment room[SEGMENTS_MAX];
	struct compiler c = { .segment = room, .at = at, .problems = problems };
	struct segment *segment;
	const char *text;

	if (!check_bytes(written, at, problems))
		return false;
	out->written = arena_strdup(arena, written);
	if ((text = parse_code(out, out->written, at, problems)) == NULL ||
	    (text = parse_xcode(out, text, at, problems)) == NULL)
		return false;
	if (*text == '\0') {
		problems_error(problems, at, "reply: no text behind the code");
		return false;
	}
	if (!compile_text(&c, &text))
		return false;
	segment = arena_alloc(arena, c.segments * sizeof(*segment));
	memcpy(segment, room, c.segments * sizeof(*segment));
	out->segment = segment;
	out->segments = c.segments;
	return true;
}

/* add_text - as much of the text as there is room for */
static size_t
add_text(char *out, size_t used, size_t size, const char *text, size_t length)
{
	if (length > size - 1 - used)
		length = size - 1 - used;
	memcpy(out + used, text, length);
	return used + length;
}

/* reply_template_expand - segments and values to text */
size_t
reply_template_expand(const struct reply_template *template,
    const struct reply_values *values, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < template->segments; i++) {
		const struct segment *segment = &template->segment[i];
		const char *value;

		if (segment->kind == SEGMENT_TEXT) {
			used = add_text(out, used, size, segment->text,
			    segment->length);
			continue;
		}
		value = values->text[segment->value];
		if (segment->kind == SEGMENT_VALUE) {
			value = value != NULL ? value : "-";
			used = add_text(out, used, size, value,
			    strnlen(value, REPLY_VALUE_MAX));
		} else if (value == NULL || *value == '\0')
			i += segment->length;
	}
	out[used] = '\0';
	return used;
}
