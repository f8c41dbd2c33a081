/*
 * dnslist_part - a section that describes a DNS list, made ready: what policies
 * that ask such lists have in common.
 */
#ifndef MAILREEVE_DNSLIST_PART_H
#define MAILREEVE_DNSLIST_PART_H

#include "dns/dnslist.h"
#include "policy/policy.h"

/* the section, and its options; all of it is borrowed */
struct dnslist_part {
	const struct part_facts *facts;
	const struct option *options; /* "answers", "errors", "zone" ... */
	struct problems *problems;
	bool enabled;
	bool has_addresses; /* it lists addresses, not domains */
	const char *zone, *key;
	const struct words *errors;
	int64_t health_s;
	const char *test_listed, *test_unlisted; /* "": those of RFC 5782 */
};

/* dnslist_part_error - a problem at the option's line, else at the section. */
void dnslist_part_error(const struct dnslist_part *part, const char *option,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/*
 * dnslist_part_filters - the patterns of an option, each of that weight unless
 * it is written with one. In the arena of the settings.
 */
struct dnslist_filters dnslist_part_filters(const struct dnslist_part *part,
    const char *option, const struct words *words, int weight);
/*
 * dnslist_part_open - the list, shared with the configuration before, so that
 * a reload does not forget that it is out of order. NULL when it is switched
 * off, or after a problem. The caller dnslist_unref()s it.
 */
struct dnslist *dnslist_part_open(const struct dnslist_part *part);

#endif
