/*
 * feed_source - a log that is read as it grows.
 *
 * A file is followed by its name: when it is renamed and made anew, or cut,
 * reading goes on in the new one, after the old one was read to its end.
 * Standard input ("-") is read until it ends.
 */
#ifndef MAILREEVE_FEED_SOURCE_H
#define MAILREEVE_FEED_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct feed_source;

/*
 * feed_source_open - once: to the end of what is there, else from the end of
 * it on. NULL, with errno, when it cannot be opened.
 */
struct feed_source *feed_source_open(const char *path, bool once);
void feed_source_close(struct feed_source *source);

enum feed_got {
	FEED_LINE,
	FEED_NOTHING, /* for now; some time was waited */
	FEED_END,
};
/*
 * feed_source_line - the next line, without its end; valid until the next
 * call. Longer ones than 64 kilobytes are left out.
 */
enum feed_got feed_source_line(struct feed_source *source, const char **line,
    size_t *length);

#endif
