/*
 * daemon_run - the life of the process: start, events, orderly stop.
 */
#ifndef MAILREEVE_DAEMON_RUN_H
#define MAILREEVE_DAEMON_RUN_H

struct config;
struct daemon;

/*
 * daemon_run - serve with config (taken over) until a signal ends it; signals
 * are blocked (daemon_signals). Returns an exit code of sysexits.h; all is
 * said in the log.
 */
int daemon_run(struct daemon *daemon, struct config *config);

#endif
