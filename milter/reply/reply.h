/*
 * reply - the one gate for SMTP replies.
 *
 * A book of replies is made at configuration time from the native replies of
 * the reason tables, the file of the chosen system (etc/replies/NAME.ini) and
 * the overrides of [replies]. Order of look-up for a reason at a step:
 *   1. [replies] of the ini;
 *   2. the system's own reply;
 *   3. the system's catch-all (milter.envfrom at MAIL, milter.eom at header to
 *      end of message), when it has one and the class of code is the same;
 *   4. the native reply.
 * Texts are checked when the book is made and every reply again on its way
 * out: code 4xx or 5xx, enhanced code of the same class (RFC 3463; a mismatch
 * makes Postfix answer 451 4.3.5), printable ASCII, no CR or LF, folded so
 * that a line with what Sendmail puts around it stays under 512 bytes (RFC
 * 5321 4.5.3.1.5), at most REPLY_LINES lines (Sendmail 8.17 hangs on replies
 * over 18 kB). Per-cent signs are doubled where libmilter needs it, in
 * mta_ops.c, because only libmilter needs it.
 */
#ifndef MAILREEVE_REPLY_H
#define MAILREEVE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "service/reason.h"

struct arena;
struct ini_section;
struct str;

#define REPLY_LINES 8
#define REPLY_VALUE_MAX 256 /* bytes of one expanded value */
/* "alternative", "alternative2" ... "alternative9", and "reply" */
#define REPLY_WORDINGS 10

/*
 * What a text can expand, as %{name}; names and meanings stand in
 * reply_values.c and come from there to the manual. %{name?text} expands to
 * its text, which may hold other expansions, when the value is there and not
 * empty. %{ref} is "(ref SESSION)" or, when there is an URL, "(ref SESSION,
 * see URL)".
 */
enum reply_value {
	VALUE_CLIENT_ADDR,
	VALUE_CLIENT_NAME,
	VALUE_HELO,
	VALUE_SENDER,
	VALUE_SENDER_DOMAIN,
	VALUE_RECIPIENT,
	VALUE_RECIPIENT_DOMAIN,
	VALUE_LOGIN,
	VALUE_LISTENER,
	VALUE_HOSTNAME,
	VALUE_TIME,
	VALUE_SESSION,
	VALUE_QUEUE_ID,
	VALUE_REASON,
	/* given by the policy */
	VALUE_ZONE,
	VALUE_TXT,
	VALUE_WAIT,
	VALUE_LIMIT,
	VALUE_COUNT_SEEN, /* %{count} */
	VALUE_SIGNATURE,
	VALUE_SPF_EXPLANATION,
	VALUE_KEY,  /* what matched */
	VALUE_NOTE, /* the "# why" of a table's line */
	VALUE_COMMAND,
	VALUE_URL,
	VALUE_ADDRESS, /* another address, e.g. the header From */
	VALUE_MAX
};

struct reply_values {
	const char *text[VALUE_MAX]; /* NULL expands to "-", "" to nothing */
};

struct reply {
	int code;
	char xcode[12]; /* "5.7.1", or "" when the system documents none */
	size_t lines;
	const char *line[REPLY_LINES];
};

/* where a reply is given, for the catch-alls and for the room on a line */
enum reply_place { REPLY_PLACE_OTHER, REPLY_PLACE_MAIL, REPLY_PLACE_MESSAGE };

struct reply_book;

/* a table of reasons and the number of its first row in the book */
struct reason_table {
	const struct reason *reasons;
	unsigned base;
};

/*
 * reply_book_new - read and check. system is "mailreeve" or the name of a
 * file NAME.ini in one of the folders (tried in order); alternatives of a
 * system are chosen with "reason = alternative N" in overrides ([replies] of
 * the ini, NULL if none), the native reply with "reason = native". An override
 * of milter.envfrom or milter.eom is the catch-all of the system. Complaints
 * go to problems. Never NULL.
 */
struct reply_book *reply_book_new(const struct reason_table *tables,
    size_t count, const char *system, struct origin system_at,
    const char *const *folders, size_t folder_count,
    const struct ini_section *overrides, struct problems *problems);
void reply_book_free(struct reply_book *book);

/*
 * reply_make - the reply of a reason (its number in the book) with values.
 * Texts live in the arena. Cannot fail: where a text says nothing, because
 * all of it is a value that is not there, the native text stands in.
 */
void reply_make(const struct reply_book *book, unsigned reason,
    enum reply_place place, const struct reply_values *values,
    struct arena *arena, struct reply *out);
/*
 * reply_is_temporary - whether the reply of a reason there is a 4xx, without
 * making it.
 */
bool reply_is_temporary(const struct reply_book *book, unsigned reason,
    enum reply_place place);
/* reply_source - "icewarp.ini:41", "native" or "mailreeve.ini:12". */
const char *reply_source(const struct reply_book *book, unsigned reason,
    enum reply_place place);
/* reply_text - "550 5.7.1 one / two" on one line, for logs. */
void reply_text(const struct reply *reply, struct str *out);
/* reply_check - one template, as in the ini; complaints to problems. */
bool reply_check(const char *template, struct origin at,
    struct problems *problems);
/*
 * reply_written - what stands behind a reply, as in the file, not expanded:
 * "550 5.7.1 text with %{values}".
 */
const char *reply_written(const struct reply_book *book, unsigned reason,
    enum reply_place place);
/*
 * reply_alternative - the n-th wording (from 1 to REPLY_WORDINGS - 1) of a
 * reason beside the first one that the system documents, as in the file; NULL:
 * there is none of that number.
 */
const char *reply_alternative(const struct reply_book *book, unsigned reason,
    size_t n);
/*
 * reply_book_print_native - the native replies as a file of etc/replies/.
 */
void reply_book_print_native(const struct reason_table *tables, size_t count,
    struct str *out);

/* reply_value_id - the number of "client_addr"; false if unknown. */
bool reply_value_id(const char *name, enum reply_value *out);
/* reply_value_name, reply_value_doc - for the manual. */
const char *reply_value_name(enum reply_value value);
const char *reply_value_doc(enum reply_value value);

#endif
