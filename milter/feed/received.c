/*
 * received - from where a message came to us, by its Received fields.
 *
 * Postfix writes "from HELO (NAME [ADDRESS])", Sendmail the same, perhaps with
 * "user@" before the name and a remark behind the address. Both keep brackets
 * and parentheses out of what the client called itself, so the address is the
 * last one in brackets within the first parentheses.
 */
#include "feed/received.h"

#include <string.h>
#include <strings.h>

#include "base/netaddr.h"
#include "feed/slice.h"
#include "service/option.h"

/* take_field - the next header field with its folds; false at their end */
static bool
take_field(struct slice *text, struct slice *field)
{
	const char *end = text->at;

	if (text->at == text->end || text->at[0] == '\n')
		return false;
	do {
		end = memchr(end, '\n', (size_t)(text->end - end));
		end = end != NULL ? end + 1 : text->end;
	} while (end < text->end && (*end == ' ' || *end == '\t'));
	*field = (struct slice){ text->at, end };
	text->at = end;
	return true;
}

/* skip_blanks - of a field, its folds among them */
static void
skip_blanks(struct slice *slice)
{
	while (slice->at < slice->end && strchr(" \t\n", *slice->at) != NULL)
		slice->at++;
}

/* is_received - a field of that name; its value */
static bool
is_received(struct slice field, struct slice *value)
{
	static const char name[] = "Received:";
	size_t length = strlen(name);

	if ((size_t)(field.end - field.at) < length ||
	    strncasecmp(field.at, name, length) != 0)
		return false;
	*value = (struct slice){ field.at + length, field.end };
	skip_blanks(value);
	return true;
}

/* comment_end - of the parentheses that begin before text; its end if none */
static const char *
comment_end(struct slice text)
{
	int depth = 1;

	for (; text.at < text.end; text.at++) {
		depth += (*text.at == '(') - (*text.at == ')');
		if (depth == 0)
			return text.at;
	}
	return text.end;
}

/* from_address - whom it was received from; false: a local delivery */
static bool
from_address(struct slice value, struct netaddr *address)
{
	struct slice helo;
	const char *begin;

	if (!slice_take(&value, "from ") ||
	    !slice_take_to(&value, '(', &helo) ||
	    slice_find(helo, " by ") != NULL)
		return false;
	value.end = comment_end(value);
	begin = slice_find_last(value, "[");
	if (begin == NULL)
		return false;
	value.at = begin + 1;
	return slice_take_to(&value, ']', &helo) &&
	       slice_address(helo, address);
}

bool
received_client(const char *text, const struct networks *trusted,
    struct netaddr *client)
{
	struct slice rest = { text, text + strlen(text) }, field, value;

	while (take_field(&rest, &field))
		if (is_received(field, &value) && from_address(value, client) &&
		    !networks_have(trusted, client) &&
		    !netaddr_is_private(client))
			return true;
	return false;
}
