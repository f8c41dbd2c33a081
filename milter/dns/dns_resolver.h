/*
 * dns_resolver - the backend that asks name servers, on a thread of its own.
 */
#ifndef MAILREEVE_DNS_RESOLVER_H
#define MAILREEVE_DNS_RESOLVER_H

#include "dns/dns_backend.h"

extern const struct dns_backend dns_resolver;

/* dns_resolver_new - starts the thread; for dns_set_backend(). */
void *dns_resolver_new(struct dns *dns);

#endif
