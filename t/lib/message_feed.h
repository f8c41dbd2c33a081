/*
 * message_feed - a message as an MTA hands it to a milter: field by field, the
 * body in chunks.
 */
#ifndef MAILREEVE_MESSAGE_FEED_H
#define MAILREEVE_MESSAGE_FEED_H

#include <stddef.h>

struct message_sink {
	void (*header)(void *context, const char *name, const char *value);
	void (*body)(void *context, const unsigned char *chunk, size_t length);
};

/*
 * message_feed - lines end with LF or CRLF; what is no field ends the header.
 */
void message_feed(const char *message, size_t length, size_t chunk,
    const struct message_sink *sink, void *context);

#endif
