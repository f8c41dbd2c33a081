/*
 * load_times - how long things took: samples and their percentiles.
 */
#ifndef MAILREEVE_T_LOAD_TIMES_H
#define MAILREEVE_T_LOAD_TIMES_H

#include <stdint.h>

struct load_times {
	int64_t *us;
	long count, room;
	int64_t most_us; /* also of those that found no room */
};

/* load_times_init - for as many samples; later ones count for the most only. */
void load_times_init(struct load_times *times, long room);
void load_times_add(struct load_times *times, int64_t us);
/* load_times_ms - what share (0.5: half) of them took at most; 0 for none. */
double load_times_ms(struct load_times *times, double share);

#endif
