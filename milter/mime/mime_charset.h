/*
 * mime_charset - charsets of mail, to UTF-8.
 */
#ifndef MAILREEVE_MIME_CHARSET_H
#define MAILREEVE_MIME_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include <iconv.h>

struct str;

/* begins zeroed: not open */
struct charset {
	bool is_open;
	iconv_t iconv;
	unsigned unit; /* bytes that are passed over where text is wrong */
	bool shifts;   /* it has states */
};

/* mime_charset_open - by its name in lower case; false: mail is not written
 * in it. */
bool mime_charset_open(struct charset *charset, const char *name);
/* mime_charset_close - one that is not open, too. */
void mime_charset_close(struct charset *charset);
/*
 * mime_charset_convert - add text to decoded, as UTF-8; how many bytes were
 * used. more: what is left at the end is the begin of a character. Whatever is
 * no character is replaced, and *wrong becomes true. It does not depend on how
 * the text is cut into calls.
 */
size_t mime_charset_convert(struct charset *charset, const char *text,
    size_t length, bool more, struct str *decoded, bool *wrong);

#endif
