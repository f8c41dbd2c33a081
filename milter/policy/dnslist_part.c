/*
 * dnslist_part - a section that describes a DNS list, made ready.
 *
 * Diagnostics: what is wrong with the options becomes a problem of the
 * configuration.
 */
#include "policy/dnslist_part.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "base/problem.h"
#include "base/str.h"

/* test points of RFC 5782 5, as one writes them */
static const struct {
	const char *listed, *unlisted;
} test_points[] = {
	[false] = { "test", "invalid" },
	[true] = { "127.0.0.2", "127.0.0.1" },
};

/* where - the line of an option, else the section */
static struct origin
where(const struct dnslist_part *part, const char *name)
{
	const struct option *row = option_find(part->options, name);
	struct origin at = part->facts->written[row - part->options];

	return at.file != NULL ? at : part->facts->at;
}

void
dnslist_part_error(const struct dnslist_part *part, const char *option,
    const char *format, ...)
{
	struct str text = STR_INIT;
	va_list arguments;

	va_start(arguments, format);
	str_addv(&text, format, arguments);
	va_end(arguments);
	problems_error(part->problems, where(part, option), "%s: %s", option,
	    str_text(&text));
	str_fini(&text);
}

struct dnslist_filters
dnslist_part_filters(const struct dnslist_part *part, const char *option,
    const struct words *words, int weight)
{
	struct dnslist_filter *filter =
	    arena_alloc(part->facts->arena, words->count * sizeof(*filter));
	const char *why;

	for (size_t i = 0; i < words->count; i++) {
		filter[i].weight = weight;
		if (!dnslist_filter_parse(&filter[i], words->word[i], &why))
			dnslist_part_error(part, option, "\"%s\": %s",
			    words->word[i], why);
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

struct dnslist *
dnslist_part_open(const struct dnslist_part *part)
{
	const struct part_facts *facts = part->facts;
	const struct dnslist_spec spec = {
		.name = arena_printf(facts->arena, "%s.%s", facts->policy,
		    facts->name),
		.zone = part->zone,
		.key = part->key,
		.errors = dnslist_part_filters(part, "errors", part->errors, 0),
		.health_s = part->health_s,
		.listed = test_point(part->test_listed,
		    test_points[part->has_addresses].listed, facts->arena),
		.unlisted = test_point(part->test_unlisted,
		    test_points[part->has_addresses].unlisted, facts->arena),
	};
	const char *why;

	if (part->zone[0] == '\0') {
		problems_error(part->problems, facts->at,
		    "[%s.%s]: zone is missing", facts->policy, facts->name);
		return NULL;
	}
	if (!dnslist_zone_check(part->zone, part->key, &why)) {
		dnslist_part_error(part, "zone", "%s", why);
		return NULL;
	}
	return part->enabled ? dnslist_open(facts->env->lists, &spec) : NULL;
}
