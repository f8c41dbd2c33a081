/*
 * ctl_feed - the command feed: logins that stand in logs, for the register.
 *
 * Lines are read and counted by client; what was counted is recorded when the
 * log pauses, when there are many clients, and at the latest a second after
 * it was read. While the store is away it is kept, and tried again.
 *
 * Beside the embedded store it is the daemon that records. A feed that follows
 * a log never opens that store for itself: the daemon could not begin then.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "policies/abuse.h"
#include "service/json.h"
#include "session/config.h"
#include "tool/abuse_scope.h"
#include "tool/ctl.h"
#include "tool/feed_source.h"
#include "tool/feed_tally.h"
#include "tool/login_line.h"
#include "tool/store_remote.h"

#define RECORD_AFTER_MS 1000
#define RETRY_AFTER_MS 2000
#define ANSWER_MS 5000
#define AT_ONCE 256 /* clients in one exchange */

struct feed {
	const struct config *config;
	struct env *env;
	struct store *store;
	struct feed_tally *tally;
	bool once, json;
	int64_t first_ms; /* when the oldest unrecorded line was read */
	int64_t retry_ms; /* not before */
	bool complained;
	/* for people */
	int64_t lines, failed, good, banned, lost;
};

static volatile sig_atomic_t stopped;

/* stop - what was read is still recorded */
static void
stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/* open_store - as the head of this file says; NULL: not now */
static struct store *
open_store(struct feed *feed)
{
	const struct store_settings *settings = &feed->config->store.settings;
	struct store *store;
	char *why = NULL;

	if (feed->once || settings->backend != STORE_EMBEDDED)
		return ctl_store_open(feed->config, feed->env, true);
	store = store_remote_new(settings, feed->config->milter.control,
	    feed->env->clock, &why);
	if (store == NULL && !feed->complained)
		log_warning("store: %s", why);
	mem_free(why);
	return store;
}

/* keep - what was not recorded, for the next time */
static void
keep(struct feed *feed, const struct feed_count *count)
{
	if (!feed_tally_put_back(feed->tally, count))
		feed->lost += count->failed;
}

/* record_some - up to AT_ONCE clients; false when the store is away */
static bool
record_some(struct feed *feed, const struct feed_count *counts, size_t count)
{
	struct arena *arena = arena_new(65536);
	struct abuse_deeds deeds[AT_ONCE];
	struct abuse_record records[AT_ONCE];
	bool recorded = true;

	for (size_t i = 0; i < count; i++) {
		deeds[i] = (struct abuse_deeds){
			.client = counts[i].client,
			.settings = counts[i].settings,
			.good_login = counts[i].good,
		};
		deeds[i].count[CAUSE_AUTH] = counts[i].failed;
	}
	abuse_record(store_batch_new(feed->store, arena), false,
	    clock_wall_s(feed->env->clock),
	    clock_mono_ms(feed->env->clock) + ANSWER_MS, deeds, count, records,
	    arena);
	for (size_t n = 0; n < count; n++) {
		feed->banned += records[n].outcome == ABUSE_BANNED;
		if (records[n].result != STORE_OK) {
			keep(feed, &counts[n]);
			recorded = false;
		}
	}
	arena_free(arena);
	return recorded;
}

/* complain - once, until it works again */
static void
complain(struct feed *feed)
{
	feed->retry_ms = clock_mono_ms(feed->env->clock) + RETRY_AFTER_MS;
	if (!feed->complained)
		log_warning("feed: the store does not answer; what is read is "
			    "kept for up to %d clients",
		    FEED_TALLY_MOST);
	feed->complained = true;
}

/* record - all that was counted; false when it was not */
static bool
record(struct feed *feed)
{
	struct feed_count *counts = mem_array(FEED_TALLY_MOST, sizeof(*counts));
	size_t count = feed_tally_take(feed->tally, counts), done, some;
	bool recorded = true;

	if (count > 0 && feed->store == NULL)
		feed->store = open_store(feed);
	for (done = 0; done < count; done += some) {
		some = count - done < AT_ONCE ? count - done : AT_ONCE;
		if (feed->store != NULL && recorded)
			recorded = record_some(feed, counts + done, some);
		else
			for (size_t i = done; i < done + some; i++)
				keep(feed, &counts[i]);
		recorded = recorded && feed->store != NULL;
	}
	mem_free(counts);
	if (!recorded)
		complain(feed);
	else if (count > 0)
		feed->complained = false;
	feed->first_ms = 0;
	return recorded;
}

/* record_if_due - not while the store is away */
static void
record_if_due(struct feed *feed, bool pause)
{
	int64_t now = clock_mono_ms(feed->env->clock);

	if (feed->first_ms != 0 && now >= feed->retry_ms &&
	    (pause || now - feed->first_ms >= RECORD_AFTER_MS) && !record(feed))
		feed->first_ms = now;
}

/* take - one line of the log */
static void
take(struct feed *feed, const char *line, size_t length)
{
	const struct abuse_settings *settings;
	struct login_line login;
	int64_t now;

	feed->lines++;
	if (!login_line_read(line, length, &login))
		return;
	settings = abuse_scope(feed->config, &login.client);
	if (settings == NULL)
		return;
	now = clock_mono_ms(feed->env->clock);
	if (!feed_tally_add(feed->tally, &login, settings, now)) {
		if (now >= feed->retry_ms)
			record(feed);
		if (!feed_tally_add(feed->tally, &login, settings, now))
			feed->lost += login.good ? 0 : login.count;
	}
	if (login.good)
		feed->good++;
	else
		feed->failed += login.count;
	if (feed->first_ms == 0)
		feed->first_ms = now;
	if (!feed->once)
		record_if_due(feed, false);
}

/* run - until the log ends or somebody stops us; false: not all recorded */
static bool
run(struct feed *feed, struct feed_source *source)
{
	enum feed_got got = FEED_NOTHING;
	const char *line;
	size_t length;

	while (got != FEED_END && !stopped) {
		got = feed_source_line(source, &line, &length);
		if (got == FEED_LINE)
			take(feed, line, length);
		else if (got == FEED_NOTHING)
			record_if_due(feed, true);
	}
	return record(feed);
}

/* print - what it came to */
static void
print(const struct feed *feed)
{
	struct json *json;
	char *text;

	if (!feed->json) {
		printf("%lld lines: %lld failed logins, %lld good; %lld "
		       "clients banned\n",
		    (long long)feed->lines, (long long)feed->failed,
		    (long long)feed->good, (long long)feed->banned);
		return;
	}
	json = json_new_object();
	json_add_int(json, "lines", feed->lines);
	json_add_int(json, "failed", feed->failed);
	json_add_int(json, "good", feed->good);
	json_add_int(json, "banned", feed->banned);
	json_add_int(json, "lost", feed->lost);
	text = json_print(json);
	printf("%s\n", text);
	mem_free(text);
	json_free(json);
}

/* feed_file - with the configuration read */
static int
feed_file(struct feed *feed, const char *path)
{
	struct sigaction action = { .sa_handler = stop };
	struct feed_source *source;
	bool recorded;

	if (!abuse_scope_is_on(feed->config)) {
		fprintf(stderr, "mailreevectl feed: the policy abuse is off\n");
		return EX_CONFIG;
	}
	source = feed_source_open(path, feed->once);
	if (source == NULL) {
		fprintf(stderr, "mailreevectl feed: %s: %s\n", path,
		    strerror(errno));
		return EX_NOINPUT;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	feed->tally = feed_tally_new();
	recorded = run(feed, source);
	if (feed->once || strcmp(path, "-") == 0)
		print(feed);
	feed_tally_free(feed->tally);
	feed_source_close(source);
	store_free(feed->store);
	return recorded ? EX_OK : EX_UNAVAILABLE;
}

int
ctl_feed(const struct ctl_common *common, int argc, char **argv)
{
	struct feed feed = { .json = common->json };
	struct config *config;
	const char *path = NULL;
	struct env env;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--once") == 0)
			feed.once = true;
		else if (strcmp(argv[i], "--json") == 0)
			feed.json = true;
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
	feed.config = config;
	feed.env = &env;
	status = feed_file(&feed, path);
	ctl_unload(config, &env);
	return status;
}
