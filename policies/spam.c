/*
 * spam - the score of all policies and of a scanner, against three limits.
 *
 * Policies with "action = score N" add to the message's score as they go; at
 * its end rspamd or SpamAssassin may add theirs. The sum is held against the
 * limits of each recipient; the scanner is asked once, before the first judge
 * of the step is heard. Files: spam_options.c, spam_scan.c (the scanner),
 * spam_fields.c (header fields).
 */
#include "base/mem.h"
#include "policies/registry.h"
#include "policies/spam.h"

#define LOGGED_MAX 300 /* bytes of symbols: syslog may cut lines at 1024 */

static const struct reason reasons[] = {
	[SPAM_REJECTED] = {
	    .name = "spam.rejected",
	    .reply = "550 5.7.1 The message looks like spam %{ref}",
	    .doc = "The sum of the scores is over the limit for rejection.",
	},
	[SPAM_UNAVAILABLE] = {
	    .name = "spam.unavailable",
	    .reply = "451 4.3.0 The message cannot be classified at present, "
		     "try again later %{ref}",
	    .doc = "The spam scanner does not answer, and on_error = defer.",
	},
	{ .name = NULL },
};

/* by_limits - which limit a score reaches; a limit of 0 is none */
static enum spam_height
by_limits(const struct spam_settings *s, int64_t score)
{
	if (s->reject > 0 && score >= s->reject * 1000)
		return SPAM_REJECT;
	if (s->quarantine > 0 && score >= s->quarantine * 1000)
		return SPAM_HOLD;
	if (s->tag > 0 && score >= s->tag * 1000)
		return SPAM_TAG;
	return SPAM_NO;
}

/* by_scanner - what the scanner would do. It cannot have mail thrown away
 * unseen: that is for the ini to say (action = discard) */
static enum spam_height
by_scanner(const struct scan_spam *found)
{
	static const enum spam_height heights[] = {
		[SCAN_PASS] = SPAM_NO,
		[SCAN_TAG] = SPAM_TAG,
		[SCAN_SUBJECT] = SPAM_TAG,
		[SCAN_DEFER] = SPAM_DEFER,
		[SCAN_HOLD] = SPAM_HOLD,
		[SCAN_REJECT] = SPAM_REJECT,
		[SCAN_DROP] = SPAM_REJECT,
	};

	return heights[found->action];
}

/* option_of - which one decided */
static const char *
option_of(const struct spam_settings *s, enum spam_height height)
{
	static const char *const options[] = { NULL, "tag", "quarantine", NULL,
		"reject" };

	if (s->judge_by == JUDGE_SCANNER || options[height] == NULL)
		return "judge_by";
	return options[height];
}

/* verdict_of - a height over SPAM_NO */
static struct verdict
verdict_of(struct pctx *p, int64_t score, enum spam_height height)
{
	const struct spam_settings *s = p->settings;
	const struct spam_scratch *scratch = p->message_scratch;
	const char *text = scan_milli_text(score, p->arena);
	struct verdict verdict =
	    verdict_refuse(SPAM_REJECTED, option_of(s, height));

	verdict.soft = height == SPAM_DEFER;
	if (height == SPAM_TAG)
		verdict.lesser = LESSER_TAG;
	else if (height == SPAM_HOLD)
		verdict.lesser = LESSER_QUARANTINE;
	verdict.edits = spam_edits(p, score);
	verdict.detail = text;
	verdict_value(&verdict, VALUE_COUNT_SEEN, text);
	if (scratch->result == SCAN_OK && scratch->scanned) {
		verdict_value(&verdict, VALUE_TXT, scratch->found.reply);
		verdict.detail = arena_printf(p->arena, "%s,%s", text,
		    spam_symbols(p, LOGGED_MAX));
	}
	return verdict;
}

/* trouble - the scanner could not tell */
static struct verdict
trouble(struct pctx *p, enum scan_result result)
{
	static const struct {
		const char *what;
		enum trouble kind;
	} rows[] = {
		[SCAN_UNAVAILABLE] = { "scanner-does-not-answer",
		    TROUBLE_UNAVAILABLE },
		[SCAN_BROKEN] = { "scanner-answers-nonsense",
		    TROUBLE_INTERNAL },
		[SCAN_FAILED] = { "scanner-failed", TROUBLE_TEMPORARY },
	};

	policy_input(p, "scanner", "%s", rows[result].what);
	return verdict_trouble_as(SPAM_UNAVAILABLE, rows[result].kind,
	    rows[result].what);
}

/* ask - the scanner, unless the scores until now are enough to refuse */
static void
ask(struct pctx *p)
{
	if (by_limits(p->settings, p->txn->message->score * 1000) !=
	    SPAM_REJECT)
		spam_ask(p);
}

/* judge - the message, for one recipient or for all */
static struct verdict
judge(struct pctx *p)
{
	const struct spam_settings *s = p->settings;
	struct spam_scratch *scratch = p->message_scratch;
	int64_t score = p->txn->message->score * 1000;
	enum spam_height height = by_limits(s, score), other;

	policy_input(p, "policies", "%s", scan_milli_text(score, p->arena));
	/* what is refused by us needs no scanner */
	if (height != SPAM_REJECT && s->pool != NULL)
		spam_scan(p);
	if (scratch->scanned && scratch->result == SCAN_OK) {
		if (s->judge_by == JUDGE_SCANNER) {
			other = by_scanner(&scratch->found);
			height = other > height ? other : height;
		}
		score += scratch->found.score;
		if (s->judge_by == JUDGE_SCORE)
			height = by_limits(s, score);
	} else if (scratch->scanned && scratch->result != SCAN_TOO_LARGE &&
		   height != SPAM_REJECT) {
		return trouble(p, scratch->result);
	}
	if (height != SPAM_NO)
		return verdict_of(p, score, height);
	spam_tell(p, score);
	return verdict_none();
}

/* wants_fields - header fields are made, or the subject is changed */
static bool
wants_fields(const void *settings)
{
	const struct spam_settings *s = settings;

	return s->fields != FIELDS_NONE || s->subject[0] != '\0' ||
	       s->judge_by == JUDGE_SCANNER;
}

/* idle - without a scanner the scores of others are all there is */
static bool
idle(const void *settings)
{
	const struct spam_settings *s = settings;

	return s->scanner == SCANNER_NONE;
}

/* scans - there is a scanner */
static bool
scans(const void *settings)
{
	return !idle(settings);
}

/* lessers - what the limits below rejection lead to */
static unsigned
lessers(const void *settings)
{
	const struct spam_settings *s = settings;
	bool scanner = s->judge_by == JUDGE_SCANNER;
	unsigned bits = 0;

	if (s->tag > 0 || scanner)
		bits |= 1u << LESSER_TAG;
	if (s->quarantine > 0 || scanner)
		bits |= 1u << LESSER_QUARANTINE;
	return bits;
}

/* keeps - what the scanner gets */
static int64_t
keeps(const void *settings)
{
	const struct spam_settings *s = settings;

	return s->scanner == SCANNER_NONE ? 0 : s->max_size;
}

static const char *const fields[] = { "Subject", "X-Spam-Flag", "X-Spam-Score",
	"X-Spam-Status", NULL };

const struct policy spam_policy = {
	.name = "spam",
	.summary = "the score of all policies, and of rspamd or SpamAssassin",
	.doc = "Adds up the scores that other policies gave (action = score "
	       "N) and, if there is one, that of a scanner, and refuses, "
	       "holds or tags the message by three limits. A tagged message "
	       "gets X-Mailreeve as with action = tag, the fields X-Spam-Flag, "
	       "X-Spam-Score and X-Spam-Status, and if you like another "
	       "subject. With judge_by = scanner, rspamd's own actions or "
	       "spamd's yes or no count.\n\n"
	       "It must be asked after the policies whose scores it adds up; "
	       "it is the last by default. When the scanner is down or takes "
	       "too long, on_error says whether mail passes (the default) or "
	       "is deferred, unless the scores of the policies alone refuse "
	       "it; a server that keeps failing is not asked for two seconds.",
	.mta_notes = "As for virus: the MTA waits at the end of the message. "
		     "quarantine is Postfix's hold queue, and Sendmail's "
		     "quarantined messages (mailq -qQ).",
	.example = "[rdns]\n"
		   "action = score 4\n"
		   "[spam]\n"
		   "scanner = rspamd\n"
		   "servers = 127.0.0.1:11333\n"
		   "subject = [SPAM]\n",
	.stage = STEP_EOM,
	.options = spam_options,
	.reasons = reasons,
	.settings_size = sizeof(struct spam_settings),
	.message_scratch = sizeof(struct spam_scratch),
	.prepare = spam_prepare,
	.release = spam_release,
	.check = spam_check,
	.idle = idle,
	.edits_headers = wants_fields,
	.lessers = lessers,
	.hooks = {
		{
		    .step = STEP_HEADER,
		    .observe = spam_look,
		    .wanted = wants_fields,
		    .headers = fields,
		},
		{
		    .step = STEP_EOM,
		    .ask = ask,
		    .wanted = scans,
		    .each_recipient = true,
		},
		{ .step = STEP_EOM, .judge = judge, .keeps = keeps },
	},
};
