/*
 * main - the daemon's jobs: serve, check the configuration, print it.
 *
 * Makes the services that policies use (env.h). Exit codes are those of
 * sysexits.h, see mailreeve(8).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/daemon.h"
#include "daemon/daemon_arguments.h"
#include "daemon/daemon_background.h"
#include "daemon/daemon_reload.h"
#include "daemon/daemon_run.h"
#include "service/problem.h"
#include "service/stats.h"
#include "service/table.h"
#include "session/config.h"

/* everything lives as long as the process */
static struct daemon the_daemon = {
	.reload_lock = PTHREAD_MUTEX_INITIALIZER,
};

/* load - the configuration, or the end of the program */
static struct config *
load(const struct daemon *daemon)
{
	struct problems *problems = problems_new();
	struct config *config =
	    config_load(daemon->path, &daemon->env, problems);

	daemon_reload_complain(problems);
	problems_free(problems);
	if (config == NULL)
		exit(EX_CONFIG);
	return config;
}

/* print - the configuration to stdout */
static void
print(const struct config *config, bool defaults)
{
	struct str text = STR_INIT;

	config_print(config, defaults, &text);
	fputs(str_text(&text), stdout);
	str_fini(&text);
}

/* absolute - the path from anywhere: a daemon leaves its folder */
static const char *
absolute(const char *path)
{
	char *real = realpath(path, NULL);

	return real != NULL ? real : path;
}

int
main(int argc, char **argv)
{
	const struct daemon_arguments args =
	    daemon_arguments(argc, argv, CONFIG_DEFAULT_PATH);
	struct daemon *daemon = &the_daemon;
	struct config *config;

	daemon->path = absolute(args.path);
	daemon->socket = args.socket;
	daemon->foreground = args.foreground;
	if (args.job == JOB_SERVE && !args.foreground)
		daemon_background_begin();
	daemon->env.clock = clock_system();
	daemon->env.stats = stats_new(config_reason_count());
	daemon->env.tables = tables_new(daemon->env.clock);
	config = load(daemon);
	switch (args.job) {
	case JOB_CHECK:
		break;
	case JOB_PRINT:
		print(config, args.defaults);
		break;
	default:
		return daemon_run(daemon, config);
	}
	config_unref(config);
	return EX_OK;
}
