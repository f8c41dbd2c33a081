/*
 * ctl_feed - the command feed: which log, and what it came to.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "feed/feed.h"
#include "feed/feed_source.h"
#include "service/json.h"
#include "state/abuse_scope.h"
#include "tool/ctl.h"

static volatile sig_atomic_t stopped;

/* stop - what was read is still recorded */
static void
stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/* print - what it came to */
static void
print(const struct feed_totals *totals, bool as_json)
{
	struct json *json;

	if (!as_json) {
		printf("%lld lines: %lld failed logins, %lld good; %lld "
		       "clients banned\n",
		    (long long)totals->lines, (long long)totals->failed,
		    (long long)totals->good, (long long)totals->banned);
		return;
	}
	json = json_new_object();
	json_add_int(json, "lines", totals->lines);
	json_add_int(json, "failed", totals->failed);
	json_add_int(json, "good", totals->good);
	json_add_int(json, "banned", totals->banned);
	json_add_int(json, "lost", totals->lost);
	ctl_print(json);
}

/* feed_file - with the configuration read */
static int
feed_file(const struct feed_task *task, const char *path, bool as_json)
{
	struct sigaction action = { .sa_handler = stop };
	struct feed_source *source;
	struct feed_totals totals;
	bool recorded;

	if (!abuse_scope_is_on(task->config)) {
		fprintf(stderr, "mailreevectl feed: the policy abuse is off\n");
		return EX_CONFIG;
	}
	source = feed_source_open(path, task->once);
	if (source == NULL) {
		fprintf(stderr, "mailreevectl feed: %s: %s\n", path,
		    strerror(errno));
		return EX_NOINPUT;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	recorded = feed_run(task, source, &totals);
	if (task->once || strcmp(path, "-") == 0)
		print(&totals, as_json);
	feed_source_close(source);
	return recorded ? EX_OK : EX_UNAVAILABLE;
}

int
ctl_feed(const struct ctl_common *common, int argc, char **argv)
{
	struct feed_task task = { .stopped = &stopped };
	bool as_json = common->json;
	struct config *config;
	const char *path = NULL;
	struct env env;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--once") == 0)
			task.once = true;
		else if (strcmp(argv[i], "--json") == 0)
			as_json = true;
		else if (strcmp(argv[i], "--syslog") == 0)
			log_open(LOG_TO_SYSLOG, "mailreevectl", "mail");
		else if (argv[i][0] == '-' && argv[i][1] != '\0')
			return ctl_usage(argv[0], "no such option", argv[i]);
		else if (path != NULL)
			return ctl_usage(argv[0], "one log at a time", argv[i]);
		else
			path = argv[i];
	}
	if (path == NULL)
		return ctl_usage(argv[0], "which log? (-: standard input)", "");
	log_set_level(LEVEL_NOTICE);
	config = ctl_load(common, &env);
	if (config == NULL)
		return EX_CONFIG;
	task.config = config;
	task.env = &env;
	status = feed_file(&task, path, as_json);
	ctl_unload(config, &env);
	return status;
}
