/*
 * registry - the one list of all policies.
 *
 * Its order is the order in which they are asked unless the ini says
 * otherwise ([milter] order, or the order of its sections).
 */
#ifndef MAILREEVE_REGISTRY_H
#define MAILREEVE_REGISTRY_H

struct policy;

/* policy_registry - NULL-terminated. At most 64: see message.skip. */
extern const struct policy *const policy_registry[];

#endif
