/*
 * access_lists - one subject of the session against one list.
 *
 * Two kinds of list. A list of the site has the subject as its key: it is
 * looked up by hash, trie or pattern, in as many tables as are given. A kept
 * list belongs to a recipient or a domain: its table has the keeper as its key
 * and the whole list as the value, so that one table serves a million users.
 * Kept lists are short and are compared word by word.
 *
 * A domain matches by whole labels only. An address matches whatever the case
 * of its letters, and domains in either spelling of RFC 5890.
 */
#include <string.h>
#include <strings.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "policy/client.h"
#include "policies/access.h"

/* find_helo - by name, by address literal, or as it is */
static enum lookup
find_helo(const struct pctx *p, struct table *table,
    struct table_answer *answer)
{
	const char *helo = p->txn->connection.helo;
	struct netaddr addr;
	const char *name;

	if (helo[0] == '\0')
		return LOOKUP_NOT_FOUND;
	if (netaddr_parse(&addr, helo) && table_takes_addresses(table))
		return table_find_address(table, &addr, p->deadline_ms,
		    p->arena, answer);
	name = domain_fold(helo, p->arena);
	if (name != NULL)
		return table_find_domain(table, name, p->deadline_ms, p->arena,
		    answer);
	return table_find_word(table, helo, p->deadline_ms, p->arena, answer);
}

/* find_from - by each address of the From fields */
static enum lookup
find_from(const struct pctx *p, struct table *table, struct access_hit *hit)
{
	const struct header_from *from = p->message_scratch;
	enum lookup lookup;

	for (size_t i = 0; from != NULL && i < from->count; i++) {
		lookup = table_find_mail(table, &from->address[i],
		    p->deadline_ms, p->arena, &hit->answer);
		if (lookup == LOOKUP_NOT_FOUND)
			continue;
		hit->from = from->address[i].address;
		return lookup;
	}
	return LOOKUP_NOT_FOUND;
}

/* find_in - one list's subject in one table */
static enum lookup
find_in(const struct pctx *p, enum access_list list, struct table *table,
    struct access_hit *hit)
{
	const struct txn *txn = p->txn;

	switch (list) {
	case LIST_CLIENTS:
		return client_find(p, table, &hit->answer);
	case LIST_HELO:
		return find_helo(p, table, &hit->answer);
	case LIST_SENDERS:
		return table_find_mail(table, &txn->message->sender,
		    p->deadline_ms, p->arena, &hit->answer);
	case LIST_RECIPIENTS:
		return table_find_mail(table, &txn->recipient->address,
		    p->deadline_ms, p->arena, &hit->answer);
	case LIST_HEADER_FROM:
		return find_from(p, table, hit);
	default:
		return LOOKUP_NOT_FOUND;
	}
}

void
access_find(const struct pctx *p, enum access_list list,
    const struct tables *tables, struct access_hit *hit)
{
	struct access_hit one;

	*hit = (struct access_hit){ .lookup = LOOKUP_NOT_FOUND };
	for (size_t i = 0; i < tables->count; i++) {
		one = (struct access_hit){ .table = tables->table[i] };
		one.lookup = find_in(p, list, tables->table[i], &one);
		if (one.lookup == LOOKUP_NOT_FOUND)
			continue;
		if (one.lookup == LOOKUP_FOUND ||
		    hit->lookup == LOOKUP_NOT_FOUND)
			*hit = one;
		if (one.lookup == LOOKUP_FOUND)
			return;
	}
}

/* same_domain - a list's spelling of a domain against a folded one */
static bool
same_domain(const char *entry, const char *domain, struct arena *arena)
{
	const char *folded;

	if (strcasecmp(entry, domain) == 0)
		return true;
	if (str_is_ascii(entry))
		return false;
	folded = domain_fold(entry, arena);
	return folded != NULL && strcmp(folded, domain) == 0;
}

/* under_domain - the same with all names below it */
static bool
under_domain(const char *entry, const char *domain, struct arena *arena)
{
	const char *folded = domain_fold(entry, arena);

	return folded != NULL && domain_is_under(domain, folded);
}

/* same_local - with the "+tag" of the address and without it, as in tables */
static bool
same_local(const char *entry, size_t length, const struct mailaddr *address)
{
	size_t whole = strlen(address->address) - strlen(address->domain);
	size_t plain = strcspn(address->address, "+@");

	if (address->domain[0] != '\0')
		whole--; /* the "@" */
	if (strncasecmp(entry, address->address, length) != 0)
		return false;
	return length == whole ||
	       (length == plain && plain > 0 && address->address[plain] == '+');
}

/*
 * entry_matches - one word of a kept list: "<>", "user@domain", "user@",
 * "@domain", "domain", ".domain".
 */
static bool
entry_matches(const char *entry, const struct mailaddr *address,
    struct arena *arena, bool *by_domain)
{
	const char *at = strrchr(entry, '@');
	size_t local = at == NULL ? 0 : (size_t)(at - entry);

	*by_domain = local == 0;
	if (address->is_null || strcmp(entry, "<>") == 0)
		return address->is_null && strcmp(entry, "<>") == 0;
	if (entry[0] == '.')
		return under_domain(entry + 1, address->domain, arena);
	if (local == 0)
		return same_domain(at == NULL ? entry : at + 1, address->domain,
		    arena);
	if (!same_local(entry, local, address))
		return false;
	return at[1] == '\0' || same_domain(at + 1, address->domain, arena);
}

/* match_list - one address against a kept list */
static bool
match_list(const char *list, const struct mailaddr *address,
    struct arena *arena, struct access_hit *hit)
{
	const char *word, *entry;
	size_t length;

	while ((word = str_next_word(&list, " \t,", &length)) != NULL) {
		entry = arena_strndup(arena, word, length);
		if (!entry_matches(entry, address, arena, &hit->by_domain))
			continue;
		hit->answer.key = entry;
		return true;
	}
	return false;
}

/* find_user - a recipient's list, also of "user" for "user+tag" */
static enum lookup
find_user(const struct pctx *p, struct table *table,
    struct table_answer *answer)
{
	const char *address = p->txn->recipient->address.address;
	const char *at = strrchr(address, '@');
	const char *tag = strchr(address, '+');
	enum lookup lookup;

	lookup =
	    table_find_word(table, address, p->deadline_ms, p->arena, answer);
	if (lookup != LOOKUP_NOT_FOUND || at == NULL || tag == NULL ||
	    tag > at || tag == address)
		return lookup;
	return table_find_word(table,
	    arena_printf(p->arena, "%.*s%s", (int)(tag - address), address, at),
	    p->deadline_ms, p->arena, answer);
}

/* match_subject - the sender, or any From address, against a kept list */
static bool
match_subject(const struct pctx *p, enum access_list list, const char *entries,
    struct access_hit *hit)
{
	const struct header_from *from = p->message_scratch;

	if (list == LIST_SENDERS)
		return match_list(entries, &p->txn->message->sender, p->arena,
		    hit);
	for (size_t i = 0; from != NULL && i < from->count; i++) {
		if (!match_list(entries, &from->address[i], p->arena, hit))
			continue;
		hit->from = from->address[i].address;
		return true;
	}
	return false;
}

void
access_find_kept(const struct pctx *p, enum access_list list,
    struct table *table, enum access_keeper keeper, struct access_hit *hit)
{
	*hit = (struct access_hit){ .table = table };
	if (keeper == KEEPER_USER)
		hit->lookup = find_user(p, table, &hit->answer);
	else
		hit->lookup =
		    table_find_domain(table, p->txn->recipient->address.domain,
			p->deadline_ms, p->arena, &hit->answer);
	if (hit->lookup == LOOKUP_FOUND &&
	    !match_subject(p, list, hit->answer.value, hit))
		hit->lookup = LOOKUP_NOT_FOUND;
}
