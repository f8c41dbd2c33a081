/*
 * decision - one decision, one log line, in Postfix's order; and JSON lines.
 *
 * The line's words come from strangers: inside a value control bytes, blanks
 * and brackets become '?', in the reply's text ';' becomes ',', so that no
 * value can end the line, close a bracket or begin a key.
 */
#include "session/decision.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "policy/step.h"
#include "session/chain.h"
#include "session/decision_internal.h"

/* longest value in a line; RFC 5321 paths have 256 */
#define VALUE_SHOWN 260

/* add_value - a stranger's word, made harmless */
static void
add_value(struct str *line, const char *value)
{
	char shown[VALUE_SHOWN + 1];

	str_printable(shown, sizeof(shown), value);
	for (char *p = shown; *p != '\0'; p++)
		if (strchr(" <>[]\"\\;", *p) != NULL)
			*p = '?';
	str_add(line, shown);
}

/* add_bracketed - " key=<value>" */
static void
add_bracketed(struct str *line, const char *key, const char *value)
{
	str_addf(line, " %s=<", key);
	add_value(line, value);
	str_add(line, ">");
}

/* add_word - " key=value", nothing for an empty value */
static void
add_word(struct str *line, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	str_addf(line, " %s=", key);
	add_value(line, value);
}

const char *
decision_action(const struct decision *decision, enum outcome outcome)
{
	static const char *const would[] = {
		[ACTION_TAG] = "would-tag",
		[ACTION_SCORE] = "would-score",
		[ACTION_QUARANTINE] = "would-quarantine",
		[ACTION_DISCARD] = "would-discard",
	};
	enum action act = chain_action(decision);

	if (outcome != OUTCOME_WOULD)
		return stats_outcome_name(outcome);
	if (decision->verdict.kind == VERDICT_REFUSE && act >= ACTION_TAG &&
	    act <= ACTION_DISCARD)
		return would[act];
	return decision->reply.code >= 500 ? "would-reject" : "would-tempfail";
}

/* protocol - as Postfix writes proto= */
const char *
decision_protocol(const struct connection *conn)
{
	if (conn->greeting == GREETING_HELO)
		return "SMTP";
	return conn->greeting == GREETING_NONE ? "" : "ESMTP";
}

/* begin_line - "QUEUEID: action: STEP from name[addr]" */
static void
begin_line(struct str *line, const struct txn *txn, const char *action)
{
	const struct connection *conn = &txn->connection;
	const char *queue_id =
	    txn->message != NULL ? txn->message->queue_id : "";
	char addr[NETADDR_TEXT_SIZE];

	add_value(line, queue_id[0] != '\0' ? queue_id : "NOQUEUE");
	str_addf(line, ": %s: %s from ", action, step_log_name(txn->step));
	add_value(line,
	    conn->client_name[0] != '\0' ? conn->client_name : "unknown");
	str_addf(line, "[%s]:", netaddr_format(&conn->client, addr));
}

/* add_envelope - " from=<> to=<> login= proto= helo=<>" */
static void
add_envelope(struct str *line, const struct txn *txn)
{
	const struct connection *conn = &txn->connection;

	if (txn->message != NULL)
		add_bracketed(line, "from", txn->message->sender.raw);
	if (txn->recipient != NULL)
		add_bracketed(line, "to", txn->recipient->address.raw);
	if (txn->message != NULL)
		add_word(line, "login", txn->message->login);
	add_word(line, "proto", decision_protocol(conn));
	add_bracketed(line, "helo", conn->helo);
}

/* defuse - in free text: no ';', and no " word=" that could be a key */
static void
defuse(char *text)
{
	const char *word = NULL; /* begins a run of letters behind a blank */

	for (char *p = text; *p != '\0'; p++) {
		if (*p == ';')
			*p = ',';
		else if (*p == '=' && word != NULL)
			*p = ':';
		if (*p == ' ')
			word = p + 1;
		else if ((*p < 'a' || *p > 'z') && *p != '_')
			word = NULL;
	}
}

/* add_reply - the reply as the client sees it */
static void
add_reply(struct str *line, const struct reply *reply)
{
	size_t begin = line->length;

	str_add_char(line, ' ');
	reply_text(reply, line);
	defuse(line->data + begin);
	str_add_char(line, ';');
}

/* tint - refused red, deferred yellow, everything else noted */
static enum log_tint
tint(enum outcome outcome)
{
	if (outcome == OUTCOME_REJECT)
		return TINT_REFUSED;
	return outcome == OUTCOME_TEMPFAIL ? TINT_DEFERRED : TINT_NOTED;
}

void
decision_write(struct decision_log *log, struct session *session,
    const struct decision *decision, enum outcome outcome)
{
	const struct txn *txn = &session->txn;
	struct str line = STR_INIT;

	session_queue_id(session);
	begin_line(&line, txn, decision_action(decision, outcome));
	add_reply(&line, &decision->reply);
	str_addf(&line, " policy=%s reason=%s session=%s",
	    decision->instance->name, config_reason(decision->reason)->name,
	    session->id);
	add_envelope(&line, txn);
	add_word(&line, "scope", decision->section->scope_text);
	if (decision->verdict.detail != NULL)
		add_bracketed(&line, "why", decision->verdict.detail);
	log_line(LEVEL_INFO, tint(outcome), str_text(&line));
	str_fini(&line);
	decision_file_refusal(log, session, decision, outcome);
}

void
decision_accepted(struct decision_log *log, struct session *session)
{
	const struct txn *txn = &session->txn;
	int accepted = session->config->log.accepted;
	struct str line = STR_INIT;

	if (accepted != ACCEPTED_NONE) {
		session_queue_id(session);
		begin_line(&line, txn, "accept");
		str_addf(&line, " session=%s", session->id);
		add_envelope(&line, txn);
		str_addf(&line, " nrcpt=%u", txn->message->accepted_recipients);
		if (txn->message->refused_recipients > 0)
			str_addf(&line, " refused=%u",
			    txn->message->refused_recipients);
		for (const struct recipient *r = txn->message->recipients;
		     accepted == ACCEPTED_ALL && r != NULL; r = r->next)
			if (!r->refused && !r->refused_by_mta)
				add_bracketed(&line, "to", r->address.raw);
		log_line(LEVEL_INFO, TINT_NONE, str_text(&line));
	}
	str_fini(&line);
	decision_file_accepted(log, session);
}
