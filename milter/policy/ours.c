/*
 * ours - what the directory says of the two ends of a message.
 *
 * A login comes in more than one spelling: Postfix gives it with its realm,
 * Sendmail as it was typed. A bare "alice" therefore stands also for alice at
 * our host name and at the domain of that name, and owns the address alice in
 * every domain of ours.
 *
 * Nothing is owned; texts live in the message's arena. Diagnostics: a failed
 * lookup is a verdict of trouble that names the table.
 */
#include "policy/ours.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

#define LOGIN_FORMS 3

/* answer - what a lookup in a table of ours comes to */
static enum ours
answer(enum lookup lookup, const struct table *table, struct verdict *verdict)
{
	*verdict = verdict_lookup(lookup, table);
	if (verdict->kind == VERDICT_TROUBLE)
		return OURS_TROUBLE;
	return lookup == LOOKUP_FOUND ? OURS_YES : OURS_NO;
}

/* ours_domain - whether a domain is one of ours */
enum ours
ours_domain(const struct pctx *p, const char *domain,
    struct directory_entry *entry, struct verdict *verdict)
{
	const struct directory *directory = p->directory;

	*verdict = verdict_none();
	if (directory->domains == NULL || domain[0] == '\0')
		return OURS_NO;
	return answer(directory_domain(directory, domain, p->deadline_ms,
			  p->arena, entry),
	    directory->domains, verdict);
}

/* ours_mailbox - whether an address is a mailbox, alias or list of ours */
enum ours
ours_mailbox(const struct pctx *p, const struct mailaddr *address,
    struct directory_entry *entry, struct verdict *verdict)
{
	const struct directory *directory = p->directory;
	const struct table *table = directory->mailboxes != NULL
					? directory->mailboxes
					: directory->aliases;

	*verdict = verdict_none();
	if (table == NULL || address->domain[0] == '\0')
		return OURS_NO;
	return answer(directory_recipient(directory, address, p->deadline_ms,
			  p->arena, entry),
	    table, verdict);
}

/* login_forms - the spellings of the login, the one given first */
static size_t
login_forms(const struct pctx *p, const char *forms[LOGIN_FORMS])
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

/* add - the attributes of one more entry; the closest size counts */
static void
add(struct account *account, const struct directory_entry *entry)
{
	account->flags |= entry->flags;
	if (account->max_size == 0)
		account->max_size = entry->max_size;
}

/* add_login - what the table of logins says of one spelling */
static enum ours
add_login(const struct pctx *p, const char *form, struct account *account,
    struct verdict *verdict)
{
	const struct directory *directory = p->directory;
	struct directory_entry entry;
	enum ours known;

	*verdict = verdict_none();
	if (directory->logins == NULL)
		return OURS_NO;
	known = answer(directory_login(directory, form, p->deadline_ms,
			   p->arena, &entry),
	    directory->logins, verdict);
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
	const char *forms[LOGIN_FORMS];
	enum ours login = OURS_NO, mailbox = OURS_NO;
	struct mailaddr address;
	size_t count;

	*account = (struct account){ .name = message->sender.address };
	if (message->login[0] == '\0')
		return add_address(p, &message->sender, account, verdict);
	account->name = message->login;
	count = login_forms(p, forms);
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

/* same_mailbox - local parts agree, a "+tag" left aside */
static bool
same_mailbox(const char *local, const char *other, size_t other_length)
{
	size_t length = strcspn(local, "+");

	return length == other_length && strncasecmp(local, other, length) == 0;
}

/* is_login - the address is the login itself */
static enum ours
is_login(const struct pctx *p, const struct mailaddr *sender,
    struct verdict *verdict)
{
	const char *login = p->txn->message->login;
	const char *host = p->txn->connection.hostname;
	const char *at = strchr(login, '@');
	struct directory_entry entry;
	const char *parent;

	*verdict = verdict_none();
	if (strcasecmp(sender->address, login) == 0)
		return OURS_YES;
	if (!same_mailbox(sender->local, login,
		at != NULL ? (size_t)(at - login) : strlen(login)))
		return OURS_NO;
	if (at != NULL) {
		const char *domain = domain_fold(at + 1, p->arena);

		return domain != NULL && strcmp(sender->domain, domain) == 0
			   ? OURS_YES
			   : OURS_NO;
	}
	parent = domain_parent(host);
	if (strcasecmp(sender->domain, host) == 0 ||
	    (parent != NULL && strcasecmp(sender->domain, parent) == 0))
		return OURS_YES;
	return ours_domain(p, sender->domain, &entry, verdict);
}

/* lists - whether a list of addresses, domains and "*" covers the sender */
static bool
lists(const char *list, const struct mailaddr *sender, struct arena *arena)
{
	const char *word;
	size_t length;

	while ((word = str_next_word(&list, " \t,", &length)) != NULL) {
		const char *item = arena_strndup(arena, word, length);
		struct mailaddr address;

		if (strcmp(item, "*") == 0)
			return true;
		if (item[0] == '@' || strchr(item, '@') == NULL) {
			item = domain_fold(item + (item[0] == '@'), arena);
			if (item != NULL && strcmp(item, sender->domain) == 0)
				return true;
			continue;
		}
		mailaddr_parse(&address, item, arena);
		if (strcmp(address.address, sender->address) == 0)
			return true;
	}
	return false;
}

/* listed_sender - the table of senders lists the address for the login */
static enum ours
listed_sender(const struct pctx *p, const struct mailaddr *sender,
    struct table *senders, struct verdict *verdict)
{
	const char *forms[LOGIN_FORMS];
	size_t count = login_forms(p, forms);
	struct table_answer found;
	enum ours known;

	for (size_t i = 0; i < count; i++) {
		known = answer(table_find_word(senders, forms[i],
				   p->deadline_ms, p->arena, &found),
		    senders, verdict);
		if (known == OURS_TROUBLE)
			return OURS_TROUBLE;
		if (known == OURS_YES && lists(found.value, sender, p->arena))
			return OURS_YES;
	}
	return OURS_NO;
}

/* owner_of - the directory names the login as owner of the address */
static enum ours
owner_of(const struct pctx *p, const struct mailaddr *sender,
    struct verdict *verdict)
{
	const char *forms[LOGIN_FORMS];
	size_t count = login_forms(p, forms);
	struct directory_entry entry;
	const char *owner, *cursor;
	enum ours known;
	size_t length;

	known = ours_mailbox(p, sender, &entry, verdict);
	if (known != OURS_YES)
		return known;
	cursor = entry.owner;
	while ((owner = str_next_word(&cursor, ",", &length)) != NULL)
		for (size_t i = 0; i < count; i++)
			if (strlen(forms[i]) == length &&
			    strncasecmp(forms[i], owner, length) == 0)
				return OURS_YES;
	return OURS_NO;
}

/* ours_login_owns - whether the login may send as this address */
enum ours
ours_login_owns(const struct pctx *p, const struct mailaddr *sender,
    struct table *senders, struct verdict *verdict)
{
	enum ours owns = is_login(p, sender, verdict);

	if (owns == OURS_NO && senders != NULL)
		owns = listed_sender(p, sender, senders, verdict);
	if (owns == OURS_NO)
		owns = owner_of(p, sender, verdict);
	return owns;
}
