/*
 * session_message - the steps of a transaction, from MAIL to its end.
 *
 * A transaction ends at end of message, whatever came of it, at abort, and at
 * the next MAIL or greeting: MTAs do not call abort after a refusal at DATA
 * or later (Postfix 3.7, Sendmail 8.17).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "session/chain.h"
#include "session/decision.h"
#include "session/session_internal.h"

/* more of them in one message are not looked at, see session_overdone() */
#define REFUSED_MAX 1000

void
session_end_message(struct session *session)
{
	if (session->txn.message != NULL) {
		session->txn.recipient = NULL;
		chain_observe(session, STEP_END);
	}
	chain_store_post_message(session);
	session->txn.message = NULL;
	session->txn.recipient = NULL;
	session->message_scratch = NULL;
	session->tags = NULL;
	session->forged_tags = 0;
	session->added = session->removed = NULL;
	session->removals = 0;
	session->quarantine = NULL;
	session->mime = NULL;
	session->mime_asked = false;
	session->raw = NULL;
	session->raw_asked = false;
	session->seen = NULL;
	session->sender_spf = NULL;
	session->scans = NULL;
	arena_reset(session->message_arena);
}

void
session_abort(struct session *session)
{
	session_end_message(session);
}

const char *
session_queue_id(struct session *session)
{
	struct message *message = session->txn.message;

	if (message == NULL)
		return "";
	if (message->queue_id[0] == '\0')
		message->queue_id = arena_strdup(session->message_arena,
		    session_macro(session, "i"));
	return message->queue_id;
}

/* copy_parameters - argv behind the path, into the message's arena */
static const char *const *
copy_parameters(struct session *session, char **argv)
{
	struct arena *arena = session->message_arena;
	const char **copy;
	size_t count = 0;

	while (argv[0] != NULL && argv[count + 1] != NULL)
		count++;
	copy = arena_alloc(arena, (count + 1) * sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_strdup(arena, argv[i + 1]);
	return copy;
}

/* learn_login - Postfix and Sendmail tell it at each MAIL */
static void
learn_login(struct session *session, struct message *message)
{
	struct arena *arena = session->message_arena;

	message->auth_type =
	    arena_strdup(arena, session_macro(session, "{auth_type}"));
	message->login =
	    arena_strdup(arena, session_macro(session, "{auth_authen}"));
	message->auth_author =
	    arena_strdup(arena, session_macro(session, "{auth_author}"));
	if (message->auth_type[0] == '\0')
		message->login = "";
}

/* declared_size - SIZE= of RFC 1870, -1 when it says nothing */
static int64_t
declared_size(const char *const *parameters)
{
	const char *value = esmtp_parameter(parameters, "SIZE");
	unsigned long long size;

	if (value == NULL || value[0] == '\0' ||
	    value[strspn(value, "0123456789")] != '\0')
		return -1;
	/* RFC 1870 allows 20 digits, more than any number here holds */
	if (!str_parse_uint(value, &size) || size > INT64_MAX)
		return INT64_MAX;
	return (int64_t)size;
}

/* prove_ehlo - parameters and logins exist in ESMTP only (RFC 5321 2.2.1) */
static void
prove_ehlo(struct session *session, const struct message *message)
{
	struct connection *conn = &session->txn.connection;

	session_learn_greeting(session);
	if (conn->greeting == GREETING_UNKNOWN &&
	    (message->parameters[0] != NULL || message->login[0] != '\0'))
		conn->greeting = GREETING_EHLO;
}

enum answer
session_mail(struct session *session, char **argv)
{
	struct message *message;
	enum answer answer;

	session_end_message(session);
	message = arena_alloc(session->message_arena, sizeof(*message));
	mailaddr_parse(&message->sender, argv[0] != NULL ? argv[0] : "",
	    session->message_arena);
	message->parameters = copy_parameters(session, argv);
	message->declared_size = declared_size(message->parameters);
	message->queue_id = "";
	message->spf.domain = "";
	learn_login(session, message);
	session->txn.message = message;
	session->txn.connection.messages++;
	session_learn_tls(session);
	prove_ehlo(session, message);
	answer = session_run(session, STEP_MAIL);
	if (answer != ANSWER_CONTINUE)
		session_end_message(session);
	return answer;
}

/* add_recipient - at the end of the list, so that their order is kept */
static struct recipient *
add_recipient(struct session *session, char **argv)
{
	struct message *message = session->txn.message;
	struct arena *arena = session->message_arena;
	struct recipient *recipient = arena_alloc(arena, sizeof(*recipient));

	recipient->path = arena_strdup(arena, argv[0] != NULL ? argv[0] : "");
	mailaddr_parse(&recipient->address, recipient->path, arena);
	recipient->parameters = copy_parameters(session, argv);
	if (message->last_recipient != NULL)
		message->last_recipient->next = recipient;
	else
		message->recipients = recipient;
	message->last_recipient = recipient;
	return recipient;
}

/*
 * count_refused - by us or by the MTA: harvesters collect both. What was put
 * off only (greylisting, too many recipients) is nobody's fault and does not
 * count against the connection.
 */
static void
count_refused(struct session *session, bool for_good)
{
	session->txn.message->refused_recipients++;
	if (for_good)
		session->txn.connection.refused_recipients++;
}

/*
 * refused_by_mta - asked for with SMFIP_RCPT_REJ. The answer is ignored, and
 * 421 would close the connection in Sendmail: nothing but a look.
 */
static enum answer
refused_by_mta(struct session *session, struct recipient *recipient)
{
	struct decision decision;

	recipient->refused_by_mta = true;
	/* the MTA's enhanced code: "5.1.1", "4.7.1" */
	count_refused(session, session_macro(session, "{rcpt_host}")[0] != '4');
	session->txn.step = STEP_REFUSED;
	chain_run(session, &decision);
	return ANSWER_CONTINUE;
}

enum answer
session_rcpt(struct session *session, char **argv)
{
	struct message *message = session->txn.message;
	struct recipient *recipient;
	enum answer answer;

	if (message == NULL)
		return ANSWER_CONTINUE;
	if (message->refused_recipients >= REFUSED_MAX &&
	    session_overdone(session, message->refused_recipients++,
		REFUSED_MAX, "refused recipients in a message"))
		return ANSWER_TEMPFAIL;
	recipient = add_recipient(session, argv);
	session->txn.recipient = recipient;
	stats_add(session->env->stats, COUNT_RECIPIENTS, 1);
	if (strcmp(session_macro(session, "{rcpt_mailer}"), "error") == 0) {
		answer = refused_by_mta(session, recipient);
	} else {
		answer = session_run(session, STEP_RCPT);
		if (answer == ANSWER_CONTINUE) {
			message->accepted_recipients++;
		} else {
			recipient->refused = true;
			count_refused(session, answer == ANSWER_REJECT);
		}
	}
	session->txn.recipient = NULL;
	return answer;
}

/* message_step - a step that ends the transaction when it is refused */
static enum answer
message_step(struct session *session, enum step step)
{
	enum answer answer;

	if (session->txn.message == NULL)
		return ANSWER_CONTINUE;
	answer = session_run(session, step);
	if (answer != ANSWER_CONTINUE)
		session_end_message(session);
	return answer;
}

enum answer
session_data(struct session *session)
{
	return message_step(session, STEP_DATA);
}

enum answer
session_header(struct session *session, const char *name, const char *value)
{
	struct message *message = session->txn.message;
	struct decision decision;

	if (message == NULL)
		return ANSWER_CONTINUE;
	message->headers++;
	/* name, colon, blank, value, CRLF; folds come as LF alone */
	message->size += (int64_t)(strlen(name) + strlen(value) + 4);
	if (strcasecmp(name, SESSION_TAG_HEADER) == 0)
		session_remove_header(session, SESSION_TAG_HEADER,
		    ++session->forged_tags);
	session_mime_header(session, name, value);
	session_raw_header(session, name, value);
	session->txn.step = STEP_HEADER;
	session->txn.header_name = name;
	session->txn.header_value = value;
	chain_run(session, &decision);
	session->txn.header_name = session->txn.header_value = NULL;
	return ANSWER_CONTINUE;
}

enum answer
session_eoh(struct session *session)
{
	if (session->txn.message != NULL)
		session->txn.message->size += 2;
	return message_step(session, STEP_EOH);
}

/* has_enough - nobody needs the rest of the body */
static bool
has_enough(const struct session *session)
{
	return config_may_skip_body(session->config) &&
	       session_mime_has_enough(session) &&
	       session_raw_has_enough(session);
}

enum answer
session_body(struct session *session, const unsigned char *chunk, size_t length)
{
	struct message *message = session->txn.message;
	struct decision decision;

	if (message == NULL)
		return ANSWER_CONTINUE;
	message->size += (int64_t)length;
	session_mime_body(session, chunk, length);
	session_raw_body(session, chunk, length);
	session->txn.step = STEP_BODY;
	session->txn.chunk = chunk;
	session->txn.chunk_length = length;
	chain_run(session, &decision);
	session->txn.chunk = NULL;
	session->txn.chunk_length = 0;
	return has_enough(session) ? ANSWER_ENOUGH : ANSWER_CONTINUE;
}

/*
 * drop_discarded - action = discard at RCPT is for one recipient, but MTAs
 * discard the whole message: the others must still get theirs. True when
 * nobody is left.
 */
static bool
drop_discarded(struct session *session)
{
	const struct message *message = session->txn.message;
	unsigned left = message->accepted_recipients;

	for (const struct recipient *r = message->recipients; r != NULL;
	     r = r->next)
		left -= r->discard ? 1 : 0;
	if (left == 0 && message->accepted_recipients > 0)
		return true;
	for (const struct recipient *r = message->recipients; r != NULL;
	     r = r->next)
		if (r->discard)
			session->ops->delete_recipient(session->mta, r->path);
	return false;
}

/* accept_message - what is left to do for a message that passed */
static enum answer
accept_message(struct session *session)
{
	if (drop_discarded(session)) {
		chain_decided(session,
		    &(struct decision){ .kind = DECISION_DISCARD });
		return ANSWER_DISCARD;
	}
	if (!session_edit_headers(session)) {
		chain_decided(session,
		    &(struct decision){ .kind = DECISION_TEMPFAIL });
		return ANSWER_TEMPFAIL;
	}
	if (session->quarantine != NULL)
		session->ops->quarantine(session->mta, session->quarantine);
	stats_add(session->env->stats, COUNT_ACCEPTED, 1);
	chain_decided(session, &(struct decision){ .kind = DECISION_PASS });
	if (session->decisions != NULL)
		decision_accepted(session->decisions, session);
	return ANSWER_CONTINUE;
}

enum answer
session_eom(struct session *session)
{
	enum answer answer;

	if (session->txn.message == NULL)
		return ANSWER_CONTINUE;
	stats_add(session->env->stats, COUNT_MESSAGES, 1);
	session_mime_end(session);
	session_raw_end(session);
	answer = session_run(session, STEP_EOM);
	if (answer == ANSWER_CONTINUE)
		answer = accept_message(session);
	session_end_message(session);
	return answer;
}
