/*
 * scan_head - answers with a status line, fields and a body.
 *
 * Lines end with LF, with or without CR before it. Nothing is changed and
 * nothing is copied: the text need not end with NUL, and may hold some.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "scan/scan.h"
#include "scan/scan_head.h"

#define VALUE_MAX 4096
#define DIGITS_MAX 9

/* line_end - the LF, or NULL where none comes */
static const char *
line_end(const char *text, const char *end)
{
	return memchr(text, '\n', (size_t)(end - text));
}

/* number - of digits up to end, blanks around; -1 when it is none */
static long
number(const char *text, const char *end)
{
	long value = 0;
	int digits = 0;

	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	for (; text < end && *text >= '0' && *text <= '9'; text++) {
		if (++digits > DIGITS_MAX)
			return -1;
		value = value * 10 + (*text - '0');
	}
	while (text < end && strchr(" \t\r", *text) != NULL && *text != '\0')
		text++;
	return digits > 0 && text == end ? value : -1;
}

/* status - the code of "PROTOCOL/1.1 200 OK"; -1 when it is no such line */
static long
status(const char *text, const char *end, const char *protocol)
{
	size_t length = strlen(protocol);
	const char *word, *blank;

	if ((size_t)(end - text) < length ||
	    memcmp(text, protocol, length) != 0)
		return -1;
	word = memchr(text, ' ', (size_t)(end - text));
	if (word == NULL)
		return -1;
	word++;
	blank = memchr(word, ' ', (size_t)(end - word));
	return number(word, blank != NULL ? blank : end);
}

/* find_value - of a field: its begin, and *end; NULL when there is none */
static const char *
find_value(const char *text, const char *fields_end, const char *name,
    const char **end)
{
	size_t length = strlen(name);

	while (
	    text < fields_end && (*end = line_end(text, fields_end)) != NULL) {
		if ((size_t)(*end - text) > length && text[length] == ':' &&
		    strncasecmp(text, name, length) == 0)
			return text + length + 1;
		text = *end + 1;
	}
	return NULL;
}

/* find_body - behind the first empty line, or NULL */
static const char *
find_body(const char *text, const char *end)
{
	const char *lf;

	for (; (lf = line_end(text, end)) != NULL; text = lf + 1)
		if (lf == text || (lf == text + 1 && *text == '\r'))
			return lf + 1;
	return NULL;
}

/* read_length - what Content-Length says of the body; false: nonsense */
static bool
read_length(struct scan_head *head)
{
	const char *end,
	    *value = find_value(head->fields,
		head->fields + head->fields_length, "Content-Length", &end);
	long length;

	if (value == NULL)
		return true;
	length = number(value, end);
	if (length < 0)
		return false;
	head->declared = true;
	head->whole = head->body_length >= (size_t)length;
	if (head->whole)
		head->body_length = (size_t)length;
	return true;
}

bool
scan_head_parse(const char *text, size_t length, const char *protocol,
    struct scan_head *head)
{
	const char *end = text + length, *lf = line_end(text, end), *body;
	long code;

	if (lf == NULL)
		return false;
	code = status(text, lf, protocol);
	body = find_body(lf + 1, end);
	if (code < 0 || code > 999 || body == NULL)
		return false;
	*head = (struct scan_head){
		.code = (int)code,
		.fields = lf + 1,
		.fields_length = (size_t)(body - (lf + 1)),
		.body = body,
		.body_length = (size_t)(end - body),
	};
	return read_length(head);
}

const char *
scan_head_field(const struct scan_head *head, const char *name,
    struct arena *arena)
{
	const char *end, *value = find_value(head->fields,
			     head->fields + head->fields_length, name, &end);

	if (value == NULL)
		return NULL;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\r'))
		end--;
	return scan_printable(arena, value, (size_t)(end - value), VALUE_MAX);
}
