/*
 * netaddr - IPv4 and IPv6 addresses and prefixes.
 *
 * An IPv4-mapped IPv6 address (::ffff:a.b.c.d) becomes IPv4 on the way in, so
 * that one client has one form (RFC 4291 2.5.5.2).
 */
#ifndef MAILREEVE_NETADDR_H
#define MAILREEVE_NETADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* family 0 = no address (all zero); 4; 6. byte[] is in network order. */
struct netaddr {
	uint8_t family;
	uint8_t byte[16];
};

struct netprefix {
	struct netaddr addr; /* bits behind the prefix are zero */
	uint8_t bits;        /* 0..32, 0..128 */
};

#define NETADDR_TEXT_SIZE 46

/*
 * netaddr_parse - "192.0.2.1", "2001:db8::1", also in the forms of RFC 5321
 * 4.1.3: "[192.0.2.1]", "[IPv6:2001:db8::1]", "IPv6:2001:db8::1". False when
 * text is none of these.
 */
bool netaddr_parse(struct netaddr *out, const char *text);
/* netaddr_from_sockaddr - false for another family than inet and inet6. */
bool netaddr_from_sockaddr(struct netaddr *out, const struct sockaddr *from,
    uint16_t *port);
/* netaddr_format - canonical text (RFC 5952); "unknown" for family 0. */
const char *netaddr_format(const struct netaddr *addr,
    char out[NETADDR_TEXT_SIZE]);
bool netaddr_equal(const struct netaddr *a, const struct netaddr *b);
bool netaddr_is_loopback(const struct netaddr *addr);
/*
 * netaddr_is_private - an address that means another host in every network:
 * loopback, RFC 1918, RFC 6598, link-local, unique local, unspecified.
 */
bool netaddr_is_private(const struct netaddr *addr);
/* netaddr_mask - zero all but the first bits. */
void netaddr_mask(struct netaddr *addr, unsigned bits);
/* netaddr_bits - 32 or 128; 0 for no address. */
unsigned netaddr_bits(const struct netaddr *addr);
/*
 * netaddr_reversed - "1.2.0.192" or 32 nibbles with dots, for name server
 * zones (RFC 5782 2.1, 2.4). out needs 64 bytes.
 */
const char *netaddr_reversed(const struct netaddr *addr, char out[64]);

/*
 * netprefix_parse - an address, or an address with /bits. False when it is
 * neither, or when bits behind the prefix are set (*strict_only is then true:
 * "192.0.2.1/24" is most often a slip).
 */
bool netprefix_parse(struct netprefix *out, const char *text,
    bool *strict_only);
bool netprefix_has(const struct netprefix *prefix, const struct netaddr *addr);

#endif
