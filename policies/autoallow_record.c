/*
 * autoallow_record - what a session leaves behind: to whom a user of ours
 * wrote, and what was refused.
 *
 * Nobody waits for either: both go out with what else the message leaves.
 */
#include "base/clock.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "policy/ours.h"
#include "store/store.h"
#include "policies/autoallow.h"

/* put - an entry */
static void
put(struct pctx *p, const char *policy, const char *subject, const char *rest,
    const char *value, int64_t ttl_s)
{
	const struct store_entry entry = {
		.key = {
		    .policy = policy,
		    .subject = subject,
		    .rest = rest,
		    .local = p->store_local,
		},
		.verb = ENTRY_PUT,
		.value = value,
		.ttl_s = ttl_s,
	};

	store_add_entry(policy_store_later(p), &entry);
}

/* is_ours - whether a domain is; OURS_NO without a directory */
static enum ours
is_ours(const struct pctx *p, const struct mailaddr *address)
{
	struct directory_entry entry;
	struct verdict verdict;

	return ours_domain(p, address->domain, &entry, &verdict);
}

/* is_user - whether a user of ours sent this */
static bool
is_user(const struct pctx *p)
{
	const struct autoallow_settings *s = p->settings;
	const struct connection *conn = &p->txn->connection;
	const struct message *message = p->txn->message;
	unsigned who = 0;

	if (message->login[0] != '\0')
		who |= 1u << AUTOALLOW_LOGIN;
	if (conn->trusted)
		who |= 1u << AUTOALLOW_TRUSTED;
	if (conn->local_submission)
		who |= 1u << AUTOALLOW_LOCAL;
	if (message->sender.is_null || message->sender.domain[0] == '\0' ||
	    (who & s->record) == 0)
		return false;
	/* a trusted host may also bring what came from outside */
	return p->directory->domains == NULL ||
	       is_ours(p, &message->sender) != OURS_NO;
}

void
autoallow_record(struct pctx *p)
{
	const struct autoallow_settings *s = p->settings;
	const struct message *message = p->txn->message;
	const char *user;

	/* who writes to that many does not expect answers of all */
	if (message->accepted_recipients > s->recipients_max || !is_user(p))
		return;
	user = mailbox_of(&message->sender, p->arena);
	for (const struct recipient *r = message->recipients; r != NULL;
	     r = r->next)
		if (!r->refused && !r->refused_by_mta && !r->discard &&
		    r->address.domain[0] != '\0' &&
		    is_ours(p, &r->address) != OURS_YES)
			put(p, AUTOALLOW_SENT,
			    mailbox_of(&r->address, p->arena), user, "",
			    s->lifetime_s);
}

/* note - one refusal; a recipient may not be known yet */
static void
note(struct pctx *p, const struct recipient *recipient, unsigned number)
{
	const struct autoallow_settings *s = p->settings;
	const struct txn *txn = p->txn;
	char client[NETADDR_TEXT_SIZE];
	const struct autoallow_ref ref = {
		.at_s = clock_wall_s(p->env->clock),
		.client = netaddr_format(&txn->connection.client, client),
		.sender = txn->message->sender.address,
		.recipient =
		    recipient != NULL ? recipient->address.address : "",
		.policy = txn->decided->policy,
		.reason = txn->decided->reason,
	};
	char *value = autoallow_ref_print(&ref);

	put(p, AUTOALLOW_REF, txn->session_id,
	    arena_printf(p->arena, "%u", number), value, s->reference_s);
	mem_free(value);
}

void
autoallow_note(struct pctx *p, unsigned *refs)
{
	const struct recipient *r = p->txn->recipient;

	if (r != NULL || p->txn->message->accepted_recipients == 0) {
		if (*refs < AUTOALLOW_REFS)
			note(p, r, ++*refs);
		return;
	}
	/* of a message: all that were still to get it */
	for (r = p->txn->message->recipients; r != NULL; r = r->next)
		if (!r->refused && !r->refused_by_mta && *refs < AUTOALLOW_REFS)
			note(p, r, ++*refs);
}
