/*
 * daemon_signals - signals as events for one waiting thread.
 *
 * SIGUSR1 and SIGHUP reload, SIGTERM and SIGINT stop.
 */
#ifndef MAILREEVE_DAEMON_SIGNALS_H
#define MAILREEVE_DAEMON_SIGNALS_H

enum daemon_event {
	DAEMON_NOTHING, /* the time was up */
	DAEMON_RELOAD,
	DAEMON_STOP,
};

/* daemon_signals_block - before the first thread is made. */
void daemon_signals_block(void);
/* daemon_signals_wait - the next event; timeout_ms < 0 waits for ever. */
enum daemon_event daemon_signals_wait(int timeout_ms);

#endif
