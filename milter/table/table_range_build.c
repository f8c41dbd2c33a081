/*
 * table_range_build - prefixes to ranges, ranges to a tree with its root.
 *
 * The prefixes are sorted, then gone through once with those that are open on
 * a stack: where one begins a range begins, and where one ends, one for the
 * prefix around it. Neighbours with the same entry are one range.
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
#include "table/table_entry.h"
#include "table/table_range.h"

#define FAN RANGE_FAN
#define NESTED 130    /* prefixes around one address: lengths 0..128 */
#define LINE 64       /* of the cache: nodes do not cross one more */
#define ROOT_MIN 1000 /* ranges from which on a root is worth it */
#define ROOT_SHIFT 2  /* a block of the root has 4 ranges */

/* a prefix until the tree is built */
struct pending {
	range_number start;
	uint32_t entry;
	uint32_t order; /* in the file */
	uint8_t bits;
};

/* what range_build() works on */
struct build {
	struct entry_store *store;
	struct pending open[NESTED]; /* prefixes around the current start */
	size_t depth;
	range_number *start; /* the ranges so far */
	uint32_t *entry;
	size_t count;
};

/* last_of - the last address of a prefix */
static range_number
last_of(const struct pending *prefix)
{
	range_number rest =
	    prefix->bits >= 128 ? 0 : ~(range_number)0 >> prefix->bits;

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
	set->pending[set->prefixes] = (struct pending){
		.start = range_number_of(&prefix->addr),
		.entry = number,
		.order = (uint32_t)set->prefixes,
		.bits = prefix->bits,
	};
	set->prefixes++;
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
	return a->order < b->order ? -1 : a->order > b->order;
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

/* begin_range - from start on, the innermost open prefix counts */
static void
begin_range(struct build *build, range_number start)
{
	uint32_t entry =
	    build->depth > 0 ? build->open[build->depth - 1].entry : 0;

	if (build->count > 0 && build->start[build->count - 1] == start) {
		build->entry[build->count - 1] = entry;
		return;
	}
	if (build->count > 0 && build->entry[build->count - 1] == entry)
		return;
	build->start[build->count] = start;
	build->entry[build->count++] = entry;
}

/* close_before - end the prefixes that do not reach up to start */
static void
close_before(struct build *build, range_number start)
{
	range_number last;

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
	range_number last;

	while (build->depth > 0) {
		last = last_of(&build->open[--build->depth]);
		if (last != ~(range_number)0)
			begin_range(build, last + 1);
	}
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
	uint32_t last = build->open[build->depth - 1].entry, next;
	uint32_t around =
	    build->depth > 1 ? build->open[build->depth - 2].entry : 0;

	while ((next = entry_store_next(build->store, last)) != 0 &&
	       next != around)
		last = next;
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

/* whole - n, up to a multiple of of */
static size_t
whole(size_t n, size_t of)
{
	return (n + of - 1) / of * of;
}

/* count_levels - how many starts each level has */
static void
count_levels(struct range_set *set, size_t ranges)
{
	set->count[0] = ranges;
	for (set->levels = 1; set->count[set->levels - 1] > FAN; set->levels++)
		set->count[set->levels] =
		    whole(set->count[set->levels - 1], FAN) / FAN;
}

/* plan_root - which bits of an address the root goes by; of the first 64 */
static void
plan_root(struct range_set *set, const struct build *build)
{
	uint64_t differ;

	if (build->count < ROOT_MIN)
		return;
	set->low = (uint64_t)(build->start[1] >> 64);
	differ = set->low ^ (uint64_t)(build->start[build->count - 1] >> 64);
	if (differ == 0)
		return;
	set->root_skip = (unsigned)__builtin_clzll(differ);
	while (build->count >> (set->root_bits + ROOT_SHIFT) > 1 &&
	       set->root_skip + set->root_bits < 64)
		set->root_bits++;
}

/* root_size - numbers in the root: its blocks, and the end of the last */
static size_t
root_size(const struct range_set *set)
{
	return set->root_bits > 0 ? ((size_t)1 << set->root_bits) + 1 : 0;
}

/* take - the next size bytes of a set's memory, in whole lines */
static void *
take(char **memory, size_t size)
{
	char *taken = *memory;

	*memory += whole(size, LINE);
	return taken;
}

/* slots - starts of a level, with fillers for a search from the last one on */
static size_t
slots(const struct range_set *set, unsigned level)
{
	return whole(set->count[level], FAN) + FAN;
}

/* make_room - one piece of memory for all levels, entries and the root */
static void
make_room(struct range_set *set)
{
	size_t entries = set->count[0] * sizeof *set->entry;
	size_t root = root_size(set) * sizeof *set->root;
	size_t size = LINE + whole(entries, LINE) + whole(root, LINE);
	unsigned level;
	char *next;

	for (level = 0; level < set->levels; level++)
		size += slots(set, level) * set->width;
	set->memory = mem_alloc(size);
	next = (char *)whole((uintptr_t)set->memory, LINE);
	for (level = 0; level < set->levels; level++)
		set->start[level] = take(&next, slots(set, level) * set->width);
	set->entry = take(&next, entries);
	if (root > 0)
		set->root = take(&next, root);
}

/* put_start - a start of a level, in the width of the family */
static void
put_start(struct range_set *set, unsigned level, size_t at, range_number start)
{
	if (set->width == 4)
		((uint32_t *)set->start[level])[at] = (uint32_t)(start >> 96);
	else
		((range_number *)set->start[level])[at] = start;
}

/* fill_levels - all starts, then every 16th of them, and so on */
static void
fill_levels(struct range_set *set, const struct build *build)
{
	unsigned level;
	size_t i, step = 1;

	for (level = 0; level < set->levels; level++) {
		for (i = 0; i < set->count[level]; i++)
			put_start(set, level, i, build->start[i * step]);
		for (; i < slots(set, level); i++)
			put_start(set, level, i, ~(range_number)0);
		step *= FAN;
	}
}

/* fill_root - the range in which each block begins */
static void
fill_root(struct range_set *set)
{
	size_t blocks = root_size(set), block, range = 0;
	uint64_t kept, start;

	if (set->root == NULL)
		return;
	/* what all starts but the first have in common */
	kept = set->low & ~(UINT64_MAX >> set->root_skip);
	for (block = 0; block + 1 < blocks; block++) {
		start = kept | (uint64_t)block << (64 - set->root_bits) >>
				   set->root_skip;
		while (range + 1 < set->count[0] &&
		       range_start(set, range + 1) <= (range_number)start << 64)
			range++;
		set->root[block] = (uint32_t)range;
	}
	set->root[block] = (uint32_t)set->count[0] - 1;
}

/* fill - ranges to a tree */
static void
fill(struct range_set *set, const struct build *build)
{
	count_levels(set, build->count);
	plan_root(set, build);
	make_room(set);
	fill_levels(set, build);
	memcpy(set->entry, build->entry, build->count * sizeof *set->entry);
	fill_root(set);
}

/* range_build - prefixes to ranges, ranges to a tree */
void
range_build(struct range_set *set, struct entry_store *store,
    void (*twice)(void *context, uint32_t first, uint32_t number),
    void *context)
{
	struct build build = { .store = store };
	const struct pending *prefix;
	size_t i;

	if (set->prefixes == 0)
		return;
	sort(set->pending, set->prefixes);
	build.start = mem_array(set->prefixes * 2 + 1, sizeof *build.start);
	build.entry = mem_array(set->prefixes * 2 + 1, sizeof *build.entry);
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
	mem_free(set->pending);
	set->pending = NULL;
	fill(set, &build);
	mem_free(build.start);
	mem_free(build.entry);
}
