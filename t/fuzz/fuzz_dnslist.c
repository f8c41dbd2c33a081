/*
 * fuzz_dnslist - any bytes as patterns of DNS lists, as zones, and as texts.
 *
 * The input is lines: "Z ZONE KEY", "T TEXT"; every other line is a pattern.
 * Held to be true: a pattern that is taken lies in 127.0.0.0/8 and has at
 * least one address, which fits; its weight is within bounds. A zone that is
 * taken becomes a name that never shows its key.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "policies/dnsbl.h"
#include "dns/dnslist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* lowest - the lowest value that an octet of a pattern takes; -1: none */
static int
lowest(const struct dnslist_filter *filter, int octet)
{
	for (int value = 0; value < 256; value++)
		if (filter->octet[octet][value / 8] & 1u << value % 8)
			return value;
	return -1;
}

/* check_pattern - what is taken makes sense */
static void
check_pattern(const char *text)
{
	struct dnslist_filter filter = { .weight = 7 };
	struct netaddr addr = { .family = 4 }, other;
	const char *why = NULL;

	if (!dnslist_filter_parse(&filter, text, &why)) {
		if (why == NULL)
			abort();
		return;
	}
	if (abs(filter.weight) > DNSLIST_WEIGHT_MAX)
		abort();
	for (int i = 0; i < 4; i++) {
		if (lowest(&filter, i) < 0)
			abort();
		addr.byte[i] = (uint8_t)lowest(&filter, i);
	}
	other = addr;
	other.byte[0]++;
	if (addr.byte[0] != 127 || !dnslist_filter_has(&filter, &addr) ||
	    dnslist_filter_has(&filter, &other))
		abort();
}

/* check_zone - "ZONE KEY" */
static void
check_zone(char *text)
{
	char *key = strchr(text, ' ');
	const char *why = NULL;

	if (key != NULL)
		*key++ = '\0';
	if (dnslist_zone_check(text, key != NULL ? key : "", &why) !=
	    (why == NULL))
		abort();
}

/* check_text - a text with expansions */
static void
check_text(const char *text, struct arena *arena)
{
	const char *unknown = NULL;

	if (!dnsbl_text_check(text, &unknown, arena) && unknown == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	char *text = arena_strndup(arena, (const char *)data, size);
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, "Z ", 2) == 0)
			check_zone(line + 2);
		else if (strncmp(line, "T ", 2) == 0)
			check_text(line + 2, arena);
		else
			check_pattern(line);
	}
	arena_free(arena);
	return 0;
}
