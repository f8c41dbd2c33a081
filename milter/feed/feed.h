/*
 * feed - logins that stand in logs, into the register of bad clients.
 */
#ifndef MAILREEVE_FEED_H
#define MAILREEVE_FEED_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct config;
struct env;
struct feed_source;

/* all of it is borrowed */
struct feed_task {
	const struct config *config;
	struct env *env;
	/* the log is read to its end, and nothing else has the store open */
	bool once;
	const volatile sig_atomic_t *stopped; /* set by a signal: to the end */
};

/* for people */
struct feed_totals {
	int64_t lines;
	int64_t failed, good; /* logins in them */
	int64_t banned;       /* clients */
	int64_t lost;         /* failed logins that were not recorded */
};

/*
 * feed_run - until the log ends or somebody stops it; what was read before is
 * recorded. False when not all of it could be.
 */
bool feed_run(const struct feed_task *task, struct feed_source *source,
    struct feed_totals *totals);

#endif
