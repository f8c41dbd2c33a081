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
	{
	    .name = "enabled",
	    .type = OPTION_BOOL,
	    FIELD(enabled),
	    .fallback = "yes",
	    .doc = "Whether this list is asked.",
	},
	{
	    .name = "zone",
	    .type = OPTION_STRING,
	    FIELD(zone),
	    .fallback = "",
	    .doc = "The list's zone. ${key} stands for the key.",
	    .example = "zen.spamhaus.org",
	},
	{
	    .name = "key",
	    .type = OPTION_STRING,
	    FIELD(key),
	    .fallback = "",
	    .doc = "The key that the list's operator gave you, for a zone as "
		   "${key}.zen.dq.spamhaus.net. It is not shown in replies "
		   "and in the log.",
	},
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
	{
	    .name = "errors",
	    .type = OPTION_WORDS,
	    FIELD(errors),
	    .fallback = "127.255.255.0/24, 127.0.0.1, 127.0.0.255, "
			"127.0.1.255",
	    .doc = "Answers that are errors: the list refuses to serve us, "
		   "because we ask too much or through a public resolver. "
		   "They are neither a listing nor none, and win over "
		   "answers. The defaults are those of Spamhaus, of URIBL and "
		   "SURBL, and of DNSWL; few lists mean something else by "
		   "them.",
	},
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
	{
	    .name = "health",
	    .type = OPTION_DURATION,
	    FIELD(health_s),
	    .fallback = "10m",
	    .min = 0,
	    .max = 86400,
	    .doc = "How often the list's test points are asked. 0: the list "
		   "has none; then it is switched off only when sessions get "
		   "no answers from it.",
	},
	{
	    .name = "test_listed",
	    .type = OPTION_STRING,
	    FIELD(test_listed),
	    .fallback = "",
	    .doc = "The test point that is listed. Empty: that of RFC 5782, "
		   "which is 127.0.0.2, and test for a list of domains.",
	    .example = "dbltest.com",
	},
	{
	    .name = "test_unlisted",
	    .type = OPTION_STRING,
	    FIELD(test_unlisted),
	    .fallback = "",
	    .doc = "The test point that is not listed. Empty: 127.0.0.1, and "
		   "invalid for a list of domains.",
	    .example = "example.com",
	},
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
