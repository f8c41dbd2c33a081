/*
 * clock - time as a service, so that a test moves hours by a call.
 *
 * The only file that asks the system for time, time zone or randomness.
 * A fake clock stands still until it is moved; both of its times move
 * together. Moving and reading may happen on different threads.
 *
 * Diagnostics: a system without clock or random bytes ends the process.
 */
#include <sys/random.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

struct clock {
	bool fake;
	int64_t start_s;    /* fake: wall clock when made */
	atomic_llong moved; /* fake: milliseconds since then */
};

/* clock_system - the real clock */
struct clock *
clock_system(void)
{
	static struct clock system_clock = { .fake = false };

	return &system_clock;
}

/* clock_fake_new - a clock that stands still */
struct clock *
clock_fake_new(int64_t wall_s)
{
	struct clock *clock = mem_alloc(sizeof *clock);

	clock->fake = true;
	clock->start_s = wall_s;
	return clock;
}

/* clock_fake_advance - move both times of a fake clock */
void
clock_fake_advance(struct clock *clock, int64_t ms)
{
	atomic_fetch_add(&clock->moved, ms);
}

/* clock_fake_free - the end of a fake clock */
void
clock_fake_free(struct clock *clock)
{
	mem_free(clock);
}

/* read_clock - one of the system's clocks */
static struct timespec
read_clock(clockid_t which)
{
	struct timespec now;

	if (clock_gettime(which, &now) != 0)
		log_fatal("clock_gettime: %s", strerror(errno));
	return now;
}

/* clock_wall_s - seconds since 1970 */
int64_t
clock_wall_s(const struct clock *clock)
{
	if (clock->fake)
		return clock->start_s + atomic_load(&clock->moved) / 1000;
	return read_clock(CLOCK_REALTIME).tv_sec;
}

/* clock_mono_ms - milliseconds that only grow */
int64_t
clock_mono_ms(const struct clock *clock)
{
	struct timespec now;

	if (clock->fake)
		return atomic_load(&clock->moved);
	now = read_clock(CLOCK_MONOTONIC);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* clock_date - local time for people */
void
clock_date(int64_t wall_s, char *out, size_t size)
{
	time_t seconds = (time_t)wall_s;
	struct tm local;

	if (localtime_r(&seconds, &local) == NULL ||
	    strftime(out, size, "%Y-%m-%d %H:%M:%S %z", &local) == 0)
		snprintf(out, size, "%lld", (long long)wall_s);
}

/* clock_mail_date - local time for mail; the daemon's locale is C */
void
clock_mail_date(int64_t wall_s, char *out, size_t size)
{
	time_t seconds = (time_t)wall_s;
	struct tm local;

	if (localtime_r(&seconds, &local) == NULL ||
	    strftime(out, size, "%a, %d %b %Y %H:%M:%S %z", &local) == 0)
		snprintf(out, size, "Thu, 01 Jan 1970 00:00:00 +0000");
}

/* clock_parse_date - the last second of a day in local time */
int64_t
clock_parse_date(const char *text)
{
	struct tm local = { .tm_isdst = -1 }, asked;
	int end = 0;
	time_t seconds;

	if (sscanf(text, "%4d-%2d-%2d%n", &local.tm_year, &local.tm_mon,
		&local.tm_mday, &end) != 3 ||
	    end != 10 || text[end] != '\0' || strspn(text, "0123456789-") != 10)
		return -1;
	local.tm_year -= 1900;
	local.tm_mon -= 1;
	local.tm_hour = 23;
	local.tm_min = 59;
	local.tm_sec = 59;
	asked = local;
	seconds = mktime(&local);
	/* mktime(3) makes March 2 of February 30: a slip, not a date */
	if (local.tm_mday != asked.tm_mday || local.tm_mon != asked.tm_mon ||
	    seconds < 0)
		return -1;
	return seconds;
}

/* clock_condition_init - by the monotonic clock */
void
clock_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* clock_timespec - milliseconds as seconds and nanoseconds */
struct timespec
clock_timespec(int64_t mono_ms)
{
	return (struct timespec){
		.tv_sec = (time_t)(mono_ms / 1000),
		.tv_nsec = (long)(mono_ms % 1000) * 1000000,
	};
}

/* clock_random - bytes that nobody can guess */
void
clock_random(void *out, size_t size)
{
	unsigned char *next = out;
	ssize_t got;

	while (size > 0) {
		got = getrandom(next, size, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			log_fatal("getrandom: %s", strerror(errno));
		next += got;
		size -= (size_t)got;
	}
}
