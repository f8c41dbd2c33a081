/*
 * spf_record - the grammar of policy records (RFC 7208 section 12), for one
 * client.
 */
#ifndef MAILREEVE_SPF_RECORD_H
#define MAILREEVE_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/netaddr.h"
#include "spf/spf_macro.h"

struct arena;

#define SPF_TERMS_MAX 10 /* that ask the DNS, in one check (4.6.4) */
/* the first one over the limit ends the check; one more term ends the record */
#define SPF_TERMS_KEPT (SPF_TERMS_MAX + 2)

enum spf_kind {
	SPF_KIND_ALL, /* also an ip4 or ip6 that has the client */
	SPF_KIND_INCLUDE,
	SPF_KIND_A,
	SPF_KIND_MX,
	SPF_KIND_PTR,
	SPF_KIND_EXISTS,
	SPF_KIND_REDIRECT,
};

struct spf_term {
	enum spf_kind kind;
	char qualifier;         /* + - ~ ?; as if + for a redirect */
	struct spf_text text;   /* as written, without the qualifier */
	struct spf_text target; /* domain-spec; empty: the current domain */
	uint8_t bits4, bits6;   /* prefix lengths of A and MX */
};

/*
 * What of a record can matter to this client, in order: an ip4 or ip6 that
 * does not have it, and everything behind an "all", are checked and dropped.
 * Nothing can be lost of a record this way, however long it is: the terms
 * kept are one more than a check may evaluate.
 */
struct spf_record {
	struct spf_term term[SPF_TERMS_KEPT];
	size_t count;
	struct spf_text explanation; /* domain-spec of exp=; empty: none */
};

/* spf_record_is - whether a TXT record is a policy: "v=spf1" (4.5). */
bool spf_record_is(struct spf_text text);
/*
 * spf_record_parse - false, and *problem a text in the arena, for a record
 * with any error anywhere (4.6). The record borrows text.
 */
bool spf_record_parse(struct spf_record *out, struct spf_text text,
    const struct netaddr *client, struct arena *arena, const char **problem);

#endif
