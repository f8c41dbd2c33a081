/*
 * daemon_run - the life of the process: start, events, orderly stop.
 *
 * Start: pid file and sockets as whoever starts us, then no privileges, then
 * threads. The main thread waits for signals, libmilter runs in another.
 *
 * Stop: new clients are refused at once, sessions that have begun are served
 * to their end for up to stop_timeout, then the process ends; a second signal
 * ends it at once. What is cut off by that never got an answer, so the MTA
 * does its default action and no mail is lost. smfi_stop() is not called: it
 * takes the workers from all sessions, and exit closes the same sockets.
 */
#include "daemon/daemon_run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/daemon_background.h"
#include "daemon/daemon_listen.h"
#include "daemon/daemon_notify.h"
#include "daemon/daemon_pidfile.h"
#include "daemon/daemon_privileges.h"
#include "daemon/daemon_reload.h"
#include "daemon/daemon_signals.h"
#include "daemon/daemon_store.h"
#include "daemon/mta_milter.h"
#include "base/problem.h"
#include "session/config.h"
#include "session/decision.h"

#define STOP_LOOK_MS 50 /* how often a stop counts the sessions */

static atomic_bool server_ended;

/* serve - the thread that libmilter has for itself */
static void *
serve(void *argument)
{
	(void)argument;
	mta_milter_run();
	atomic_store(&server_ended, true);
	kill(getpid(), SIGTERM);
	return NULL;
}

/* more_descriptors - one for each connection, so all that we may have */
static void
more_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("cannot raise the number of descriptors: %s",
		    strerror(errno));
}

/* socket_of - where to listen: the command line wins */
static const char *
socket_of(const struct daemon *daemon, const struct config *config)
{
	return daemon->socket != NULL ? daemon->socket : config->milter.socket;
}

/* make_folders - /run/mailreeve does not outlive a boot */
static void
make_folders(const char *socket, const struct milter_settings *milter,
    const char *state, const struct daemon_identity *identity)
{
	const char *paths[] = { milter->pid_file, milter->control,
		daemon_listen_path(socket), state };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (paths[i] != NULL && paths[i][0] != '\0')
			daemon_privileges_folder(paths[i], identity);
}

/* state_path - in the folder of the store, if there has to be one */
static const char *
state_path(const struct config *config)
{
	return config_uses_store(config)
		   ? arena_printf(config->arena, "%s/state",
			 config->store.settings.path)
		   : NULL;
}

/* open_all - what is opened before privileges are given up */
static int
open_all(struct daemon *daemon, const struct config *config)
{
	const struct milter_settings *milter = &config->milter;
	const char *socket = socket_of(daemon, config);
	const struct mta_milter given = { .holder = daemon->holder,
		.env = &daemon->env,
		.decisions = daemon->decisions };
	struct daemon_identity identity;
	int error;

	error = daemon_privileges_find(milter->user, milter->group, &identity);
	if (error != EX_OK)
		return error;
	/* whoever runs us in the foreground minds folders and processes */
	if (!daemon->foreground) {
		make_folders(socket, milter, state_path(config), &identity);
		error = daemon_pidfile_write(milter->pid_file);
		if (error != EX_OK)
			return error;
	}
	error = daemon_listen_open(&given, socket, milter);
	if (error != EX_OK)
		return error;
	control_open(milter->control, &identity, milter->group[0] != '\0');
	return daemon_privileges_drop(&identity);
}

/* start_server - libmilter in a thread of its own */
static pthread_t
start_server(void)
{
	pthread_t server;
	int error = pthread_create(&server, NULL, serve, NULL);

	if (error != 0)
		log_fatal("cannot start a thread: %s", strerror(error));
	pthread_detach(server);
	return server;
}

/* reload - on a signal: what was wrong is in the log */
static void
reload(struct daemon *daemon)
{
	struct problems *problems = problems_new();

	daemon_reload(daemon, problems);
	problems_free(problems);
}

/* wait_for_stop - reloads until a signal ends it */
static void
wait_for_stop(struct daemon *daemon)
{
	for (;;) {
		enum daemon_event event = daemon_signals_wait(-1);

		if (event == DAEMON_STOP)
			return;
		if (event == DAEMON_RELOAD)
			reload(daemon);
	}
}

/*
 * wait_for_sessions - until all have ended, the time is up, or a second
 * signal. Twice none in a row, because a client that was accepted just before
 * the socket went away has no session yet.
 */
static void
wait_for_sessions(const struct daemon *daemon, int64_t timeout_s)
{
	int64_t end_ms = clock_mono_ms(daemon->env.clock) + timeout_s * 1000;
	unsigned none = 0;

	while (none < 2 && clock_mono_ms(daemon->env.clock) < end_ms) {
		if (daemon_signals_wait(STOP_LOOK_MS) == DAEMON_STOP)
			return;
		none = mta_milter_sessions() == 0 ? none + 1 : 0;
	}
}

/* stop - as above; the exit code */
static int
stop(struct daemon *daemon, pthread_t server)
{
	struct config *config = config_holder_take(daemon->holder);
	int64_t timeout_s = config->milter.stop_timeout_s;
	unsigned sessions = mta_milter_sessions();

	config_unref(config);
	if (atomic_load(&server_ended)) {
		log_error("libmilter gave up, see syslog");
		return EX_SOFTWARE;
	}
	daemon_notify_stopping("serving the sessions that have begun");
	log_notice("stopping: %u sessions, %" PRId64 " s for them to end",
	    sessions, timeout_s);
	daemon_listen_refuse(server);
	wait_for_sessions(daemon, timeout_s);
	mta_milter_close();
	sessions = mta_milter_sessions();
	if (sessions > 0)
		log_warning("%u sessions are cut off: the MTA does its default "
			    "action",
		    sessions);
	return EX_OK;
}

/* announce - that we serve, and since when */
static void
announce(struct daemon *daemon, const struct config *config)
{
	log_notice("mailreeve %s serves on %s with %s", MAILREEVE_VERSION,
	    socket_of(daemon, config), daemon->path);
	daemon_background_done();
	daemon_notify_ready("serving");
}

int
daemon_run(struct daemon *daemon, struct config *config)
{
	pthread_t server;
	int error;

	umask(027);
	more_descriptors();
	daemon->decisions = decision_log_new();
	daemon->holder = config_holder_new(config_ref(config));
	error = open_all(daemon, config);
	if (error == EX_OK)
		error = daemon_store_open(daemon, config);
	if (error == EX_OK) {
		daemon_reload_first(daemon, config);
		daemon->started_ms = clock_mono_ms(daemon->env.clock);
		control_serve(daemon);
		server = start_server();
		announce(daemon, config);
		config_unref(config);
		wait_for_stop(daemon);
		error = stop(daemon, server);
		control_close();
		daemon_store_sync(daemon);
		log_notice("stopped");
	}
	daemon_pidfile_remove();
	return error;
}
