/*
 * uribl_list - what a list is: the options of [uribl.LIST], made ready.
 *
 * Patterns are compiled here, once for a configuration; the list itself is
 * opened as dnslist_part.h says.
 */
#include <stddef.h>

#include "policies/uribl.h"
#include "policy/dnslist_part.h"

static const struct name_code about_names[] = {
	{ .name = "domain", .code = URIBL_ABOUT_DOMAIN },
	{ .name = "ip", .code = URIBL_ABOUT_IP },
	{ .name = NULL },
};

#define FIELD(field) .offset = offsetof(struct uribl_list, field)

static const struct option options[] = {
	{ DNSLIST_PART_ENABLED, FIELD(enabled) },
	{ DNSLIST_PART_ZONE, FIELD(zone), .example = "dbl.spamhaus.org" },
	{ DNSLIST_PART_KEY, FIELD(key) },
	{
	    .name = "checks",
	    .type = OPTION_FLAGS,
	    FIELD(checks),
	    .fallback = "domain",
	    .names = about_names,
	    .doc = "What is looked up: domain, the registered domain of a "
		   "link's host; ip, the addresses that the host has, in a "
		   "list of addresses. Of a link to an address, that "
		   "address.",
	    .example = "ip",
	},
	{
	    .name = "answers",
	    .type = OPTION_WORDS,
	    FIELD(answers),
	    .fallback = "127.0.0.0/8",
	    .doc = "Answers that count, as patterns: 127.0.1.[2..6], "
		   "127.0.0.&4 (a bit), 127.0.0.0/24, as for dnsbl but "
		   "without weights. Leave out what a list says of good "
		   "sites that were abused (127.0.1.[102..106] of the DBL): "
		   "too much mail links to them.",
	    .example = "127.0.1.[2..6]",
	},
	{ DNSLIST_PART_ERRORS, FIELD(errors) },
	{
	    .name = "ipv6",
	    .type = OPTION_BOOL,
	    FIELD(ipv6),
	    .fallback = "no",
	    .doc = "Whether the list knows IPv6 addresses: it is asked about "
		   "those of hosts then.",
	},
	{ DNSLIST_PART_HEALTH, FIELD(health_s) },
	{ DNSLIST_PART_TEST_LISTED, FIELD(test_listed) },
	{ DNSLIST_PART_TEST_UNLISTED, FIELD(test_unlisted) },
	{ .name = NULL },
};

#define ADDRESSES (1u << URIBL_ABOUT_IP)
#define BOTH (1u << URIBL_ABOUT_DOMAIN | ADDRESSES)

/* prepare - patterns, the list */
static void
prepare(void *settings, const struct part_facts *facts,
    struct problems *problems)
{
	struct uribl_list *s = settings;
	const struct dnslist_part part = {
		.facts = facts,
		.options = options,
		.problems = problems,
		.enabled = s->enabled,
		.has_addresses = (s->checks & ADDRESSES) != 0,
		.zone = s->zone,
		.key = s->key,
		.errors = &s->errors,
		.health_s = s->health_s,
		.test_listed = s->test_listed,
		.test_unlisted = s->test_unlisted,
	};

	s->filters = dnslist_part_filters(&part, "answers", &s->answers, 0);
	if (s->checks == 0)
		dnslist_part_error(&part, "checks",
		    "nothing is looked up in this list");
	if (s->checks == BOTH)
		dnslist_part_error(&part, "checks",
		    "a list has domains or addresses, not both");
	s->list = dnslist_part_open(&part);
}

/* release - the list */
static void
release(void *settings)
{
	struct uribl_list *s = settings;

	dnslist_unref(s->list);
}

const struct policy_parts uribl_parts = {
	.name = "LIST",
	.doc = "A section for each list; LIST is a name that you choose, for "
	       "the log and for mailreevectl stats.",
	.options = options,
	.settings_size = sizeof(struct uribl_list),
	.prepare = prepare,
	.release = release,
};
