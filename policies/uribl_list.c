/*
 * uribl_list - what a list is: the options of [uribl.LIST], made ready.
 *
 * The list itself is shared with the configuration before, so that a reload
 * does not forget that it is out of order.
 */
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "policies/uribl.h"

/* test points of RFC 5782 5, as one writes them */
#define LISTED_ADDRESS "127.0.0.2"
#define UNLISTED_ADDRESS "127.0.0.1"
#define LISTED_DOMAIN "test"
#define UNLISTED_DOMAIN "invalid"

static const struct name_code about_names[] = {
	{ .name = "domain", .code = URIBL_ABOUT_DOMAIN },
	{ .name = "ip", .code = URIBL_ABOUT_IP },
	{ .name = NULL },
};

#define FIELD(field) .offset = offsetof(struct uribl_list, field)

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
	    .example = "dbl.spamhaus.org",
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
	    .name = "ipv6",
	    .type = OPTION_BOOL,
	    FIELD(ipv6),
	    .fallback = "no",
	    .doc = "Whether the list knows IPv6 addresses: it is asked about "
		   "those of hosts then.",
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

/* where - the line of an option, else the section */
static struct origin
where(const struct part_facts *facts, const char *name)
{
	const struct option *row = option_find(options, name);

	return facts->written[row - options].file != NULL
		   ? facts->written[row - options]
		   : facts->at;
}

/* compile - the patterns of an option */
static struct dnslist_filters
compile(const struct words *words, const char *option,
    const struct part_facts *facts, struct problems *problems)
{
	struct dnslist_filter *filter =
	    arena_alloc(facts->arena, words->count * sizeof(*filter));
	const char *why;

	for (size_t i = 0; i < words->count; i++) {
		if (!dnslist_filter_parse(&filter[i], words->word[i], &why))
			problems_error(problems, where(facts, option),
			    "%s: \"%s\": %s", option, words->word[i], why);
	}
	return (
	    struct dnslist_filters){ .filter = filter, .count = words->count };
}

/* test_point - as it is asked */
static const char *
test_point(const char *written, const char *fallback, struct arena *arena)
{
	const char *text = written[0] != '\0' ? written : fallback;
	struct netaddr addr;
	char reversed[64];

	if (!netaddr_parse(&addr, text))
		return text;
	return arena_strdup(arena, netaddr_reversed(&addr, reversed));
}

/* open_list - the list itself, shared with earlier configurations */
static void
open_list(struct uribl_list *s, const struct dnslist_filters *errors,
    const struct part_facts *facts)
{
	bool addresses = s->checks & 1u << URIBL_ABOUT_IP;
	const struct dnslist_spec spec = {
		.name = arena_printf(facts->arena, "%s.%s", facts->policy,
		    facts->name),
		.zone = s->zone,
		.key = s->key,
		.errors = *errors,
		.health_s = s->health_s,
		.listed = test_point(s->test_listed,
		    addresses ? LISTED_ADDRESS : LISTED_DOMAIN, facts->arena),
		.unlisted = test_point(s->test_unlisted,
		    addresses ? UNLISTED_ADDRESS : UNLISTED_DOMAIN,
		    facts->arena),
	};

	s->list = dnslist_open(facts->env->lists, &spec);
}

#define BOTH (1u << URIBL_ABOUT_DOMAIN | 1u << URIBL_ABOUT_IP)

/* prepare - patterns, the list */
static void
prepare(void *settings, const struct part_facts *facts,
    struct problems *problems)
{
	struct uribl_list *s = settings;
	struct dnslist_filters errors;
	const char *why;

	s->filters = compile(&s->answers, "answers", facts, problems);
	errors = compile(&s->errors, "errors", facts, problems);
	if (s->checks == 0)
		problems_error(problems, where(facts, "checks"),
		    "checks: nothing is looked up in this list");
	if (s->checks == BOTH)
		problems_error(problems, where(facts, "checks"),
		    "checks: a list has domains or addresses, not both");
	if (s->zone[0] == '\0')
		problems_error(problems, facts->at, "[%s.%s]: zone is missing",
		    facts->policy, facts->name);
	else if (!dnslist_zone_check(s->zone, s->key, &why))
		problems_error(problems, where(facts, "zone"), "zone: %s", why);
	else if (s->enabled)
		open_list(s, &errors, facts);
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
