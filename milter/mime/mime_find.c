/*
 * mime_find - links in text, and in attributes of HTML.
 *
 * What has a scheme is a link. "www.example.com", "example.com/path" and
 * "example.com" are told apart, since readers of mail make links of some of
 * them and file names look like the last: whoever asks decides. Addresses of
 * mail are none.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mime/mime_internal.h"

#define NESTED_MAX 2048 /* bytes of an address that may have one inside */

/* is_alnum - an ASCII letter or digit */
static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* is_host - a byte that host names in text consist of */
static bool
is_host(char c)
{
	return is_alnum(c) || c == '-' || c == '.' || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* is_slash - of either kind: browsers take both */
static bool
is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* scheme_at_end - the length of the scheme that ends a word; 0: none */
static size_t
scheme_at_end(const char *word, size_t length)
{
	static const char *const schemes[] = { "https", "http", "ftp" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t size = strlen(schemes[i]);

		if (length >= size &&
		    strncasecmp(word + length - size, schemes[i], size) == 0)
			return size;
	}
	return 0;
}

/* authority_end - RFC 3986 3.2, and what ends it in text */
static size_t
authority_end(const char *text, size_t length, size_t from)
{
	while (from < length && (unsigned char)text[from] > ' ' &&
	       strchr("/\\?#<>\"", text[from]) == NULL)
		from++;
	return from;
}

size_t
mime_link_authority(struct mime *mime, const char *text, size_t length,
    size_t from)
{
	size_t end = authority_end(text, length, from);
	size_t host = from, at;

	/* "http://bank.example@evil.example": the last @ counts */
	for (at = from; at < end; at++)
		if (text[at] == '@')
			host = at + 1;
	at = host;
	if (at < end && text[at] == '[') {
		while (at < end && text[at] != ']')
			at++;
		at += at < end;
	} else {
		while (at < end && (is_host(text[at]) || text[at] == '%'))
			at++;
	}
	mime_link_host(mime, text + host, at - host, MIME_LINK_URL, text + from,
	    end - from);
	return at > from ? at : from;
}

/* is_www - "www.", "www2." */
static bool
is_www(const char *word, size_t length)
{
	size_t i = 3;

	if (length < 5 || strncasecmp(word, "www", 3) != 0)
		return false;
	while (i < length && word[i] >= '0' && word[i] <= '9')
		i++;
	return i < length && word[i] == '.';
}

/* has_path - whether "/" or ":80/" stands behind a word */
static bool
has_path(const char *text, size_t length, size_t at)
{
	if (at < length && text[at] == ':')
		do
			at++;
		while (at < length && text[at] >= '0' && text[at] <= '9');
	return at < length && text[at] == '/';
}

/* may_stand_before - a name that is a link without a scheme */
static bool
may_stand_before(char c)
{
	return (unsigned char)c <= ' ' || strchr("(<[\"'>,;:|*{`", c) != NULL;
}

/* bare_word - a run of bytes of host names, without a scheme */
static void
bare_word(struct mime *mime, const char *text, size_t length, size_t from,
    size_t end, bool bare)
{
	enum mime_link_form form;

	if ((from > 0 && text[from - 1] == '@') ||
	    (end < length && text[end] == '@'))
		return;
	if (is_www(text + from, end - from)) {
		form = MIME_LINK_WWW;
	} else {
		if (!bare || memchr(text + from, '.', end - from) == NULL ||
		    (from > 0 && !may_stand_before(text[from - 1])))
			return;
		form = has_path(text, length, end) ? MIME_LINK_PATH
						   : MIME_LINK_BARE;
	}
	mime_link_host(mime, text + from, end - from, form, text + from,
	    end - from);
}

/* behind_scheme - where the authority begins; 0: that is no scheme */
static size_t
behind_scheme(const char *text, size_t length, size_t from, size_t colon)
{
	size_t at = colon + 1;

	if (length - colon < 4 || text[colon] != ':' ||
	    scheme_at_end(text + from, colon - from) == 0 ||
	    !is_slash(text[at]) || !is_slash(text[at + 1]))
		return 0;
	while (at < length && is_slash(text[at]))
		at++;
	return at;
}

void
mime_link_find(struct mime *mime, const char *text, size_t length, bool bare)
{
	size_t at = 0, end, behind;

	while (at < length && !(mime->message.flaws & MIME_FLAW_LINKS)) {
		if (!is_host(text[at])) {
			at++;
			continue;
		}
		end = at;
		while (end < length && is_host(text[end]))
			end++;
		behind =
		    end < length ? behind_scheme(text, length, at, end) : 0;
		if (behind > 0) {
			at = mime_link_authority(mime, text, length, behind);
			continue;
		}
		bare_word(mime, text, length, at, end, bare);
		at = end;
	}
}

/* squeeze - without white space around and line ends within, as browsers do */
static size_t
squeeze(const char *value, size_t length, char *out, size_t size)
{
	size_t made = 0;

	while (length > 0 && (unsigned char)*value <= ' ')
		value++, length--;
	for (size_t i = 0; i < length && made < size; i++)
		if (value[i] != '\t' && value[i] != '\n' && value[i] != '\r')
			out[made++] = value[i];
	return made;
}

/* digit - of %XX; -1 */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t
mime_link_unescape(const char *text, size_t length, char *out)
{
	size_t made = 0;

	for (size_t i = 0; i < length; i++) {
		int high = -1, low = -1;

		if (text[i] == '%' && i + 2 < length) {
			high = digit(text[i + 1]);
			low = digit(text[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			out[made++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[made++] = text[i];
		}
	}
	return made;
}

/* address_begin - where the authority of a value begins; 0: it has none */
static size_t
address_begin(const char *value, size_t length)
{
	const char *colon = memchr(value, ':', length < 6 ? length : 6);
	size_t at = 0;

	if (colon != NULL &&
	    scheme_at_end(value, (size_t)(colon - value)) ==
		(size_t)(colon - value) &&
	    colon > value)
		at = (size_t)(colon - value) + 1;
	else if (length < 2 || !is_slash(value[0]) || !is_slash(value[1]))
		return 0;
	while (at < length && is_slash(value[at]))
		at++;
	return at;
}

void
mime_link_attribute(struct mime *mime, const char *value, size_t length)
{
	char text[NESTED_MAX], plain[NESTED_MAX];
	size_t from, end = 0;

	if (mime->message.flaws & MIME_FLAW_LINKS)
		return;
	mime->line_now = mime->lines + 1;
	length = squeeze(value, length, text, sizeof(text));
	from = address_begin(text, length);
	if (from > 0)
		end = mime_link_authority(mime, text, length, from);
	/* others inside: of pages that lead on, of styles and scripts */
	length = mime_link_unescape(text + end, length - end, plain);
	mime_link_find(mime, plain, length, false);
}
