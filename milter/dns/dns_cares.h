/*
 * dns_cares - packets to one name server and back: all of c-ares that we use.
 *
 * c-ares sends a packet over UDP, goes over to TCP when the answer is
 * truncated, and passes on what is an answer to it: from that address, with
 * that id and that question. Which server is asked next, and when a try has
 * taken too long, is decided above (dns_resolver.c), as versions of c-ares
 * differ in both and do not say which server has answered.
 *
 * All functions are called by one thread.
 */
#ifndef MAILREEVE_DNS_CARES_H
#define MAILREEVE_DNS_CARES_H

#include "dns/dns_packet.h"
#include "dns/dns_servers.h"

struct dns_cares;

enum dns_cares_status {
	CARES_ANSWER,  /* a packet of at least a header */
	CARES_GARBAGE, /* a packet that c-ares cannot read */
	CARES_TIMEOUT,
	CARES_FAILED, /* nobody listens there, or no connection */
	CARES_CLOSED, /* by dns_cares_close() */
};

/*
 * What is called once for each packet sent, perhaps before sending returns. It
 * may send, but not close.
 */
typedef void dns_cares_done(void *argument, enum dns_cares_status status,
    const uint8_t *packet, size_t length);

/*
 * dns_cares_open - nothing is sent yet. Descriptors are put into epoll with
 * tag in the upper half of the event's u64 and the descriptor in the lower.
 * A packet is given up after timeout_ms at the earliest (with c-ares 1.33 and
 * newer perhaps before: it goes by the server's usual speed).
 */
struct dns_cares *dns_cares_open(const struct dns_server *server,
    int64_t timeout_ms, int epoll, uint32_t tag);
/* dns_cares_close - all that is under way ends with CARES_CLOSED. */
void dns_cares_close(struct dns_cares *cares);

/* dns_cares_send - a question made by dns_packet_query(). */
void dns_cares_send(struct dns_cares *cares, const uint8_t *packet,
    size_t length, dns_cares_done *done, void *argument);
/* dns_cares_event - epoll says that a descriptor has events. */
void dns_cares_event(struct dns_cares *cares, int fd, uint32_t events);
/* dns_cares_tick - look for packets to give up; a few times a second. */
void dns_cares_tick(struct dns_cares *cares);

#endif
