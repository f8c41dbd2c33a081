/*
 * dnslist_part - a section that describes a DNS list, made ready: what policies
 * that ask such lists have in common.
 */
#ifndef MAILREEVE_DNSLIST_PART_H
#define MAILREEVE_DNSLIST_PART_H

#include "dns/dnslist.h"
#include "policy/policy.h"

/*
 * DNSLIST_PART_KEY ... - rows of options that every list has, but for their
 * places in the settings: { DNSLIST_PART_KEY, FIELD(key) }.
 */
#define DNSLIST_PART_ENABLED                                       \
	.name = "enabled", .type = OPTION_BOOL, .fallback = "yes", \
	.doc = "Whether this list is asked."
#define DNSLIST_PART_ZONE                                      \
	.name = "zone", .type = OPTION_STRING, .fallback = "", \
	.doc = "The list's zone. ${key} stands for the key."
#define DNSLIST_PART_KEY                                                   \
	.name = "key", .type = OPTION_STRING, .fallback = "",              \
	.doc = "The key that the list's operator gave you, for a zone as " \
	       "${key}.zen.dq.spamhaus.net. It is not shown in replies "   \
	       "and in the log."
#define DNSLIST_PART_ERRORS                                                 \
	.name = "errors", .type = OPTION_WORDS,                             \
	.fallback = "127.255.255.0/24, 127.0.0.1, 127.0.0.255, "            \
		    "127.0.1.255",                                          \
	.doc = "Answers that are errors: the list refuses to serve us, "    \
	       "because we ask too much or through a public resolver. "     \
	       "They are neither a listing nor none, and win over "         \
	       "answers. The defaults are those of Spamhaus, of URIBL and " \
	       "SURBL, and of DNSWL; few lists mean something else by "     \
	       "them."
#define DNSLIST_PART_HEALTH                                                \
	.name = "health", .type = OPTION_DURATION, .fallback = "10m",      \
	.min = 0, .max = 86400,                                            \
	.doc = "How often the list's test points are asked. 0: the list "  \
	       "has none; then it is switched off only when sessions get " \
	       "no answers from it."
#define DNSLIST_PART_TEST_LISTED                                          \
	.name = "test_listed", .type = OPTION_STRING, .fallback = "",     \
	.doc = "The test point that is listed. Empty: that of RFC 5782, " \
	       "which is 127.0.0.2, and test for a list of domains.",     \
	.example = "dbltest.com"
#define DNSLIST_PART_TEST_UNLISTED                                         \
	.name = "test_unlisted", .type = OPTION_STRING, .fallback = "",    \
	.doc = "The test point that is not listed. Empty: 127.0.0.1, and " \
	       "invalid for a list of domains.",                           \
	.example = "example.com"

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
