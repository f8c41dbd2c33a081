/*
 * stats - counters, by reason and outcome.
 *
 * Plain atomics without order: each figure is right, two of them need not be
 * of the same moment.
 *
 * Diagnostics: a number that is no counter or reason ends the process.
 */
#include <stdatomic.h>
#include <stddef.h>

#include "base/log.h"
#include "base/mem.h"
#include "service/stats.h"

struct stats {
	unsigned reasons;
	atomic_llong counter[COUNT_MAX];
	atomic_llong *said_ms;               /* by reason: stats_due() */
	atomic_llong outcome[][OUTCOME_MAX]; /* by reason */
};

static const char *const counter_names[COUNT_MAX] = {
	[COUNT_SESSIONS] = "sessions",
	[COUNT_MESSAGES] = "messages",
	[COUNT_RECIPIENTS] = "recipients",
	[COUNT_ACCEPTED] = "accepted",
	[COUNT_RELOADS] = "reloads",
	[COUNT_RELOADS_FAILED] = "reloads_failed",
	[COUNT_LIMIT_NOTICES] = "limit_notices",
	[COUNT_SESSIONS_NOW] = "sessions_now",
};

static const char *const outcome_names[OUTCOME_MAX] = {
	[OUTCOME_REJECT] = "reject",
	[OUTCOME_TEMPFAIL] = "tempfail",
	[OUTCOME_WOULD] = "would",
	[OUTCOME_TAG] = "tag",
	[OUTCOME_SCORE] = "score",
	[OUTCOME_QUARANTINE] = "quarantine",
	[OUTCOME_DISCARD] = "discard",
};

/* stats_new - all counters at zero */
struct stats *
stats_new(unsigned reasons)
{
	struct stats *stats = mem_alloc(
	    sizeof *stats + (size_t)reasons * sizeof stats->outcome[0]);

	stats->reasons = reasons;
	stats->said_ms = mem_array(reasons, sizeof *stats->said_ms);
	return stats;
}

/* stats_free - the end of the counters */
void
stats_free(struct stats *stats)
{
	if (stats == NULL)
		return;
	mem_free(stats->said_ms);
	mem_free(stats);
}

/* check - a number against the end of its table */
static void
check(const char *what, unsigned number, unsigned end)
{
	if (number >= end)
		log_fatal("stats: %s %u of %u", what, number, end);
}

/* stats_add - n more, or less, of a counter */
void
stats_add(struct stats *stats, enum counter counter, int64_t n)
{
	check("counter", counter, COUNT_MAX);
	atomic_fetch_add_explicit(&stats->counter[counter], n,
	    memory_order_relaxed);
}

/* stats_get - a counter's figure */
int64_t
stats_get(const struct stats *stats, enum counter counter)
{
	check("counter", counter, COUNT_MAX);
	return atomic_load_explicit(&stats->counter[counter],
	    memory_order_relaxed);
}

/* stats_add_reason - one more decision for a reason */
void
stats_add_reason(struct stats *stats, unsigned reason, enum outcome outcome)
{
	check("reason", reason, stats->reasons);
	check("outcome", outcome, OUTCOME_MAX);
	atomic_fetch_add_explicit(&stats->outcome[reason][outcome], 1,
	    memory_order_relaxed);
}

/* stats_get_reason - decisions for a reason */
int64_t
stats_get_reason(const struct stats *stats, unsigned reason,
    enum outcome outcome)
{
	check("reason", reason, stats->reasons);
	check("outcome", outcome, OUTCOME_MAX);
	return atomic_load_explicit(&stats->outcome[reason][outcome],
	    memory_order_relaxed);
}

/* stats_counter_name - a counter for people */
const char *
stats_counter_name(enum counter counter)
{
	check("counter", counter, COUNT_MAX);
	return counter_names[counter];
}

/* stats_outcome_name - an outcome for people */
const char *
stats_outcome_name(enum outcome outcome)
{
	check("outcome", outcome, OUTCOME_MAX);
	return outcome_names[outcome];
}

/* stats_due - not more than one line per interval for a reason */
bool
stats_due(struct stats *stats, unsigned reason, int64_t now_ms,
    int64_t interval_ms)
{
	atomic_llong *said_ms;
	long long last;

	check("reason", reason, stats->reasons);
	said_ms = &stats->said_ms[reason];
	last = atomic_load(said_ms);
	if (last != 0 && now_ms - last < interval_ms)
		return false;
	return atomic_compare_exchange_strong(said_ms, &last, now_ms);
}
