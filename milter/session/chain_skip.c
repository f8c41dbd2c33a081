/*
 * chain_skip - which policies are not asked about whom.
 *
 * Never judged, unless an option says otherwise: trusted networks; for client
 * checks, logged-in sessions and mail to postmaster and abuse of our domains
 * (RFC 5321 4.5.1, RFC 2142: who is blocked must be able to ask why).
 * Mail without an SMTP client is never refused: Postfix retries a refused
 * sendmail(1) submission without end.
 */
#include <string.h>
#include <strings.h>

#include "session/chain_internal.h"
#include "session/scope.h"

/* allowed - an allow entry covers this policy here */
static bool
allowed(const struct session *session, const struct instance *instance)
{
	unsigned long long skip = session->skip;

	if (session->txn.message != NULL)
		skip |= session->txn.message->skip;
	if (session->txn.recipient != NULL)
		skip |= session->txn.recipient->skip;
	return skip & 1ULL << instance->number;
}

/* is_role - a recipient who must be reachable */
static bool
is_role(const struct session *session, const struct recipient *recipient)
{
	const struct directory *directory = &session->config->directory;
	const struct mailaddr *address = &recipient->address;
	struct directory_entry entry;

	if (strcasecmp(address->local, "postmaster") != 0 &&
	    strcasecmp(address->local, "abuse") != 0)
		return false;
	if (address->domain[0] == '\0' || directory->domains == NULL)
		return true;
	return directory_domain(directory, address->domain,
		   session->deadline_ms, session->message_arena,
		   &entry) != LOOKUP_NOT_FOUND;
}

/* for_role - this step concerns a recipient who must be reachable */
static bool
for_role(const struct session *session)
{
	const struct recipient *recipient = session->txn.recipient;

	if (recipient != NULL)
		return is_role(session, recipient);
	if (session->txn.message == NULL || session->txn.step < STEP_DATA)
		return false;
	for (recipient = session->txn.message->recipients; recipient != NULL;
	     recipient = recipient->next)
		if (!recipient->refused && !recipient->refused_by_mta &&
		    is_role(session, recipient))
			return true;
	return false;
}

/* find_subject - look one subject of the session up in an exempt table */
static enum lookup
find_subject(struct session *session, const struct match *match,
    struct table_answer *answer)
{
	const struct connection *conn = &session->txn.connection;
	const struct message *message = session->txn.message;
	const struct recipient *recipient = session->txn.recipient;
	struct arena *arena = session_arena(session);
	int64_t deadline = session->deadline_ms;

	switch (match->subject) {
	case SUBJECT_RCPT_ADDRESS:
		return recipient == NULL
			   ? LOOKUP_NOT_FOUND
			   : table_find_mail(match->table, &recipient->address,
				 deadline, arena, answer);
	case SUBJECT_FROM_ADDRESS:
		return message == NULL
			   ? LOOKUP_NOT_FOUND
			   : table_find_mail(match->table, &message->sender,
				 deadline, arena, answer);
	case SUBJECT_LOGIN:
		return message == NULL || message->login[0] == '\0'
			   ? LOOKUP_NOT_FOUND
			   : table_find_word(match->table, message->login,
				 deadline, arena, answer);
	case SUBJECT_CLIENT:
		return conn->client.family == 0
			   ? LOOKUP_NOT_FOUND
			   : table_find_address(match->table, &conn->client,
				 deadline, arena, answer);
	case SUBJECT_LISTENER:
		return table_find_word(match->table, conn->listener, deadline,
		    arena, answer);
	case SUBJECT_HELO:
		return table_find_domain(match->table, conn->helo, deadline,
		    arena, answer);
	case SUBJECT_NAME:
		return conn->client_name[0] == '\0'
			   ? LOOKUP_NOT_FOUND
			   : table_find_domain(match->table, conn->client_name,
				 deadline, arena, answer);
	default:
		return LOOKUP_NOT_FOUND;
	}
}

/* exempted - by one of the tables of the option `exempt` */
static bool
exempted(struct session *session, const struct section *section,
    struct verdict *verdict)
{
	const struct matches *exempt = &section->common.exempt;
	struct table_answer answer;
	enum lookup lookup;

	for (size_t i = 0; i < exempt->count; i++) {
		lookup = find_subject(session, &exempt->match[i], &answer);
		if (lookup == LOOKUP_FOUND)
			return true;
		if (lookup != LOOKUP_NOT_FOUND) {
			*verdict =
			    verdict_lookup(lookup, exempt->match[i].table);
			return false;
		}
	}
	return false;
}

enum skipped
chain_spared(const struct session *session, const struct instance *instance,
    const struct section *section)
{
	const struct common *common = &section->common;
	const struct message *message = session->txn.message;

	if (!common->enabled)
		return SKIPPED_DISABLED;
	if (session->txn.connection.local_submission)
		return SKIPPED_LOCAL;
	if (session->txn.connection.trusted && common->trusted == WHOM_SKIP)
		return SKIPPED_TRUSTED;
	if (message != NULL && message->login[0] != '\0' &&
	    common->authenticated == WHOM_SKIP)
		return SKIPPED_AUTHENTICATED;
	return allowed(session, instance) ? SKIPPED_ALLOWED : SKIPPED_NOT;
}

enum skipped
chain_skipped(struct session *session, const struct instance *instance,
    const struct section *section, struct verdict *verdict)
{
	const struct common *common = &section->common;
	bool client_check = instance->policy->flags & POLICY_CLIENT_CHECK;
	enum skipped spared = chain_spared(session, instance, section);

	if (spared != SKIPPED_NOT)
		return spared;
	if (client_check && for_role(session))
		return SKIPPED_POSTMASTER;
	if (common->exempt.count > 0 && exempted(session, section, verdict))
		return SKIPPED_EXEMPT;
	return SKIPPED_NOT;
}

bool
chain_differs_by_recipient(const struct session *session,
    const struct plan_row *row)
{
	const struct instance *instance = row->instance;
	const struct common *common;

	if (instance->scopes_by_recipient ||
	    instance->policy->flags & POLICY_ALL_SCOPES)
		return true;
	common = &scope_section(instance, &session->txn)->common;
	for (size_t i = 0; i < common->exempt.count; i++)
		if (common->exempt.match[i].subject == SUBJECT_RCPT_ADDRESS)
			return true;
	for (const struct recipient *r = session->txn.message->recipients;
	     r != NULL; r = r->next)
		if (r->skip & 1ULL << instance->number)
			return true;
	return false;
}
