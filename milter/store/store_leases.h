/*
 * store_leases - who has a place, under one key of the embedded store.
 *
 * In memory only: leases of the embedded store die with the daemon.
 */
#ifndef MAILREEVE_STORE_LEASES_H
#define MAILREEVE_STORE_LEASES_H

#include "store/store_backend.h"

struct lease_set;

struct lease_set *leases_new(void);
void leases_free(struct lease_set *set);
/* leases_apply - carry out and answer op, a VERB_LEASE. */
void leases_apply(struct lease_set *set, struct store_op *op);
/* leases_expire - drop what has ended; how many places are taken. */
size_t leases_expire(struct lease_set *set, int64_t now_s);
/* leases_size - bytes of memory, about. */
size_t leases_size(const struct lease_set *set);
/* leases_fields - for store_scan(); *ttl_s: until the last one ends. */
struct json *leases_fields(const struct lease_set *set, int64_t now_s,
    int64_t *ttl_s);

#endif
