/*
 * daemon_reload - put a configuration in force.
 *
 * A new snapshot is read and checked as a whole while the old one serves;
 * sessions that have begun keep theirs. What was opened before the privileges
 * were given up cannot change: a reload says so and goes on without it.
 */
#include "daemon/daemon_reload.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"
#include "daemon/daemon_notify.h"
#include "daemon/daemon_store.h"
#include "policy/env.h"
#include "dns/dns.h"
#include "dns/dnslist.h"
#include "base/problem.h"
#include "service/stats.h"
#include "table/table.h"
#include "session/config.h"
#include "session/decision.h"

/* [milter] options that are looked at once, when the daemon starts */
static const struct {
	const char *name;
	size_t offset; /* of a text in struct milter_settings */
} fixed_options[] = {
	{ "socket", offsetof(struct milter_settings, socket) },
	{ "socket_group", offsetof(struct milter_settings, socket_group) },
	{ "socket_mode", offsetof(struct milter_settings, socket_mode) },
	{ "user", offsetof(struct milter_settings, user) },
	{ "group", offsetof(struct milter_settings, group) },
	{ "pid_file", offsetof(struct milter_settings, pid_file) },
	{ "control", offsetof(struct milter_settings, control) },
};

#define FIXED (sizeof(fixed_options) / sizeof(*fixed_options))

/* as they were at the start */
struct daemon_fixed {
	char *value[FIXED];
	char *facility;
	int64_t table_check_s;
};

/* fixed_value - the text of such an option in a configuration */
static const char *
fixed_value(const struct config *config, size_t option)
{
	const char *at =
	    (const char *)&config->milter + fixed_options[option].offset;

	return *(const char *const *)(const void *)at;
}

/* use_log - level, facility, decision file */
static void
use_log(struct daemon *daemon, const struct config *config)
{
	struct daemon_fixed *fixed = daemon->fixed;

	log_set_level((enum log_level)config->log.level);
	decision_log_use(daemon->decisions, config->log.decisions);
	if (fixed->facility != NULL &&
	    strcmp(fixed->facility, config->log.facility) == 0)
		return;
	mem_free(fixed->facility);
	fixed->facility = mem_strdup(config->log.facility);
	if (daemon->to_syslog)
		log_open(LOG_TO_SYSLOG, "mailreeve", config->log.facility);
}

/* use_tables - how often files are looked at */
static void
use_tables(struct daemon *daemon, const struct config *config)
{
	struct daemon_fixed *fixed = daemon->fixed;

	if (fixed->table_check_s == config->milter.table_check_s)
		return;
	fixed->table_check_s = config->milter.table_check_s;
	tables_watch(daemon->env.tables, (unsigned)fixed->table_check_s);
}

/*
 * use_dns - the servers were checked with the rest of the configuration. New
 * DNS lists show that they work before a session depends on them.
 */
static void
use_dns(struct daemon *daemon, const struct config *config)
{
	const char *why;

	if (!dns_configure(daemon->env.dns, &config->dns, &why))
		log_error("dns: %s", why);
	dnslists_settle(daemon->env.lists, DNSLIST_SETTLE_MS);
}

void
daemon_reload_first(struct daemon *daemon, const struct config *config)
{
	struct daemon_fixed *fixed = mem_alloc(sizeof(*fixed));

	for (size_t i = 0; i < FIXED; i++)
		fixed->value[i] = mem_strdup(fixed_value(config, i));
	daemon->fixed = fixed;
	use_log(daemon, config);
	use_tables(daemon, config);
	use_dns(daemon, config);
	dnslists_watch(daemon->env.lists);
}

/* complain - problems to the log, each as a line */
static void
complain(const struct problems *problems)
{
	bool is_error;

	for (size_t i = 0; i < problems_count(problems); i++) {
		const char *line = problems_line(problems, i, &is_error);

		log_line(is_error ? LEVEL_ERROR : LEVEL_WARNING, TINT_NONE,
		    line);
	}
}

/* warn_fixed - of options that would need a restart */
static void
warn_fixed(const struct daemon *daemon, const struct config *config,
    struct problems *problems)
{
	const struct origin at = { .file = daemon->path };

	for (size_t i = 0; i < FIXED; i++)
		if (strcmp(daemon->fixed->value[i], fixed_value(config, i)) !=
		    0)
			problems_warning(problems, at,
			    "[milter] %s changes with a restart only",
			    fixed_options[i].name);
}

/* try_reload - the work, under the lock */
static bool
try_reload(struct daemon *daemon, struct problems *problems)
{
	struct config *config =
	    config_load(daemon->path, &daemon->env, problems);

	if (config != NULL && !daemon_store_use(daemon, config, problems)) {
		config_unref(config);
		config = NULL;
	}
	if (config == NULL) {
		complain(problems);
		log_error("reload failed: %zu errors in %s; the old "
			  "configuration stays in force",
		    problems_errors(problems), daemon->path);
		return false;
	}
	warn_fixed(daemon, config, problems);
	complain(problems);
	use_log(daemon, config);
	use_tables(daemon, config);
	use_dns(daemon, config);
	config_holder_swap(daemon->holder, config);
	log_notice("reloaded %s", daemon->path);
	return true;
}

bool
daemon_reload(struct daemon *daemon, struct problems *problems)
{
	char status[64];
	bool done;

	pthread_mutex_lock(&daemon->reload_lock);
	daemon_notify_reloading();
	done = try_reload(daemon, problems);
	stats_add(daemon->env.stats,
	    done ? COUNT_RELOADS : COUNT_RELOADS_FAILED, 1);
	snprintf(status, sizeof(status), "serving; last reload %s",
	    done ? "done" : "failed: see the log");
	daemon_notify_ready(status);
	pthread_mutex_unlock(&daemon->reload_lock);
	return done;
}
