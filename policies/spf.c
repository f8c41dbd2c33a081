/*
 * spf - whether the client may send mail of its HELO name and of the sender.
 *
 * Reasons: spf.fail, spf.softfail, spf.neutral, spf.none, spf.permerror,
 * spf.temperror.
 *
 * The HELO name is checked first (RFC 7208 2.3): it is the client's own, so
 * no forwarder can break it. The null sender stands for postmaster at that
 * name (2.4). Questions for both policies go out as soon as the names are
 * known; the checks run once in a message, and an option for each result says
 * what follows, for each recipient.
 *
 * A refusal for good never rests on a DNS error, also where the RFC takes one
 * for "no match": see unsure in spfcheck.h.
 */
#include <string.h>

#include "base/mem.h"
#include "policies/spf.h"

/* what a result is for the log and the replies */
static const struct {
	unsigned reason;
	const char *option;
} refusals[] = {
	[SPF_NONE] = { .reason = SPF_REASON_NO_RECORD, .option = "none" },
	[SPF_NEUTRAL] = { .reason = SPF_REASON_NEUTRAL, .option = "neutral" },
	[SPF_FAIL] = { .reason = SPF_REASON_FAILED, .option = "fail" },
	[SPF_SOFTFAIL] = { .reason = SPF_REASON_SOFTFAIL,
	    .option = "softfail" },
	[SPF_TEMPERROR] = { .reason = SPF_REASON_TEMPERROR,
	    .option = "temperror" },
	[SPF_PERMERROR] = { .reason = SPF_REASON_PERMERROR,
	    .option = "permerror" },
};

/* ask_helo - for the policy of the HELO name */
static void
ask_helo(struct pctx *p)
{
	spf_prepare(p->env->dns, p->arena, p->txn->connection.helo);
}

/* ask_sender - for the policy of the sender's domain */
static void
ask_sender(struct pctx *p)
{
	const char *local;

	if (!p->txn->message->sender.is_null)
		spf_prepare(p->env->dns, p->arena,
		    sender_spf_domain(p, &local));
}

/* tell - a check's outcome to `explain` */
static void
tell(const struct pctx *p, const char *name, const struct spf_answer *answer)
{
	policy_input(p, name, "%s%s%s%s%s%s%s", spf_result_name(answer->result),
	    answer->mechanism[0] != '\0' ? " by " : "", answer->mechanism,
	    answer->by_local_policy ? " of the local policy" : "",
	    answer->problem[0] != '\0' ? ": " : "", answer->problem,
	    answer->unsure ? " (a name of the client is not known)" : "");
	if (answer->record[0] != '\0')
		policy_input(p, "record", "%s: %s", answer->domain,
		    answer->record);
}

/* check_helo - once in a message */
static const struct spf_answer *
check_helo(const struct pctx *p, struct spf_seen *seen)
{
	const struct spf_settings *s = p->settings;
	struct spf_query query;

	if (seen->helo != NULL)
		return seen->helo;
	if (p->txn->message->sender.is_null) {
		seen->helo = sender_spf(p, s->timeout_ms);
	} else {
		sender_spf_query(p, &query, p->txn->connection.helo, "",
		    s->timeout_ms);
		seen->helo = spf_check(&query, p->arena);
	}
	tell(p, "helo", seen->helo);
	return seen->helo;
}

/* check_with - the sender, with a policy of ours for domains without one */
static const struct spf_answer *
check_with(const struct pctx *p, const char *local_policy)
{
	const struct spf_settings *s = p->settings;
	const char *domain, *local;
	struct spf_query query;

	if (local_policy[0] == '\0')
		return sender_spf(p, s->timeout_ms);
	domain = sender_spf_domain(p, &local);
	sender_spf_query(p, &query, domain, local, s->timeout_ms);
	query.local_policy = local_policy;
	return spf_check(&query, p->arena);
}

/* check_sender - once in a message, unless scopes have other local policies */
static const struct spf_answer *
check_sender(const struct pctx *p, struct spf_seen *seen)
{
	const struct spf_settings *s = p->settings;

	if (p->txn->message->sender.is_null)
		return check_helo(p, seen);
	if (seen->sender == NULL || seen->local_policy != s->local_policy) {
		seen->sender = check_with(p, s->local_policy);
		seen->local_policy = s->local_policy;
		tell(p, "sender", seen->sender);
	}
	return seen->sender;
}

/* detail - for the log, which takes no blanks: "example.test:-all" */
static const char *
detail(const struct pctx *p, const struct spf_answer *answer)
{
	char *text = arena_printf(p->arena, "%s:%s", answer->domain,
	    answer->problem[0] != '\0' ? answer->problem : answer->mechanism);

	for (char *c = text; *c != '\0'; c++)
		if (*c == ' ')
			*c = '_';
	return text;
}

/* refuse - with the words of the policy's owner, where there are any */
static struct verdict
refuse(const struct pctx *p, const struct spf_answer *answer,
    enum spf_result result, const char *option, bool soft)
{
	struct verdict verdict =
	    verdict_refuse(refusals[result].reason, option);

	verdict.soft = soft;
	verdict.detail = detail(p, answer);
	verdict_value(&verdict, VALUE_SENDER_DOMAIN,
	    answer->domain[0] != '\0' ? answer->domain
				      : p->txn->message->sender.domain);
	verdict_value(&verdict, VALUE_SPF_EXPLANATION, answer->explanation);
	return verdict;
}

/* act - what an option says of a result, unless a forwarder is before us */
static struct verdict
act(const struct pctx *p, const struct spf_answer *answer, int action,
    const char *option)
{
	const struct spf_settings *s = p->settings;
	enum spf_result result = answer->result;
	struct verdict verdict = verdict_none();
	const char *why;

	if (answer->unsure && result != SPF_PASS) {
		result = SPF_TEMPERROR;
		action = s->on[SPF_TEMPERROR];
		option = refusals[SPF_TEMPERROR].option;
	}
	if (action == SPF_ACTION_PASS)
		return verdict;
	if (spf_forwarder(p, &why, &verdict)) {
		policy_input(p, "forwarder", "%s", why);
		return verdict_none();
	}
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	if (action == SPF_ACTION_SUSPECT) {
		policy_suspect(p, option);
		return verdict;
	}
	return refuse(p, answer, result, option, action == SPF_ACTION_DEFER);
}

/* note - for policies behind this one, and for those who read the message */
static void
note(const struct pctx *p, struct spf_seen *seen,
    const struct spf_answer *sender)
{
	const struct fact_spf fact = {
		.helo = seen->helo != NULL ? seen->helo->result : SPF_UNCHECKED,
		.sender = sender->result,
		.domain = sender->domain,
	};

	policy_fact_spf(p, &fact);
	spf_header_add(p, seen);
}

/* judge - the HELO name, then the sender */
static struct verdict
judge(struct pctx *p)
{
	const struct spf_settings *s = p->settings;
	struct spf_seen *seen = p->message_scratch;
	const struct spf_answer *helo = NULL, *sender;
	struct verdict verdict = verdict_none();

	if (p->txn->connection.client.family == 0)
		return verdict;
	if (s->helo)
		helo = check_helo(p, seen);
	sender = check_sender(p, seen);
	if (helo != NULL && helo->result == SPF_FAIL)
		verdict = act(p, helo, s->helo_fail, "helo_fail");
	if (verdict.kind == VERDICT_NONE && sender->result != SPF_PASS)
		verdict = act(p, sender, s->on[sender->result],
		    refusals[sender->result].option);
	note(p, seen, sender);
	return verdict;
}

/* adds_header - results are told in the message */
static bool
adds_header(const void *settings)
{
	return ((const struct spf_settings *)settings)->header !=
	       SPF_HEADER_NONE;
}

/* wants_helo - the HELO name's policy is wanted for every message */
static bool
wants_helo(const void *settings)
{
	return ((const struct spf_settings *)settings)->helo;
}

const struct policy spf_policy = {
	.name = "spf",
	.summary = "whether the client may send mail of that domain (SPF)",
	.doc =
	    "The owner of a domain says in its SPF record which hosts send "
	    "its mail (RFC 7208). Checked are the HELO name and the "
	    "envelope sender; the sender <> stands for postmaster at the "
	    "HELO name. What follows from each result is an option; for one "
	    "domain it can be another, in a section such as [spf "
	    "from=example.org].\n\n"
	    "Hosts that forward mail with its sender unchanged fail the "
	    "check for no fault of theirs. Enter those that forward to you "
	    "in one of the forwarders options: nothing is refused from them "
	    "here, and nothing is suspect.\n\n"
	    "Where the record asks for names of the client and those cannot "
	    "be looked up for now, the result is acted upon as temperror. "
	    "Records of any length are read; over 10 terms that ask the DNS, "
	    "or over 2 that find nothing, are permerror, counted over the "
	    "whole check.",
	.mta_notes =
	    "Run mailreeve before filters that add Authentication-Results "
	    "with the same server name (OpenDKIM, OpenDMARC), or set forged "
	    "= spf: Postfix shows a filter the fields that filters before "
	    "it have added, and they would be removed as forged. Sendmail "
	    "shows none of them.",
	.example =
	    "[spf]\n"
	    "softfail = suspect\n"
	    "forwarders = 192.0.2.0/24, 2001:db8::/32\n"
	    "forwarders_spf = _spf.forwarder.example\n"
	    "\n"
	    "[spf from=bank.example]\n"
	    "softfail = reject\n"
	    "permerror = defer\n",
	.flags = POLICY_CLIENT_CHECK | POLICY_PROVES_SENDER | POLICY_NOTES,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = spf_options,
	.reasons = spf_reasons,
	.settings_size = sizeof(struct spf_settings),
	.message_scratch = sizeof(struct spf_seen),
	.check = spf_options_check,
	.edits_headers = adds_header,
	.hooks = {
	    { .step = STEP_HELO, .ask = ask_helo, .wanted = wants_helo },
	    { .step = STEP_MAIL, .ask = ask_sender },
	    { .step = STEP_MAIL, .judge = judge, .movable = true },
	    { .step = STEP_HEADER, .observe = spf_header_observe,
		.wanted = adds_header, .headers = spf_header_names },
	},
};
