/*
 * dns_cache - questions under way and answers kept, by name and type.
 *
 * Not locked: the caller (dns.c) holds its lock around every call. An entry
 * is counted: the table holds it while it is listed, each question holds it,
 * and whoever is to answer it. What is kept is bounded in bytes; beyond them
 * the answer that was used longest ago goes, so what has expired and is not
 * asked again needs no sweeping. Questions under way are not counted in bytes
 * (dns.c bounds their number).
 */
#ifndef MAILREEVE_DNS_CACHE_H
#define MAILREEVE_DNS_CACHE_H

#include <sys/queue.h>

#include <stdatomic.h>

#include "dns/dns_parse.h"

LIST_HEAD(dns_waiting, dns_question);

struct dns_entry {
	/* the table's */
	struct dns_entry *next;        /* in its bucket */
	TAILQ_ENTRY(dns_entry) by_use; /* of answers that are kept */
	uint64_t hash;
	bool listed, kept;
	atomic_uint references;

	enum dns_type type;
	struct dns_waiting waiting; /* questions on which somebody waits */
	int64_t asked_ms;           /* of the system's clock */

	/* set before ready is, never changed again */
	struct dns_outcome outcome;
	int64_t received_ms, expires_ms; /* of the service's clock */
	unsigned ttl_s, took_ms;
	const char *server;
	atomic_bool ready;

	char name[]; /* folded */
};

struct dns_cache;

struct dns_cache *dns_cache_new(void);
/* dns_cache_free - gives up what is listed; others may still hold it. */
void dns_cache_free(struct dns_cache *cache);
/* dns_cache_limit - bytes of answers that are kept. */
void dns_cache_limit(struct dns_cache *cache, size_t bytes);

/* dns_entry_new - not listed; one reference. */
struct dns_entry *dns_entry_new(const char *name, enum dns_type type);
/* dns_entry_unref - give up a reference; needs no lock. */
void dns_entry_unref(struct dns_entry *entry);

/* dns_cache_find - borrowed; an answer that is found is moved to the front. */
struct dns_entry *dns_cache_find(struct dns_cache *cache, const char *name,
    enum dns_type type);
/* dns_cache_add - list a new question; takes a reference of its own. */
void dns_cache_add(struct dns_cache *cache, struct dns_entry *entry);
/* dns_cache_keep - the listed entry has an answer now; others may go. */
void dns_cache_keep(struct dns_cache *cache, struct dns_entry *entry);
void dns_cache_remove(struct dns_cache *cache, struct dns_entry *entry);
/* dns_cache_flush - forget the answers; questions under way stay. */
void dns_cache_flush(struct dns_cache *cache, bool failures_only);
size_t dns_cache_count(const struct dns_cache *cache);
size_t dns_cache_bytes(const struct dns_cache *cache);

#endif
