/*
 * dns_internal - the service itself, for dns.c and dns_wait.c.
 */
#ifndef MAILREEVE_DNS_INTERNAL_H
#define MAILREEVE_DNS_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>

#include "dns/dns_backend.h"

/* a thread that waits */
struct dns_waiter {
	sem_t answered;                   /* posted once, if it is woken */
	SLIST_ENTRY(dns_waiter) in_woken; /* of who posts it */
	bool woken;                       /* it will be, or was, posted */
	atomic_bool let_go;               /* nobody else has a pointer to it */
};

struct dns_question {
	struct dns *dns;
	struct dns_entry *entry;
	LIST_ENTRY(dns_question) in_waiting;
	struct dns_waiter *waiter; /* in entry->waiting while not NULL */
	bool cached;
	bool seen;     /* dns_wait_some() told of it */
	bool answered; /* answer is filled in */
	struct dns_answer answer;
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

/* dns_gather - all who wait for an entry, to be woken; under the lock. */
void dns_gather(struct dns_entry *entry, struct dns_woken *woken);

#endif
