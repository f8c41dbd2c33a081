/*
 * load_times - samples of the load generator.
 */
#include "load_times.h"

#include <stdlib.h>

#include "base/mem.h"

void
load_times_init(struct load_times *times, long room)
{
	*times = (struct load_times){ .room = room };
	times->us = mem_array((size_t)room, sizeof(*times->us));
}

void
load_times_add(struct load_times *times, int64_t us)
{
	if (times->count < times->room)
		times->us[times->count++] = us;
	if (us > times->most_us)
		times->most_us = us;
}

/* compare_times - for qsort() */
static int
compare_times(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

double
load_times_ms(struct load_times *times, double share)
{
	long at = (long)(share * (double)times->count);

	if (times->count == 0)
		return 0;
	qsort(times->us, (size_t)times->count, sizeof(*times->us),
	    compare_times);
	return (double)times->us[at < times->count ? at : times->count - 1] /
	       1000;
}
