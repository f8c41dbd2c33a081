/*
 * slice - a part of a text that is read from its begin.
 *
 * Any bytes may be in it; nothing is copied, nothing terminated.
 */
#ifndef MAILREEVE_SLICE_H
#define MAILREEVE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netaddr;

struct slice {
	const char *at, *end;
};

/* slice_take - step over a text that it begins with. */
bool slice_take(struct slice *slice, const char *text);
/* slice_take_to - what is before the first such byte, which is stepped over,
 * too; false, and nothing taken, when there is none. */
bool slice_take_to(struct slice *slice, char c, struct slice *before);
/* slice_take_number - digits, at most max; false when there are none. */
bool slice_take_number(struct slice *slice, int64_t max, int64_t *number);
/* slice_find, slice_find_last - where a text begins in it, or NULL. */
const char *slice_find(struct slice slice, const char *text);
const char *slice_find_last(struct slice slice, const char *text);
/* slice_is, slice_ends - all of it, or its end. */
bool slice_is(struct slice slice, const char *text);
bool slice_ends(struct slice slice, const char *text);
/* slice_address - all of it as an address, see netaddr_parse(). */
bool slice_address(struct slice slice, struct netaddr *out);

#endif
