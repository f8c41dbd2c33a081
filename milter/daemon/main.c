/*
 * main - the daemon's jobs: serve, check the configuration, print it.
 *
 * Makes the services that policies use (env.h). Exit codes are those of
 * sysexits.h, see mailreeve(8).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/output.h"
#include "base/str.h"
#include "daemon/daemon.h"
#include "daemon/daemon_arguments.h"
#include "daemon/daemon_background.h"
#include "daemon/daemon_privileges.h"
#include "daemon/daemon_run.h"
#include "daemon/daemon_signals.h"
#include "dns/dns.h"
#include "dns/dnslist.h"
#include "base/problem.h"
#include "service/stats.h"
#include "table/table.h"
#include "session/config.h"

/* lives as long as the process, with all that hangs from it */
static struct daemon the_daemon = {
	.reload_lock = PTHREAD_MUTEX_INITIALIZER,
};

/* load - the configuration, NULL after an error; complaints go to stderr */
static struct config *
load(const struct daemon *daemon)
{
	struct problems *problems = problems_new();
	struct config *config =
	    config_load(daemon->path, &daemon->env, problems);

	for (size_t i = 0; i < problems_count(problems); i++) {
		bool is_error;

		fprintf(stderr, "%s\n", problems_line(problems, i, &is_error));
	}
	problems_free(problems);
	if (config == NULL && access(daemon->path, R_OK) != 0)
		fprintf(stderr, "mailreeve: -c names another ini\n");
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
static char *
absolute(const char *path)
{
	char *real = realpath(path, NULL);

	return real != NULL ? real : mem_strdup(path);
}

/* work - the job, with a configuration that is good (taken over) */
static int
work(struct daemon *daemon, const struct daemon_arguments *args,
    struct config *config)
{
	struct daemon_identity identity;
	int status = EX_OK;

	if (args->job == JOB_SERVE)
		return daemon_run(daemon, config);
	if (args->job == JOB_CHECK)
		status = daemon_privileges_find(config->milter.user,
		    config->milter.group, &identity);
	if (args->job == JOB_PRINT) {
		print(config, args->defaults);
		status = output_end(EX_OK);
	}
	config_unref(config);
	dnslists_free(daemon->env.lists);
	dns_free(daemon->env.dns);
	tables_free(daemon->env.tables);
	stats_free(daemon->env.stats);
	return status;
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
	daemon->to_syslog = args.syslog || !args.foreground;
	daemon_background_descriptors();
	if (args.job == JOB_SERVE && !args.foreground)
		daemon_background_begin();
	/* services make threads, which inherit this */
	if (args.job == JOB_SERVE)
		daemon_signals_block();
	daemon->env.clock = clock_system();
	daemon->env.stats = stats_new(config_reason_count());
	daemon->env.tables = tables_new(daemon->env.clock);
	daemon->env.dns = dns_new(daemon->env.clock);
	daemon->env.lists = dnslists_new(daemon->env.clock, daemon->env.dns);
	config = load(daemon);
	return config != NULL ? work(daemon, &args, config) : EX_CONFIG;
}
