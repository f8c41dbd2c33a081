/*
 * mime_part - what the header of a part says, and its way to text.
 *
 * A part is read as readers of mail would show it: as HTML also where only
 * its name says so, a multipart without a boundary as text, an encoded
 * message as text. What may be an archive is looked at whatever it is called.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mime/mime_internal.h"
#include "mime/mime_library.h"

#define NAME_MAX_KEPT 512 /* bytes of a file's name */
#define TYPE_MAX_KEPT 120

/* lower - a word of the header as it is kept */
static const char *
lower(struct mime *mime, const char *text)
{
	char *kept;

	if (text == NULL)
		return "";
	kept = arena_strndup(mime->arena, text, strnlen(text, TYPE_MAX_KEPT));
	return str_lower(kept);
}

/* file_name - as decoded by GMime; once more, for what it leaves raw */
static const char *
file_name(struct mime *mime, const char *text)
{
	char *kept;

	if (text == NULL)
		return "";
	kept = arena_strndup(mime->arena, text, strnlen(text, NAME_MAX_KEPT));
	return mime_field_decode(mime, kept);
}

/* parse_disposition - Content-Disposition */
static void
parse_disposition(struct mime *mime, struct mime_part *part)
{
	GMimeContentDisposition *parsed;

	if (mime->header.disposition == NULL)
		return;
	parsed = gmime.g_mime_content_disposition_parse(NULL,
	    mime->header.disposition);
	part->disposition = lower(mime,
	    gmime.g_mime_content_disposition_get_disposition(parsed));
	part->name = file_name(mime,
	    gmime.g_mime_content_disposition_get_parameter(parsed, "filename"));
	gmime.g_object_unref(parsed);
}

/* parse_encoding - Content-Transfer-Encoding: its first word */
static void
parse_encoding(struct mime *mime, struct mime_part *part)
{
	const char *value = mime->header.encoding;

	if (value == NULL)
		return;
	value += strspn(value, " \t\"");
	part->encoding = lower(mime,
	    arena_strndup(mime->arena, value, strcspn(value, " \t;\"")));
}

/*
 * parse_type - Content-Type; the boundary goes to *boundary, on the heap.
 */
static void
parse_type(struct mime *mime, struct mime_part *part, char **boundary)
{
	GMimeContentType *parsed;
	const char *media, *text;

	*boundary = NULL;
	if (mime->header.type == NULL)
		return;
	parsed = gmime.g_mime_content_type_parse(NULL, mime->header.type);
	media = gmime.g_mime_content_type_get_media_type(parsed);
	text = gmime.g_mime_content_type_get_media_subtype(parsed);
	part->type = lower(mime,
	    arena_printf(mime->arena, "%.60s/%.60s", media != NULL ? media : "",
		text != NULL ? text : ""));
	part->charset = lower(mime,
	    gmime.g_mime_content_type_get_parameter(parsed, "charset"));
	if (part->name[0] == '\0')
		part->name = file_name(mime,
		    gmime.g_mime_content_type_get_parameter(parsed, "name"));
	text = gmime.g_mime_content_type_get_parameter(parsed, "boundary");
	if (text != NULL && text[0] != '\0')
		*boundary = mem_strdup(text);
	gmime.g_object_unref(parsed);
}

/* ends_with - ASCII case ignored */
static bool
ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), ending = strlen(end);

	return length >= ending && strcasecmp(name + length - ending, end) == 0;
}

bool
mime_part_is_encoded(const struct mime_part *part)
{
	static const char *const plain[] = { "", "7bit", "8bit", "binary" };

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (strcmp(part->encoding, plain[i]) == 0)
			return false;
	return true;
}

/* is_html - by its type, or by its name where the type says nothing */
static bool
is_html(const struct mime_part *part)
{
	static const char *const types[] = { "text/html",
		"application/xhtml+xml", "image/svg+xml", "text/xml" };
	static const char *const ends[] = { ".html", ".htm", ".shtml", ".xhtml",
		".xht", ".svg" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(part->type, types[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends_with(part->name, ends[i]))
			return true;
	return false;
}

/* is_message - whose own header and parts can be read on */
static bool
is_message(const struct mime_part *part)
{
	return strcmp(part->type, "message/rfc822") == 0 ||
	       strcmp(part->type, "message/global") == 0 ||
	       strcmp(part->type, "message/news") == 0;
}

/* kind_of - of a part without parts */
static enum mime_kind
kind_of(const struct mime_part *part)
{
	if (is_html(part))
		return MIME_HTML;
	return strncmp(part->type, "text/", 5) == 0 ||
		       strncmp(part->type, "message/", 8) == 0 ||
		       strncmp(part->type, "multipart/", 10) == 0
		   ? MIME_PLAIN
		   : MIME_OTHER;
}

/* open_level - what follows lies inside this part; false: too deep */
static bool
open_level(struct mime *mime, struct mime_part *part, char *boundary)
{
	struct level *level;

	if (mime->depth >= (size_t)mime->limits.nesting) {
		mime_flaw(mime, part, MIME_FLAW_NESTING);
		return false;
	}
	if (mime->levels == NULL)
		mime->levels = arena_alloc(mime->arena,
		    (size_t)mime->limits.nesting * sizeof(*mime->levels));
	level = &mime->levels[mime->depth++];
	*level = (struct level){ .part = part };
	if (boundary != NULL) {
		level->length = strnlen(boundary, BOUNDARY_MAX);
		level->boundary =
		    arena_strndup(mime->arena, boundary, level->length);
		level->digest = strcmp(part->type, "multipart/digest") == 0;
	}
	part->kind = MIME_INNER;
	return true;
}

/* open_leaf - a part without parts: how it is read */
static void
open_leaf(struct mime *mime, struct mime_part *part)
{
	struct leaf *leaf = &mime->leaf;
	bool text;

	part->kind = kind_of(part);
	text =
	    part->kind != MIME_OTHER && mime->wants & (MIME_TEXT | MIME_LINKS);
	leaf->part = part;
	leaf->line = 0;
	leaf->carriage = leaf->full = false;
	leaf->html = NULL;
	leaf->window = NULL;
	leaf->decoder = NULL;
	if (text && part->kind == MIME_HTML)
		leaf->html = mime_html_new(mime);
	if (!text && mime->wants & MIME_NAMES && part->kind == MIME_OTHER)
		leaf->window = mime_window_new(mime);
	if (text || leaf->window != NULL)
		leaf->decoder = mime_decoder_new(mime, part, text);
}

/* add_part - the next one, its texts empty; NULL: there are too many */
static struct mime_part *
add_part(struct mime *mime)
{
	struct mime_message *message = &mime->message;
	const struct level *within =
	    mime->depth > 0 ? &mime->levels[mime->depth - 1] : NULL;
	struct mime_part *part;

	if (message->part_count >= mime->limits.parts) {
		mime_flaw(mime, NULL, MIME_FLAW_PARTS);
		mime->stopped = true;
		return NULL;
	}
	part = arena_alloc(mime->arena, sizeof(*part));
	part->number = ++message->part_count;
	part->depth = (unsigned)mime->depth;
	part->type =
	    within != NULL && within->digest ? "message/rfc822" : "text/plain";
	part->charset = part->encoding = part->disposition = part->name = "";
	if (mime->last_part != NULL)
		mime->last_part->next = part;
	else
		message->parts = part;
	mime->last_part = part;
	return part;
}

void
mime_part_begin(struct mime *mime)
{
	struct mime_part *part;
	bool multipart;
	char *boundary;

	part = add_part(mime);
	if (part == NULL)
		return;
	parse_disposition(mime, part);
	parse_encoding(mime, part);
	parse_type(mime, part, &boundary);
	mime_field_forget(mime);
	multipart = strncmp(part->type, "multipart/", 10) == 0;
	if (multipart && boundary == NULL)
		mime_flaw(mime, part, MIME_FLAW_BOUNDARY);
	if (multipart && boundary != NULL && open_level(mime, part, boundary)) {
		mime->place = BETWEEN;
	} else if (is_message(part) && !mime_part_is_encoded(part) &&
		   open_level(mime, part, NULL)) {
		mime->place = IN_HEADER;
		mime->inner = true;
	} else {
		open_leaf(mime, part);
	}
	mem_free(boundary);
}

/* to_text - what a decoder makes of a text part */
static void
to_text(void *context, const char *text, size_t length)
{
	struct mime *mime = context;

	if (mime->leaf.html != NULL)
		mime_html(mime, mime->leaf.html, text, length);
	else
		mime_text(mime, text, length);
}

/* to_window - what a decoder makes of another part */
static void
to_window(void *context, const char *bytes, size_t length)
{
	struct mime *mime = context;

	mime->leaf.part->size += (int64_t)length;
	mime_window(mime->leaf.window, bytes, length);
}

void
mime_part_bytes(struct mime *mime, const char *bytes, size_t length)
{
	struct leaf *leaf = &mime->leaf;

	if (leaf->part == NULL)
		return;
	if (leaf->window == NULL)
		leaf->part->size += (int64_t)length;
	if (leaf->decoder != NULL && !leaf->full)
		mime_decode(mime, leaf->decoder, bytes, length,
		    leaf->window != NULL ? to_window : to_text, mime);
}

void
mime_part_end(struct mime *mime)
{
	struct leaf *leaf = &mime->leaf;

	if (leaf->part == NULL)
		return;
	if (leaf->decoder != NULL)
		mime_decode_end(mime, leaf->decoder,
		    leaf->window != NULL ? to_window : to_text, mime);
	if (leaf->window != NULL)
		mime_window_end(mime, leaf->window, leaf->part);
	else if (leaf->decoder != NULL)
		mime_text_end(mime);
	leaf->part = NULL;
}
