/*
 * breaker - stop asking a server that is dead or slow.
 *
 * Three numbers, changed atomically. The probe is whoever moves probe_until
 * first; a probe that never reports (its session went away) is over when its
 * time is. Late news of questions from before the opening may close the
 * breaker early or count an error twice: both are harmless.
 *
 * Diagnostics: none; the caller logs when breaker_good() or breaker_bad()
 * say that something changed.
 */
#include "base/breaker.h"

/* breaker_lets - closed, or open long enough and we are the probe */
bool
breaker_lets(struct breaker *breaker, const struct breaker_settings *settings,
    int64_t now_ms)
{
	long long until = atomic_load(&breaker->open_until), probe;

	if (until == 0)
		return true;
	if (now_ms < until)
		return false;
	probe = atomic_load(&breaker->probe_until);
	return now_ms >= probe &&
	       atomic_compare_exchange_strong(&breaker->probe_until, &probe,
		   now_ms + settings->open_ms);
}

/* breaker_good - closed again */
bool
breaker_good(struct breaker *breaker)
{
	if (atomic_load(&breaker->errors) == 0)
		return false;
	atomic_store(&breaker->errors, 0);
	atomic_store(&breaker->probe_until, 0);
	return atomic_exchange(&breaker->open_until, 0) != 0;
}

/* breaker_bad - one more; enough of them open it */
bool
breaker_bad(struct breaker *breaker, const struct breaker_settings *settings,
    int64_t now_ms)
{
	if (atomic_fetch_add(&breaker->errors, 1) + 1 < settings->errors)
		return false;
	atomic_store(&breaker->probe_until, 0);
	return atomic_exchange(&breaker->open_until,
		   now_ms + (settings->open_ms > 0 ? settings->open_ms : 1)) ==
	       0;
}

/* breaker_is_open - for statistics */
bool
breaker_is_open(const struct breaker *breaker)
{
	return atomic_load(&breaker->open_until) != 0;
}
