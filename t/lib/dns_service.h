/*
 * dns_service - a DNS service for a test, with everything that it needs.
 *
 * One contract, two backends: over packets from a dnsd on loopback, or from
 * the zone text in the process.
 */
#ifndef MAILREEVE_T_DNS_SERVICE_H
#define MAILREEVE_T_DNS_SERVICE_H

#include "dns/dns.h"

enum dns_service_kind { SERVICE_PACKETS, SERVICE_ZONE };

struct dns_service {
	enum dns_service_kind kind;
	struct clock *clock; /* a fake one */
	struct dns *dns;
	struct dnsd *dnsd; /* NULL: SERVICE_ZONE */
	struct arena *arena;
	struct dns_settings settings;
};

/*
 * dns_service_new - answers from the zone; a try takes 200 ms, there are two.
 * Ends the process when there is a mistake in the zone.
 */
struct dns_service *dns_service_new(enum dns_service_kind kind,
    const char *zone);
/* dns_service_use - put service->settings in force. */
void dns_service_use(struct dns_service *service);
/* dns_service_free - with a dnsd that is not NULL. */
void dns_service_free(struct dns_service *service);

/* dns_service_ask - ask and wait, for up to 5 s. */
const struct dns_answer *dns_service_ask(struct dns_service *service,
    const char *name, enum dns_type type);
/* dns_service_stat - one number of dns_stats(). */
int64_t dns_service_stat(struct dns_service *service, const char *key);

#endif
