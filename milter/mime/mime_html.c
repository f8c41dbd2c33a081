/*
 * mime_html - HTML to its text and its links, in one pass and in little room.
 *
 * No tree is made: a browser shows nearly the same text for what is broken as
 * for what is not, and a tree would cost memory that a stranger decides on.
 * Tags that begin a block end the line; what is in script and style, and
 * comments, are no text. White space is one blank.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mime/mime_internal.h"

#define NAME_SIZE 32    /* of a tag or an attribute that matters */
#define VALUE_SIZE 4096 /* of an attribute that is looked at */
#define ENTITY_SIZE 34

enum state {
	TEXT,
	TAG_OPEN,   /* behind "<" */
	TAG_NAME,   /* also "/name" */
	TAG_SPACE,  /* between attributes */
	ATTRIBUTE,  /* its name */
	EQUALS,     /* behind the name: "=", or not */
	VALUE_OPEN, /* behind "=" */
	VALUE,      /* to the quote, or to white space without one */
	MARKUP,     /* "<!", "<?" */
	COMMENT,    /* to "-->" */
	RAW,        /* in script or style, to its end tag */
};

struct html {
	enum state state;
	char tag[NAME_SIZE], attribute[NAME_SIZE];
	size_t tag_length, attribute_length;
	char *value; /* VALUE_SIZE */
	size_t value_length;
	char quote;
	char entity[ENTITY_SIZE]; /* behind "&", in text or a value */
	size_t entity_length;
	bool in_entity;
	char last[3];        /* bytes before, of a comment */
	char raw[NAME_SIZE]; /* the tag whose end is looked for */
	size_t raw_match;    /* bytes of "</tag" seen */
	bool blank;          /* the text so far ends with white space */
	char out[512];
	size_t out_length;
};

/* tags that do not begin a new line */
static const char *const inline_tags[] = { "a", "abbr", "acronym", "b", "bdi",
	"bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img",
	"ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike",
	"strong", "sub", "sup", "tt", "u", "var", "wbr", "o:p" };

/* attributes that hold an address */
static const char *const link_attributes[] = { "href", "src", "action",
	"formaction", "background", "data", "poster", "xlink:href", "srcset",
	"longdesc", "cite", "content", "codebase", "lowsrc", "dynsrc", "style",
	"data-saferedirecturl", "onclick", "ping" };

struct html *
mime_html_new(struct mime *mime)
{
	struct html *html = arena_alloc(mime->arena, sizeof(*html));

	html->value = arena_alloc(mime->arena, VALUE_SIZE);
	html->blank = true;
	return html;
}

/* is_in - whether a word is in a list */
static bool
is_in(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(list[i], word) == 0)
			return true;
	return false;
}

/* is_space - white space of HTML */
static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* is_letter - that a tag may begin with */
static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* flush - the text so far */
static void
flush(struct mime *mime, struct html *html)
{
	if (html->out_length > 0)
		mime_text(mime, html->out, html->out_length);
	html->out_length = 0;
}

/* put - a byte of text */
static void
put(struct mime *mime, struct html *html, char c)
{
	bool blank = is_space(c);

	if (blank && html->blank)
		return;
	html->blank = blank;
	html->out[html->out_length++] = blank ? ' ' : c;
	if (html->out_length == sizeof(html->out))
		flush(mime, html);
}

/* line_end - of a block */
static void
line_end(struct mime *mime, struct html *html)
{
	flush(mime, html);
	mime_text_break(mime);
	html->blank = true;
}

/* add_value - a byte of an attribute's value */
static void
add_value(struct html *html, char c)
{
	if (html->value_length < VALUE_SIZE)
		html->value[html->value_length++] = c;
}

/* add - a byte of what is being read: text, or a value */
static void
add(struct mime *mime, struct html *html, char c)
{
	if (html->state == VALUE)
		add_value(html, c);
	else
		put(mime, html, c);
}

/* entity_end - what was read behind "&"; false: it is none */
static bool
entity_end(struct mime *mime, struct html *html)
{
	char text[8];
	size_t length = mime_entity(html->entity, html->entity_length, text);

	html->in_entity = false;
	if (length == 0) {
		add(mime, html, '&');
		for (size_t i = 0; i < html->entity_length; i++)
			add(mime, html, html->entity[i]);
	}
	for (size_t i = 0; i < length; i++)
		add(mime, html, text[i]);
	return length > 0;
}

/* entity_byte - a byte behind "&"; true when it was taken */
static bool
entity_byte(struct mime *mime, struct html *html, char c)
{
	bool part = is_letter(c) || (c >= '0' && c <= '9') ||
		    (c == '#' && html->entity_length == 0);

	if (part && html->entity_length < ENTITY_SIZE) {
		html->entity[html->entity_length++] = c;
		return true;
	}
	return entity_end(mime, html) && c == ';';
}

/* text_byte - outside of tags, or in a value */
static void
text_byte(struct mime *mime, struct html *html, char c)
{
	if (c == '&') {
		html->in_entity = true;
		html->entity_length = 0;
	} else {
		add(mime, html, c);
	}
}

/* value_end - an attribute is complete */
static void
value_end(struct mime *mime, struct html *html)
{
	static const size_t count =
	    sizeof(link_attributes) / sizeof(*link_attributes);

	html->attribute[html->attribute_length] = '\0';
	if (html->value_length > 0 && mime->wants & MIME_LINKS &&
	    is_in(link_attributes, count, html->attribute))
		mime_link_attribute(mime, html->value, html->value_length);
	html->attribute_length = html->value_length = 0;
}

/* tag_end - behind ">" */
static void
tag_end(struct mime *mime, struct html *html)
{
	static const size_t count = sizeof(inline_tags) / sizeof(*inline_tags);
	const char *name = html->tag;

	html->tag[html->tag_length] = '\0';
	html->state = TEXT;
	if (strcasecmp(name, "script") == 0 || strcasecmp(name, "style") == 0) {
		html->state = RAW;
		html->raw_match = 0;
		memcpy(html->raw, html->tag, sizeof(html->raw));
	}
	name += *name == '/';
	if (!is_in(inline_tags, count, name))
		line_end(mime, html);
}

/* tag_open - the byte behind "<" */
static void
tag_open(struct mime *mime, struct html *html, char c)
{
	html->tag_length = html->attribute_length = html->value_length = 0;
	if (is_letter(c) || c == '/') {
		html->tag[html->tag_length++] = c;
		html->state = TAG_NAME;
	} else if (c == '!' || c == '?') {
		html->state = MARKUP;
		memset(html->last, 0, sizeof(html->last));
	} else {
		html->state = TEXT;
		put(mime, html, '<');
		text_byte(mime, html, c);
	}
}

/* tag_name - a byte of it */
static void
tag_name(struct mime *mime, struct html *html, char c)
{
	if (c == '>')
		tag_end(mime, html);
	else if (is_space(c) || (c == '/' && html->tag_length > 1))
		html->state = TAG_SPACE;
	else if (html->tag_length < NAME_SIZE - 1)
		html->tag[html->tag_length++] = c;
}

/* attribute - a byte of its name, or where one may begin */
static void
attribute(struct mime *mime, struct html *html, char c)
{
	if (c == '>') {
		tag_end(mime, html);
	} else if (c == '=' && html->attribute_length > 0) {
		html->state = VALUE_OPEN;
	} else if (is_space(c) || c == '/') {
		html->state = html->attribute_length > 0 ? EQUALS : TAG_SPACE;
	} else {
		if (html->state != ATTRIBUTE)
			html->attribute_length = 0;
		html->state = ATTRIBUTE;
		if (html->attribute_length < NAME_SIZE - 1)
			html->attribute[html->attribute_length++] = c;
	}
}

/* value_open - the first byte behind "=" */
static void
value_open(struct mime *mime, struct html *html, char c)
{
	html->value_length = 0;
	if (is_space(c))
		return;
	if (c == '>') {
		tag_end(mime, html);
		return;
	}
	html->state = VALUE;
	html->quote = c == '"' || c == '\'' ? c : '\0';
	if (html->quote == '\0')
		text_byte(mime, html, c);
}

/* value - a byte of a value */
static void
value(struct mime *mime, struct html *html, char c)
{
	bool over =
	    html->quote != '\0' ? c == html->quote : is_space(c) || c == '>';

	if (!over) {
		text_byte(mime, html, c);
		return;
	}
	value_end(mime, html);
	html->state = TAG_SPACE;
	if (html->quote == '\0' && c == '>')
		tag_end(mime, html);
}

/* markup - a byte of "<!...>" or of a comment */
static void
markup(struct html *html, char c)
{
	bool hyphens = html->last[1] == '-' && html->last[2] == '-';

	if (html->state == MARKUP && html->last[0] == '\0' &&
	    html->last[1] == '\0' && html->last[2] == '-' && c == '-') {
		html->state = COMMENT;
		/* "<!-->" is an empty comment */
		html->last[1] = html->last[2] = '-';
		return;
	}
	if (c == '>' && (html->state == MARKUP || hyphens))
		html->state = TEXT;
	html->last[0] = html->last[1];
	html->last[1] = html->last[2];
	html->last[2] = c;
}

/* raw - a byte in script or style */
static void
raw(struct html *html, char c)
{
	size_t length = strlen(html->raw);
	char want = html->raw_match == 0   ? '<'
		    : html->raw_match == 1 ? '/'
					   : html->raw[html->raw_match - 2];

	if ((c | 0x20) == (want | 0x20))
		html->raw_match++;
	else
		html->raw_match = c == '<';
	if (html->raw_match < length + 2)
		return;
	html->state = TAG_NAME;
	html->tag[0] = '/';
	html->tag_length = 1;
}

/* one - the next byte */
static void
one(struct mime *mime, struct html *html, char c)
{
	if (html->in_entity && entity_byte(mime, html, c))
		return;
	switch (html->state) {
	case TEXT:
		if (c == '<')
			html->state = TAG_OPEN;
		else
			text_byte(mime, html, c);
		break;
	case TAG_OPEN:
		tag_open(mime, html, c);
		break;
	case TAG_NAME:
		tag_name(mime, html, c);
		break;
	case TAG_SPACE:
	case ATTRIBUTE:
		attribute(mime, html, c);
		break;
	case EQUALS:
		/* another attribute: the one before had no value */
		if (!is_space(c))
			attribute(mime, html, c);
		break;
	case VALUE_OPEN:
		value_open(mime, html, c);
		break;
	case VALUE:
		value(mime, html, c);
		break;
	case MARKUP:
	case COMMENT:
		markup(html, c);
		break;
	case RAW:
		raw(html, c);
		break;
	}
}

void
mime_html(struct mime *mime, struct html *html, const char *bytes,
    size_t length)
{
	for (size_t i = 0; i < length && !mime->leaf.full; i++)
		if (bytes[i] != '\0')
			one(mime, html, bytes[i]);
	flush(mime, html);
}
