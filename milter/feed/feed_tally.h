/*
 * feed_tally - logins by client, until they are recorded.
 *
 * Thousands of lines of one client become one record. Of bounded size: what
 * has no room is refused, and the caller records first.
 */
#ifndef MAILREEVE_FEED_TALLY_H
#define MAILREEVE_FEED_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/netaddr.h"

struct abuse_settings;
struct feed_tally;
struct login_line;

#define FEED_TALLY_MOST 3072 /* clients */

/* of one client: an IPv4 address, an IPv6 /64 */
struct feed_count {
	struct netaddr client;
	const struct abuse_settings *settings; /* of its first line */
	int64_t failed;
	bool good;
};

struct feed_tally *feed_tally_new(void);
void feed_tally_free(struct feed_tally *tally);
/*
 * feed_tally_add - one line's. A failure that Dovecot's authentication service
 * told is not counted again when another server tells it within five minutes.
 * False when there is no room for another client.
 */
bool feed_tally_add(struct feed_tally *tally, const struct login_line *line,
    const struct abuse_settings *settings, int64_t now_ms);
/* feed_tally_put_back - what could not be recorded; false: no room. */
bool feed_tally_put_back(struct feed_tally *tally,
    const struct feed_count *count);
/* feed_tally_take - all of it to out (room for FEED_TALLY_MOST); how many. */
size_t feed_tally_take(struct feed_tally *tally, struct feed_count *out);

#endif
