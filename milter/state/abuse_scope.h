/*
 * abuse_scope - addresses in the register of bad clients, for its commands.
 */
#ifndef MAILREEVE_ABUSE_SCOPE_H
#define MAILREEVE_ABUSE_SCOPE_H

#include <stdbool.h>

#include "policies/abuse.h"

struct config;

/*
 * abuse_scope - the settings that hold for an address: of the global section
 * or of one of a client. NULL where the policy is off or the address is in a
 * trusted network.
 */
const struct abuse_settings *abuse_scope(const struct config *config,
    const struct netaddr *address);
/* abuse_scope_is_on - whether the policy is on for anybody. */
bool abuse_scope_is_on(const struct config *config);
/*
 * abuse_scope_read - an address, or as a prefix what stands for one (IPv6
 * /64) or for its network; out becomes its subject. False: it is neither.
 */
bool abuse_scope_read(const char *word, struct netaddr *client,
    char out[ABUSE_SUBJECT_SIZE]);
/* abuse_scope_is_network - whether that is not one client. */
bool abuse_scope_is_network(const struct netaddr *client, const char *subject);

#endif
