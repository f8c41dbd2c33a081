/*
 * chain - runs the policies of a step and makes one decision of it.
 *
 * The plan of the snapshot (config.h) lists for each step the hooks that run
 * there. All asks go out first, then the observers look, then the judges are
 * heard in configured order until one refuses for good. A temporary refusal is
 * held meanwhile: verdict.h has the merge rule.
 *
 * From DATA on a judge speaks about a message with several recipients. Where
 * all of them have the same settings it is heard once; else once for each
 * recipient, and hook.rule says how their verdicts count.
 *
 * Files: chain_skip.c (who is not asked), chain_apply.c (what a verdict leads
 * to), chain_values.c (words for the reply), chain_store.c (operations on the
 * store).
 */
#include "session/chain.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "session/chain_internal.h"
#include "session/decision.h"
#include "session/scope.h"

const struct reason chain_reasons[] = {
	[FAILURE_UNAVAILABLE] = {
	    .name = "failure.unavailable",
	    .reply = "421 4.3.2 Service not available, please try again later "
		     "%{ref}",
	    .doc = "Something that a policy needs (a table's server, the "
		   "store) cannot be reached, and on_error = defer.",
	},
	[FAILURE_TEMPORARY] = {
	    .name = "failure.temporary",
	    .reply = "451 4.4.3 Temporary lookup failure, please try again "
		     "later %{ref}",
	    .doc = "A lookup that a policy needs failed for now, and "
		   "on_error = defer.",
	},
	[FAILURE_INTERNAL] = {
	    .name = "failure.internal",
	    .reply = "451 4.3.0 Local error in processing, please try again "
		     "later %{ref}",
	    .doc = "A policy got an answer that makes no sense, or failed in "
		   "itself, and on_error = defer.",
	},
	[FAILURE_CONFIG] = {
	    .name = "failure.config",
	    .reply = "451 4.3.5 Server configuration problem, please try "
		     "again later %{ref}",
	    .doc = "A table or an entry of the directory turned out at run "
		   "time to be wrongly written, and on_error = defer.",
	},
	[MILTER_ENVFROM] = {
	    .name = "milter.envfrom",
	    .reply = "550 5.7.1 Sender refused by policy %{ref}",
	    .doc = "Catch-all of a documented system: any refusal at MAIL "
		   "for which it documents no reply of its own.",
	},
	[MILTER_EOM] = {
	    .name = "milter.eom",
	    .reply = "550 5.7.1 Message refused by policy %{ref}",
	    .doc = "Catch-all of a documented system: any refusal of a "
		   "message's content for which it documents no reply of its "
		   "own.",
	},
	{ .name = NULL },
};

/* scratch - a block of the session, made when first needed */
static void *
scratch(void **block, size_t size, struct arena *arena)
{
	if (*block == NULL && size > 0)
		*block = arena_alloc(arena, size);
	return *block;
}

/* fill_context - what a hook of this instance may use */
static void
fill_context(struct session *session, const struct instance *instance,
    const struct section *section, struct chain_call *call, struct pctx *p)
{
	const struct config *config = session->config;
	const struct policy *policy = instance->policy;
	char *block;

	*call = (struct chain_call){
		.session = session,
		.instance = instance,
		.section = section,
	};
	*p = (struct pctx){
		.name = instance->name,
		.env = session->env,
		.txn = &session->txn,
		.settings = policy->flags & POLICY_ALL_SCOPES
				? instance->global.settings
				: section->settings,
		.parts = instance->parts,
		.part_count = instance->part_count,
		.arena = session_arena(session),
		.begun_ms = session->begun_ms,
		.deadline_ms = session->deadline_ms,
		.directory = &config->directory,
		.seen = session->txn.message != NULL ? &session->seen : NULL,
		.sender_spf = &session->sender_spf,
		.scans = &session->scans,
		.replies = config->replies,
		.store_local = section->common.on_error == ON_ERROR_LOCAL,
		.gives_replies = chain_gives_replies(config, &section->common),
		.notes_wanted = config->notes_wanted,
		.call = call,
	};
	if (policy->connection_scratch > 0) {
		block = scratch(&session->connection_scratch,
		    config->connection_scratch, session->connection_arena);
		p->connection_scratch = block + instance->connection_scratch;
	}
	if (policy->message_scratch > 0 && session->txn.message != NULL) {
		block = scratch(&session->message_scratch,
		    config->message_scratch, session->message_arena);
		p->message_scratch = block + instance->message_scratch;
	}
}

/* ask - of servers; not about sessions that will not be judged */
static void
ask(struct session *session, const struct plan_row *row)
{
	const struct section *section;
	struct chain_call call;
	struct pctx p;

	section = scope_section(row->instance, &session->txn);
	if (chain_spared(session, row->instance, section) != SKIPPED_NOT)
		return;
	fill_context(session, row->instance, section, &call, &p);
	row->hook->ask(&p);
}

/* differs - whether a hook is run for each recipient of a message */
static bool
differs(const struct session *session, const struct plan_row *row)
{
	const struct message *message = session->txn.message;
	enum step step = session->txn.step;

	return (step == STEP_DATA || step == STEP_EOH || step == STEP_EOM) &&
	       message != NULL && message->accepted_recipients > 0 &&
	       chain_differs_by_recipient(session, row);
}

/* is_accepted - a recipient to whom the message will go */
static bool
is_accepted(const struct recipient *recipient)
{
	return !recipient->refused && !recipient->refused_by_mta;
}

/* ask_row - once, or for each recipient */
static void
ask_row(struct session *session, const struct plan_row *row)
{
	if (!row->hook->each_recipient || !differs(session, row)) {
		ask(session, row);
		return;
	}
	for (struct recipient *r = session->txn.message->recipients; r != NULL;
	     r = r->next) {
		session->txn.recipient = r;
		if (is_accepted(r))
			ask(session, row);
	}
	session->txn.recipient = NULL;
}

/*
 * observe - without skips but `enabled`: what is noted may count later. What
 * is about a message is about all of its recipients: one of them may have a
 * scope where the policy is enabled.
 */
static void
observe(struct session *session, const struct plan_row *row)
{
	const struct section *section;
	struct chain_call call;
	struct pctx p;

	section = scope_section(row->instance, &session->txn);
	if (!section->common.enabled &&
	    (session->txn.recipient != NULL ||
		!row->instance->scopes_by_recipient))
		return;
	fill_context(session, row->instance, section, &call, &p);
	row->hook->observe(&p);
}

/* wants_header - whether an observer listed this field, or lists none */
static bool
wants_header(const struct hook *hook, const char *name)
{
	if (hook->headers == NULL || name == NULL)
		return true;
	for (size_t i = 0; hook->headers[i] != NULL; i++)
		if (strcasecmp(hook->headers[i], name) == 0)
			return true;
	return false;
}

/* judge_one - hear one judge, with the recipient that txn holds */
static void
judge_one(struct session *session, const struct plan_row *row,
    struct finding *finding)
{
	struct chain_call call;
	struct pctx p;

	finding->section = scope_section(row->instance, &session->txn);
	finding->verdict = verdict_none();
	finding->skipped = chain_skipped(session, row->instance,
	    finding->section, &finding->verdict);
	if (finding->skipped != SKIPPED_NOT ||
	    finding->verdict.kind != VERDICT_NONE)
		return;
	fill_context(session, row->instance, finding->section, &call, &p);
	finding->verdict = row->hook->judge(&p);
}

/* is_refusal - whether a verdict stands against the message as a whole */
static bool
is_refusal(const struct finding *finding)
{
	return (finding->verdict.kind == VERDICT_REFUSE &&
		   finding->verdict.lesser == LESSER_NO) ||
	       finding->verdict.kind == VERDICT_TROUBLE;
}

/*
 * judge_recipients - hear a judge for each accepted recipient. The finding
 * that counts: with REFUSE_IF_ANY the first refusal, with REFUSE_IF_ALL the
 * first refusal if there is nothing else; else the first of the others.
 */
static void
judge_recipients(struct session *session, const struct plan_row *row,
    struct finding *finding)
{
	struct finding one, refusal = { .section = NULL };
	bool passes = false;

	for (struct recipient *r = session->txn.message->recipients; r != NULL;
	     r = r->next) {
		if (!is_accepted(r))
			continue;
		session->txn.recipient = r;
		judge_one(session, row, &one);
		if (!is_refusal(&one)) {
			if (!passes)
				*finding = one;
			passes = true;
		} else if (refusal.section == NULL) {
			refusal = one;
		}
		if (refusal.section != NULL && row->hook->rule == REFUSE_IF_ANY)
			break;
		if (passes && row->hook->rule == REFUSE_IF_ALL)
			break;
	}
	session->txn.recipient = NULL;
	if (refusal.section != NULL &&
	    (!passes || row->hook->rule == REFUSE_IF_ANY))
		*finding = refusal;
}

/* judge_row - one judge's finding about this step */
static void
judge_row(struct session *session, const struct plan_row *row,
    struct finding *finding)
{
	if (differs(session, row))
		judge_recipients(session, row, finding);
	else
		judge_one(session, row, finding);
	if (row->hook->allows_only && finding->verdict.kind != VERDICT_ALLOW)
		finding->verdict = verdict_none();
}

/* run_judges - in order, until one refuses for good */
static void
run_judges(struct session *session, const struct plan *plan,
    struct decision *decision)
{
	struct finding finding = { .section = NULL };

	for (size_t i = 0; i < plan->judge_count; i++) {
		if (session->inputs != NULL)
			str_reset(session->inputs);
		judge_row(session, &plan->judges[i], &finding);
		chain_apply(session, &plan->judges[i], &finding, decision);
		if (decision->kind == DECISION_REJECT ||
		    decision->kind == DECISION_DISCARD ||
		    (decision->kind == DECISION_TEMPFAIL &&
			decision->verdict.final))
			break;
	}
}

/* log_given - a decision that becomes a reply is logged when it is final */
static void
log_given(struct session *session, const struct decision *decision)
{
	enum outcome outcome;

	if (decision->kind == DECISION_REJECT)
		outcome = OUTCOME_REJECT;
	else if (decision->kind == DECISION_TEMPFAIL)
		outcome = OUTCOME_TEMPFAIL;
	else
		return;
	stats_add_reason(session->env->stats, decision->reason, outcome);
	if (session->decisions != NULL)
		decision_write(session->decisions, session, decision, outcome);
}

void
chain_observe(struct session *session, enum step step)
{
	const struct plan *plan = &session->config->plan[step];
	enum step current = session->txn.step;

	session->txn.step = step;
	for (size_t i = 0; i < plan->observer_count; i++)
		observe(session, &plan->observers[i]);
	session->txn.step = current;
}

void
chain_decided(struct session *session, const struct decision *decision)
{
	static const enum decided_kind kinds[] = {
		[DECISION_PASS] = DECIDED_ACCEPTED,
		[DECISION_REJECT] = DECIDED_REJECTED,
		[DECISION_TEMPFAIL] = DECIDED_DEFERRED,
		[DECISION_DISCARD] = DECIDED_DISCARDED,
	};
	struct decided decided = {
		.kind = kinds[decision->kind],
		.step = session->txn.step,
		.policy = "",
		.reason = "",
	};

	if (decision->instance != NULL) {
		decided.policy = decision->instance->name;
		decided.reason = config_reason(decision->reason)->name;
	}
	session->txn.decided = &decided;
	chain_observe(session, STEP_DECIDED);
	session->txn.decided = NULL;
}

void
chain_run(struct session *session, struct decision *decision)
{
	const struct plan *plan = &session->config->plan[session->txn.step];

	*decision = (struct decision){ .kind = DECISION_PASS };
	if (plan->ask_count + plan->judge_count > 0) {
		session->begun_ms = clock_mono_ms(session->env->clock);
		session->deadline_ms =
		    session->begun_ms + session->config->milter.deadline_ms;
	}
	for (size_t i = 0; i < plan->ask_count; i++)
		ask_row(session, &plan->asks[i]);
	for (size_t i = 0; i < plan->observer_count; i++)
		if (wants_header(plan->observers[i].hook,
			session->txn.header_name))
			observe(session, &plan->observers[i]);
	run_judges(session, plan, decision);
	log_given(session, decision);
	if (decision->kind != DECISION_PASS)
		chain_decided(session, decision);
}
