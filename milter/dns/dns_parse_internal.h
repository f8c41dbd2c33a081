/*
 * dns_parse_internal - a packet while it is read, for dns_parse*.c.
 */
#ifndef MAILREEVE_DNS_PARSE_INTERNAL_H
#define MAILREEVE_DNS_PARSE_INTERNAL_H

#include "base/str.h"
#include "dns/dns_packet.h"
#include "dns/dns_parse.h"

/* a record by its place */
struct rr {
	size_t owner; /* offset of its name */
	size_t data;
	size_t length; /* of data */
	unsigned type, class;
	uint32_t ttl;
};

struct reader {
	const uint8_t *packet;
	size_t length;
	size_t at;
	enum dns_type type;       /* asked for */
	char name[DNS_NAME_SIZE]; /* the end of the chain so far */
	bool led;                 /* by a CNAME at least */
	uint32_t ttl;
	struct rr *rr;
	size_t count;
	/* what is found; a text is known by its offset in texts plus one */
	struct dns_record *records;
	size_t *offset;
	size_t found;
	bool null_mx;
	struct str texts;
};

/* parse_belongs - a record of that type whose owner is the chain's end. */
bool parse_belongs(const struct reader *reader, const struct rr *rr,
    unsigned type);
/* parse_name - a name that fills data from skip on to its end. */
bool parse_name(const struct reader *reader, const struct rr *rr, size_t skip,
    char out[DNS_NAME_SIZE]);

/* parse_records - all that belong; false if one of them is malformed. */
bool parse_records(struct reader *reader);
/* parse_pack - the records and their texts into one block. */
void parse_pack(const struct reader *reader, struct dns_outcome *outcome);

#endif
