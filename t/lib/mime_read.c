/*
 * mime_read - a whole message through the reader, as an MTA would hand it in.
 */
#include "t/lib/mime_read.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

const struct mime_limits mime_read_limits = {
	.header_size = 65536,
	.text_size = 262144,
	.parts = 200,
	.nesting = 20,
	.links = 200,
	.names = 500,
	.archive_size = 65536,
	.time_ms = 20000,
};

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
hand_in(struct mime *mime, const char *at, const char *end, struct arena *arena)
{
	char *text = arena_strndup(arena, at, (size_t)(end - at));
	char *value = strchr(text, ':');

	if (value == NULL)
		return false;
	for (char *last = value++;
	     last > text && (*last == ' ' || *last == '\t' || *last == ':');)
		*last-- = '\0';
	mime_header(mime, text, value + (*value == ' '));
	return true;
}

const struct mime_message *
mime_read(const struct mime_limits *limits, unsigned wants, const char *message,
    size_t length, size_t chunk, struct arena *arena)
{
	struct mime *mime = mime_new(limits, wants, clock_system(), arena);
	const char *end = message + length, *next;

	for (; message < end && *message != '\n' && *message != '\r';
	     message = next) {
		next = field_end(message, end);
		if (!hand_in(mime, message, next, arena))
			break;
	}
	if (message < end && *message == '\r')
		message++;
	if (message < end && *message == '\n')
		message++;
	for (; message < end; message += chunk) {
		if (chunk > (size_t)(end - message))
			chunk = (size_t)(end - message);
		mime_body(mime, (const unsigned char *)message, chunk);
	}
	return mime_end(mime);
}
