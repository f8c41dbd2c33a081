/*
 * mime_charset - charsets of mail, to UTF-8.
 *
 * By iconv(3). Only such as mail is written in are opened: iconv knows
 * hundreds, whose code nobody looks at, and a stranger chooses.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "mime/mime_charset.h"
#include "mime/mime_library.h"

#define PIECE 4096 /* bytes that are decoded at once */
#define REPLACEMENT "\xEF\xBF\xBD"
#define SEQUENCE_MOST 8 /* bytes of a shift and a character */

/* charsets that are opened, by how their names begin */
static const char *const charsets[] = { "iso-8859-", "iso8859", "iso_8859",
	"latin", "windows-", "cp125", "cp437", "cp850", "cp852", "cp866",
	"cp932", "cp936", "cp949", "cp950", "ibm850", "ibm866", "koi8-",
	"gb2312", "gbk", "gb18030", "hz-gb-2312", "big5", "shift_jis",
	"shift-jis", "sjis", "x-sjis", "euc-", "ks_c_5601", "ks_c-5601",
	"iso-2022-jp", "iso-2022-kr", "utf-7", "utf-16", "utf-32", "utf7",
	"utf16", "macintosh", "x-mac-roman", "tis-620" };

/* begins_with - one of some words */
static bool
begins_with(const char *charset, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(charset, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

bool
mime_charset_open(struct charset *charset, const char *name)
{
	static const char *const shifting[] = { "utf-7", "utf7", "iso-2022",
		"hz-" };
	static const char *const wide[] = { "utf-16", "utf16" };

	/* what browsers and readers of mail take it for */
	if (strcmp(name, "iso-8859-1") == 0)
		name = "windows-1252";
	if (strchr(name, '/') != NULL ||
	    !begins_with(name, charsets, sizeof(charsets) / sizeof(*charsets)))
		return false;
	charset->iconv = gmime.g_mime_iconv_open("UTF-8", name);
	charset->is_open = charset->iconv != (iconv_t)-1;
	charset->shifts =
	    begins_with(name, shifting, sizeof(shifting) / sizeof(*shifting));
	charset->unit = begins_with(name, wide, sizeof(wide) / sizeof(*wide))
			    ? 2
			: strncmp(name, "utf-32", 6) == 0 ? 4
							  : 1;
	return charset->is_open;
}

void
mime_charset_close(struct charset *charset)
{
	if (charset->is_open)
		gmime.g_mime_iconv_close(charset->iconv);
	charset->is_open = false;
}

/*
 * step - convert a piece; how many bytes were used. *error is 0, EINVAL
 * (the end of a character is missing) or EILSEQ.
 */
static size_t
step(struct charset *charset, const char *text, size_t length,
    struct str *decoded, int *error)
{
	char buffer[PIECE], *in = NULL;
	size_t in_left = length, done;

	/* iconv(3) does not write there */
	memcpy(&in, &text, sizeof(in));
	do {
		char *out = buffer;
		size_t out_left = sizeof(buffer);

		done = iconv(charset->iconv, &in, &in_left, &out, &out_left);
		*error = done == (size_t)-1 ? errno : 0;
		str_add_n(decoded, buffer, sizeof(buffer) - out_left);
	} while (*error == E2BIG);
	return length - in_left;
}

/*
 * step_shifting - as step(), through a charset with shifts: in the least
 * that it takes. What state an error leaves depends on how much was given at
 * once, and the message shall be the same however the MTA has cut it.
 */
static size_t
step_shifting(struct charset *charset, const char *text, size_t length,
    struct str *decoded, int *error)
{
	size_t used = 0, size = 1;

	do {
		used = step(charset, text, size, decoded, error);
	} while (used == 0 && *error == EINVAL && ++size <= length &&
		 size <= SEQUENCE_MOST);
	if (*error == EINVAL && used > 0)
		*error = 0; /* the rest is tried anew */
	else if (*error == EINVAL && size > SEQUENCE_MOST)
		*error = EILSEQ;
	if (*error == EILSEQ)
		iconv(charset->iconv, NULL, NULL, NULL, NULL);
	return used;
}

size_t
mime_charset_convert(struct charset *charset, const char *text, size_t length,
    bool more, struct str *decoded, bool *wrong)
{
	size_t used = 0, left;
	int error;

	while (used < length) {
		error = 0;
		used += charset->shifts ? step_shifting(charset, text + used,
					      length - used, decoded, &error)
					: step(charset, text + used,
					      length - used, decoded, &error);
		left = length - used;
		if (error == 0)
			continue;
		if (error == EINVAL && more)
			break;
		*wrong = true;
		str_add(decoded, REPLACEMENT);
		used += charset->unit < left ? charset->unit : left;
	}
	return used;
}
