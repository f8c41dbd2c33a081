/*
 * owner - whether a login may send as an address.
 *
 * A bare login, as Sendmail gives it, owns its name at our host name, at the
 * domain of that name, and in every domain of ours.
 */
#include "policy/owner.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

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
	const char *forms[OURS_LOGIN_FORMS];
	size_t count = ours_login_forms(p, forms);
	struct table_answer found;
	enum lookup lookup;

	*verdict = verdict_none();
	for (size_t i = 0; i < count; i++) {
		lookup = table_find_word(senders, forms[i], p->deadline_ms,
		    p->arena, &found);
		*verdict = verdict_lookup(lookup, senders);
		if (verdict->kind == VERDICT_TROUBLE)
			return OURS_TROUBLE;
		if (lookup == LOOKUP_FOUND &&
		    lists(found.value, sender, p->arena))
			return OURS_YES;
	}
	return OURS_NO;
}

/* named_owner - the directory names the login as owner of the address */
static enum ours
named_owner(const struct pctx *p, const struct mailaddr *sender,
    struct verdict *verdict)
{
	const char *forms[OURS_LOGIN_FORMS];
	size_t count = ours_login_forms(p, forms);
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

/* owner_of_sender - whether the login may send as this address */
enum ours
owner_of_sender(const struct pctx *p, const struct mailaddr *sender,
    struct table *senders, struct verdict *verdict)
{
	enum ours owns = is_login(p, sender, verdict);

	if (owns == OURS_NO && senders != NULL)
		owns = listed_sender(p, sender, senders, verdict);
	if (owns == OURS_NO)
		owns = named_owner(p, sender, verdict);
	return owns;
}
