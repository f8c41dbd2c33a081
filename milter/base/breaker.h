/*
 * breaker - stop asking a server that is dead or slow.
 *
 * So many errors in a row open it; while it is open nobody asks. After a
 * while one asks, the probe: its luck closes the breaker, its failure opens
 * it for another while. One breaker for each server. Thread-safe, no lock.
 */
#ifndef MAILREEVE_BREAKER_H
#define MAILREEVE_BREAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct breaker {
	atomic_int errors;        /* in a row */
	atomic_llong open_until;  /* monotonic ms; 0: closed */
	atomic_llong probe_until; /* a probe is under way, at most so long */
};
struct breaker_settings {
	int64_t errors;  /* that open it */
	int64_t open_ms; /* how long */
};

/* breaker_lets - whether to ask now; whoever is let says how it went. */
bool breaker_lets(struct breaker *breaker,
    const struct breaker_settings *settings, int64_t now_ms);
/* breaker_good - an answer came. True when that closed it. */
bool breaker_good(struct breaker *breaker);
/* breaker_bad - an error or a time-out. True when that opened it. */
bool breaker_bad(struct breaker *breaker,
    const struct breaker_settings *settings, int64_t now_ms);
/* breaker_is_open - for statistics. */
bool breaker_is_open(const struct breaker *breaker);

#endif
