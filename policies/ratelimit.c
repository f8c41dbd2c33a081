/*
 * ratelimit - how much an account, a domain, a recipient, a client may send or
 * get in a time; accounts over their soft quota.
 *
 * Reasons: ratelimit.account (key = login, sender), .domain (sender_domain),
 * .recipient (recipient, recipient_domain), .client, .soft_quota.
 *
 * At RCPT limits are only looked at: what is refused there, by whatever
 * policy, is not counted. At end of message all that was accepted is charged
 * at once, if it still fits; see ratelimit_count.c. In monitor mode what does
 * not fit is not charged either, so that it is logged for just those messages
 * that would have been refused.
 */
#include "base/mem.h"
#include "base/str.h"
#include "policy/ours.h"
#include "policies/ratelimit.h"

static const struct reason reasons[] = {
	[RATELIMIT_ACCOUNT] = {
	    .name = "ratelimit.account",
	    .reply = "451 4.7.1 %{key} is at the limit of %{limit}, try again "
		     "in %{wait} seconds %{ref}",
	    .doc = "The account, or the sending address, has sent as much as "
		   "its limit allows (key = login, sender).",
	},
	[RATELIMIT_DOMAIN] = {
	    .name = "ratelimit.domain",
	    .reply = "451 4.7.1 The domain %{key} is at the limit of "
		     "%{limit}, try again in %{wait} seconds %{ref}",
	    .doc = "The sending domain has sent as much as its limit allows "
		   "(key = sender_domain).",
	},
	[RATELIMIT_RECIPIENT] = {
	    .name = "ratelimit.recipient",
	    .reply = "450 4.2.1 %{key} is receiving mail too quickly, try "
		     "again in %{wait} seconds %{ref}",
	    .doc = "The recipient, or its domain, has got as much as its "
		   "limit allows (key = recipient, recipient_domain).",
	},
	[RATELIMIT_CLIENT] = {
	    .name = "ratelimit.client",
	    .reply = "451 4.7.1 %{client_addr} is at the limit of %{limit}, "
		     "try again in %{wait} seconds %{ref}",
	    .doc = "The client, or its network, has sent as much as its limit "
		   "allows (key = client).",
	},
	[RATELIMIT_SOFT_QUOTA] = {
	    .name = "ratelimit.soft_quota",
	    .reply = "550 5.7.1 Your account is over its quota: it can "
		     "receive mail but not send %{ref}",
	    .doc = "The directory says soft_quota of the sending account.",
	},
	{ .name = NULL },
};

/* over - the refusal that a limit is */
static struct verdict
over(struct pctx *p, const struct ratelimit_window *window)
{
	static const enum ratelimit_reason by_key[] = {
		[RATELIMIT_BY_LOGIN] = RATELIMIT_ACCOUNT,
		[RATELIMIT_BY_SENDER] = RATELIMIT_ACCOUNT,
		[RATELIMIT_BY_SENDER_DOMAIN] = RATELIMIT_DOMAIN,
		[RATELIMIT_BY_RECIPIENT] = RATELIMIT_RECIPIENT,
		[RATELIMIT_BY_RECIPIENT_DOMAIN] = RATELIMIT_RECIPIENT,
		[RATELIMIT_BY_CLIENT] = RATELIMIT_CLIENT,
	};
	const struct store_window_answer *answer = &window->answer;
	/* at RCPT with this message's own recipients */
	int64_t count = answer->count[answer->tier] + window->reckoned;
	const struct quota *quota = &window->limit.quota;
	struct str limit = STR_INIT;
	struct verdict verdict;

	quota_print_tier(quota, answer->tier, &limit);
	verdict =
	    verdict_refuse(by_key[window->settings->key], window->limit.option);
	verdict.entry = window->limit.at;
	verdict.detail = arena_printf(p->arena, "%s,count=%lld,limit=%s",
	    window->subject, (long long)count, str_text(&limit));
	str_fini(&limit);
	verdict_value(&verdict, VALUE_KEY, window->subject);
	verdict_value(&verdict, VALUE_LIMIT,
	    ratelimit_phrase(quota, answer->tier, window->settings->unit,
		p->arena));
	verdict_value(&verdict, VALUE_WAIT,
	    arena_printf(p->arena, "%lld", (long long)answer->wait_s));
	verdict_value(&verdict, VALUE_COUNT_SEEN,
	    arena_printf(p->arena, "%lld", (long long)count));
	return verdict;
}

/* show - the counts, for `explain` */
static void
show(const struct pctx *p, const struct ratelimit_window *window)
{
	const struct quota *quota = &window->limit.quota;

	if (!policy_traced(p) || window->result != STORE_OK)
		return;
	policy_input(p, "subject", "%s", window->subject);
	for (size_t i = 0; i < quota->tiers; i++)
		policy_input(p, "count", "%lld of %s",
		    (long long)window->answer.count[i],
		    ratelimit_phrase(quota, i, window->settings->unit,
			p->arena));
}

/* ask_limit - what was counted for this recipient, or at MAIL this message */
static void
ask_limit(struct pctx *p)
{
	ratelimit_window(p);
}

/* judge_limit - whether it may be one more */
static struct verdict
judge_limit(struct pctx *p)
{
	struct ratelimit_window *window = ratelimit_window(p);
	bool fits;

	if (window == NULL)
		return verdict_none();
	if (window->trouble.kind == VERDICT_TROUBLE)
		return window->trouble;
	fits = ratelimit_peek(p, window);
	show(p, window);
	if (window->result != STORE_OK)
		return verdict_store(window->result);
	return fits ? verdict_none() : over(p, window);
}

/* judge_charge - whether all of the message still fitted when it ended */
static struct verdict
judge_charge(struct pctx *p)
{
	const struct ratelimit_scratch *scratch = p->message_scratch;
	struct verdict trouble = verdict_none();

	ratelimit_charge(p);
	ratelimit_collect(p);
	for (const struct ratelimit_window *w = scratch->windows; w != NULL;
	     w = w->next) {
		if (w->settings != p->settings || w->charge == NULL)
			continue;
		if (w->result != STORE_OK)
			trouble = verdict_store(w->result);
		else if (!w->answer.fits)
			return over(p, w);
	}
	return trouble;
}

/* decided - the message was refused after all, or it was taken */
static void
decided(struct pctx *p)
{
	enum decided_kind kind = p->txn->decided->kind;

	if (p->message_scratch == NULL)
		return;
	if (kind == DECIDED_REJECTED || kind == DECIDED_DEFERRED)
		ratelimit_give_back(p);
	else
		ratelimit_notify(p);
}

/* judge_soft_quota - of the account that sends */
static struct verdict
judge_soft_quota(struct pctx *p)
{
	struct account account;
	struct verdict verdict;

	if (p->txn->message->login[0] == '\0' && !p->txn->connection.trusted)
		return verdict_none();
	if (ours_account(p, &account, &verdict) != OURS_YES ||
	    !(account.flags & DIRECTORY_SOFT_QUOTA))
		return verdict;
	return ours_refuse(&account, DIRECTORY_SOFT_QUOTA, RATELIMIT_SOFT_QUOTA,
	    "soft_quota");
}

static bool
wants_soft_quota(const void *settings)
{
	const struct ratelimit_settings *s = settings;

	return s->soft_quota;
}

/* count - the session counts the bytes that it is shown: ask to be shown */
static void
count(struct pctx *p)
{
	(void)p;
}

/* wants_size - bytes are limited */
static bool
wants_size(const void *settings)
{
	const struct ratelimit_settings *s = settings;

	return s->unit == RATELIMIT_BYTES && ratelimit_counts(s);
}

const struct policy ratelimit_policy = {
	.name = "ratelimit",
	.summary = "messages, recipients and bytes in a time; soft quotas",
	.doc = "Limits how much an account, a domain or a client may send in a "
	       "time, or a recipient may get. Nothing is limited by default: "
	       "each section has one limit, [ratelimit.NAME], and all of "
	       "them hold. At RCPT limits are looked at, with the recipients "
	       "that the message has so far; at the end of the message, when "
	       "no policy has refused it, it is charged, if it still fits. "
	       "What was refused is charged nowhere. A scope or an override "
	       "changes a limit, not what was counted: that is one count for "
	       "each subject and set of periods. A message that alone is over "
	       "a limit never fits; that is for size and recipient. While a "
	       "Redis is away, each host counts for itself from 0 (on_error = "
	       "local), so that for so long each may let a whole limit "
	       "through. See mailreevectl limit in mailreevectl(8) for what is counted.",
	.mta_notes = "Postfix gives the login as its SASL server names it, "
		     "Sendmail as it was typed; a login without a domain is "
		     "counted as the mailbox of the directory that it means. "
		     "Logged-in clients of trusted networks, a webmail "
		     "server perhaps, are counted with trusted = judge only. "
		     "A recipient that the MTA expands later (an alias, a "
		     "list) counts as one.",
	.example = "[ratelimit.login]\n"
		   "key = login\n"
		   "limit = 100/1h 500/1d\n"
		   "overrides = file:/etc/mailreeve/limits\n"
		   "trusted = judge\n"
		   "[ratelimit.login login=newsletter@example.org]\n"
		   "limit = 20000/1d\n"
		   "[ratelimit.client]\n"
		   "key = client\n"
		   "limit = 300/1h\n"
		   "authenticated = skip\n"
		   "[ratelimit.inbox]\n"
		   "key = recipient\n"
		   "limit = 200/1h\n"
		   "mode = monitor\n",
	.flags = POLICY_INSTANCES | POLICY_GUARD | POLICY_STORE |
		 POLICY_STORE_LOCAL,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = ratelimit_options,
	.reasons = reasons,
	.settings_size = sizeof(struct ratelimit_settings),
	.message_scratch = sizeof(struct ratelimit_scratch),
	.check = ratelimit_check,
	.hooks = {
		{
		    .step = STEP_MAIL,
		    .judge = judge_soft_quota,
		    .wanted = wants_soft_quota,
		    .movable = true,
		    .storeless = true,
		},
		{
		    .step = STEP_MAIL,
		    .ask = ask_limit,
		    .wanted = ratelimit_counts,
		    .early = true,
		},
		{
		    .step = STEP_MAIL,
		    .judge = judge_limit,
		    .wanted = ratelimit_counts,
		    .early = true,
		},
		{
		    .step = STEP_RCPT,
		    .ask = ask_limit,
		    .wanted = ratelimit_counts,
		},
		{
		    .step = STEP_RCPT,
		    .judge = judge_limit,
		    .wanted = ratelimit_counts,
		},
		{ .step = STEP_HEADER, .observe = count, .wanted = wants_size },
		{ .step = STEP_BODY, .observe = count, .wanted = wants_size },
		{
		    .step = STEP_EOM,
		    .ask = ratelimit_charge,
		    .wanted = ratelimit_counts,
		},
		{
		    .step = STEP_EOM,
		    .judge = judge_charge,
		    .wanted = ratelimit_counts,
		    .rule = REFUSE_IF_ANY,
		},
		{
		    .step = STEP_DECIDED,
		    .observe = decided,
		    .wanted = ratelimit_counts,
		},
	},
};
