/*
 * generic_name - host names that were made by a rule.
 *
 * Access providers and hosters give each address a name; what has such a name
 * is a customer's line or a host that nobody named, and others of the same
 * domain are strangers to it.
 */
#ifndef MAILREEVE_GENERIC_NAME_H
#define MAILREEVE_GENERIC_NAME_H

#include <stdbool.h>

struct netaddr;

/*
 * generic_name - whether a folded host name, below its registered domain, has
 * the address in it (three of the four octets of IPv4, or all of it in
 * hexadecimal or as one number; the last half of IPv6) or a word for a kind of
 * line (dsl, dynamic). False for "".
 */
bool generic_name(const char *name, const struct netaddr *addr);

#endif
