/*
 * client - the client in tables of addresses and names.
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

#endif
