/*
 * dns_backend - who answers the questions of dns.c: name servers
 * (dns_resolver.c), or a zone text (dns_zone_backend.c).
 */
#ifndef MAILREEVE_DNS_BACKEND_H
#define MAILREEVE_DNS_BACKEND_H

#include "dns/dns_cache.h"
#include "dns/dns_servers.h"

struct dns_backend {
	/*
	 * ask - have dns_settle() called for the entry, once, now or later, on
	 * any thread. Name and type may be read until then.
	 */
	void (*ask)(void *self, struct dns_entry *entry);
	/* configure - true when answers may differ from those before */
	bool (*configure)(void *self, const struct dns_settings *settings,
	    const struct dns_servers *servers);
	/* stats - counters of its own into object */
	void (*stats)(void *self, struct json *object);
	/* free - settle what is left */
	void (*free)(void *self);
};

/*
 * dns_set_backend - before any question; takes over self, configures and
 * frees the backend before.
 */
void dns_set_backend(struct dns *dns, const struct dns_backend *backend,
    void *self);

/* those who wait for what was settled and are not woken yet */
SLIST_HEAD(dns_woken, dns_waiter);

/*
 * dns_settle - the answer to an entry; takes over the outcome. server lasts as
 * long as the service, see dns_intern(). Who waits for it is added to woken:
 * dns_wake() is to follow soon, once for all answers that came together.
 */
void dns_settle(struct dns *dns, struct dns_entry *entry,
    struct dns_outcome outcome, const char *server, struct dns_woken *woken);
/* dns_wake - all of these; empties the list. */
void dns_wake(struct dns_woken *woken);
/* dns_forget_failures - a server is back: what is kept of its absence goes. */
void dns_forget_failures(struct dns *dns);
/* dns_intern - text that lasts as long as the service; for a few names. */
const char *dns_intern(struct dns *dns, const char *text);

#endif
