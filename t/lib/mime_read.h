/*
 * mime_read - a whole message through the reader, as an MTA would hand it in.
 */
#ifndef MAILREEVE_MIME_READ_H
#define MAILREEVE_MIME_READ_H

#include "mime/mime.h"

/* mime_read_limits - the defaults of [mime]. */
extern const struct mime_limits mime_read_limits;

/*
 * mime_read - header fields, an empty line, the body; lines end with LF or
 * CRLF, the body is handed in by chunks of that many bytes.
 */
const struct mime_message *mime_read(const struct mime_limits *limits,
    unsigned wants, const char *message, size_t length, size_t chunk,
    struct arena *arena);

#endif
