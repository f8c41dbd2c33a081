/*
 * side_by_side - tests that mostly wait, several at a time.
 */
#ifndef MAILREEVE_T_SIDE_BY_SIDE_H
#define MAILREEVE_T_SIDE_BY_SIDE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * side_by_side - call each(context, 0) to each(context, count - 1) in as many
 * processes as jobs. What they print on stdout comes in order, each whole.
 * True when all gave true.
 */
bool side_by_side(unsigned jobs, size_t count,
    bool (*each)(void *context, size_t index), void *context);

#endif
