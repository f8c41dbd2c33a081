/*
 * client - the client in tables of addresses and names, and as a key.
 */
#ifndef MAILREEVE_CLIENT_H
#define MAILREEVE_CLIENT_H

#include "policy/policy.h"
#include "table/table.h"

/*
 * client_find - by address and the networks around it, else by the name that
 * the MTA has confirmed; as table_find_address() and table_find_domain().
 */
enum lookup client_find(const struct pctx *p, struct table *table,
    struct table_answer *answer);

/*
 * client_network - the client's address, or the network around it, as a key
 * of what is remembered: "203.0.113.5", "203.0.113.0/24", "2001:db8::/64".
 * bits4 and bits6 say how much of an address counts. "unknown" for no address.
 */
const char *client_network(const struct pctx *p, unsigned bits4,
    unsigned bits6);

#endif
