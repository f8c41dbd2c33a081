/*
 * stats - counters, by reason and outcome. Thread-safe, no lock.
 */
#ifndef MAILREEVE_STATS_H
#define MAILREEVE_STATS_H

#include <stdbool.h>
#include <stdint.h>

enum counter {
	COUNT_SESSIONS,
	COUNT_MESSAGES,
	COUNT_RECIPIENTS,
	COUNT_ACCEPTED, /* messages that passed */
	COUNT_RELOADS,
	COUNT_RELOADS_FAILED,
	COUNT_LIMIT_NOTICES, /* a share of a limit was used */
	COUNT_SESSIONS_NOW,  /* a gauge */
	COUNT_MAX
};

/* what became of a reason */
enum outcome {
	OUTCOME_REJECT,
	OUTCOME_TEMPFAIL,
	OUTCOME_WOULD, /* mode = monitor */
	OUTCOME_TAG,
	OUTCOME_SCORE,
	OUTCOME_QUARANTINE,
	OUTCOME_DISCARD,
	OUTCOME_MAX
};

struct stats;

/* stats_new - reasons is the number of reasons in the program. */
struct stats *stats_new(unsigned reasons);
void stats_free(struct stats *stats);
void stats_add(struct stats *stats, enum counter counter, int64_t n);
int64_t stats_get(const struct stats *stats, enum counter counter);
void stats_add_reason(struct stats *stats, unsigned reason,
    enum outcome outcome);
int64_t stats_get_reason(const struct stats *stats, unsigned reason,
    enum outcome outcome);
/*
 * stats_due - true at most once per interval for a reason: for lines that are
 * not to flood the log. now_ms is monotonic.
 */
bool stats_due(struct stats *stats, unsigned reason, int64_t now_ms,
    int64_t interval_ms);
/* names for people and for the control socket */
const char *stats_counter_name(enum counter counter);
const char *stats_outcome_name(enum outcome outcome);

#endif
