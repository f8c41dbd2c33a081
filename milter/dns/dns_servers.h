/*
 * dns_servers - which name servers are to be asked.
 */
#ifndef MAILREEVE_DNS_SERVERS_H
#define MAILREEVE_DNS_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/netaddr.h"

/* resolv.conf(5) has three; more than these nobody waits for */
#define DNS_SERVERS_MAX 8
/* "[address]:65535" */
#define DNS_SERVER_TEXT (NETADDR_TEXT_SIZE + 8)

struct dns_server {
	struct netaddr address;
	uint16_t port;
};
struct dns_servers {
	struct dns_server server[DNS_SERVERS_MAX];
	size_t count;
};

/*
 * dns_servers_parse - "192.0.2.1 192.0.2.1:5353 2001:db8::1 [2001:db8::1]:53"
 * between spaces or commas. False, and *why a lasting text, when it is
 * something else. "" is none, which is not wrong here.
 */
bool dns_servers_parse(struct dns_servers *servers, const char *text,
    const char **why);
/*
 * dns_servers_system - those of a file as resolv.conf(5), up to
 * DNS_SERVERS_MAX; 127.0.0.1 when it names none. Addresses with a zone
 * ("fe80::1%eth0") are passed over.
 */
void dns_servers_system(struct dns_servers *servers, const char *path);
bool dns_servers_equal(const struct dns_servers *a,
    const struct dns_servers *b);
/* dns_server_print - the address, with the port unless it is 53. */
const char *dns_server_print(const struct dns_server *server,
    char out[DNS_SERVER_TEXT]);

#endif
