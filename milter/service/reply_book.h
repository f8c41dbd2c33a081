/*
 * reply_book - what a book of replies is made of.
 *
 * Filled once by reply_book.c, read by reply.c. Only the files reply*.c use
 * this; everybody else goes through reply.h.
 */
#ifndef MAILREEVE_REPLY_BOOK_H
#define MAILREEVE_REPLY_BOOK_H

#include <stddef.h>

#include "service/reply.h"
#include "service/reply_template.h"

/* "alternative", "alternative2" ... "alternative9", and "reply" */
#define REPLY_WORDINGS 10

struct wording {
	struct reply_template template;
	const char *source; /* "icewarp.ini:41", "native" */
};

struct reply_row {
	const struct reason *reason; /* NULL: no table has this number */
	struct wording native;
	struct wording *system[REPLY_WORDINGS]; /* [0]: reply; NULL: none */
	const struct wording *chosen; /* by [replies] or system; or NULL */
};

struct reply_book {
	struct arena *arena;
	struct reply_row *row;
	size_t count;
	const struct reply_row *catch_mail, *catch_message; /* or NULL */
};

/* reply_book_row - the row of a number; one that no table has is our bug. */
const struct reply_row *reply_book_row(const struct reply_book *book,
    unsigned reason);
/* reply_book_find - the wording for a reason there; never NULL. */
const struct wording *reply_book_find(const struct reply_book *book,
    unsigned reason, enum reply_place place);

#endif
