/*
 * ours - what the directory says of the two ends of a message.
 *
 * A login comes in more than one spelling: Postfix gives it with its realm,
 * Sendmail as it was typed. A bare "alice" therefore stands also for alice at
 * our host name and at the domain of that name.
 *
 * Several policies ask about the same domain and the same mailbox. What was
 * answered in a transaction is kept for it, failures too, so that a directory
 * behind a socket costs one exchange for each, and a dead one is asked once.
 *
 * Nothing is owned; texts live in the message's arena. Diagnostics: a failed
 * lookup is a verdict of trouble that names the table.
 */
#include "policy/ours.h"

#include <string.h>

#include "base/mem.h"

/* what is asked of the directory */
enum kind { KIND_DOMAIN, KIND_MAILBOX, KIND_LOGIN };

/* the latest answers; one recipient of a message needs five at most */
struct ours_seen {
	size_t next;
	struct seen {
		const char *key; /* NULL: not used yet */
		enum kind kind;
		enum ours ours;
		struct directory_entry entry;
		struct verdict verdict;
	} row[8];
};

/* find_seen - an earlier answer in this transaction, or NULL */
static const struct seen *
find_seen(const struct pctx *p, enum kind kind, const char *key)
{
	const struct ours_seen *seen = p->seen != NULL ? *p->seen : NULL;

	for (size_t i = 0;
	     seen != NULL && i < sizeof(seen->row) / sizeof(seen->row[0]); i++)
		if (seen->row[i].key != NULL && seen->row[i].kind == kind &&
		    strcmp(seen->row[i].key, key) == 0)
			return &seen->row[i];
	return NULL;
}

/* keep - an answer for the next who asks, in place of the oldest */
static void
keep(const struct pctx *p, const struct seen *row)
{
	struct ours_seen *seen;

	if (p->seen == NULL)
		return;
	if (*p->seen == NULL)
		*p->seen = arena_alloc(p->arena, sizeof(**p->seen));
	seen = *p->seen;
	seen->row[seen->next] = *row;
	seen->next =
	    (seen->next + 1) % (sizeof(seen->row) / sizeof(seen->row[0]));
}

/* answer - what a lookup in a table of ours comes to */
static enum ours
answer(enum lookup lookup, const struct table *table, struct verdict *verdict)
{
	*verdict = verdict_lookup(lookup, table);
	if (verdict->kind == VERDICT_TROUBLE)
		return OURS_TROUBLE;
	return lookup == LOOKUP_FOUND ? OURS_YES : OURS_NO;
}

/* look_up - ask the directory itself */
static enum lookup
look_up(const struct pctx *p, enum kind kind, const char *key,
    const struct mailaddr *address, struct directory_entry *entry)
{
	switch (kind) {
	case KIND_DOMAIN:
		return directory_domain(p->directory, key, p->deadline_ms,
		    p->arena, entry);
	case KIND_MAILBOX:
		return directory_recipient(p->directory, address,
		    p->deadline_ms, p->arena, entry);
	default:
		return directory_login(p->directory, key, p->deadline_ms,
		    p->arena, entry);
	}
}

/* ask - once in a transaction; table NULL: not configured */
static enum ours
ask(const struct pctx *p, enum kind kind, const char *key,
    const struct mailaddr *address, const struct table *table,
    struct directory_entry *entry, struct verdict *verdict)
{
	const struct seen *seen;
	struct seen row = { .key = key, .kind = kind };

	*verdict = verdict_none();
	if (table == NULL)
		return OURS_NO;
	seen = find_seen(p, kind, key);
	if (seen == NULL) {
		row.ours = answer(look_up(p, kind, key, address, &row.entry),
		    table, &row.verdict);
		keep(p, &row);
		seen = &row;
	}
	*entry = seen->entry;
	*verdict = seen->verdict;
	return seen->ours;
}

/* ours_domain - whether a domain is one of ours */
enum ours
ours_domain(const struct pctx *p, const char *domain,
    struct directory_entry *entry, struct verdict *verdict)
{
	return ask(p, KIND_DOMAIN, domain, NULL,
	    domain[0] != '\0' ? p->directory->domains : NULL, entry, verdict);
}

/* ours_mailbox - whether an address is a mailbox, alias or list of ours */
enum ours
ours_mailbox(const struct pctx *p, const struct mailaddr *address,
    struct directory_entry *entry, struct verdict *verdict)
{
	const struct table *table = p->directory->mailboxes != NULL
					? p->directory->mailboxes
					: p->directory->aliases;

	return ask(p, KIND_MAILBOX, address->address, address,
	    address->domain[0] != '\0' ? table : NULL, entry, verdict);
}

/* ours_login_forms - the spellings of the login, the one given first */
size_t
ours_login_forms(const struct pctx *p, const char *forms[OURS_LOGIN_FORMS])
{
	const char *login = p->txn->message->login;
	const char *host = p->txn->connection.hostname;
	const char *parent = domain_parent(host);
	size_t count = 0;

	forms[count++] = login;
	if (strchr(login, '@') != NULL)
		return count;
	if (host[0] != '\0')
		forms[count++] = arena_printf(p->arena, "%s@%s", login, host);
	if (parent != NULL)
		forms[count++] = arena_printf(p->arena, "%s@%s", login, parent);
	return count;
}

/* add - the attributes of one more entry; the closest size and limit count */
static void
add(struct account *account, const struct directory_entry *entry)
{
	account->flags |= entry->flags;
	account->entry[account->entries].flags = entry->flags;
	account->entry[account->entries++].at = entry->at;
	if (account->max_size == 0)
		account->max_size = entry->max_size;
	if (account->limit[0] == '\0') {
		account->limit = entry->limit;
		account->limit_at = entry->at;
	}
}

/* add_login - what the table of logins says of one spelling */
static enum ours
add_login(const struct pctx *p, const char *form, struct account *account,
    struct verdict *verdict)
{
	struct directory_entry entry;
	enum ours known;

	known = ask(p, KIND_LOGIN, form, NULL, p->directory->logins, &entry,
	    verdict);
	if (known == OURS_YES)
		add(account, &entry);
	return known;
}

/* add_address - what mailbox and domain of an address say */
static enum ours
add_address(const struct pctx *p, const struct mailaddr *address,
    struct account *account, struct verdict *verdict)
{
	struct directory_entry of_domain, of_mailbox;
	enum ours domain, mailbox;

	domain = ours_domain(p, address->domain, &of_domain, verdict);
	if (domain != OURS_YES)
		return domain;
	mailbox = ours_mailbox(p, address, &of_mailbox, verdict);
	if (mailbox == OURS_TROUBLE)
		return OURS_TROUBLE;
	if (mailbox == OURS_YES)
		add(account, &of_mailbox);
	add(account, &of_domain);
	return OURS_YES;
}

/* ours_account - on whose account the message is sent */
enum ours
ours_account(const struct pctx *p, struct account *account,
    struct verdict *verdict)
{
	const struct message *message = p->txn->message;
	const char *forms[OURS_LOGIN_FORMS];
	enum ours login = OURS_NO, mailbox = OURS_NO;
	struct mailaddr address;
	size_t count;

	*account = (struct account){
		.name = message->sender.address,
		.limit = "",
	};
	if (message->login[0] == '\0')
		return add_address(p, &message->sender, account, verdict);
	account->name = message->login;
	count = ours_login_forms(p, forms);
	for (size_t i = 0; i < count && login == OURS_NO; i++)
		login = add_login(p, forms[i], account, verdict);
	for (size_t i = 0; i < count && mailbox == OURS_NO; i++) {
		if (login == OURS_TROUBLE)
			return OURS_TROUBLE;
		mailaddr_parse(&address, forms[i], p->arena);
		mailbox = add_address(p, &address, account, verdict);
	}
	return mailbox == OURS_NO ? login : mailbox;
}

/* ours_refuse - an account, for an attribute of it */
struct verdict
ours_refuse(const struct account *account, unsigned flag, unsigned reason,
    const char *option)
{
	struct verdict verdict = verdict_refuse(reason, option);

	verdict.detail = account->name;
	for (size_t i = 0; i < account->entries; i++)
		if (account->entry[i].flags & flag) {
			verdict.entry = account->entry[i].at;
			break;
		}
	return verdict;
}
