/*
 * message_feed - a message as an MTA hands it to a milter.
 */
#include "t/lib/message_feed.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

/* field_end - behind a field with its folds */
static const char *
field_end(const char *at, const char *end)
{
	do {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL)
			return end;
		at++;
	} while (at < end && (*at == ' ' || *at == '\t'));
	return at;
}

/* hand_in - one field; false when it is none */
static bool
hand_in(const char *at, const char *end, const struct message_sink *sink,
    void *context)
{
	char *text = mem_alloc((size_t)(end - at) + 1);
	char *value;

	memcpy(text, at, (size_t)(end - at));
	value = strchr(text, ':');
	if (value == NULL) {
		mem_free(text);
		return false;
	}
	for (char *last = value++;
	     last > text && (*last == ' ' || *last == '\t' || *last == ':');)
		*last-- = '\0';
	sink->header(context, text, value + (*value == ' '));
	mem_free(text);
	return true;
}

void
message_feed(const char *message, size_t length, size_t chunk,
    const struct message_sink *sink, void *context)
{
	const char *end = message + length, *next;

	for (; message < end && *message != '\n' && *message != '\r';
	     message = next) {
		next = field_end(message, end);
		if (!hand_in(message, next, sink, context))
			break;
	}
	if (message < end && *message == '\r')
		message++;
	if (message < end && *message == '\n')
		message++;
	for (; message < end; message += chunk) {
		if (chunk > (size_t)(end - message))
			chunk = (size_t)(end - message);
		sink->body(context, (const unsigned char *)message, chunk);
	}
}
