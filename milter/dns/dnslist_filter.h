/*
 * dnslist_filter - patterns of what DNS lists answer (RFC 5782 2.1: an
 * address in 127.0.0.0/8, whose last octets say why).
 *
 *     127.0.0.2                one address
 *     127.0.0.[2..11]          a set in an octet, as postscreen writes it
 *     127.0.[0..255].[1;3..5]
 *     127.0.0.2-11             the same for a range alone
 *     127.0.*.3                any value
 *     127.0.0.&4               any of these bits set
 *     127.0.0.0/24             a prefix
 *
 * Each may be followed by "=WEIGHT".
 */
#ifndef MAILREEVE_DNSLIST_FILTER_H
#define MAILREEVE_DNSLIST_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_answer;
struct netaddr;

#define DNSLIST_WEIGHT_MAX 1000

struct dnslist_filter {
	uint8_t octet[4][32]; /* a bit for each value */
	int weight;
};
struct dnslist_filters {
	const struct dnslist_filter *filter;
	size_t count;
};

/*
 * dnslist_filter_parse - a pattern, perhaps with a weight; out->weight stays
 * as it is without one. False, and *why a text, when it is none.
 */
bool dnslist_filter_parse(struct dnslist_filter *out, const char *text,
    const char **why);
/* dnslist_filter_has - whether an address fits. */
bool dnslist_filter_has(const struct dnslist_filter *filter,
    const struct netaddr *addr);

/*
 * dnslist_filters_weigh - the weight of an answer's addresses: that of the
 * filter that counts most, for or against (for, when both count the same).
 * False when none fits.
 */
bool dnslist_filters_weigh(const struct dnslist_filters *filters,
    const struct dns_answer *answer, int *weight);
/* dnslist_filters_match - the first address that fits one, or NULL. */
const struct netaddr *
dnslist_filters_match(const struct dnslist_filters *filters,
    const struct dns_answer *answer);
/* dnslist_filter_counts_more - whether a counts more than b, as above. */
bool dnslist_filter_counts_more(int a, int b);

#endif
