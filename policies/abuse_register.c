/*
 * abuse_register - counts, thresholds and bans: all that is recorded.
 *
 * The first exchange adds to the windows and asks what the decision needs: is
 * there a ban already, was there a good login, how many bans were there
 * before. Who has passed a limit, is not banned and not protected is banned in
 * the second; of two daemons that come to it at once one does (ENTRY_PUT_NEW),
 * and both count the same number of bans. A ban ends by its time to live; the
 * windows go on meanwhile, so that one who comes back as before is banned
 * again at once where the window is longer than the ban.
 *
 * Diagnostics: a ban is logged as a notice, for fail2ban and people. What the
 * store could not do is in the record's result; nothing is tried again.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "policies/abuse.h"

/* one client's way through the exchanges */
struct way {
	const struct abuse_deeds *deeds;
	struct abuse_record *record;
	const char *subject, *network;
	struct store_op *window[CAUSE_MAX], *accepted;
	struct store_op *ban, *login, *times;
	struct store_op *put, *host, *hosts; /* of later exchanges */
};
/* what all of them need */
struct work {
	struct store_batch *batch;
	struct arena *arena;
	int64_t now_s, deadline_ms;
	bool local;
};

/* wait_entry - false when the store did not answer */
static bool
wait_entry(const struct work *work, struct way *way, struct store_op *op,
    struct store_entry_answer *answer)
{
	enum store_result result =
	    store_wait_entry(op, work->deadline_ms, answer, NULL);

	if (result != STORE_OK)
		way->record->result = result;
	return result == STORE_OK;
}

/* wait_count - what a window holds; 0 when the store did not answer */
static int64_t
wait_count(const struct work *work, struct way *way, struct store_op *op)
{
	struct store_window_answer answer;
	enum store_result result =
	    store_wait_window(op, work->deadline_ms, &answer, NULL);

	if (result == STORE_OK)
		return answer.count[0];
	way->record->result = result;
	return 0;
}

/* has_window - of a cause, something to count; a spamtrap needs none */
static bool
has_window(const struct abuse_deeds *deeds, int cause)
{
	return cause != CAUSE_SPAMTRAP && deeds->count[cause] > 0 &&
	       abuse_counts(deeds->settings, (enum abuse_cause)cause);
}

/* is_bad - whether there is anything that may lead to a ban */
static bool
is_bad(const struct abuse_deeds *deeds)
{
	for (int cause = 0; cause < CAUSE_MAX; cause++)
		if (deeds->count[cause] > 0)
			return true;
	return false;
}

/* first_exchange - what is added and asked of one client */
static void
first_exchange(const struct work *work, struct way *way)
{
	const struct abuse_deeds *deeds = way->deeds;
	char text[ABUSE_SUBJECT_SIZE];

	way->subject =
	    arena_strdup(work->arena, abuse_subject(&deeds->client, text));
	if (deeds->good_login && deeds->settings->good_login_s > 0)
		abuse_add_login(work->batch, work->local, deeds, way->subject);
	for (int cause = 0; cause < CAUSE_MAX; cause++)
		if (has_window(deeds, cause))
			way->window[cause] = abuse_add_window(work->batch,
			    work->local, way->subject,
			    names_name(abuse_cause_names, cause, ""),
			    deeds->count[cause],
			    deeds->settings->limit[cause].window_s);
	if (deeds->settings->share > 0 &&
	    (deeds->accepted > 0 || deeds->count[CAUSE_RECIPIENTS] > 0))
		way->accepted = abuse_add_accepted(work->batch, work->local,
		    deeds, way->subject);
	way->ban = abuse_ask_ban(work->batch, work->local, way->subject);
	if (!is_bad(deeds))
		return;
	way->login = abuse_ask_login(work->batch, work->local, way->subject);
	way->times = abuse_add_entry(work->batch, work->local, way->subject,
	    "times", ENTRY_GET, NULL, 0);
}

/*
 * is_harvest - whether refused recipients are a large enough share: a large
 * provider sends to many, of whom some have left
 */
static bool
is_harvest(const struct work *work, struct way *way, int64_t refused)
{
	int64_t accepted;

	if (way->accepted == NULL)
		return true;
	accepted = wait_count(work, way, way->accepted);
	/* both are counts of recipients: nowhere near an overflow */
	return refused * 100 >
	       way->deeds->settings->share * (refused + accepted);
}

/* is_over - a limit was passed; *count is what was counted */
static bool
is_over(const struct work *work, struct way *way, int cause, int64_t *count)
{
	const struct abuse_deeds *deeds = way->deeds;

	if (cause == CAUSE_SPAMTRAP) {
		*count = deeds->count[cause];
		return *count > 0;
	}
	if (way->window[cause] == NULL)
		return false;
	*count = wait_count(work, way, way->window[cause]);
	if (*count <= deeds->settings->limit[cause].max)
		return false;
	return cause != CAUSE_RECIPIENTS || is_harvest(work, way, *count);
}

/* worst - the cause with the longest ban, of those that are over */
static bool
worst(const struct work *work, struct way *way, struct abuse_ban *ban)
{
	const struct abuse_settings *settings = way->deeds->settings;
	bool found = false;
	int64_t count;

	for (int cause = 0; cause < CAUSE_MAX; cause++) {
		if (!is_over(work, way, cause, &count) ||
		    (found && settings->limit[cause].ban_s <=
				  settings->limit[ban->cause].ban_s))
			continue;
		found = true;
		*ban = (struct abuse_ban){
			.cause = (enum abuse_cause)cause,
			.count = count,
			.note = "",
		};
	}
	return found;
}

/* is_protected - by a good login, now or lately */
static bool
is_protected(const struct work *work, struct way *way)
{
	struct store_entry_answer answer;

	if (way->deeds->settings->good_login_s == 0)
		return false;
	return way->deeds->good_login ||
	       (wait_entry(work, way, way->login, &answer) && answer.found);
}

/* times_before - how many bans there were */
static int64_t
times_before(const struct work *work, struct way *way)
{
	struct store_entry_answer answer;
	unsigned long long times;

	if (!wait_entry(work, way, way->times, &answer) || !answer.found ||
	    !str_parse_uint(answer.value, &times) || times > 64)
		return 0;
	return (int64_t)times;
}

/* begin_ban - of a client: the second exchange */
static void
begin_ban(const struct work *work, struct way *way, struct abuse_ban *ban)
{
	const struct abuse_settings *settings = way->deeds->settings;
	char text[ABUSE_SUBJECT_SIZE];

	ban->since_s = work->now_s;
	ban->times = times_before(work, way) + 1;
	ban->for_s = abuse_ban_length(settings, ban->cause, ban->times);
	way->put =
	    abuse_add_entry(work->batch, work->local, way->subject, "ban",
		ENTRY_PUT_NEW, abuse_ban_write(ban, work->arena), ban->for_s);
	if (settings->remember_s > 0)
		abuse_add_entry(work->batch, work->local, way->subject, "times",
		    ENTRY_PUT,
		    arena_printf(work->arena, "%lld", (long long)ban->times),
		    ban->for_s + settings->remember_s);
	if (settings->subnet_hosts == 0)
		return;
	way->network =
	    arena_strdup(work->arena, abuse_network(&way->deeds->client, text));
	way->host = abuse_add_entry(work->batch, work->local, way->network,
	    arena_printf(work->arena, "host:%s", way->subject), ENTRY_PUT_NEW,
	    "", settings->subnet_window_s);
}

/*
 * judge_ban - of one who is banned already: a good login ends what was not
 * done by hand
 */
static void
judge_ban(const struct work *work, struct way *way)
{
	struct abuse_record *record = way->record;

	record->outcome = ABUSE_IS_BANNED;
	if (!way->deeds->good_login || record->ban.cause == CAUSE_MANUAL ||
	    way->deeds->settings->good_login_s == 0)
		return;
	abuse_add_entry(work->batch, work->local, way->subject, "ban",
	    ENTRY_DELETE, NULL, 0);
	record->outcome = ABUSE_PROTECTED;
	log_notice("abuse: %s is not banned any more: a good login",
	    way->subject);
}

/* judge_client - what the first exchange came to */
static void
judge_client(const struct work *work, struct way *way)
{
	struct abuse_record *record = way->record;
	struct store_entry_answer answer;
	struct abuse_ban ban;

	if (!wait_entry(work, way, way->ban, &answer))
		return;
	if (answer.found && abuse_ban_read(&record->ban, answer.value)) {
		judge_ban(work, way);
		return;
	}
	if (!is_bad(way->deeds) || !worst(work, way, &ban))
		return;
	if (is_protected(work, way))
		record->outcome = ABUSE_PROTECTED;
	else if (record->result == STORE_OK)
		begin_ban(work, way, &ban);
	if (way->put != NULL)
		record->ban = ban;
}

/* tell - a ban that began */
static void
tell(const char *subject, const struct abuse_ban *ban)
{
	log_notice("abuse: %s is banned for %lld s: cause=%s count=%lld "
		   "times=%lld",
	    subject, (long long)ban->for_s,
	    names_name(abuse_cause_names, (int)ban->cause, "manual"),
	    (long long)ban->count, (long long)ban->times);
}

/* finish_ban - whether it was us; a network's banned clients are counted */
static void
finish_ban(const struct work *work, struct way *way)
{
	struct abuse_record *record = way->record;
	const struct abuse_settings *settings = way->deeds->settings;
	struct store_entry_answer answer;

	if (way->put == NULL || !wait_entry(work, way, way->put, &answer))
		return;
	record->outcome = answer.found ? ABUSE_IS_BANNED : ABUSE_BANNED;
	if (!answer.found)
		tell(way->subject, &record->ban);
	if (way->host != NULL && wait_entry(work, way, way->host, &answer) &&
	    !answer.found)
		way->hosts = abuse_add_window(work->batch, work->local,
		    way->network, "hosts", 1, settings->subnet_window_s);
}

/* ban_network - if enough of its clients are banned */
static void
ban_network(const struct work *work, struct way *way)
{
	struct abuse_ban ban = way->record->ban;

	if (way->hosts == NULL)
		return;
	ban.count = wait_count(work, way, way->hosts);
	if (ban.count < way->deeds->settings->subnet_hosts)
		return;
	abuse_add_entry(work->batch, work->local, way->network, "ban",
	    ENTRY_PUT_NEW, abuse_ban_write(&ban, work->arena), ban.for_s);
	tell(way->network, &ban);
}

void
abuse_record(struct store_batch *batch, bool local, int64_t now_s,
    int64_t deadline_ms, const struct abuse_deeds *deeds, size_t count,
    struct abuse_record *records, struct arena *arena)
{
	static void (*const exchanges[])(const struct work *work,
	    struct way *way) = { first_exchange, judge_client, finish_ban,
		ban_network };
	const struct work work = {
		.batch = batch,
		.arena = arena,
		.now_s = now_s,
		.deadline_ms = deadline_ms,
		.local = local,
	};
	struct way *ways = arena_alloc(arena, count * sizeof(*ways));

	for (size_t i = 0; i < count; i++) {
		records[i] = (struct abuse_record){ .result = STORE_OK };
		ways[i].deeds = &deeds[i];
		ways[i].record = &records[i];
	}
	for (size_t step = 0; step < sizeof(exchanges) / sizeof(*exchanges);
	     step++) {
		for (size_t i = 0; i < count; i++)
			exchanges[step](&work, &ways[i]);
		store_send(batch);
	}
}
