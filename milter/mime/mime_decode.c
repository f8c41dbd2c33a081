/*
 * mime_decode - transfer encodings and charsets, to UTF-8.
 *
 * Base64 and quoted-printable are undone by GMime, uuencode by mime_uu.c,
 * charsets by iconv. Of charsets only such as mail is written in are opened:
 * iconv knows hundreds, whose code nobody looks at, and a stranger chooses.
 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "mime/mime_internal.h"
#include "mime/mime_library.h"

#define PIECE 4096 /* bytes that are decoded at once */
#define REPLACEMENT "\xEF\xBF\xBD"
#define NO_ICONV ((iconv_t)-1)

struct decoder {
	struct mime_part *part;
	bool encoded;
	GMimeEncoding encoding;
	struct uu *uu;        /* in place of that, or NULL */
	unsigned count, pads; /* base64: characters, and = at the end */
	unsigned escape;      /* quoted-printable: place within =XX */
	bool is_text, begun;
	bool guess; /* UTF-8, or else windows-1252 */
	iconv_t iconv;
	unsigned unit;   /* bytes that are passed over where text is wrong */
	bool shifts;     /* the charset has states */
	struct str left; /* bytes of a character that is not complete */
	struct str out;
};

/* charsets that are opened, by how their names begin */
static const char *const charsets[] = { "iso-8859-", "iso8859", "iso_8859",
	"latin", "windows-", "cp125", "cp437", "cp850", "cp852", "cp866",
	"cp932", "cp936", "cp949", "cp950", "ibm850", "ibm866", "koi8-",
	"gb2312", "gbk", "gb18030", "hz-gb-2312", "big5", "shift_jis",
	"shift-jis", "sjis", "x-sjis", "euc-", "ks_c_5601", "ks_c-5601",
	"iso-2022-jp", "iso-2022-kr", "utf-7", "utf-16", "utf-32", "utf7",
	"utf16", "macintosh", "x-mac-roman", "tis-620" };

/* release - what is not of the arena */
static void
release(void *argument)
{
	struct decoder *decoder = argument;

	if (decoder->iconv != NO_ICONV)
		gmime.g_mime_iconv_close(decoder->iconv);
	decoder->iconv = NO_ICONV;
	str_fini(&decoder->left);
	str_fini(&decoder->out);
}

/* begins_with - one of some words */
static bool
begins_with(const char *charset, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(charset, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* open_iconv - a charset that is known */
static void
open_iconv(struct decoder *decoder, const char *charset)
{
	static const char *const shifting[] = { "utf-7", "utf7", "iso-2022",
		"hz-" };
	static const char *const wide[] = { "utf-16", "utf16" };

	decoder->iconv = gmime.g_mime_iconv_open("UTF-8", charset);
	decoder->shifts = begins_with(charset, shifting,
	    sizeof(shifting) / sizeof(*shifting));
	decoder->unit = begins_with(charset, wide, sizeof(wide) / sizeof(*wide))
			    ? 2
			: strncmp(charset, "utf-32", 6) == 0 ? 4
							     : 1;
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
	/* what browsers and readers of mail take it for */
	if (strcmp(charset, "iso-8859-1") == 0)
		charset = "windows-1252";
	if (strchr(charset, '/') == NULL &&
	    begins_with(charset, charsets,
		sizeof(charsets) / sizeof(*charsets)))
		open_iconv(decoder, charset);
	if (decoder->iconv == NO_ICONV)
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
	decoder->iconv = NO_ICONV;
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

/*
 * pass_over - what is wrong. What state iconv is left in then depends on how
 * much it was given at once: it begins anew.
 */
static void
pass_over(struct decoder *decoder, char **in, size_t *in_left)
{
	size_t length = decoder->unit < *in_left ? decoder->unit : *in_left;

	*in += length;
	*in_left -= length;
	if (decoder->shifts)
		iconv(decoder->iconv, NULL, NULL, NULL, NULL);
}

/* convert_iconv - through a charset; how many bytes were used */
static size_t
convert_iconv(struct mime *mime, struct decoder *decoder, const char *text,
    size_t length, bool more)
{
	char buffer[PIECE];
	char *in = NULL;
	size_t in_left = length;

	/* iconv(3) does not write there */
	memcpy(&in, &text, sizeof(in));
	while (in_left > 0) {
		char *out = buffer;
		size_t out_left = sizeof(buffer);
		size_t done =
		    iconv(decoder->iconv, &in, &in_left, &out, &out_left);
		int error = errno;

		str_add_n(&decoder->out, buffer, sizeof(buffer) - out_left);
		if (done != (size_t)-1 || error == E2BIG)
			continue;
		if (error == EINVAL && more)
			break;
		str_add(&decoder->out, REPLACEMENT);
		mime_flaw(mime, decoder->part, MIME_FLAW_CHARSET);
		pass_over(decoder, &in, &in_left);
	}
	return length - in_left;
}

/* convert - to UTF-8, as far as characters are complete */
static size_t
convert(struct mime *mime, struct decoder *decoder, const char *text,
    size_t length, bool more)
{
	size_t used;

	if (decoder->iconv != NO_ICONV)
		return convert_iconv(mime, decoder, text, length, more);
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
		open_iconv(decoder, "utf-16");
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
