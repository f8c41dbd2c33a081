/*
 * table_range - prefixes to entries, the longest prefix wins.
 *
 * Prefixes nest or are disjoint, so they cut the addresses into ranges, at
 * most two for each prefix and one more, each with the longest prefix that
 * covers it. A look-up finds the last start that is not behind the address,
 * in a tree without pointers: level 0 holds all starts, each level above the
 * first start of every 16 below it. For a million IPv4 prefixes that is 16 MB
 * and six steps, of which the lower two leave the cache; a trie that reads six
 * bits a step takes three times the memory and four to eight steps that do.
 *
 * An entry with a date is followed by the entry that holds when it is over:
 * another one for the same prefix, or that of the prefix around it.
 *
 * Diagnostics: out of memory ends the process.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "service/table_entry.h"
#include "service/table_range.h"

#define FAN 16
#define NESTED 130 /* prefixes around one address: lengths 0..128 */

typedef unsigned __int128 number128;

/* a prefix until the tree is built; an IPv4 address stands in the high bits */
struct pending {
	number128 start;
	uint32_t entry;
	uint8_t bits;
};

/* what range_build() works on */
struct build {
	struct range_set *set;
	struct entry_store *store;
	struct pending open[NESTED]; /* prefixes around the current start */
	size_t depth;
};

/* to_number - an address as a number, its first bit on top */
static number128
to_number(const struct netaddr *addr)
{
	number128 value = 0;
	unsigned i;

	for (i = 0; i < sizeof addr->byte; i++)
		value = value << 8 | addr->byte[i];
	return value;
}

/* last_of - the last address of a prefix */
static number128
last_of(const struct pending *prefix)
{
	number128 rest =
	    prefix->bits >= 128 ? 0 : ~(number128)0 >> prefix->bits;

	return prefix->start | rest;
}

/* range_add - keep a prefix until range_build() */
void
range_add(struct range_set *set, const struct netprefix *prefix,
    uint32_t number)
{
	if (set->prefixes == set->room) {
		set->room = set->room < 8 ? 8 : set->room * 2;
		set->pending =
		    mem_resize(set->pending, set->room * sizeof *set->pending);
	}
	set->width = netaddr_bits(&prefix->addr) / 8;
	set->pending[set->prefixes++] = (struct pending){
		.start = to_number(&prefix->addr),
		.entry = number,
		.bits = prefix->bits,
	};
}

/* compare - by start, the shorter prefix first, then as in the file */
static int
compare(const void *left, const void *right)
{
	const struct pending *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->bits != b->bits)
		return a->bits < b->bits ? -1 : 1;
	return a->entry < b->entry ? -1 : a->entry > b->entry;
}

/* sort - most lists are sorted already */
static void
sort(struct pending *pending, size_t count)
{
	size_t i;

	for (i = 1; i < count; i++) {
		if (compare(&pending[i - 1], &pending[i]) > 0) {
			qsort(pending, count, sizeof *pending, compare);
			return;
		}
	}
}

/* put_start - a start into level 0, in the width of the family */
static void
put_start(struct range_set *set, size_t at, number128 start)
{
	uint32_t narrow = (uint32_t)(start >> 96);

	if (set->width == 4)
		((uint32_t *)set->start[0])[at] = narrow;
	else
		((number128 *)set->start[0])[at] = start;
}

/* same_start - whether the last range begins here */
static bool
same_start(const struct range_set *set, number128 start)
{
	size_t last = set->count[0] - 1;

	if (set->width == 4)
		return ((uint32_t *)set->start[0])[last] ==
		       (uint32_t)(start >> 96);
	return ((number128 *)set->start[0])[last] == start;
}

/* begin_range - from start on, the innermost open prefix counts */
static void
begin_range(struct build *build, number128 start)
{
	struct range_set *set = build->set;
	uint32_t entry =
	    build->depth > 0 ? build->open[build->depth - 1].entry : 0;

	if (set->count[0] > 0 && same_start(set, start)) {
		set->entry[set->count[0] - 1] = entry;
		return;
	}
	if (set->count[0] > 0 && set->entry[set->count[0] - 1] == entry)
		return;
	put_start(set, set->count[0], start);
	set->entry[set->count[0]++] = entry;
}

/* close_before - end the prefixes that do not reach up to start */
static void
close_before(struct build *build, number128 start)
{
	number128 last;

	while (build->depth > 0) {
		last = last_of(&build->open[build->depth - 1]);
		if (last >= start)
			return;
		build->depth--;
		begin_range(build, last + 1);
	}
}

/* close_all - end what is open when no prefix follows */
static void
close_all(struct build *build)
{
	number128 last;

	while (build->depth > 0) {
		last = last_of(&build->open[--build->depth]);
		if (last != ~(number128)0)
			begin_range(build, last + 1);
	}
}

/* follow - the last of the entries for the same prefix that follow one */
static uint32_t
follow(const struct build *build, uint32_t entry, uint32_t around)
{
	uint32_t next;

	while ((next = entry_store_next(build->store, entry)) != 0 &&
	       next != around)
		entry = next;
	return entry;
}

/* is_twice - whether a prefix is the innermost open one once more */
static bool
is_twice(const struct build *build, const struct pending *prefix)
{
	const struct pending *top;

	if (build->depth == 0)
		return false;
	top = &build->open[build->depth - 1];
	return top->bits == prefix->bits && top->start == prefix->start;
}

/* add_twice - another entry for the innermost open prefix; false: in vain */
static bool
add_twice(struct build *build, uint32_t entry)
{
	uint32_t first = build->open[build->depth - 1].entry;
	uint32_t around =
	    build->depth > 1 ? build->open[build->depth - 2].entry : 0;
	uint32_t last = follow(build, first, around);

	entry_store_set_next(build->store, entry, around);
	return entry_store_set_next(build->store, last, entry);
}

/* open_prefix - begin a prefix */
static void
open_prefix(struct build *build, const struct pending *prefix)
{
	uint32_t around =
	    build->depth > 0 ? build->open[build->depth - 1].entry : 0;

	entry_store_set_next(build->store, prefix->entry, around);
	build->open[build->depth++] = *prefix;
	begin_range(build, prefix->start);
}

/* raise_levels - every 16th start of a level makes the level above it */
static void
raise_levels(struct range_set *set)
{
	size_t count, i, width = set->width;
	unsigned level = 0;
	const char *below;
	char *above;

	while (set->count[level] > FAN) {
		below = set->start[level];
		count = (set->count[level] + FAN - 1) / FAN;
		above = mem_array(count, width);
		for (i = 0; i < count; i++)
			memcpy(above + i * width, below + i * FAN * width,
			    width);
		level++;
		set->start[level] = above;
		set->count[level] = count;
	}
	set->levels = level + 1;
}

/* range_build - prefixes to ranges, ranges to a tree */
void
range_build(struct range_set *set, struct entry_store *store,
    void (*twice)(void *context, uint32_t first, uint32_t number),
    void *context)
{
	struct build build = { .set = set, .store = store };
	const struct pending *prefix;
	size_t i;

	if (set->prefixes == 0)
		return;
	sort(set->pending, set->prefixes);
	set->start[0] = mem_array(set->prefixes * 2 + 1, set->width);
	set->entry = mem_array(set->prefixes * 2 + 1, sizeof *set->entry);
	begin_range(&build, 0);
	for (i = 0; i < set->prefixes; i++) {
		prefix = &set->pending[i];
		close_before(&build, prefix->start);
		if (!is_twice(&build, prefix))
			open_prefix(&build, prefix);
		else if (!add_twice(&build, prefix->entry))
			twice(context, build.open[build.depth - 1].entry,
			    prefix->entry);
	}
	close_all(&build);
	set->start[0] = mem_resize(set->start[0], set->count[0] * set->width);
	set->entry = mem_resize(set->entry, set->count[0] * sizeof *set->entry);
	mem_free(set->pending);
	set->pending = NULL;
	raise_levels(set);
}

/* find4 - the index of the range around an IPv4 address */
static size_t
find4(const struct range_set *set, uint32_t addr)
{
	unsigned level = set->levels, i, room, passed;
	const uint32_t *start;
	size_t at = 0;

	while (level-- > 0) {
		start = (const uint32_t *)set->start[level] + at * FAN;
		room = set->count[level] - at * FAN < FAN
			   ? (unsigned)(set->count[level] - at * FAN)
			   : FAN;
		passed = 0;
		for (i = 0; i < room; i++)
			passed += start[i] <= addr;
		at = at * FAN + passed - 1;
	}
	return at;
}

/* find16 - the index of the range around an IPv6 address */
static size_t
find16(const struct range_set *set, number128 addr)
{
	unsigned level = set->levels;
	const number128 *start;
	size_t at = 0, room, i;

	while (level-- > 0) {
		start = (const number128 *)set->start[level] + at * FAN;
		room = set->count[level] - at * FAN;
		for (i = 1; i < FAN && i < room && start[i] <= addr; i++)
			;
		at = at * FAN + i - 1;
	}
	return at;
}

/* range_find - the entry of the longest prefix around an address */
uint32_t
range_find(const struct range_set *set, const struct netaddr *addr)
{
	number128 number;

	if (set->levels == 0)
		return 0;
	number = to_number(addr);
	if (set->width == 4)
		return set->entry[find4(set, (uint32_t)(number >> 96))];
	return set->entry[find16(set, number)];
}

/* range_fini - the end of it */
void
range_fini(struct range_set *set)
{
	unsigned level;

	for (level = 0; level < set->levels; level++)
		mem_free(set->start[level]);
	mem_free(set->entry);
	mem_free(set->pending);
	*set = (struct range_set){ .width = 0 };
}
