/*
 * daemon_signals - signals as events for one waiting thread.
 *
 * The signals are blocked in every thread and fetched by the main one, so no
 * code of ours ever runs in a signal's context.
 *
 * libmilter wants SIGHUP, SIGTERM and SIGINT for itself: smfi_main() starts a
 * thread that sits in sigwait(3) and stops the filter in the middle of its
 * sessions, for SIGHUP too (8.17, mi_signal_thread). While two threads wait,
 * the kernel may wake either. So the sigwait() that libmilter finds is ours:
 * a program's symbols come before those of libc. It never returns, and the
 * only thread that takes these signals is the one in daemon_signals_wait().
 */
#include "daemon/daemon_signals.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static const struct {
	int signal;
	enum daemon_event event;
} events[] = {
	{ SIGUSR1, DAEMON_RELOAD },
	{ SIGHUP, DAEMON_RELOAD },
	{ SIGTERM, DAEMON_STOP },
	{ SIGINT, DAEMON_STOP },
};

#define EVENTS (sizeof(events) / sizeof(*events))

/* signal_set - all of the above */
static sigset_t
signal_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < EVENTS; i++)
		sigaddset(&set, events[i].signal);
	return set;
}

/* sigwait - libmilter's thread sleeps here for good */
int
sigwait(const sigset_t *set, int *signal)
{
	(void)set;
	(void)signal;
	for (;;)
		pause();
}

void
daemon_signals_block(void)
{
	sigset_t set = signal_set();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* daemon_listen's own, between two threads */
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* a file may not grow further: its writer is told as well */
	signal(SIGXFSZ, SIG_IGN);
}

enum daemon_event
daemon_signals_wait(int timeout_ms)
{
	struct timespec timeout = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L };
	sigset_t set = signal_set();
	int signal = timeout_ms < 0 ? sigwaitinfo(&set, NULL)
				    : sigtimedwait(&set, NULL, &timeout);

	for (size_t i = 0; i < EVENTS; i++)
		if (events[i].signal == signal)
			return events[i].event;
	return DAEMON_NOTHING;
}
