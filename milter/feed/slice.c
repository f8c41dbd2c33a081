/*
 * slice - a part of a text that is read from its begin.
 */
#include "feed/slice.h"

#include <string.h>

#include "base/netaddr.h"

bool
slice_take(struct slice *slice, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(slice->end - slice->at) < length ||
	    memcmp(slice->at, text, length) != 0)
		return false;
	slice->at += length;
	return true;
}

bool
slice_take_to(struct slice *slice, char c, struct slice *before)
{
	const char *place =
	    memchr(slice->at, c, (size_t)(slice->end - slice->at));

	if (place == NULL)
		return false;
	*before = (struct slice){ slice->at, place };
	slice->at = place + 1;
	return true;
}

bool
slice_take_number(struct slice *slice, int64_t max, int64_t *number)
{
	const char *begin = slice->at;

	for (*number = 0;
	     slice->at < slice->end && *slice->at >= '0' && *slice->at <= '9';
	     slice->at++)
		if (*number <= max)
			*number = *number * 10 + (*slice->at - '0');
	if (*number > max)
		*number = max;
	return slice->at > begin;
}

const char *
slice_find(struct slice slice, const char *text)
{
	return memmem(slice.at, (size_t)(slice.end - slice.at), text,
	    strlen(text));
}

const char *
slice_find_last(struct slice slice, const char *text)
{
	const char *last = NULL, *place;

	while ((place = slice_find(slice, text)) != NULL) {
		last = place;
		slice.at = place + 1;
	}
	return last;
}

bool
slice_is(struct slice slice, const char *text)
{
	return slice_take(&slice, text) && slice.at == slice.end;
}

bool
slice_ends(struct slice slice, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(slice.end - slice.at) < length)
		return false;
	return memcmp(slice.end - length, text, length) == 0;
}

bool
slice_address(struct slice slice, struct netaddr *out)
{
	size_t length = (size_t)(slice.end - slice.at);
	char text[NETADDR_TEXT_SIZE + sizeof("[IPv6:]")];

	if (length == 0 || length >= sizeof(text) ||
	    memchr(slice.at, '\0', length) != NULL)
		return false;
	memcpy(text, slice.at, length);
	text[length] = '\0';
	return netaddr_parse(out, text);
}
