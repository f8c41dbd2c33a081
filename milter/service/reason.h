/*
 * reason - why something was decided, and the native reply for it.
 *
 * One row gives the reply, the log's reason=, a counter and a line of the
 * manual. A policy's rows are in the order of its enum.
 */
#ifndef MAILREEVE_REASON_H
#define MAILREEVE_REASON_H

struct reason {
	const char *name;  /* "access.client"; NULL ends the table */
	const char *reply; /* native: "550 5.7.1 text with %{values}" */
	const char *doc;   /* the condition, one sentence */
};

#endif
