/*
 * str - a growing text buffer, and small things done to ASCII text.
 *
 * All of it goes by bytes and knows ASCII only: what a locale thinks of a
 * letter must never decide what matches.
 *
 * Diagnostics: out of memory ends the process (mem.c).
 */
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#define NEAREST_MAX 64 /* bytes of a word that str_nearest() looks at */

/* str_fini - give the buffer back; the str may be used again */
void
str_fini(struct str *str)
{
	mem_free(str->data);
	*str = (struct str)STR_INIT;
}

/* str_reset - back to the empty text, the buffer is kept */
void
str_reset(struct str *str)
{
	str->length = 0;
	if (str->data != NULL)
		str->data[0] = '\0';
}

/* reserve - room for more bytes and the terminator */
static void
reserve(struct str *str, size_t more)
{
	size_t wanted, size;

	if (more > SIZE_MAX / 4 || str->length > SIZE_MAX / 4)
		log_fatal("text of more than %zu bytes", str->length);
	wanted = str->length + more + 1;
	if (wanted <= str->size)
		return;
	size = str->size > 0 ? str->size : 64;
	while (size < wanted)
		size *= 2;
	str->data = mem_resize(str->data, size);
	str->size = size;
}

/* str_add - a text */
void
str_add(struct str *str, const char *text)
{
	str_add_n(str, text, strlen(text));
}

/* str_add_n - length bytes */
void
str_add_n(struct str *str, const char *text, size_t length)
{
	reserve(str, length);
	memcpy(str->data + str->length, text, length);
	str->length += length;
	str->data[str->length] = '\0';
}

/* str_add_char - one byte */
void
str_add_char(struct str *str, char c)
{
	str_add_n(str, &c, 1);
}

/* str_addf - a formatted text */
void
str_addf(struct str *str, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	str_addv(str, format, list);
	va_end(list);
}

/* str_addv - a formatted text; formatted twice if it does not fit at once */
void
str_addv(struct str *str, const char *format, va_list list)
{
	va_list again;
	size_t room;
	int length;

	reserve(str, 64);
	va_copy(again, list);
	room = str->size - str->length;
	length = vsnprintf(str->data + str->length, room, format, list);
	if (length < 0)
		log_fatal("cannot format \"%s\"", format);
	if ((size_t)length >= room) {
		reserve(str, (size_t)length);
		vsnprintf(str->data + str->length, (size_t)length + 1, format,
		    again);
	}
	va_end(again);
	str->length += (size_t)length;
}

/* str_text - the text so far */
const char *
str_text(const struct str *str)
{
	return str->data != NULL ? str->data : "";
}

/* str_printable - a copy that can stand in a log line or a reply */
char *
str_printable(char *out, size_t size, const char *text)
{
	size_t i;

	if (size == 0)
		return out;
	for (i = 0; i + 1 < size && text[i] != '\0'; i++)
		out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	out[i] = '\0';
	return out;
}

/* lower - an ASCII letter in lower case, any other byte as it is */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* str_lower - ASCII letters to lower case, in place */
char *
str_lower(char *text)
{
	char *c;

	for (c = text; *c != '\0'; c++)
		*c = lower(*c);
	return text;
}

/* str_is_ascii - whether no byte has its high bit set */
bool
str_is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text > 127)
			return false;
	}
	return true;
}

/* str_next_word - the next word between separators */
const char *
str_next_word(const char **cursor, const char *separators, size_t *length)
{
	const char *word = *cursor + strspn(*cursor, separators);

	*length = strcspn(word, separators);
	*cursor = word + *length;
	return *length > 0 ? word : NULL;
}

/* smaller - the lesser of two */
static unsigned
smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * distance - edits that make b of a: a byte more, less, another, or two
 * neighbours exchanged (the commonest slip). Three rows of the usual matrix.
 */
static unsigned
distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned rows[3][NEAREST_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t i, j;

	for (j = 0; j <= b_length; j++)
		last[j] = (unsigned)j;
	for (i = 1; i <= a_length; i++) {
		now[0] = (unsigned)i;
		for (j = 1; j <= b_length; j++) {
			unsigned differ = lower(a[i - 1]) != lower(b[j - 1]);

			now[j] = smaller(last[j - 1] + differ,
			    smaller(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 &&
			    lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				now[j] = smaller(now[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_length];
}

/* str_nearest - what was meant, most likely */
const char *
str_nearest(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word), i;
	const char *nearest = NULL;
	unsigned least = UINT_MAX;

	if (length > NEAREST_MAX)
		return NULL;
	for (i = 0; i < count; i++) {
		size_t other = strlen(candidates[i]);
		unsigned d;

		if (other > NEAREST_MAX)
			continue;
		d = distance(word, length, candidates[i], other);
		if (d < least) {
			least = d;
			nearest = candidates[i];
		}
	}
	return least <= length / 3 ? nearest : NULL;
}

/* str_parse_uint - a decimal number and nothing else */
bool
str_parse_uint(const char *text, unsigned long long *out)
{
	unsigned long long value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned digit;

		if (*text < '0' || *text > '9')
			return false;
		digit = (unsigned)(*text - '0');
		if (value > (ULLONG_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}
