/*
 * mime_utf8 - text that should be UTF-8, and what to make of it when it is not.
 */
#include "mime/mime_internal.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/* windows-1252 from 0x80 to 0x9F; 0: no character */
static const uint16_t windows[32] = { 0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026,
	0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0,
	0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
	0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178 };

/* add_code - a character as UTF-8; those from 0x80 to 0xFFFF */
static void
add_code(struct str *out, unsigned code)
{
	if (code < 0x800) {
		str_add_char(out, (char)(0xC0 | code >> 6));
	} else {
		str_add_char(out, (char)(0xE0 | code >> 12));
		str_add_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
	}
	str_add_char(out, (char)(0x80 | (code & 0x3F)));
}

/* add_wrong - a byte that is no UTF-8 */
static void
add_wrong(struct str *out, unsigned char byte, bool guess)
{
	unsigned code = byte < 0xA0 ? windows[byte - 0x80] : byte;

	if (guess && code != 0)
		add_code(out, code);
	else
		str_add(out, REPLACEMENT);
}

/*
 * sequence - the length of the character at text (RFC 3629); 0 when it is
 * none, -1 when it is not complete.
 */
static int
sequence(const unsigned char *text, size_t length)
{
	unsigned char low = 0x80, high = 0xBF;
	int need = text[0] >= 0xF0 ? 3 : text[0] >= 0xE0 ? 2 : 1;

	if (text[0] < 0xC2 || text[0] > 0xF4)
		return 0;
	if (text[0] == 0xE0)
		low = 0xA0;
	else if (text[0] == 0xED)
		high = 0x9F;
	else if (text[0] == 0xF0)
		low = 0x90;
	else if (text[0] == 0xF4)
		high = 0x8F;
	for (int i = 1; i <= need; i++) {
		if ((size_t)i >= length)
			return -1;
		if (text[i] < low || text[i] > high)
			return 0;
		low = 0x80;
		high = 0xBF;
	}
	return need + 1;
}

bool
mime_utf8_add(struct str *out, const char *text, size_t length, bool guess,
    bool more, size_t *used)
{
	bool good = true;
	size_t at = 0;

	while (at < length) {
		const unsigned char *here = (const unsigned char *)text + at;
		size_t plain = 0;
		int bytes;

		while (at + plain < length && here[plain] < 0x80)
			plain++;
		str_add_n(out, (const char *)here, plain);
		at += plain;
		here += plain;
		if (at == length)
			break;
		bytes = sequence(here, length - at);
		if (bytes < 0 && more)
			break;
		if (bytes > 0) {
			str_add_n(out, (const char *)here, (size_t)bytes);
			at += (size_t)bytes;
		} else {
			add_wrong(out, *here, guess);
			good = false;
			at++;
		}
	}
	*used = at;
	return good;
}
