/*
 * integrity_body - lines and what is wrong with them.
 *
 * One pass with memchr(3) over chunks that may be cut anywhere. Nothing of
 * them is kept but a few numbers.
 */
#include <string.h>

#include "policies/integrity.h"

/* bare_cr - whether text has a CR that no LF follows; the last byte may wait */
static bool
bare_cr(const char *text, size_t length)
{
	const char *end = text + length, *cr = text;

	while (cr < end && (cr = memchr(cr, '\r', (size_t)(end - cr))) != NULL)
		if (++cr < end && *cr != '\n')
			return true;
	return false;
}

/* follow_mark - whether the line so far, and this piece of it, are the mark */
static void
follow_mark(struct integrity_body *body, const unsigned char *piece,
    size_t length)
{
	size_t have = (size_t)body->line, more;

	if (body->off_mark || body->ended || body->mark_length == 0 ||
	    have >= body->mark_length)
		return;
	more = body->mark_length - have;
	if (more > length)
		more = length;
	if (memcmp(body->mark + have, piece, more) != 0)
		body->off_mark = true;
	else if (have + more == body->mark_length)
		body->ended = true;
}

/*
 * look_at_piece - a part of one line, up to and with its LF or up to the end
 * of the chunk. A CR at its end is judged by what comes next.
 */
static void
look_at_piece(struct integrity_body *body, const unsigned char *piece,
    size_t length, int64_t max_line)
{
	const unsigned char *end = piece + length;
	bool whole = end[-1] == '\n';
	bool crlf = whole && (length > 1 ? end[-2] == '\r' : body->after_cr);

	if ((body->after_cr && piece[0] != '\n') ||
	    bare_cr((const char *)piece, length))
		body->seen[FLAW_BARE_CR] = true;
	if (whole && !crlf)
		body->seen[FLAW_BARE_LF] = true;
	if (!body->seen[FLAW_NUL] && memchr(piece, '\0', length) != NULL)
		body->seen[FLAW_NUL] = true;
	follow_mark(body, piece, length);
	body->line += (int64_t)length;
	body->after_cr = end[-1] == '\r';
	if (body->line - whole - (crlf || body->after_cr) > max_line)
		body->seen[FLAW_LONG_LINE] = true;
	if (whole) {
		body->line = 0;
		body->off_mark = false;
	}
}

void
integrity_chunk(struct integrity_body *body, const void *chunk, size_t length,
    int64_t max_line)
{
	const unsigned char *next = chunk, *end = next + length, *lf;

	while (next < end) {
		lf = memchr(next, '\n', (size_t)(end - next));
		length = (size_t)((lf != NULL ? lf + 1 : end) - next);
		look_at_piece(body, next, length, max_line);
		next += length;
	}
}

void
integrity_field(struct integrity_body *body, const char *name,
    const char *value, int64_t max_line)
{
	size_t length, before = strlen(name) + 2;

	if (bare_cr(value, strlen(value) + 1))
		body->seen[FLAW_BARE_CR] = true;
	for (;; value += length + 1, before = 0) {
		length = strcspn(value, "\n");
		if ((int64_t)(before + length) > max_line)
			body->seen[FLAW_LONG_LINE] = true;
		if (value[length] == '\0')
			return;
	}
}
