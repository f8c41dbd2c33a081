/*
 * dns - questions to name servers, asked early and awaited late.
 *
 * One thread owns the connection to the name servers (c-ares) and answers to
 * all sessions. A question is asked with dns_ask(), which never waits, and its
 * answer fetched with dns_wait(), which waits until a deadline. All questions
 * of a step go out together, so that a step waits for its slowest answer, not
 * for the sum.
 *
 * A question that is being asked already is joined, not asked again. Answers
 * are cached by TTL, between the bounds of [dns] cache_min_ttl and
 * cache_max_ttl, negative ones by the SOA (RFC 2308) and at most
 * cache_negative_ttl, up to cache_size bytes. Failures are kept for a few
 * seconds only, so that a dead server is not asked by every session.
 *
 * A server that answers nothing, not even what every server knows, is asked
 * nothing but that until it does; with all servers in that state a question
 * is DNS_TEMPORARY at once.
 *
 * The result is an enum, never a guess: an answer that is malformed, for
 * another question, looping or over the bounds is DNS_INVALID. It convicts
 * nobody.
 *
 * Thread-safe; no lock is held while waiting.
 */
#ifndef MAILREEVE_DNS_H
#define MAILREEVE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/netaddr.h"

struct arena;
struct clock;
struct dns;
struct dns_question;
struct json;
struct str;

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
};

enum dns_result {
	DNS_FOUND,     /* there are records */
	DNS_NO_NAME,   /* NXDOMAIN: the name does not exist */
	DNS_NO_DATA,   /* the name exists, without records of the type */
	DNS_NULL_MX,   /* MX: a single "0 ." (RFC 7505): takes no mail */
	DNS_TEMPORARY, /* time-out, SERVFAIL, REFUSED, server gone */
	DNS_INVALID,   /* an answer that cannot be used, or a bad name */
};

struct dns_record {
	struct netaddr address; /* A, AAAA */
	uint16_t preference;    /* MX */
	const char *text;       /* name (folded, no final dot), or strings of
				   TXT joined; NUL-terminated */
	size_t length;          /* of text; TXT may hold NUL bytes */
};

struct dns_answer {
	enum dns_result result;
	size_t count;
	const struct dns_record *record;
	bool cached;        /* it was there when the question was put */
	unsigned ttl_s;     /* for how long the cache keeps it */
	unsigned age_s;     /* since it was received */
	const char *server; /* "127.0.0.1", for people; "" = none asked */
	unsigned took_ms;   /* the name server, with all tries */
};

/* [dns] of the ini; texts are copied */
struct dns_settings {
	const char *servers; /* "192.0.2.1 [2001:db8::1]:5353"; "" = the
				system's resolv.conf */
	int64_t timeout_ms;  /* of one try */
	int64_t tries;       /* of each server */
	int64_t cache_size;  /* bytes */
	int64_t cache_min_ttl_s, cache_max_ttl_s, cache_negative_ttl_s;
};

/*
 * dns_new - the service; never NULL. Ages go by this clock; waiting goes by
 * the system's, as long as deadlines of this clock say. Until it is configured
 * every answer is DNS_TEMPORARY.
 */
struct dns *dns_new(struct clock *clock);
/*
 * dns_configure - from now on; starts the thread. With other servers than
 * before, questions under way are asked again and the cache is emptied. False,
 * and *why a text, when a server cannot be understood: the old settings stay.
 */
bool dns_configure(struct dns *dns, const struct dns_settings *settings,
    const char **why);
/* dns_settings_check - whether dns_configure() would take these servers. */
bool dns_settings_check(const char *servers, const char **why);
/* dns_free - no session may have questions any more; NULL is legal. */
void dns_free(struct dns *dns);

/*
 * dns_ask - put a question, or join the one that is under way, or find the
 * answer in the cache. name is folded to lower-case A-labels; other than in a
 * host name any byte may be in a label (RFC 2181 11; local parts in names of
 * SPF), those that are not printable as \DDD. Never waits, never NULL. The
 * question is given back when the arena is reset or freed; its answer lives as
 * long. A question belongs to one thread at a time.
 */
struct dns_question *dns_ask(struct dns *dns, struct arena *arena,
    const char *name, enum dns_type type);
/* dns_is_ready - the answer is there. */
bool dns_is_ready(const struct dns_question *question);
/*
 * dns_wait - the answer; when the deadline (monotonic ms) passes first, one
 * with DNS_TEMPORARY. Never NULL.
 */
const struct dns_answer *dns_wait(struct dns_question *question,
    int64_t deadline_ms);
/*
 * dns_wait_some - wait until at least one of these questions is ready that
 * was not at the call before (at the first call: that is ready), or the
 * deadline. NULL entries are passed over. False at the deadline, and when
 * there is nothing left to wait for:
 *
 *	while (dns_wait_some(q, n, deadline_ms))
 *		look at all that dns_is_ready(); break when the outcome is sure
 */
bool dns_wait_some(struct dns_question *const *questions, size_t count,
    int64_t deadline_ms);

/* the words of the log, of `explain` and of `stats` */
const char *dns_result_name(enum dns_result result);
const char *dns_type_name(enum dns_type type);
/*
 * dns_answer_print - "127.0.0.2 127.0.0.4 (ttl 60 s, 127.0.0.1, 12 ms)" or
 * "no such name (ttl 60 s, cached 12 s ago, 127.0.0.1)"; printable ASCII.
 */
void dns_answer_print(const struct dns_answer *answer, enum dns_type type,
    struct str *out);

/*
 * dns_listen - have function called with each answer that dns_wait() gives, on
 * the thread that waits. For `explain`; to be set before questions are put.
 */
typedef void dns_listener(void *context, const char *name, enum dns_type type,
    const struct dns_answer *answer);
void dns_listen(struct dns *dns, dns_listener *function, void *context);

/*
 * dns_stats - into object: queries (put to us), hits, joined, timeouts (tries
 * that got no answer), failures (DNS_TEMPORARY), invalid, entries, bytes, and
 * servers: an array of server, state (up, down), asked, timeouts.
 */
void dns_stats(struct dns *dns, struct json *object);

#endif
