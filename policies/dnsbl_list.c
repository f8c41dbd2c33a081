/*
 * dnsbl_list - what a list is: the options of [dnsbl.LIST], made ready.
 *
 * Patterns are compiled here, once for a configuration; the list itself is
 * opened as dnslist_part.h says.
 */
#include <stddef.h>

#include "policies/dnsbl.h"
#include "policy/dnslist_part.h"

#define ABOUT_ADDRESS (1u << ABOUT_CLIENT)

static const struct name_code about_names[] = {
	{ .name = "client", .code = ABOUT_CLIENT },
	{ .name = "name", .code = ABOUT_NAME },
	{ .name = "helo", .code = ABOUT_HELO },
	{ .name = "sender", .code = ABOUT_SENDER },
	{ .name = NULL },
};

#define FIELD(field) .offset = offsetof(struct dnsbl_list, field)

static const struct option options[] = {
	{ DNSLIST_PART_ENABLED, FIELD(enabled) },
	{ DNSLIST_PART_ZONE, FIELD(zone), .example = "zen.spamhaus.org" },
	{ DNSLIST_PART_KEY, FIELD(key) },
	{
	    .name = "checks",
	    .type = OPTION_FLAGS,
	    FIELD(checks),
	    .fallback = "client",
	    .names = about_names,
	    .doc = "What is looked up: the client's address; or, in a list of "
		   "domains, the client's name as the MTA confirmed it, the "
		   "greeting, the domain of the envelope sender.",
	    .example = "sender, helo",
	},
	{
	    .name = "answers",
	    .type = OPTION_WORDS,
	    FIELD(answers),
	    .fallback = "127.0.0.0/8",
	    .doc = "Answers that count, as patterns with or without a weight "
		   "of their own: 127.0.0.4, 127.0.0.[2..11], "
		   "127.0.[0..255].[1;3], 127.0.0.2-11, 127.0.*.3=-5, "
		   "127.0.0.&4 (a bit), 127.0.0.0/24. Of several that fit, "
		   "the one that counts most is taken.",
	    .example = "127.0.0.[2..4]=4, 127.0.0.[10;11]=2",
	},
	{ DNSLIST_PART_ERRORS, FIELD(errors) },
	{
	    .name = "weight",
	    .type = OPTION_INT,
	    FIELD(weight),
	    .fallback = "4",
	    .min = -DNSLIST_WEIGHT_MAX,
	    .max = DNSLIST_WEIGHT_MAX,
	    .doc = "What a listing adds to the sum. With the default, which "
		   "is that of threshold, one such list refuses by itself. "
		   "Negative: a list of good senders. 0: the list is asked "
		   "and counted, to see what it would say.",
	},
	{
	    .name = "text",
	    .type = OPTION_STRING,
	    FIELD(text),
	    .fallback = "%{txt}",
	    .unit = "text with %{txt}, %{zone}, %{client_addr}, %{subject}",
	    .doc = "What %{txt} of the reply shows. Here %{txt} is the list's "
		   "own TXT record, %{subject} the domain that was looked "
		   "up.",
	    .example = "https://check.spamhaus.org/query/ip/%{client_addr}",
	},
	{
	    .name = "ipv6",
	    .type = OPTION_BOOL,
	    FIELD(ipv6),
	    .fallback = "no",
	    .doc = "Whether the list knows IPv6 addresses: it is asked about "
		   "such clients then.",
	},
	{ DNSLIST_PART_HEALTH, FIELD(health_s) },
	{ DNSLIST_PART_TEST_LISTED, FIELD(test_listed) },
	{ DNSLIST_PART_TEST_UNLISTED, FIELD(test_unlisted) },
	{ .name = NULL },
};

/* bounds - the least and the most that a list may weigh */
static void
bounds(struct dnsbl_list *s)
{
	for (size_t i = 0; i < s->filters.count; i++) {
		int weight = s->filters.filter[i].weight;

		if (weight < s->lowest)
			s->lowest = weight;
		if (weight > s->highest)
			s->highest = weight;
	}
}

/* check - what else can be wrong with a list */
static void
check(const struct dnsbl_list *s, const struct dnslist_part *part)
{
	const char *unknown;

	if (s->checks == 0)
		dnslist_part_error(part, "checks",
		    "nothing is looked up in this list");
	if (!dnsbl_text_check(s->text, &unknown, part->facts->arena))
		dnslist_part_error(part, "text", "there is no %%{%s} here",
		    unknown);
}

/* prepare - patterns, bounds, the list */
static void
prepare(void *settings, const struct part_facts *facts,
    struct problems *problems)
{
	struct dnsbl_list *s = settings;
	const struct dnslist_part part = {
		.facts = facts,
		.options = options,
		.problems = problems,
		.enabled = s->enabled,
		.has_addresses = (s->checks & ABOUT_ADDRESS) != 0,
		.zone = s->zone,
		.key = s->key,
		.errors = &s->errors,
		.health_s = s->health_s,
		.test_listed = s->test_listed,
		.test_unlisted = s->test_unlisted,
	};

	s->filters =
	    dnslist_part_filters(&part, "answers", &s->answers, (int)s->weight);
	bounds(s);
	check(s, &part);
	s->list = dnslist_part_open(&part);
}

/* release - the list */
static void
release(void *settings)
{
	struct dnsbl_list *s = settings;

	dnslist_unref(s->list);
}

const struct policy_parts dnsbl_parts = {
	.name = "LIST",
	.doc = "A section for each list; LIST is a name that you choose, for "
	       "the log and for mailreevectl stats.",
	.options = options,
	.settings_size = sizeof(struct dnsbl_list),
	.prepare = prepare,
	.release = release,
};
