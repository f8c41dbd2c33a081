/*
 * scan_head - answers with a status line, fields and a body: those of HTTP
 * (RFC 9112) and of spamd, which looks like it.
 */
#ifndef MAILREEVE_SCAN_HEAD_H
#define MAILREEVE_SCAN_HEAD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct scan_head {
	int code;           /* second word of the status line */
	const char *fields; /* behind that line; borrowed */
	size_t fields_length;
	const char *body; /* as far as it came, at most what was declared */
	size_t body_length;
	bool declared; /* Content-Length was there */
	bool whole;    /* all that was declared has come */
};

/*
 * scan_head_parse - false when it does not begin with protocol and a number,
 * when the fields do not end, or when Content-Length is no number.
 */
bool scan_head_parse(const char *text, size_t length, const char *protocol,
    struct scan_head *head);
/*
 * scan_head_field - the value of the first field of that name, printable, or
 * NULL.
 */
const char *scan_head_field(const struct scan_head *head, const char *name,
    struct arena *arena);

#endif
