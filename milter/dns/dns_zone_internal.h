/*
 * dns_zone_internal - what the files dns_zone*.c share.
 */
#ifndef MAILREEVE_DNS_ZONE_INTERNAL_H
#define MAILREEVE_DNS_ZONE_INTERNAL_H

#include "dns/dns_packet.h"
#include "dns/dns_zone.h"

#define ZONE_ANY 255
#define ZONE_BUCKETS 4096

struct zone_record {
	struct zone_record *next;
	unsigned type;
	uint32_t ttl;
	size_t length;
	const uint8_t *data; /* of the record, before a name in it */
	const char *name;    /* folded; NULL: none in it */
};

enum zone_fault {
	FAULT_NONE,
	FAULT_CODE, /* number: enum dns_code */
	FAULT_TIMEOUT,
	FAULT_DELAY, /* number: ms */
	FAULT_TRUNCATE,
	FAULT_NOTCP,
	FAULT_NOEDNS,
	FAULT_GARBAGE, /* number: index of the kind */
};
struct zone_trouble {
	struct zone_trouble *next;
	unsigned type;
	enum zone_fault fault;
	unsigned number;
};

struct zone_node {
	struct zone_node *next; /* in its bucket */
	const char *name;
	struct zone_record *records; /* in the order of the text */
	struct zone_trouble *troubles;
};

struct dns_zone {
	struct arena *arena;
	struct zone_node *bucket[ZONE_BUCKETS];
};

/* zone_line - take in one line of the text; NULL, or what is wrong with it.
 * *ttl is that of lines without one. */
const char *zone_line(struct dns_zone *zone, const char *text, uint32_t *ttl);
/* zone_make - the node of this name, and all above it. */
struct zone_node *zone_make(struct dns_zone *zone, const char *name);
/* zone_find - the node for a name: its own, or a wildcard's; or NULL. */
const struct zone_node *zone_find(const struct dns_zone *zone,
    const char *name);
/* zone_soa - that of the nearest parent; or NULL. *owner is its name. */
const struct zone_record *zone_soa(const struct dns_zone *zone,
    const char *name, const char **owner);

/* a packet that is being made */
struct zone_packet {
	uint8_t *data;
	size_t length, size;
	size_t answers_at; /* behind the question */
	char name[DNS_NAME_SIZE];
	unsigned type;
	bool edns, tcp;
	unsigned answers, authority;
};

/* zone_put_record - false when it does not fit any more. */
bool zone_put_record(struct zone_packet *packet, const char *owner,
    const struct zone_record *record);
/* zone_put_counts - of the sections, into the header. */
void zone_put_counts(struct zone_packet *packet);

/* zone_garbage_kind - its index by name; false if there is none. */
bool zone_garbage_kind(const char *name, unsigned *kind);
/* zone_spoil - a good answer, in that way. */
void zone_spoil(struct zone_packet *packet, unsigned kind);

#endif
