/*
 * mime_decode - transfer encodings and charsets, to UTF-8.
 *
 * Base64 and quoted-printable are undone by GMime, uuencode by mime_uu.c,
 * charsets by mime_charset.c.
 */
#include <string.h>

#include "base/mem.h"
#include "mime/mime_charset.h"
#include "mime/mime_internal.h"
#include "mime/mime_library.h"

#define PIECE 4096 /* bytes that are decoded at once */

struct decoder {
	struct mime_part *part;
	bool encoded;
	GMimeEncoding encoding;
	struct uu *uu;        /* in place of that, or NULL */
	unsigned count, pads; /* base64: characters, and = at the end */
	unsigned escape;      /* quoted-printable: place within =XX */
	bool is_text, begun;
	bool guess;             /* UTF-8, or else windows-1252 */
	struct charset charset; /* not open: UTF-8, or by guess */
	struct str left;        /* bytes of a character that is not complete */
	struct str out;
};

/* release - what is not of the arena */
static void
release(void *argument)
{
	struct decoder *decoder = argument;

	mime_charset_close(&decoder->charset);
	str_fini(&decoder->left);
	str_fini(&decoder->out);
}

/* open_charset - how the text of a part becomes UTF-8 */
static void
open_charset(struct mime *mime, struct decoder *decoder)
{
	const char *charset = decoder->part->charset;

	if (strcmp(charset, "utf-8") == 0 || strcmp(charset, "utf8") == 0)
		return;
	decoder->guess = true;
	if (charset[0] == '\0' || strcmp(charset, "us-ascii") == 0 ||
	    strcmp(charset, "ascii") == 0)
		return;
	if (!mime_charset_open(&decoder->charset, charset))
		mime_flaw(mime, decoder->part, MIME_FLAW_CHARSET);
}

struct decoder *
mime_decoder_new(struct mime *mime, struct mime_part *part, bool is_text)
{
	struct decoder *decoder = arena_alloc(mime->arena, sizeof(*decoder));
	GMimeContentEncoding encoding =
	    gmime.g_mime_content_encoding_from_string(part->encoding);

	decoder->part = part;
	decoder->is_text = is_text;
	decoder->encoded = encoding == GMIME_CONTENT_ENCODING_BASE64 ||
			   encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
	if (decoder->encoded)
		gmime.g_mime_encoding_init_decode(&decoder->encoding, encoding);
	else if (encoding == GMIME_CONTENT_ENCODING_UUENCODE)
		decoder->uu = mime_uu_new(mime);
	else if (mime_part_is_encoded(part))
		mime_flaw(mime, part, MIME_FLAW_ENCODING);
	if (is_text)
		open_charset(mime, decoder);
	arena_defer(mime->arena, release, decoder);
	return decoder;
}

/* convert - to UTF-8, as far as characters are complete */
static size_t
convert(struct mime *mime, struct decoder *decoder, const char *text,
    size_t length, bool more)
{
	bool wrong = false;
	size_t used;

	if (decoder->charset.is_open) {
		used = mime_charset_convert(&decoder->charset, text, length,
		    more, &decoder->out, &wrong);
		if (wrong)
			mime_flaw(mime, decoder->part, MIME_FLAW_CHARSET);
		return used;
	}
	if (!mime_utf8_add(&decoder->out, text, length, decoder->guess, more,
		&used) &&
	    decoder->part->charset[0] != '\0')
		mime_flaw(mime, decoder->part, MIME_FLAW_CHARSET);
	return used;
}

/*
 * sniff - text without a charset that begins as UTF-16 does; false: too little
 * to tell
 */
static bool
sniff(struct decoder *decoder, const char *text, size_t length)
{
	if (length < 2)
		return false;
	decoder->begun = true;
	if (decoder->part->charset[0] == '\0' &&
	    (memcmp(text, "\xFF\xFE", 2) == 0 ||
		memcmp(text, "\xFE\xFF", 2) == 0))
		mime_charset_open(&decoder->charset, "utf-16");
	return true;
}

/* decoded_text - text without transfer encoding goes on */
static void
decoded_text(struct mime *mime, struct decoder *decoder, const char *text,
    size_t length, mime_sink *sink, void *context)
{
	struct str *left = &decoder->left;
	bool from_left = left->length > 0;
	size_t used = 0;

	if (from_left) {
		str_add_n(left, text, length);
		text = left->data;
		length = left->length;
	}
	str_reset(&decoder->out);
	if (decoder->begun || sniff(decoder, text, length))
		used = convert(mime, decoder, text, length, true);
	if (decoder->out.length > 0)
		sink(context, decoder->out.data, decoder->out.length);
	if (from_left) {
		memmove(left->data, left->data + used, length - used);
		left->length = length - used;
	} else {
		str_add_n(left, text + used, length - used);
	}
}

/* decoded - bytes without transfer encoding go on */
static void
decoded(struct mime *mime, struct decoder *decoder, const char *bytes,
    size_t length, mime_sink *sink, void *context)
{
	if (length == 0)
		return;
	if (decoder->is_text)
		decoded_text(mime, decoder, bytes, length, sink, context);
	else
		sink(context, bytes, length);
}

/* check_base64 - nothing but the alphabet, and = at the end only */
static bool
check_base64(struct decoder *decoder, const char *bytes, size_t length)
{
	static const char *const other = "+/=\r\n \t";

	for (size_t i = 0; i < length; i++) {
		char c = bytes[i];
		bool letter = (c >= 'a' && c <= 'z') ||
			      (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (letter || c == '+' || c == '/') {
			if (decoder->pads > 0)
				return false;
			decoder->count++;
		} else if (c == '=') {
			decoder->pads++;
		} else if (c == '\0' || strchr(other, c) == NULL) {
			return false;
		}
	}
	return true;
}

/* check_quoted - behind = stand two digits, or the end of the line */
static bool
check_quoted(struct decoder *decoder, const char *bytes, size_t length)
{
	static const char *const hex = "0123456789ABCDEFabcdef";

	for (size_t i = 0; i < length; i++) {
		char c = bytes[i];

		if (decoder->escape == 0) {
			decoder->escape = c == '=' ? 1 : 0;
		} else if (c != '\0' && strchr(hex, c) != NULL) {
			decoder->escape = decoder->escape == 1 ? 2 : 0;
		} else if (decoder->escape == 1 &&
			   (c == '\n' || c == '\r' || c == ' ' || c == '\t')) {
			decoder->escape = c == '\n' ? 0 : 1;
		} else {
			return false;
		}
	}
	return true;
}

/* check - whether the encoding is as it should be */
static void
check(struct mime *mime, struct decoder *decoder, const char *bytes,
    size_t length)
{
	bool good = true;

	if (decoder->part->flaws & MIME_FLAW_ENCODING)
		return;
	if (decoder->encoding.encoding == GMIME_CONTENT_ENCODING_BASE64)
		good = check_base64(decoder, bytes, length);
	else if (decoder->encoding.encoding ==
		 GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE)
		good = check_quoted(decoder, bytes, length);
	if (!good)
		mime_flaw(mime, decoder->part, MIME_FLAW_ENCODING);
}

void
mime_decode(struct mime *mime, struct decoder *decoder, const char *bytes,
    size_t length, mime_sink *sink, void *context)
{
	/* as much as GMime says for a piece of any encoding */
	char out[PIECE + PIECE / 2 + 1024];

	if (!decoder->encoded && decoder->uu == NULL) {
		decoded(mime, decoder, bytes, length, sink, context);
		return;
	}
	check(mime, decoder, bytes, length);
	while (length > 0) {
		size_t piece = length < PIECE ? length : PIECE;
		size_t made =
		    decoder->uu != NULL
			? mime_uu(decoder->uu, bytes, piece, out)
			: gmime.g_mime_encoding_step(&decoder->encoding, bytes,
			      piece, out);

		decoded(mime, decoder, out, made, sink, context);
		bytes += piece;
		length -= piece;
	}
}

/*
 * finish_base64 - the last bytes, where the = behind them are missing: readers
 * of mail show them
 */
static void
finish_base64(struct mime *mime, struct decoder *decoder, mime_sink *sink,
    void *context)
{
	unsigned rest = decoder->count % 4;
	char out[16];

	if ((decoder->count + decoder->pads) % 4 != 0)
		mime_flaw(mime, decoder->part, MIME_FLAW_ENCODING);
	if (decoder->pads == 0 && rest >= 2)
		decoded(mime, decoder, out,
		    gmime.g_mime_encoding_step(&decoder->encoding,
			"==", 4 - rest, out),
		    sink, context);
}

/* finish_uu - the name that it brought, where the header has none */
static void
finish_uu(struct mime *mime, struct decoder *decoder)
{
	struct mime_part *part = decoder->part;

	if (part->name[0] == '\0')
		part->name = mime_uu_name(mime, decoder->uu);
	if (!mime_uu_has_begun(decoder->uu))
		mime_flaw(mime, part, MIME_FLAW_ENCODING);
}

void
mime_decode_end(struct mime *mime, struct decoder *decoder, mime_sink *sink,
    void *context)
{
	struct str *left = &decoder->left;

	if (decoder->encoded &&
	    decoder->encoding.encoding == GMIME_CONTENT_ENCODING_BASE64)
		finish_base64(mime, decoder, sink, context);
	if (decoder->uu != NULL)
		finish_uu(mime, decoder);
	if (left->length > 0) {
		str_reset(&decoder->out);
		convert(mime, decoder, left->data, left->length, false);
		if (decoder->out.length > 0)
			sink(context, decoder->out.data, decoder->out.length);
	}
	release(decoder);
}
