/*
 * store_redis_command - Redis commands as bytes (RESP), ready to be sent.
 *
 * An array of bulk strings: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n". Words have any
 * bytes; nothing needs quoting.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/store_redis_command.h"

/* command_begin - how many words follow */
void
command_begin(struct str *out, size_t words)
{
	str_addf(out, "*%zu\r\n", words);
}

/* command_bytes - a word */
void
command_bytes(struct str *out, const char *bytes, size_t length)
{
	str_addf(out, "$%zu\r\n", length);
	str_add_n(out, bytes, length);
	str_add_n(out, "\r\n", 2);
}

/* command_text - a word that ends with NUL */
void
command_text(struct str *out, const char *text)
{
	command_bytes(out, text, strlen(text));
}

/* command_number - a word of decimal digits */
void
command_number(struct str *out, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRId64, number);
	command_text(out, digits);
}

/* command_all - a whole command */
void
command_all(struct str *out, ...)
{
	const char *text;
	size_t words = 0;
	va_list list;

	va_start(list, out);
	while (va_arg(list, const char *) != NULL)
		words++;
	va_end(list);
	command_begin(out, words);
	va_start(list, out);
	while ((text = va_arg(list, const char *)) != NULL)
		command_text(out, text);
	va_end(list);
}
