/*
 * scope - which section of a policy holds for this session.
 *
 * The closest wins: recipient address, recipient domain, login, sender
 * address, sender domain, client (longest prefix), listener, global. A scope
 * of several parts matches when all do, and is as close as its closest part;
 * of two equally close the one with more parts, then the longer text or
 * prefix, wins.
 */
#ifndef MAILREEVE_SCOPE_H
#define MAILREEVE_SCOPE_H

#include "policy/txn.h"
#include "session/config.h"

/* scope_section - the section in force; never NULL. */
const struct section *scope_section(const struct instance *instance,
    const struct txn *txn);
/* scope_section_at - the best one whose closest part is subject, or NULL. */
const struct section *scope_section_at(const struct instance *instance,
    const struct txn *txn, enum subject subject);

#endif
