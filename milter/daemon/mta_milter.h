/*
 * mta_milter - sessions under libmilter; all that we know of it.
 *
 * Each SMTP session takes the configuration in force when the MTA negotiates,
 * asks the MTA for the steps that this configuration needs, and keeps it to
 * its end.
 */
#ifndef MAILREEVE_MTA_MILTER_H
#define MAILREEVE_MTA_MILTER_H

#include <stdbool.h>

struct config_holder;
struct decision_log;
struct env;

/* what new sessions get; borrowed as long as there are any */
struct mta_milter {
	struct config_holder *holder;
	const struct env *env;
	struct decision_log *decisions;
};

/*
 * mta_milter_open - register with libmilter and listen on socket, written as
 * libmilter wants it. False when libmilter cannot; the reason is in syslog.
 */
bool mta_milter_open(const struct mta_milter *milter, const char *socket,
    int backlog);
/* mta_milter_run - serve; comes back only when libmilter gave up. */
void mta_milter_run(void);
/* mta_milter_sessions - sessions that have begun and not ended. */
unsigned mta_milter_sessions(void);
/*
 * mta_milter_close - no session begins from now on: what mta_milter_open() was
 * given is not touched any more once mta_milter_sessions() is 0.
 */
void mta_milter_close(void);

#endif
