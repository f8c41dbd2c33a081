/*
 * dns_parse - what a name server's packet says.
 *
 * Strict: an answer counts only if all of it that matters can be read, if it
 * is for the question that was put, and if its CNAMEs lead from there to the
 * records within the answer. What does not is DNS_INVALID, and what says
 * nothing about the name is DNS_TEMPORARY.
 */
#ifndef MAILREEVE_DNS_PARSE_H
#define MAILREEVE_DNS_PARSE_H

#include "dns/dns.h"

/*
 * Resolvers follow up to 11 (Unbound) or 16 (BIND) CNAMEs; names that mail
 * depends on have one or two. A loop is longer than any bound.
 */
#define DNS_CNAMES_MAX 8
/*
 * Records in one answer. 512 addresses fill 8 KB; reverse zones with
 * thousands of names exist, and nobody needs to know them all: RFC 7208 4.6.4
 * looks at ten.
 */
#define DNS_RECORDS_MAX 512

/* an answer on its own, before it has an age */
struct dns_outcome {
	enum dns_result result;
	bool has_ttl; /* a failure has none, nor has "no" without a SOA */
	unsigned ttl_s;
	size_t count;
	struct dns_record *records; /* one block with its texts */
	size_t bytes;               /* of the block */
};

/*
 * dns_parse - the packet as an answer to that question (a folded name); never
 * fails. Give the outcome back with dns_outcome_fini().
 */
struct dns_outcome dns_parse(const uint8_t *packet, size_t length,
    const char *name, enum dns_type type);
void dns_outcome_fini(struct dns_outcome *outcome);

#endif
