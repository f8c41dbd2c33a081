/*
 * recipient_directory - what the directory says of a recipient.
 *
 * The order of the questions stands in recipient.c.
 */
#include "policy/ours.h"
#include "policies/recipient.h"

/* what an attribute of a recipient means, the first that is set counts */
static const struct {
	unsigned flag;
	unsigned reason;
} attributes[] = {
	{ DIRECTORY_SUSPENDED, RECIPIENT_SUSPENDED },
	{ DIRECTORY_BAD_FORWARD, RECIPIENT_BAD_FORWARD },
	{ DIRECTORY_OVERQUOTA, RECIPIENT_OVER_QUOTA },
};

/* unverifiable - the directory failed: a reason of ours, or trouble */
static struct verdict
unverifiable(struct pctx *p, const struct verdict *trouble)
{
	const struct recipient_settings *s = p->settings;
	struct verdict verdict;

	if (!s->defer_unverifiable ||
	    (trouble->trouble != TROUBLE_UNAVAILABLE &&
		trouble->trouble != TROUBLE_TEMPORARY))
		return *trouble;
	verdict = verdict_refuse(RECIPIENT_UNVERIFIABLE, "defer_unverifiable");
	verdict.detail = trouble->detail;
	return verdict;
}

/* judge_remote - a domain that is not ours */
static struct verdict
judge_remote(struct pctx *p)
{
	const struct recipient_settings *s = p->settings;

	if (!s->refuse_remote || p->txn->connection.trusted ||
	    p->txn->message->login[0] != '\0')
		return verdict_none();
	return verdict_refuse(RECIPIENT_NOT_LOCAL, "refuse_remote");
}

/* unknown - the reason for a missing address, by the kind of its domain */
static struct verdict
unknown(unsigned domain_flags)
{
	if (domain_flags & (DIRECTORY_LIST | DIRECTORY_LIST_DOMAIN))
		return verdict_refuse(RECIPIENT_UNKNOWN_LIST, "verify");
	if (domain_flags & DIRECTORY_LOCAL)
		return verdict_refuse(RECIPIENT_UNKNOWN_LOCAL, "verify");
	return verdict_refuse(RECIPIENT_UNKNOWN, "verify");
}

/* judge_attributes - of the address and of its domain */
static struct verdict
judge_attributes(const struct directory_entry *mailbox,
    const struct directory_entry *domain)
{
	struct verdict verdict;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		if (!((domain->flags | mailbox->flags) & attributes[i].flag))
			continue;
		verdict = verdict_refuse(attributes[i].reason, NULL);
		verdict.entry = mailbox->flags & attributes[i].flag
				    ? mailbox->at
				    : domain->at;
		return verdict;
	}
	return verdict_none();
}

/* recipient_known - what the directory says of the address */
struct verdict
recipient_known(struct pctx *p)
{
	const struct recipient_settings *s = p->settings;
	const struct mailaddr *address = &p->txn->recipient->address;
	struct directory_entry domain = { 0 }, mailbox = { 0 };
	enum ours domain_ours, mailbox_ours;
	struct verdict verdict;

	domain_ours = ours_domain(p, address->domain, &domain, &verdict);
	if (domain_ours == OURS_TROUBLE)
		return unverifiable(p, &verdict);
	if (domain_ours == OURS_NO && p->directory->domains != NULL)
		return judge_remote(p);
	mailbox_ours = ours_mailbox(p, address, &mailbox, &verdict);
	if (mailbox_ours == OURS_TROUBLE)
		return unverifiable(p, &verdict);
	policy_input(p, "mailbox", "%s",
	    mailbox_ours == OURS_YES ? "found" : "not found");
	verdict = judge_attributes(&mailbox, &domain);
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	if (mailbox_ours == OURS_YES || domain_ours == OURS_NO || !s->verify ||
	    p->directory->mailboxes == NULL ||
	    recipient_is_postmaster(address) ||
	    domain.flags & DIRECTORY_CATCHALL)
		return verdict_none();
	return unknown(domain.flags);
}
