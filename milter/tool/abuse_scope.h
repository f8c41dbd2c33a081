/*
 * abuse_scope - the settings of the policy abuse that hold for an address.
 */
#ifndef MAILREEVE_ABUSE_SCOPE_H
#define MAILREEVE_ABUSE_SCOPE_H

struct abuse_settings;
struct config;
struct netaddr;

/*
 * abuse_scope - of the global section or of one of a client; NULL where the
 * policy is off or the address is in a trusted network.
 */
const struct abuse_settings *abuse_scope(const struct config *config,
    const struct netaddr *address);

#endif
