/*
 * owner - whether a login may send as an address.
 */
#ifndef MAILREEVE_OWNER_H
#define MAILREEVE_OWNER_H

#include "policy/ours.h"

/*
 * owner_of_sender - OURS_YES when the login owns the address: the login
 * itself is that address (with or without "+tag"), a table of senders lists
 * it, or the directory names the login as owner. senders may be NULL; its
 * values are addresses, domains, or "*". Verdict as in ours.h.
 */
enum ours owner_of_sender(const struct pctx *p, const struct mailaddr *sender,
    struct table *senders, struct verdict *verdict);

#endif
