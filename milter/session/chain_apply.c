/*
 * chain_apply - what a verdict leads to: mode, action, on_error, the reply.
 *
 * A reply is made here, when a refusal stands, and logged in chain.c, when it
 * is known to be the one that is given. Everything else that a refusal may
 * lead to (a note in monitor mode, a tag, a score, quarantine, discard) is
 * logged and counted here at once.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "session/chain_internal.h"
#include "session/decision.h"

/* a line about a failing service at most so often, for each kind of failure */
#define TROUBLE_LOG_INTERVAL_MS 60000

bool
chain_gives_replies(const struct config *config, const struct common *common)
{
	return config->milter.mode == MODE_ENFORCE &&
	       common->mode == MODE_ENFORCE &&
	       (common->act == ACTION_REPLY || common->act == ACTION_TEMPFAIL);
}

/* reply_place - which catch-all and which room on the line */
static enum reply_place
reply_place(enum step step)
{
	switch (step) {
	case STEP_MAIL:
		return REPLY_PLACE_MAIL;
	case STEP_EOH:
	case STEP_EOM:
		return REPLY_PLACE_MESSAGE;
	default:
		return REPLY_PLACE_OTHER;
	}
}

/* soften - the same text with a temporary code */
static void
soften(struct reply *reply)
{
	if (reply->code < 500)
		return;
	reply->code = 451;
	if (reply->xcode[0] != '\0')
		reply->xcode[0] = '4';
}

/* make_reply - the reply of a decision, with the facts that it may name */
static void
make_reply(struct session *session, struct decision *decision)
{
	struct reply_values values;

	chain_values(session, decision, &values);
	reply_make(session->config->replies, decision->reason,
	    reply_place(session->txn.step), &values, session_arena(session),
	    &decision->reply);
	if (decision->section->common.act == ACTION_TEMPFAIL ||
	    decision->verdict.soft)
		soften(&decision->reply);
}

/* note - count and log an outcome that gives no reply */
static void
note(struct session *session, const struct decision *decision,
    enum outcome outcome)
{
	stats_add_reason(session->env->stats, decision->reason, outcome);
	if (session->decisions != NULL)
		decision_write(session->decisions, session, decision, outcome);
}

/* give_reply - the merge rule: for good is final, for now is held */
static const char *
give_reply(struct decision *made, struct decision *decision)
{
	if (made->reply.code >= 500) {
		*decision = *made;
		decision->kind = DECISION_REJECT;
		return "reject";
	}
	if (decision->kind == DECISION_TEMPFAIL && !made->verdict.final)
		return "tempfail (an earlier one stands)";
	*decision = *made;
	decision->kind = DECISION_TEMPFAIL;
	return "tempfail";
}

/* add_tag - one header line for each reason, added at end of message */
static void
add_tag(struct session *session, const struct decision *made)
{
	struct arena *arena = session->txn.message != NULL
				  ? session->message_arena
				  : session->connection_arena;
	struct tag **end = &session->tags;
	struct tag *tag;

	for (; *end != NULL; end = &(*end)->next)
		if ((*end)->reason == made->reason &&
		    (*end)->instance == made->instance)
			return;
	tag = arena_alloc(arena, sizeof(*tag));
	tag->instance = made->instance;
	tag->reason = made->reason;
	tag->text = arena_strdup(arena,
	    made->verdict.detail != NULL ? made->verdict.detail : "");
	*end = tag;
}

/* discard - one recipient's copy at RCPT, the message from MAIL on */
static void
discard(struct session *session, struct decision *made,
    struct decision *decision)
{
	if (session->txn.step == STEP_RCPT) {
		session->txn.recipient->discard = true;
		return;
	}
	*decision = *made;
	decision->kind = DECISION_DISCARD;
}

/* edit - the header of a message that passes all the same */
static void
edit(struct session *session, const struct decision *made)
{
	const struct verdict_edit *edit = made->verdict.edits;

	for (; edit != NULL; edit = edit->next) {
		if (edit->value != NULL)
			session_add_header(session, edit->name, edit->value);
		else
			session_remove_header(session, edit->name, edit->index);
	}
}

enum action
chain_action(const struct decision *decision)
{
	enum action action = decision->section->common.act;

	if (decision->verdict.lesser == LESSER_NO || action == ACTION_TAG ||
	    action == ACTION_SCORE || action == ACTION_QUARANTINE)
		return action;
	return decision->verdict.lesser == LESSER_TAG ? ACTION_TAG
						      : ACTION_QUARANTINE;
}

/* act - carry out what the admin wants done with a refusal */
static const char *
act(struct session *session, struct decision *made, struct decision *decision)
{
	const struct common *common = &made->section->common;

	switch (chain_action(made)) {
	case ACTION_TAG:
		add_tag(session, made);
		edit(session, made);
		note(session, made, OUTCOME_TAG);
		return "tag";
	case ACTION_SCORE:
		if (session->txn.message != NULL)
			session->txn.message->score += common->score;
		note(session, made, OUTCOME_SCORE);
		return "score";
	case ACTION_QUARANTINE:
		if (session->quarantine == NULL)
			session->quarantine = config_reason(made->reason)->name;
		edit(session, made);
		note(session, made, OUTCOME_QUARANTINE);
		return "quarantine";
	case ACTION_DISCARD:
		discard(session, made, decision);
		note(session, made, OUTCOME_DISCARD);
		return "discard";
	default:
		return give_reply(made, decision);
	}
}

/* refuse - a reason stands: make the decision of it and carry it out */
static const char *
refuse(struct session *session, struct decision *made,
    struct decision *decision)
{
	make_reply(session, made);
	if (session->config->milter.mode == MODE_MONITOR ||
	    made->section->common.mode == MODE_MONITOR) {
		note(session, made, OUTCOME_WOULD);
		return made->reply.code >= 500 ? "would-reject"
					       : "would-tempfail";
	}
	return act(session, made, decision);
}

/* pass_trouble - a service failed and the mail passes: tell, but not often */
static void
pass_trouble(struct session *session, const struct decision *made)
{
	int64_t now = clock_mono_ms(session->env->clock);

	if (!stats_due(session->env->stats, made->reason, now,
		TROUBLE_LOG_INTERVAL_MS))
		return;
	log_warning("policy %s could not judge (%s: %s), mail passes; "
		    "session=%s",
	    made->instance->name, config_reason(made->reason)->name,
	    made->verdict.detail, session->id);
}

/* trouble - on_error decides */
static const char *
trouble(struct session *session, struct decision *made,
    struct decision *decision)
{
	if (made->section->common.on_error != ON_ERROR_DEFER) {
		pass_trouble(session, made);
		return "pass (on_error)";
	}
	make_reply(session, made);
	if (session->config->milter.mode == MODE_MONITOR ||
	    made->section->common.mode == MODE_MONITOR) {
		note(session, made, OUTCOME_WOULD);
		return "would-tempfail";
	}
	return give_reply(made, decision);
}

/* allow - later policies are skipped for as long as what was judged lasts */
static const char *
allow(struct session *session, const struct verdict *verdict)
{
	if (session->txn.recipient != NULL)
		session->txn.recipient->skip |= verdict->skip;
	else if (session->txn.message != NULL)
		session->txn.message->skip |= verdict->skip;
	else
		session->skip |= verdict->skip;
	return "allow";
}

/* tell - a listener hears of every policy's turn */
static void
tell(struct session *session, const struct plan_row *row,
    const struct finding *finding, const struct reply *reply,
    const char *outcome)
{
	struct chain_trace_row said = {
		.instance = row->instance,
		.section = finding->section,
		.step = session->txn.step,
		.skipped = finding->skipped,
		.verdict =
		    finding->skipped == SKIPPED_NOT ? &finding->verdict : NULL,
		.reply = reply,
		.outcome = outcome,
		.inputs =
		    session->inputs != NULL ? str_text(session->inputs) : "",
	};

	session->trace->row(session->trace->context, &said);
}

void
chain_apply(struct session *session, const struct plan_row *row,
    const struct finding *finding, struct decision *decision)
{
	struct decision made = {
		.instance = row->instance,
		.section = finding->section,
		.verdict = finding->verdict,
	};
	const char *outcome = "pass";

	switch (finding->verdict.kind) {
	case VERDICT_REFUSE:
		made.reason =
		    row->instance->reason_base + finding->verdict.reason;
		outcome = refuse(session, &made, decision);
		break;
	case VERDICT_TROUBLE:
		/* FAILURE_* are in the order of enum trouble */
		made.reason =
		    finding->verdict.own_reason
			? row->instance->reason_base + finding->verdict.reason
			: session->config->failure_base +
			      (unsigned)finding->verdict.trouble;
		outcome = trouble(session, &made, decision);
		break;
	case VERDICT_ALLOW:
		outcome = allow(session, &finding->verdict);
		break;
	case VERDICT_NONE:
		break;
	}
	if (session->trace != NULL)
		tell(session, row, finding,
		    made.reply.code != 0 ? &made.reply : NULL, outcome);
}
