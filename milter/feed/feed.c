/*
 * feed - logins that stand in logs, into the register of bad clients.
 *
 * Lines are read and counted by client; what was counted is recorded when the
 * log pauses, when there are many clients, and at the latest a second after
 * it was read. While the store is away it is kept, and tried again.
 *
 * Beside the embedded store it is the daemon that records. A feed that follows
 * a log never opens that store for itself: the daemon could not begin then.
 *
 * Diagnostics: one warning when the store does not answer, until it does.
 */
#include "feed/feed.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "feed/feed_source.h"
#include "feed/feed_tally.h"
#include "feed/login_line.h"
#include "policies/abuse.h"
#include "policy/env.h"
#include "session/config.h"
#include "state/abuse_scope.h"
#include "state/state_store.h"
#include "state/store_remote.h"

#define RECORD_AFTER_MS 1000
#define RETRY_AFTER_MS 2000
#define ANSWER_MS 5000
#define AT_ONCE 256 /* clients in one exchange */

struct feed {
	const struct feed_task *task;
	struct env *env;
	struct store *store; /* NULL: not open yet */
	struct feed_tally *tally;
	struct feed_totals totals;
	int64_t first_ms; /* when the oldest unrecorded line was read */
	int64_t retry_ms; /* not before */
	bool complained;
};

/* open_store - as the head of this file says; NULL: not now */
static struct store *
open_store(struct feed *feed)
{
	const struct config *config = feed->task->config;
	const struct store_settings *settings = &config->store.settings;
	struct store *store;
	char *why = NULL;

	if (feed->task->once || settings->backend != STORE_EMBEDDED)
		return state_store_open(config, feed->env, true);
	store = store_remote_new(settings, config->milter.control,
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
		feed->totals.lost += count->failed;
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
		feed->totals.banned += records[n].outcome == ABUSE_BANNED;
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

	feed->totals.lines++;
	if (!login_line_read(line, length, &login))
		return;
	settings = abuse_scope(feed->task->config, &login.client);
	if (settings == NULL)
		return;
	now = clock_mono_ms(feed->env->clock);
	if (!feed_tally_add(feed->tally, &login, settings, now)) {
		if (now >= feed->retry_ms)
			record(feed);
		if (!feed_tally_add(feed->tally, &login, settings, now))
			feed->totals.lost += login.good ? 0 : login.count;
	}
	if (login.good)
		feed->totals.good++;
	else
		feed->totals.failed += login.count;
	if (feed->first_ms == 0)
		feed->first_ms = now;
	if (!feed->task->once)
		record_if_due(feed, false);
}

bool
feed_run(const struct feed_task *task, struct feed_source *source,
    struct feed_totals *totals)
{
	struct feed feed = {
		.task = task,
		.env = task->env,
		.tally = feed_tally_new(),
	};
	enum feed_got got = FEED_NOTHING;
	const char *line;
	size_t length;
	bool recorded;

	while (got != FEED_END && !*task->stopped) {
		got = feed_source_line(source, &line, &length);
		if (got == FEED_LINE)
			take(&feed, line, length);
		else if (got == FEED_NOTHING)
			record_if_due(&feed, true);
	}
	recorded = record(&feed);
	*totals = feed.totals;
	feed_tally_free(feed.tally);
	store_free(feed.store);
	return recorded;
}
