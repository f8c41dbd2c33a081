/*
 * reply_template - a reply as written, compiled to segments.
 *
 *     CODE [ENHANCED-CODE] TEXT          550 5.7.1 Mail from %{sender} ...
 *
 * The text is printable ASCII with %{name} and %{name?text}; a per-cent sign
 * in any other place stands for itself. Compiled once when a book is made, so
 * that making a reply is a walk over segments. Only the files reply*.c use
 * this; everybody else goes through reply.h.
 */
#ifndef MAILREEVE_REPLY_TEMPLATE_H
#define MAILREEVE_REPLY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "reply/reply.h"

struct arena;

/* bytes of a text as written: more is a slip or does not fit a reply */
#define REPLY_TEXT_MAX 1000

enum segment_kind {
	SEGMENT_TEXT,  /* as it is */
	SEGMENT_VALUE, /* a value, or "-" when it is not given */
	SEGMENT_IF,    /* skip the next segments unless a value is there */
};

struct segment {
	enum segment_kind kind;
	enum reply_value value; /* VALUE, IF */
	const char *text;       /* TEXT */
	size_t length;          /* TEXT: bytes; IF: segments to skip */
};

struct reply_template {
	const char *written; /* as in the file */
	int code;
	char xcode[12]; /* "" when none is written */
	const struct segment *segment;
	size_t segments;
};

/*
 * reply_template_compile - check and compile; everything lives in the arena.
 * False, with one complaint in problems, when no MTA would pass such a reply.
 */
bool reply_template_compile(struct reply_template *out, const char *written,
    struct arena *arena, struct origin at, struct problems *problems);
/*
 * reply_template_expand - the text with values, cut to size, as the values
 * have it: not made printable yet. Returns its length.
 */
size_t reply_template_expand(const struct reply_template *template,
    const struct reply_values *values, char *out, size_t size);

#endif
