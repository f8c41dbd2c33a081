/*
 * mime_text - text as it is kept: lines ended by LF, no NUL, within the limit.
 *
 * A line that is complete and not empty is counted, and links are looked for
 * in it.
 */
#include <string.h>

#include "base/mem.h"
#include "mime/mime_internal.h"

/* line_end - of the text so far */
static void
line_end(struct mime *mime)
{
	struct leaf *leaf = &mime->leaf;
	size_t length = leaf->text.length - leaf->line;
	const char *line = str_text(&leaf->text) + leaf->line;

	leaf->line = leaf->text.length;
	if (strspn(line, " \t\n") == length)
		return;
	mime->line_now = ++mime->lines;
	if (mime->wants & MIME_LINKS)
		mime_link_find(mime, line, length, true);
}

/* end_character - forget the begin of one that does not fit any more */
static void
end_character(struct mime *mime, struct str *text)
{
	size_t length = text->length, least = length > 3 ? length - 3 : 0;
	unsigned char lead;

	while (length > least &&
	       ((unsigned char)text->data[length - 1] & 0xC0) == 0x80)
		length--;
	if (length == 0)
		return;
	lead = (unsigned char)text->data[--length];
	if (lead < 0xC0 || text->length - length >= (lead >= 0xF0      ? 4u
							: lead >= 0xE0 ? 3u
								       : 2u))
		return;
	mime->message.text -= (int64_t)(text->length - length);
	text->length = length;
	text->data[length] = '\0';
}

/* add - within the limit of all text; the HTML reader adds single bytes */
static void
add(struct mime *mime, const char *text, size_t length)
{
	struct leaf *leaf = &mime->leaf;
	int64_t left = mime->limits.text_size - mime->message.text;

	if ((int64_t)length > left) {
		length = (size_t)left;
		leaf->full = true;
		mime_flaw(mime, leaf->part, MIME_FLAW_TEXT);
	}
	str_add_n(&leaf->text, text, length);
	mime->message.text += (int64_t)length;
	if (leaf->full)
		end_character(mime, &leaf->text);
}

void
mime_text(struct mime *mime, const char *text, size_t length)
{
	struct leaf *leaf = &mime->leaf;
	const char *end = text + length;

	while (text < end && !leaf->full) {
		const char *at = text;

		if (leaf->carriage && *text != '\n') {
			add(mime, "\n", 1);
			line_end(mime);
		}
		leaf->carriage = false;
		while (at < end && *at != '\n' && *at != '\r' && *at != '\0')
			at++;
		add(mime, text, (size_t)(at - text));
		if (at < end && *at == '\n' && !leaf->full) {
			add(mime, "\n", 1);
			line_end(mime);
		}
		leaf->carriage = at < end && *at == '\r';
		text = at + 1;
	}
}

void
mime_text_break(struct mime *mime)
{
	struct leaf *leaf = &mime->leaf;

	if (leaf->text.length > leaf->line && !leaf->full)
		mime_text(mime, "\n", 1);
}

void
mime_text_end(struct mime *mime)
{
	struct leaf *leaf = &mime->leaf;

	if (leaf->text.length > leaf->line)
		line_end(mime);
	if (mime->wants & MIME_TEXT) {
		leaf->part->text = arena_strndup(mime->arena,
		    str_text(&leaf->text), leaf->text.length);
		leaf->part->length = leaf->text.length;
	}
	str_reset(&leaf->text);
}
