/*
 * received - from where a message came to us, by its Received fields.
 *
 * Only fields that our own hosts wrote are believed. The topmost one is ours;
 * one below it is, if the host that it was received from is one of ours, or a
 * private address, or none is named (a local delivery). So the first foreign
 * address is the client's, and what stands below may be forged.
 */
#ifndef MAILREEVE_RECEIVED_H
#define MAILREEVE_RECEIVED_H

#include <stdbool.h>

struct netaddr;
struct networks;

/*
 * received_client - text is a message with LF at the ends of its lines.
 * False: there is no foreign client.
 */
bool received_client(const char *text, const struct networks *trusted,
    struct netaddr *client);

#endif
