/*
 * dns_packet - the fixed parts of DNS packets (RFC 1035 4.1, RFC 6891).
 */
#ifndef MAILREEVE_DNS_PACKET_H
#define MAILREEVE_DNS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns_name.h"

#define DNS_HEAD 12     /* bytes of a header */
#define DNS_EDNS 11     /* bytes of our OPT record */
#define DNS_RR_FIXED 10 /* bytes of a record behind its name */
/* the longest question: header, name, type, class, OPT */
#define DNS_QUERY_MAX (DNS_HEAD + DNS_NAME_WIRE + 4 + DNS_EDNS)
/* what we tell servers that we take over UDP: fits into every path's MTU, so
 * that no answer comes in fragments (DNS flag day 2020) */
#define DNS_UDP_MAX 1232

#define DNS_CLASS_IN 1
#define DNS_TYPE_SOA 6
#define DNS_TYPE_NS 2
#define DNS_TYPE_OPT 41

/* bits of the header's second word */
#define DNS_FLAG_ANSWER 0x8000
#define DNS_FLAG_OPCODE 0x7800
#define DNS_FLAG_TRUNCATED 0x0200
#define DNS_FLAG_RECURSE 0x0100
#define DNS_FLAG_CAN_RECURSE 0x0080
#define DNS_FLAG_CODE 0x000f

enum dns_code {
	DNS_CODE_OK = 0,
	DNS_CODE_FORMAT = 1,
	DNS_CODE_FAILED = 2,
	DNS_CODE_NO_NAME = 3,
	DNS_CODE_NOT_DONE = 4,
	DNS_CODE_REFUSED = 5,
};

/* numbers in network order */
static inline uint16_t
dns_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t
dns_get32(const uint8_t *at)
{
	return (uint32_t)dns_get16(at) << 16 | dns_get16(at + 2);
}

static inline void
dns_put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void
dns_put32(uint8_t *at, uint32_t value)
{
	dns_put16(at, value >> 16);
	dns_put16(at + 2, value & 0xffff);
}

/*
 * dns_packet_query - the question for a folded name, recursion wanted, with or
 * without EDNS; its length.
 */
size_t dns_packet_query(uint8_t out[DNS_QUERY_MAX], uint16_t id,
    const char *name, unsigned type, bool edns);

/*
 * dns_packet_answers - whether a packet is an answer to that question: as a
 * resolver decides what to wait on for (RFC 5452 9.1).
 */
bool dns_packet_answers(const uint8_t *packet, size_t length, const char *name,
    unsigned type);

#endif
