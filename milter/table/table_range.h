/*
 * table_range - prefixes to entries, the longest prefix wins.
 */
#ifndef MAILREEVE_TABLE_RANGE_H
#define MAILREEVE_TABLE_RANGE_H

#include <stddef.h>
#include <stdint.h>

struct entry_store;
struct netaddr;
struct netprefix;
struct pending;

#define RANGE_FAN 16
#define RANGE_LEVELS 8 /* 16 to the 8th power: all that numbers can count */

/* an address, its first bit on top: an IPv4 address has 96 zeros behind it */
typedef unsigned __int128 range_number;

/* the prefixes of one family; start it with zeros */
struct range_set {
	unsigned width; /* bytes of a start: 4 or 16; 0: no prefix */
	unsigned levels;
	size_t count[RANGE_LEVELS];
	void
	    *start[RANGE_LEVELS]; /* level 0: the first address of each range */
	uint32_t *entry;          /* of each range; 0: none */
	/* a short cut into the tree, see table_range.c; NULL: none */
	uint32_t *root;
	unsigned root_skip, root_bits; /* together at most 64 */
	uint64_t low;                  /* the first half of the second start */
	void *memory;                  /* in which all of this lies */
	/* until it is built */
	struct pending *pending;
	size_t prefixes, room;
};

/* range_number_of - an address as a number. */
range_number range_number_of(const struct netaddr *addr);
/* range_start - the n-th start of level 0. */
range_number range_start(const struct range_set *set, size_t n);

/* range_add - a prefix for an entry that has been packed. */
void range_add(struct range_set *set, const struct netprefix *prefix,
    uint32_t number);
/*
 * range_build - after the last range_add(). When the same prefix stands there
 * twice the first counts, and twice is told of each entry that is in vain; an
 * entry behind one with a date is not, it takes over from it.
 */
void range_build(struct range_set *set, struct entry_store *store,
    void (*twice)(void *context, uint32_t first, uint32_t number),
    void *context);
/* range_find - the entry of the longest prefix around an address, or 0. */
uint32_t range_find(const struct range_set *set, const struct netaddr *addr);
void range_fini(struct range_set *set);

#endif
