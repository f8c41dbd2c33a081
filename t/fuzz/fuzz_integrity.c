/*
 * fuzz_integrity - any bytes as a Content-Type and a body.
 *
 * The first line is the field, the rest the body. Held to be true: what is
 * found does not depend on where the body is cut into chunks, and the body
 * ends only where the mark begins a line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policies/integrity.h"

#define MAX_LINE 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* in_lines - whether the mark stands at the begin of a line */
static bool
in_lines(const struct integrity_body *body, const uint8_t *text, size_t length)
{
	for (size_t i = 0; i + body->mark_length <= length; i++)
		if ((i == 0 || text[i - 1] == '\n') &&
		    memcmp(text + i, body->mark, body->mark_length) == 0)
			return true;
	return false;
}

/* read_in - pieces of step bytes */
static void
read_in(struct integrity_body *body, const char *type, const uint8_t *text,
    size_t length, size_t step)
{
	*body = (struct integrity_body){ .line = 0 };
	integrity_type(body, type);
	for (size_t i = 0; i < length; i += step)
		integrity_chunk(body, text + i,
		    length - i < step ? length - i : step, MAX_LINE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *lf = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t head = lf != NULL ? (size_t)(lf - data) : size;
	const uint8_t *text = data + head + (lf != NULL);
	size_t length = size - head - (lf != NULL);
	struct arena *arena = arena_new(512);
	const char *type = arena_strndup(arena, (const char *)data, head);
	struct integrity_body whole, pieces;

	read_in(&whole, type, text, length, length + 1);
	for (size_t step = 1; step < 5; step++) {
		read_in(&pieces, type, text, length, step);
		if (memcmp(whole.seen, pieces.seen, sizeof(whole.seen)) != 0 ||
		    whole.ended != pieces.ended ||
		    whole.after_cr != pieces.after_cr)
			abort();
	}
	if (whole.mark_length > sizeof(whole.mark) ||
	    whole.ended !=
		(whole.mark_length > 0 && in_lines(&whole, text, length)))
		abort();
	integrity_field(&whole, "X", type, MAX_LINE);
	arena_free(arena);
	return 0;
}
