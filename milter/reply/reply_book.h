/*
 * reply_book - what a book of replies is made of.
 *
 * Filled once by reply_book.c and reply_system.c, read by reply.c. Only the
 * files reply*.c use this; everybody else goes through reply.h.
 */
#ifndef MAILREEVE_REPLY_BOOK_H
#define MAILREEVE_REPLY_BOOK_H

#include <stddef.h>

#include "reply/reply.h"
#include "reply/reply_template.h"

struct ini_entry;

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

/* a book being made */
struct reply_making {
	struct reply_book *book;
	const char *const *folders; /* of the systems' files */
	size_t folder_count;
	struct problems *problems;
};

/* reply_system_read - put the replies of a system's file into the book. */
void reply_system_read(const struct reply_making *m, const char *system,
    struct origin at);
/* reply_book_by_name - the row of a reason, or NULL. */
struct reply_row *reply_book_by_name(const struct reply_book *book,
    const char *name);
/* reply_book_nearest - the reason that may have been meant, or NULL. */
const char *reply_book_nearest(const struct reply_book *book, const char *name);
/* reply_book_unknown - complain about the name of a reason. */
void reply_book_unknown(const struct reply_making *m, const char *name,
    struct origin at);
/* reply_book_wording - compile one reply; NULL after a complaint. */
struct wording *reply_book_wording(const struct reply_making *m,
    const struct ini_entry *entry);

/* reply_book_row - the row of a number; one that no table has is our bug. */
const struct reply_row *reply_book_row(const struct reply_book *book,
    unsigned reason);
/* reply_book_find - the wording for a reason there; never NULL. */
const struct wording *reply_book_find(const struct reply_book *book,
    unsigned reason, enum reply_place place);

#endif
