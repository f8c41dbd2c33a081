/*
 * integrity - what the parts of the policy integrity know of one another.
 */
#ifndef MAILREEVE_INTEGRITY_H
#define MAILREEVE_INTEGRITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* what can be wrong, in the order in which it is told */
enum integrity_flaw {
	FLAW_BARE_CR,
	FLAW_BARE_LF,
	FLAW_NUL,
	FLAW_LONG_LINE,
	FLAW_BOUNDARY,
	FLAW_CUT_SHORT,
	FLAWS
};

#define INTEGRITY_BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */

/* what is known of a body as its chunks come; begins zeroed */
struct integrity_body {
	bool seen[FLAWS];
	bool after_cr; /* the last byte was a CR */
	bool ended;    /* the last boundary was there */
	bool off_mark; /* the current line is not the mark */
	int64_t line;  /* bytes of the current line so far */
	size_t mark_length;
	char mark[INTEGRITY_BOUNDARY_MAX + 4]; /* "--boundary--" */
};

/* integrity_chunk - the next bytes of the body, cut anywhere. */
void integrity_chunk(struct integrity_body *body, const void *chunk,
    size_t length, int64_t max_line);
/* integrity_field - one field; its folds come with LF alone. */
void integrity_field(struct integrity_body *body, const char *name,
    const char *value, int64_t max_line);
/*
 * integrity_type - whether a Content-Type says multipart. Its boundary becomes
 * the mark; without a good one there is no mark, and the body never ends.
 */
bool integrity_type(struct integrity_body *body, const char *value);

#endif
