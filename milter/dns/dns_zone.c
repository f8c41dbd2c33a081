/*
 * dns_zone - a zone text that answers questions: reading it, looking up.
 *
 * Every name is a node, and so is every name above one, so that a name with
 * others below it exists (RFC 4592 2.2.2). All is in one arena.
 */
#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/dns.h"
#include "dns/dns_zone_internal.h"

#define TTL_DEFAULT 300

/* bucket_of - where a name is */
static size_t
bucket_of(const char *name)
{
	size_t sum = 5381;

	for (; *name != '\0'; name++)
		sum = sum * 33 + (unsigned char)*name;
	return sum % ZONE_BUCKETS;
}

/* get_node - that of exactly this name, or NULL */
static struct zone_node *
get_node(const struct dns_zone *zone, const char *name)
{
	struct zone_node *node = zone->bucket[bucket_of(name)];

	while (node != NULL && strcmp(node->name, name) != 0)
		node = node->next;
	return node;
}

struct zone_node *
zone_make(struct dns_zone *zone, const char *name)
{
	struct zone_node *node, **bucket, *made = NULL;

	for (; name != NULL; name = domain_parent(name)) {
		node = get_node(zone, name);
		if (node != NULL)
			return made != NULL ? made : node;
		node = arena_alloc(zone->arena, sizeof *node);
		bucket = &zone->bucket[bucket_of(name)];
		node->name = arena_strdup(zone->arena, name);
		node->next = *bucket;
		*bucket = node;
		made = made != NULL ? made : node;
	}
	return made;
}

const struct zone_node *
zone_find(const struct dns_zone *zone, const char *name)
{
	const struct zone_node *node = get_node(zone, name);
	char wild[DNS_NAME_SIZE + 2];

	while (node == NULL && name != NULL) {
		name = domain_parent(name);
		snprintf(wild, sizeof wild, name != NULL ? "*.%s" : "*", name);
		node = get_node(zone, wild);
		/* below a name that exists only its own wildcard counts */
		if (name != NULL && get_node(zone, name) != NULL)
			return node;
	}
	return node;
}

const struct zone_record *
zone_soa(const struct dns_zone *zone, const char *name, const char **owner)
{
	const struct zone_record *record;
	const struct zone_node *node;

	for (; name != NULL; name = domain_parent(name)) {
		node = get_node(zone, name);
		record = node != NULL ? node->records : NULL;
		while (record != NULL && record->type != DNS_TYPE_SOA)
			record = record->next;
		*owner = name;
		if (record != NULL)
			return record;
	}
	return NULL;
}

struct dns_zone *
dns_zone_parse(const char *text, struct str *why)
{
	struct dns_zone *zone = mem_alloc(sizeof *zone);
	uint32_t ttl = TTL_DEFAULT;
	char *copy = mem_strdup(text), *rest = copy, *next;
	const char *wrong = NULL;

	zone->arena = arena_new(4096);
	for (unsigned n = 1;
	     wrong == NULL && (next = strsep(&rest, "\n")) != NULL; n++) {
		wrong = zone_line(zone, next, &ttl);
		if (wrong != NULL)
			str_addf(why, "line %u: %s", n, wrong);
	}
	mem_free(copy);
	if (wrong == NULL)
		return zone;
	dns_zone_free(zone);
	return NULL;
}

void
dns_zone_free(struct dns_zone *zone)
{
	if (zone == NULL)
		return;
	arena_free(zone->arena);
	mem_free(zone);
}
