/*
 * dns_internal - the service itself, for dns.c and dns_wait.c.
 */
#ifndef MAILREEVE_DNS_INTERNAL_H
#define MAILREEVE_DNS_INTERNAL_H

#include <pthread.h>

#include "dns/dns_backend.h"

/* a thread that waits */
struct waiter {
	pthread_cond_t answered;
	bool woken;
};

struct dns_question {
	struct dns *dns;
	struct dns_entry *entry;
	LIST_ENTRY(dns_question) in_waiting;
	struct waiter *waiter; /* in entry->waiting while not NULL */
	bool cached;
	bool seen;     /* dns_wait_some() told of it */
	bool answered; /* answer is filled in */
	struct dns_answer answer, late;
};

struct interned {
	struct interned *next;
	char text[];
};

struct dns {
	struct clock *clock;
	const struct dns_backend *backend;
	void *self; /* the backend's */
	dns_listener *listener;
	void *listener_context;

	pthread_mutex_t lock; /* of all that follows, and of entries */
	struct dns_cache *cache;
	struct dns_settings settings;
	struct interned *interned;
	unsigned unanswered;
	int64_t queries, hits, joined, failures, invalid;
};

/* dns_wake - all who wait for an entry; under the lock. */
void dns_wake(struct dns_entry *entry);

#endif
