/*
 * dns_name - names of the DNS, as text and as bytes of a packet.
 *
 * Text is the form of RFC 4343 2.1: labels in lower case with dots between
 * them, no final dot, "" for the root; a byte that is not printable ASCII,
 * a dot inside a label and a backslash are \DDD. So every name has one text,
 * and text needs no length.
 */
#ifndef MAILREEVE_DNS_NAME_H
#define MAILREEVE_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define DNS_NAME_WIRE 255 /* bytes of a name in a packet (RFC 1035 3.1) */
/* four times that, when every byte is \DDD, and the terminator */
#define DNS_NAME_SIZE 1024

/*
 * dns_name_fold - the text of a name as people and policies write it: any
 * case, perhaps U-labels, perhaps a final dot. False when there is no such
 * name: an empty label or one of more than 63 bytes, more than 255 in all, a
 * backslash without three digits, bytes over 127 that are no U-label.
 */
bool dns_name_fold(char out[DNS_NAME_SIZE], const char *name,
    struct arena *arena);

/*
 * dns_name_write - a folded name as it stands in a packet, not compressed;
 * its length, up to DNS_NAME_WIRE.
 */
size_t dns_name_write(uint8_t out[DNS_NAME_WIRE], const char *name);

/*
 * dns_name_read - the name at *at of a packet as text; *at moves behind it.
 * False, and nothing can be said of out and *at, when it ends outside the
 * packet, is too long, or is compressed in a way that need not end.
 */
bool dns_name_read(const uint8_t *packet, size_t length, size_t *at,
    char out[DNS_NAME_SIZE]);

#endif
