/*
 * mime_read - a whole message through the reader, as an MTA would hand it in.
 */
#include "t/lib/mime_read.h"

#include "base/clock.h"
#include "t/lib/message_feed.h"

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

/* header, body - for message_feed() */
static void
header(void *context, const char *name, const char *value)
{
	mime_header(context, name, value);
}

static void
body(void *context, const unsigned char *chunk, size_t length)
{
	mime_body(context, chunk, length);
}

const struct mime_message *
mime_read(const struct mime_limits *limits, unsigned wants, const char *message,
    size_t length, size_t chunk, struct arena *arena)
{
	static const struct message_sink sink = {
		.header = header,
		.body = body,
	};
	struct mime *mime = mime_new(limits, wants, clock_system(), arena);

	message_feed(message, length, chunk, &sink, mime);
	return mime_end(mime);
}
