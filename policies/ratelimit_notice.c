/*
 * ratelimit_notice - words about limits, and the notice before one is reached.
 *
 * The message whose charge passes the share is the one that tells. Counts in a
 * sliding window also go down, and pass it again: what was told in this period
 * is noted in the store, for all hosts.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "policies/ratelimit.h"
#include "service/stats.h"

/* a time as people say it */
static const struct word {
	int64_t seconds;
	const char *one, *many;
} words[] = {
	{ 86400, "a day", "days" },
	{ 3600, "an hour", "hours" },
	{ 60, "a minute", "minutes" },
	{ 1, "a second", "seconds" },
};

/* add_time - "an hour", "90 minutes" */
static void
add_time(int64_t period_s, struct str *out)
{
	const struct word *word = words;

	while (period_s % word->seconds != 0)
		word++;
	if (period_s == word->seconds)
		str_add(out, word->one);
	else
		str_addf(out, "%lld %s", (long long)(period_s / word->seconds),
		    word->many);
}

/* word_length - "recipients", but one "recipient" */
static int
word_length(int64_t count, const char *word)
{
	return (int)strlen(word) - (count == 1);
}

const char *
ratelimit_phrase(const struct quota *quota, size_t tier, int unit,
    struct arena *arena)
{
	const struct quota_tier *limit = &quota->tier[tier];
	const char *word = names_name(ratelimit_units, unit, "");
	struct str text = STR_INIT;
	const char *phrase;

	quota_print_count(limit->count, quota->sized, &text);
	str_addf(&text, " %.*s in ", word_length(limit->count, word), word);
	add_time(limit->period_s, &text);
	phrase = arena_strdup(arena, str_text(&text));
	str_fini(&text);
	return phrase;
}

/* passes - whether this charge is the one with which the share is used */
static bool
passes(const struct ratelimit_window *window, size_t tier)
{
	int64_t limit = window->limit.quota.tier[tier].count;
	int64_t notice = window->settings->notice;
	int64_t now = window->answer.count[tier];
	/* rounded up, without a product that is too large */
	int64_t share =
	    limit / 100 * notice + (limit % 100 * notice + 99) / 100;

	return notice > 0 && now >= share && now - window->charged < share;
}

/* note - in the store that this is told; answered: whether it was before */
static struct store_op *
note(struct pctx *p, const struct ratelimit_window *window, size_t tier)
{
	int64_t period_s = window->limit.quota.tier[tier].period_s;
	const struct store_entry put = {
		.key = {
		    .policy = p->name,
		    .subject = window->subject,
		    .rest = arena_printf(p->arena, "notice/%lld",
			(long long)period_s),
		    .local = p->store_local,
		},
		.verb = ENTRY_PUT_NEW,
		.value = "",
		.ttl_s = period_s,
	};

	return store_add_entry(policy_store(p), &put);
}

/* tell - a line, and the counter */
static void
tell(const struct pctx *p, const struct ratelimit_window *window, size_t tier)
{
	int64_t limit = window->limit.quota.tier[tier].count;
	int64_t used = window->answer.count[tier];

	stats_add(p->env->stats, COUNT_LIMIT_NOTICES, 1);
	log_notice("%s: %s has used %lld of %s (%lld%%); session=%s", p->name,
	    window->subject, (long long)used,
	    ratelimit_phrase(&window->limit.quota, tier, window->settings->unit,
		p->arena),
	    (long long)(used * 100 / limit), p->txn->session_id);
}

/* notify_tier - of one period, unless it was told */
static void
notify_tier(struct pctx *p, const struct ratelimit_window *window, size_t tier)
{
	struct store_entry_answer answer;
	enum store_result result;

	result = store_wait_entry(note(p, window, tier), p->deadline_ms,
	    &answer, NULL);
	/* rather twice than never */
	if (result != STORE_OK || !answer.found)
		tell(p, window, tier);
}

void
ratelimit_notify(struct pctx *p)
{
	const struct ratelimit_scratch *scratch = p->message_scratch;

	ratelimit_collect(p);
	for (const struct ratelimit_window *w = scratch->windows; w != NULL;
	     w = w->next)
		for (size_t i = 0; i < w->limit.quota.tiers; i++)
			if (w->charged > 0 && passes(w, i))
				notify_tier(p, w, i);
}
