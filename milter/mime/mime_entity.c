/*
 * mime_entity - the entities of HTML that stand in mail, and all by number.
 */
#include <stdlib.h>
#include <string.h>

#include "mime/mime_internal.h"

#define CODE_MAX 0x10FFFF

/* by name; those that letters and links are written with to hide them */
static const struct {
	const char *name;
	unsigned code;
} entities[] = {
	{ "amp", '&' },
	{ "lt", '<' },
	{ "gt", '>' },
	{ "quot", '"' },
	{ "apos", '\'' },
	{ "nbsp", ' ' },
	{ "AMP", '&' },
	{ "LT", '<' },
	{ "GT", '>' },
	{ "QUOT", '"' },
	{ "Tab", '\t' },
	{ "NewLine", '\n' },
	{ "excl", '!' },
	{ "num", '#' },
	{ "dollar", '$' },
	{ "percnt", '%' },
	{ "lpar", '(' },
	{ "rpar", ')' },
	{ "ast", '*' },
	{ "plus", '+' },
	{ "comma", ',' },
	{ "period", '.' },
	{ "sol", '/' },
	{ "colon", ':' },
	{ "semi", ';' },
	{ "equals", '=' },
	{ "quest", '?' },
	{ "commat", '@' },
	{ "lbrack", '[' },
	{ "lsqb", '[' },
	{ "bsol", '\\' },
	{ "rbrack", ']' },
	{ "rsqb", ']' },
	{ "Hat", '^' },
	{ "lowbar", '_' },
	{ "grave", '`' },
	{ "lcub", '{' },
	{ "verbar", '|' },
	{ "rcub", '}' },
	{ "hyphen", '-' },
	{ "dash", '-' },
	{ "ndash", 0x2013 },
	{ "mdash", 0x2014 },
	{ "lsquo", 0x2018 },
	{ "rsquo", 0x2019 },
	{ "ldquo", 0x201C },
	{ "rdquo", 0x201D },
	{ "bull", 0x2022 },
	{ "hellip", 0x2026 },
	{ "euro", 0x20AC },
	{ "pound", 0xA3 },
	{ "yen", 0xA5 },
	{ "cent", 0xA2 },
	{ "copy", 0xA9 },
	{ "reg", 0xAE },
	{ "trade", 0x2122 },
	{ "laquo", 0xAB },
	{ "raquo", 0xBB },
	{ "middot", 0xB7 },
	{ "shy", 0xAD },
	{ "zwnj", 0x200C },
	{ "zwj", 0x200D },
	{ "ensp", ' ' },
	{ "emsp", ' ' },
	{ "thinsp", ' ' },
	{ "auml", 0xE4 },
	{ "ouml", 0xF6 },
	{ "uuml", 0xFC },
	{ "Auml", 0xC4 },
	{ "Ouml", 0xD6 },
	{ "Uuml", 0xDC },
	{ "szlig", 0xDF },
	{ "agrave", 0xE0 },
	{ "aacute", 0xE1 },
	{ "acirc", 0xE2 },
	{ "atilde", 0xE3 },
	{ "aring", 0xE5 },
	{ "aelig", 0xE6 },
	{ "ccedil", 0xE7 },
	{ "egrave", 0xE8 },
	{ "eacute", 0xE9 },
	{ "ecirc", 0xEA },
	{ "euml", 0xEB },
	{ "igrave", 0xEC },
	{ "iacute", 0xED },
	{ "icirc", 0xEE },
	{ "iuml", 0xEF },
	{ "ntilde", 0xF1 },
	{ "ograve", 0xF2 },
	{ "oacute", 0xF3 },
	{ "ocirc", 0xF4 },
	{ "otilde", 0xF5 },
	{ "oslash", 0xF8 },
	{ "ugrave", 0xF9 },
	{ "uacute", 0xFA },
	{ "ucirc", 0xFB },
	{ "yacute", 0xFD },
};

/* by_name - 0: not known */
static unsigned
by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++)
		if (strlen(entities[i].name) == length &&
		    memcmp(entities[i].name, name, length) == 0)
			return entities[i].code;
	return 0;
}

/* by_number - "38" or "x26" behind "#"; 0: none */
static unsigned
by_number(const char *digits, size_t length)
{
	bool hex = length > 0 && (digits[0] | 0x20) == 'x';
	unsigned base = hex ? 16 : 10, code = 0;

	for (size_t i = hex ? 1 : 0; i < length; i++) {
		char c = (char)(digits[i] | 0x20);
		unsigned digit = digits[i] >= '0' && digits[i] <= '9'
				     ? (unsigned)(digits[i] - '0')
				 : c >= 'a' && c <= 'f'
				     ? (unsigned)(c - 'a') + 10
				     : base;

		if (digit >= base)
			return 0;
		code = code * base + digit;
		if (code > CODE_MAX)
			return 0;
	}
	return code == 0xA0 ? ' ' : code;
}

/* encode - UTF-8 of a code */
static size_t
encode(unsigned code, char *out)
{
	size_t length = code < 0x80      ? 1
			: code < 0x800   ? 2
			: code < 0x10000 ? 3
					 : 4;
	static const unsigned first[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3F));
		code >>= 6;
	}
	out[0] = (char)(first[length] | code);
	return length;
}

size_t
mime_entity(const char *name, size_t length, char *out)
{
	unsigned code = length > 0 && name[0] == '#'
			    ? by_number(name + 1, length - 1)
			    : by_name(name, length);

	if (code == 0 || (code >= 0xD800 && code < 0xE000))
		return 0;
	return encode(code, out);
}
