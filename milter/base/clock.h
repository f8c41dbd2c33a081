/*
 * clock - time as a service, so that a test moves hours by a call.
 *
 * Only clock.c asks the system for time or randomness. Two times: wall clock
 * seconds for people and for state that outlives the process, monotonic
 * milliseconds for deadlines. Thread-safe.
 */
#ifndef MAILREEVE_CLOCK_H
#define MAILREEVE_CLOCK_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct clock;

/* clock_system - the real clock; shared, never freed. */
struct clock *clock_system(void);
/* clock_fake_new - a clock that stands at wall seconds until it is moved. */
struct clock *clock_fake_new(int64_t wall_s);
void clock_fake_advance(struct clock *clock, int64_t ms);
void clock_fake_free(struct clock *clock);

/* clock_wall_s - seconds since 1970. */
int64_t clock_wall_s(const struct clock *clock);
/* clock_mono_ms - milliseconds since some point in the past. */
int64_t clock_mono_ms(const struct clock *clock);

/* clock_date - "2026-11-21 10:20:00 +0000" in local time, 32 bytes enough. */
void clock_date(int64_t wall_s, char *out, size_t size);
#define CLOCK_MAIL_DATE_SIZE 40
/* clock_mail_date - "Sat, 21 Nov 2026 10:20:00 +0000" (RFC 5322 3.3). */
void clock_mail_date(int64_t wall_s, char *out, size_t size);
/* clock_parse_date - "2026-12-31" (its end, local time) to seconds; -1: bad. */
int64_t clock_parse_date(const char *text);

/*
 * clock_condition_init - a condition whose timed waits end by the system's
 * monotonic clock; clock_timespec - a time of clock_mono_ms(clock_system()) as
 * such waits take it.
 */
void clock_condition_init(pthread_cond_t *condition);
struct timespec clock_timespec(int64_t mono_ms);

/* clock_random - fill with bytes nobody can guess. */
void clock_random(void *out, size_t size);

#endif
