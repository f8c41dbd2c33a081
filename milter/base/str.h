/*
 * str - a growing text buffer, and small things done to ASCII text.
 *
 * struct str is the caller's storage: start it with STR_INIT, end it with
 * str_fini(). data is always terminated and never NULL after the first add.
 */
#ifndef MAILREEVE_STR_H
#define MAILREEVE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
	char *data;
	size_t length;
	size_t size;
};

/* clang-format off */
#define STR_INIT { .data = NULL, .length = 0, .size = 0 }
/* clang-format on */

void str_fini(struct str *str);
void str_reset(struct str *str);
void str_add(struct str *str, const char *text);
void str_add_n(struct str *str, const char *text, size_t length);
void str_add_char(struct str *str, char c);
void str_addf(struct str *str, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void str_addv(struct str *str, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));
/* str_text - the text so far, "" when nothing was added. Borrowed. */
const char *str_text(const struct str *str);

/*
 * str_printable - copy text to out, at most size bytes with the terminator;
 * control bytes and bytes over 126 become '?'. Returns out.
 */
char *str_printable(char *out, size_t size, const char *text);
/* str_lower - ASCII letters to lower case, in place. Returns text. */
char *str_lower(char *text);
/* str_is_ascii - no byte over 127. */
bool str_is_ascii(const char *text);

/*
 * str_next_word - the next run of bytes that are not in separators, from
 * *cursor on; *cursor moves behind it. Returns its start and sets *length, or
 * NULL at the end. The text is not changed.
 */
const char *str_next_word(const char **cursor, const char *separators,
    size_t *length);

/*
 * str_nearest - the candidate nearest to word by edit distance, or NULL when
 * none is near enough to be a likely slip of the pen (distance over a third
 * of its length). For "did you mean" in errors.
 */
const char *str_nearest(const char *word, const char *const *candidates,
    size_t count);

/* str_parse_uint - all of text as a decimal number; false if it is not. */
bool str_parse_uint(const char *text, unsigned long long *out);

#endif
