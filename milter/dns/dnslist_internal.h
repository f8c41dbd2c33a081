/*
 * dnslist_internal - a list and the set of lists; for dnslist*.c.
 */
#ifndef MAILREEVE_DNSLIST_INTERNAL_H
#define MAILREEVE_DNSLIST_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "dns/dnslist.h"

#define DNSLIST_SAYS_MAX (DNSLIST_SILENT + 1)
#define DNSLIST_NEVER INT64_MAX

struct dnslist {
	struct dnslists *lists;
	struct arena *arena;  /* of all texts and filters that follow */
	const char *identity; /* all of the spec, to find the same again */
	const char *name;
	const char *zone;  /* as it is asked */
	const char *shown; /* without the key */
	const char *key;
	struct dnslist_filters errors;
	int64_t health_s;
	const char *listed, *unlisted;

	atomic_bool on;
	atomic_uint failures; /* answers in a row that were none */
	_Atomic int64_t count[DNSLIST_SAYS_MAX];
	_Atomic int64_t complained_ms; /* of an error, last; 0 = never */

	/* under the set's lock */
	struct dnslist *next;
	unsigned references;
	bool tested;
	int64_t due_ms;   /* the next test; DNSLIST_NEVER */
	int64_t retry_s;  /* between tests while it is off */
	int64_t since_ms; /* on or off */
	char why[160];
	unsigned switched_off;
};

struct dnslists {
	struct clock *clock;
	struct dns *dns;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct dnslist *first;
	pthread_t thread;
	bool has_thread, stop;
};

/* dnslist_switch - on (why is NULL) or off; one line in the log. */
void dnslist_switch(struct dnslist *list, const char *why);
/* dnslist_test - ask the test points of these lists, all at once. */
void dnslist_test(struct dnslist *const *list, size_t count,
    int64_t deadline_ms);
/*
 * dnslist_take - references to the lists that are due at now_ms, or never
 * were tested; free() the array with mem_free(), unref each.
 */
struct dnslist **dnslist_take(struct dnslists *lists, bool untested,
    int64_t now_ms, size_t *count);

#endif
