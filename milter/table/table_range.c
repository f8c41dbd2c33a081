/*
 * table_range - prefixes to entries, the longest prefix wins.
 *
 * Prefixes nest or are disjoint, so they cut the addresses into ranges, at
 * most two for each prefix and one more, each with the longest prefix that
 * covers it (table_range_build.c). A look-up finds the last start that is not
 * behind the address, in a tree without pointers: level 0 holds all starts,
 * each level above the first start of every 16 below it, a node is 16 starts.
 *
 * What a look-up costs is the lines of memory that are not in the cache, and
 * the upper levels of a large tree are not either. So a large set has a root:
 * by the bits in which its starts differ first, a table with a block for every
 * four ranges, of the range that each block begins in. The ranges of a block
 * are mostly so few that they are compared at once; where they are many, the
 * search goes on from the node that holds them all. A million IPv4 prefixes
 * take 17 MB (a trie of six bits a step three times as much) and a look-up two
 * or three lines that are not in the cache.
 */
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "table/table_range.h"

#define FAN RANGE_FAN

/* range_number_of - an address as a number */
range_number
range_number_of(const struct netaddr *addr)
{
	uint64_t half[2];

	memcpy(half, addr->byte, sizeof half);
	return (range_number)be64toh(half[0]) << 64 | be64toh(half[1]);
}

/* range_start - the n-th start of level 0 */
range_number
range_start(const struct range_set *set, size_t n)
{
	if (set->width == 4)
		return (range_number)((const uint32_t *)set->start[0])[n] << 96;
	return ((const range_number *)set->start[0])[n];
}

/* within - at, or the last index of a level: behind it are only fillers */
static size_t
within(const struct range_set *set, unsigned level, size_t at)
{
	return at < set->count[level] ? at : set->count[level] - 1;
}

/*
 * among4 - which of 16 starts of IPv4 ranges is the last up to addr. All are
 * compared, without a branch, so that it is done four at a time.
 */
static unsigned
among4(const uint32_t *start, uint32_t addr)
{
	unsigned passed = 0, i;

	for (i = 0; i < FAN; i++)
		passed += start[i] <= addr;
	return passed - 1;
}

/* among16 - the same for IPv6, where 16 starts are four lines of the cache */
static unsigned
among16(const range_number *start, range_number addr)
{
	unsigned i;

	for (i = 4; i < FAN; i += 4)
		__builtin_prefetch(&start[i]);
	for (i = 1; i < FAN && start[i] <= addr; i++)
		;
	return i - 1;
}

/* among - the last start up to addr of 16 from index at of a level on */
static size_t
among(const struct range_set *set, unsigned level, size_t at, range_number addr)
{
	if (level == 0)
		__builtin_prefetch(&set->entry[at]);
	if (set->width == 4)
		at += among4((const uint32_t *)set->start[level] + at,
		    (uint32_t)(addr >> 96));
	else
		at +=
		    among16((const range_number *)set->start[level] + at, addr);
	return within(set, level, at);
}

/* descend - the range around addr, from a node of a level on */
static size_t
descend(const struct range_set *set, unsigned level, size_t node,
    range_number addr)
{
	size_t at = among(set, level, node * FAN, addr);

	while (level-- > 0)
		at = among(set, level, at * FAN, addr);
	return at;
}

/* by_root - the range around addr, of those in its block of the root */
static size_t
by_root(const struct range_set *set, range_number addr)
{
	uint64_t half = (uint64_t)(addr >> 64);
	unsigned level = 0;
	size_t block, first, last;

	if ((half ^ set->low) & ~(UINT64_MAX >> set->root_skip))
		return half < set->low ? 0 : set->count[0] - 1;
	block = half << set->root_skip >> (64 - set->root_bits);
	first = set->root[block];
	last = set->root[block + 1];
	if (last - first < FAN)
		return among(set, 0, first, addr);
	/* many: from the node on in which all of them are */
	while ((first /= FAN) != (last /= FAN))
		level++;
	return descend(set, level, first, addr);
}

/* range_find - the entry of the longest prefix around an address */
uint32_t
range_find(const struct range_set *set, const struct netaddr *addr)
{
	range_number number = range_number_of(addr);

	if (set->levels == 0)
		return 0;
	if (set->root != NULL)
		return set->entry[by_root(set, number)];
	return set->entry[descend(set, set->levels - 1, 0, number)];
}

/* range_fini - the end of it */
void
range_fini(struct range_set *set)
{
	mem_free(set->memory);
	mem_free(set->pending);
	*set = (struct range_set){ .width = 0 };
}
