/*
 * integrity_type - the boundary in a Content-Type (RFC 2045 5.1).
 */
#include <string.h>
#include <strings.h>

#include "policies/integrity.h"

/* skip_space - blanks, folds and comments (RFC 5322 3.2.2) */
static const char *
skip_space(const char *text)
{
	unsigned depth = 0;

	for (; *text != '\0'; text++) {
		if (*text == '(')
			depth++;
		else if (*text == ')' && depth > 0)
			depth--;
		else if (*text == '\\' && depth > 0 && text[1] != '\0')
			text++;
		else if (depth == 0 && strchr(" \t\r\n", *text) == NULL)
			break;
	}
	return text;
}

/* quoted - a quoted string into out, at most size bytes; behind it */
static const char *
quoted(const char *text, char *out, size_t size, size_t *length)
{
	for (text++; *text != '\0' && *text != '"'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		if (*length < size)
			out[(*length)++] = *text;
	}
	return *text == '"' ? text + 1 : text;
}

/* value_of - a parameter's value, a token or quoted; behind it */
static const char *
value_of(const char *text, char *out, size_t size, size_t *length)
{
	size_t token;

	*length = 0;
	if (*text == '"')
		return quoted(text, out, size, length);
	token = strcspn(text, " \t\r\n;(");
	*length = token < size ? token : size;
	memcpy(out, text, *length);
	return text + token;
}

/* keep_mark - the line that ends the body; false if no boundary is such */
static bool
keep_mark(struct integrity_body *body, const char *boundary, size_t length)
{
	if (length == 0 || length > INTEGRITY_BOUNDARY_MAX)
		return false;
	memcpy(body->mark, "--", 2);
	memcpy(body->mark + 2, boundary, length);
	memcpy(body->mark + 2 + length, "--", 2);
	body->mark_length = length + 4;
	return true;
}

/* next_parameter - behind the next ";", comments and folds skipped, or NULL */
static const char *
next_parameter(const char *text)
{
	for (text = skip_space(text); *text != ';'; text = skip_space(text + 1))
		if (*text == '\0')
			return NULL;
	return skip_space(text + 1);
}

/*
 * read_boundary - the parameter boundary of a Content-Type, RFC 2045 5.1.
 * False when there is none that may be one.
 */
static bool
read_boundary(struct integrity_body *body, const char *value)
{
	static const char name[] = "boundary";
	char text[INTEGRITY_BOUNDARY_MAX + 1];
	size_t length;

	while ((value = next_parameter(value)) != NULL) {
		bool is_ours;

		length = strcspn(value, "= \t\r\n;(");
		is_ours = length == sizeof(name) - 1 &&
			  strncasecmp(value, name, length) == 0;
		value = skip_space(value + length);
		if (*value != '=')
			continue;
		value = value_of(skip_space(value + 1), text, sizeof(text),
		    &length);
		if (is_ours)
			return keep_mark(body, text, length);
	}
	return false;
}

bool
integrity_type(struct integrity_body *body, const char *value)
{
	value = skip_space(value);
	if (strncasecmp(value, "multipart/", 10) != 0)
		return false;
	if (!read_boundary(body, value))
		body->mark_length = 0;
	return true;
}
