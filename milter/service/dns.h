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
 * cache_max_ttl, negative ones by the SOA (RFC 2308), up to cache_size bytes.
 * Temporary failures are kept for a few seconds only, so that a dead server
 * is not asked by every session.
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
	const char *text;       /* name (folded, no final dot) or TXT's strings
				   joined; NUL-terminated */
	size_t length;          /* of text; TXT may hold NUL bytes */
};

struct dns_answer {
	enum dns_result result;
	size_t count;
	const struct dns_record *record;
	unsigned ttl_s;     /* as kept in the cache */
	unsigned age_s;     /* since it was received; 0 = not from the cache */
	const char *server; /* "127.0.0.1", for people; "" = none asked */
	unsigned took_ms;
};

/* [dns] of the ini; texts are copied */
struct dns_settings {
	const char *servers; /* "192.0.2.1 [2001:db8::1]:5353"; "" = the
				system's resolv.conf */
	int64_t timeout_ms;  /* of one try */
	int64_t tries;
	int64_t cache_size; /* bytes */
	int64_t cache_min_ttl_s, cache_max_ttl_s, cache_negative_ttl_s;
};

/* dns_new - the service and its thread; never NULL. */
struct dns *dns_new(struct clock *clock);
/*
 * dns_configure - from now on; questions under way are asked again. False, and
 * *why a text, when a server cannot be understood: the old settings stay.
 */
bool dns_configure(struct dns *dns, const struct dns_settings *settings,
    const char **why);
/* dns_settings_check - whether dns_configure() would take these servers. */
bool dns_settings_check(const char *servers, const char **why);
/* dns_free - no session may have questions any more. */
void dns_free(struct dns *dns);

/*
 * dns_ask - put a question, or join the one that is under way, or find the
 * answer in the cache. name is folded to A-labels. Never waits, never NULL. The
 * question is given back when the arena is reset or freed; its answer lives as
 * long.
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
 * dns_wait_some - wait until at least one of those questions that are not
 * ready is, or the deadline. NULL entries are passed over. False at the
 * deadline, and when all are ready.
 */
bool dns_wait_some(struct dns_question *const *questions, size_t count,
    int64_t deadline_ms);

/* the words of the log, of `explain` and of `stats` */
const char *dns_result_name(enum dns_result result);
const char *dns_type_name(enum dns_type type);
/* dns_stats - counters: queries, hits, joined, timeouts, failures, invalid,
 * entries, bytes; into object. */
void dns_stats(struct dns *dns, struct json *object);

#endif
