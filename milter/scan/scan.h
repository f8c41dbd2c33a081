/*
 * scan - what scanners of other people's making are asked and what they say.
 *
 * A scanner gets a whole message and answers within a deadline. Its answer is
 * as little to be trusted as the message: answers are bounded, checked, and
 * what is kept of them is printable. Nothing here is bound to a thread, and no
 * lock is held while waiting.
 */
#ifndef MAILREEVE_SCAN_H
#define MAILREEVE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct clock;

/* a message as it would be stored, with CRLF; borrowed */
struct scan_message {
	const char *data;
	size_t length;
	bool cut; /* there was more: the rest was not kept */
};

/* what is known beside it; "" where it is not. Words of strangers */
struct scan_envelope {
	const char *client_addr, *client_name, *helo;
	const char *sender; /* "" for the null sender */
	const char *login, *queue_id, *hostname;
	const char *const *recipients; /* NULL-terminated */
	int64_t now;                   /* wall seconds */
};

/* how long to wait, and where texts of the answer go */
struct scan_time {
	const struct clock *clock;
	int64_t deadline_ms; /* monotonic */
	struct arena *arena;
};

enum scan_result {
	SCAN_OK,
	SCAN_UNAVAILABLE, /* nobody there, or no answer in time */
	SCAN_BROKEN,      /* an answer that makes no sense */
	SCAN_FAILED,      /* the scanner says that it could not */
	SCAN_TOO_LARGE,   /* the scanner takes no message so large */
};

/* what a scanner of spam would do with a message */
enum scan_action {
	SCAN_PASS,
	SCAN_TAG,     /* mark it as spam */
	SCAN_SUBJECT, /* mark it in the subject, too */
	SCAN_DEFER,
	SCAN_HOLD, /* keep it for a human */
	SCAN_REJECT,
	SCAN_DROP, /* take it and throw it away */
};

/* scores in thousandths */
struct scan_spam {
	int64_t score, required;
	enum scan_action action;
	const char *symbols; /* "NAME,NAME", shortened if long; or "" */
	const char *reply;   /* what the scanner would say, or "" */
	const char *subject; /* how it would change the subject, or "" */
};

#define SCAN_SCORE_MAX 1000000000 /* a million */
/*
 * scan_milli - "-1.25" in thousandths; false when it is no plain number. What
 * is larger than SCAN_SCORE_MAX is that.
 */
bool scan_milli(const char *text, int64_t *out);
/* scan_milli_text - 7345 as "7.3", in the arena. */
const char *scan_milli_text(int64_t milli, struct arena *arena);
/* scan_printable - length bytes as a copy of at most max, bad bytes as '?'. */
const char *scan_printable(struct arena *arena, const char *text, size_t length,
    size_t max);

#endif
