/*
 * auth_judge - the judges of the policy auth.
 *
 * The sender's side (account, listener, sender address) is one judge of MAIL,
 * heard at RCPT unless `stage = mail`; what it found is kept for the other
 * recipients with the same settings. Whether a remote recipient needs a login
 * is judged at RCPT. The header From is noted on its way and judged at the end
 * of the headers.
 */
#include <string.h>

#include "base/mem.h"
#include "policy/client.h"
#include "policy/owner.h"
#include "policy/sender_spf.h"
#include "policies/auth.h"

/* judge_account - what the directory says of the login */
static struct verdict
judge_account(struct pctx *p)
{
	struct account account;
	struct verdict verdict;

	if (ours_account(p, &account, &verdict) != OURS_YES)
		return verdict;
	policy_input(p, "account", "%s", account.name);
	if (account.flags & DIRECTORY_DENIED)
		return ours_refuse(&account, DIRECTORY_DENIED,
		    AUTH_ACCOUNT_DENIED, "accounts");
	if (account.flags & DIRECTORY_DISABLED)
		return ours_refuse(&account, DIRECTORY_DISABLED,
		    AUTH_ACCOUNT_DISABLED, "accounts");
	return verdict_none();
}

/* bypassed - the client or the sender may use our domains from outside */
static enum ours
bypassed(struct pctx *p, const struct mailaddr *sender, struct verdict *verdict)
{
	const struct auth_settings *s = p->settings;
	struct table *table = s->bypass_senders;
	enum lookup lookup = LOOKUP_NOT_FOUND;
	struct table_answer answer;

	if (table != NULL)
		lookup = table_find_mail(table, sender, p->deadline_ms,
		    p->arena, &answer);
	if (lookup == LOOKUP_NOT_FOUND && s->bypass_clients != NULL) {
		table = s->bypass_clients;
		lookup = client_find(p, table, &answer);
	}
	*verdict = verdict_lookup(lookup, table);
	if (verdict->kind == VERDICT_TROUBLE)
		return OURS_TROUBLE;
	return lookup == LOOKUP_FOUND ? OURS_YES : OURS_NO;
}

/* spf_of - what SPF says of the client, if it was the address's domain that
 * was checked; NULL: nothing */
static const struct spf_answer *
spf_of(const struct pctx *p, const struct mailaddr *address)
{
	const struct auth_settings *s = p->settings;
	const char *local, *domain = sender_spf_domain(p, &local);

	if (!s->bypass_spf || strcmp(domain, address->domain) != 0)
		return NULL;
	return sender_spf(p, SENDER_SPF_WAIT_MS);
}

/*
 * is_spoofed - OURS_YES: an outsider uses one of our domains; *soft: SPF might
 * permit it, if its record could be looked up
 */
static enum ours
is_spoofed(struct pctx *p, const struct mailaddr *sender, bool *soft,
    struct verdict *verdict)
{
	const struct spf_answer *spf;
	struct directory_entry entry;
	enum ours ours, free;

	*verdict = verdict_none();
	*soft = false;
	if (p->txn->connection.trusted)
		return OURS_NO;
	ours = ours_domain(p, sender->domain, &entry, verdict);
	if (ours != OURS_YES)
		return ours;
	free = bypassed(p, sender, verdict);
	if (free == OURS_TROUBLE)
		return OURS_TROUBLE;
	if (free == OURS_YES)
		return OURS_NO;
	spf = spf_of(p, sender);
	if (spf == NULL)
		return OURS_YES;
	policy_input(p, "spf", "%s", spf_result_name(spf->result));
	if (spf->result == SPF_PASS)
		return OURS_NO;
	*soft = sender_spf_unknown(spf);
	return OURS_YES;
}

/* judge_stranger - the sender of a client that has not logged in */
static struct verdict
judge_stranger(struct pctx *p)
{
	const struct auth_settings *s = p->settings;
	bool lockout = s->lockout & 1u << LOCKOUT_ENVELOPE, soft;
	struct verdict verdict;

	if (s->port_required != PORT_NO)
		return verdict_refuse(AUTH_PORT_REQUIRED, "port_required");
	if (s->required == REQUIRED_ALL)
		return verdict_refuse(AUTH_REQUIRED, "required");
	if (!lockout && s->local_sender == SPOOF_ANYONE)
		return verdict_none();
	if (is_spoofed(p, &p->txn->message->sender, &soft, &verdict) !=
	    OURS_YES)
		return verdict;
	verdict = lockout
		      ? verdict_refuse(AUTH_INBOUND_LOCKOUT, "inbound_lockout")
		      : verdict_refuse(AUTH_LOCAL_SENDER, "local_sender");
	verdict.soft = soft;
	return verdict;
}

/* must_own - the option by which the login must own this sender, or NULL */
static const char *
must_own(const struct auth_settings *s, bool local)
{
	if (s->mismatch == MISMATCH_YES ||
	    (s->mismatch == MISMATCH_AUTO && s->senders != NULL))
		return "sender_mismatch";
	return s->local_sender == SPOOF_NOBODY && local ? "local_sender" : NULL;
}

/* judge_user - the sender of a client that has logged in */
static struct verdict
judge_user(struct pctx *p)
{
	const struct auth_settings *s = p->settings;
	const struct mailaddr *sender = &p->txn->message->sender;
	struct directory_entry entry;
	struct verdict verdict;
	enum ours ours = OURS_NO;
	const char *option;

	verdict = s->accounts ? judge_account(p) : verdict_none();
	if (verdict.kind != VERDICT_NONE || sender->is_null)
		return verdict;
	if (s->port_required == PORT_LOCAL || s->local_sender == SPOOF_NOBODY)
		ours = ours_domain(p, sender->domain, &entry, &verdict);
	if (ours == OURS_TROUBLE)
		return verdict;
	if (s->port_required == PORT_LOCAL && ours == OURS_NO)
		return verdict_refuse(AUTH_PORT_REQUIRED, "port_required");
	option = must_own(s, ours == OURS_YES);
	if (option == NULL ||
	    owner_of_sender(p, sender, s->senders, &verdict) != OURS_NO)
		return verdict;
	return verdict_refuse(AUTH_SENDER_MISMATCH, option);
}

/* auth_sender - once for all recipients with the same settings */
struct verdict
auth_sender(struct pctx *p)
{
	struct auth_scratch *scratch = p->message_scratch;

	if (scratch->judged_for != p->settings) {
		scratch->sender = p->txn->message->login[0] != '\0'
				      ? judge_user(p)
				      : judge_stranger(p);
		scratch->judged_for = p->settings;
	}
	return scratch->sender;
}

/* auth_recipient - whether this recipient's mail needs a login */
struct verdict
auth_recipient(struct pctx *p)
{
	const struct auth_settings *s = p->settings;
	const char *domain = p->txn->recipient->address.domain;
	struct directory_entry entry;
	struct verdict verdict;

	if (p->txn->message->login[0] != '\0' || s->required == REQUIRED_NO)
		return verdict_none();
	if (s->required == REQUIRED_REMOTE &&
	    ours_domain(p, domain, &entry, &verdict) != OURS_NO)
		return verdict;
	return verdict_refuse(AUTH_REQUIRED, "required");
}

/* auth_note_from - keep the From fields; whose they are is asked later */
void
auth_note_from(struct pctx *p)
{
	struct auth_scratch *scratch = p->message_scratch;

	header_from_note(p, &scratch->from);
}

/* auth_from - no address of a From field from outside is one of ours */
struct verdict
auth_from(struct pctx *p)
{
	const struct auth_settings *s = p->settings;
	const struct auth_scratch *scratch = p->message_scratch;
	struct verdict verdict = verdict_none();
	enum ours spoofed = OURS_NO;
	const char *address = "";
	bool soft = false;

	if (!(s->lockout & 1u << LOCKOUT_HEADER) ||
	    p->txn->message->login[0] != '\0')
		return verdict;
	for (size_t i = 0; i < scratch->from.count && spoofed == OURS_NO; i++) {
		address = scratch->from.address[i].address;
		spoofed =
		    is_spoofed(p, &scratch->from.address[i], &soft, &verdict);
	}
	if (spoofed != OURS_YES)
		return verdict;
	verdict = verdict_refuse(AUTH_INBOUND_LOCKOUT, "inbound_lockout");
	verdict.soft = soft;
	verdict.detail = address;
	verdict_value(&verdict, VALUE_ADDRESS, address);
	return verdict;
}
