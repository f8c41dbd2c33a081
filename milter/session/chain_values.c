/*
 * chain_values - the facts that a reply may name, from the session and from
 * the policy's verdict.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/chain_internal.h"

/* client_values - who is connected */
static void
client_values(struct session *session, struct reply_values *values)
{
	const struct connection *conn = &session->txn.connection;
	char addr[NETADDR_TEXT_SIZE];

	netaddr_format(&conn->client, addr);
	values->text[VALUE_CLIENT_ADDR] =
	    arena_strdup(session_arena(session), addr);
	values->text[VALUE_CLIENT_NAME] =
	    conn->client_name[0] != '\0' ? conn->client_name : "unknown";
	values->text[VALUE_HELO] = conn->helo;
	values->text[VALUE_LISTENER] = conn->listener;
	values->text[VALUE_HOSTNAME] = conn->hostname;
	if (session->txn.step == STEP_UNKNOWN)
		values->text[VALUE_COMMAND] = conn->command;
}

/*
 * concerned - the recipient that a reply is about: from DATA on, where it is
 * about the message, the first that was accepted
 */
static const struct recipient *
concerned(const struct session *session)
{
	const struct recipient *recipient = session->txn.recipient;

	if (recipient != NULL || session->txn.step < STEP_DATA)
		return recipient;
	recipient = session->txn.message->recipients;
	while (recipient != NULL &&
	       (recipient->refused || recipient->refused_by_mta))
		recipient = recipient->next;
	return recipient;
}

/* message_values - the envelope */
static void
message_values(struct session *session, struct reply_values *values)
{
	const struct message *message = session->txn.message;
	const struct recipient *recipient;

	if (message == NULL)
		return;
	values->text[VALUE_SENDER] = message->sender.raw;
	values->text[VALUE_SENDER_DOMAIN] = message->sender.domain;
	values->text[VALUE_LOGIN] = message->login;
	recipient = concerned(session);
	if (recipient == NULL)
		return;
	values->text[VALUE_RECIPIENT] = recipient->address.raw;
	values->text[VALUE_RECIPIENT_DOMAIN] = recipient->address.domain;
}

void
chain_values(struct session *session, const struct decision *decision,
    struct reply_values *values)
{
	const struct verdict *verdict = &decision->verdict;
	char date[40];

	*values = (struct reply_values){ .text = { NULL } };
	client_values(session, values);
	message_values(session, values);
	clock_date(clock_wall_s(session->env->clock), date, sizeof(date));
	values->text[VALUE_TIME] = arena_strdup(session_arena(session), date);
	values->text[VALUE_SESSION] = session->id;
	values->text[VALUE_QUEUE_ID] = session_queue_id(session);
	values->text[VALUE_REASON] = config_reason(decision->reason)->name;
	values->text[VALUE_URL] = session->config->milter.url;
	for (size_t i = 0; i < verdict->values; i++)
		values->text[verdict->value[i].id] = verdict->value[i].text;
}
