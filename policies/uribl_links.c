/*
 * uribl_links - which hosts of a message are looked up.
 *
 * Those of the first lines, as sure as `bare` says; of more than `hosts` the
 * first and the last, since what a message is for stands at its begin, and what
 * it is sent for often at its end.
 */
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/regdomain.h"
#include "policies/uribl.h"

/* is_skipped - whether a table of good sites has a host, or failed */
static bool
is_skipped(const struct pctx *p, struct uribl_message *message,
    const struct mime_link *link)
{
	const struct uribl_settings *s = p->settings;
	struct table_answer answer;

	for (size_t i = 0; i < s->skip.count; i++) {
		struct table *table = s->skip.table[i];
		enum lookup found =
		    link->address.family != 0
			? table_find_address(table, &link->address,
			      p->deadline_ms, p->arena, &answer)
			: table_find_domain(table, link->host, p->deadline_ms,
			      p->arena, &answer);

		if (found == LOOKUP_NOT_FOUND)
			continue;
		if (found != LOOKUP_FOUND) {
			message->failed = table;
			message->lookup = found;
		}
		return true;
	}
	return false;
}

/* is_wanted - by what the settings say of links */
static bool
is_wanted(const struct uribl_settings *s, const struct mime_link *link)
{
	if (s->lines > 0 && link->line > s->lines)
		return false;
	if (link->address.family != 0)
		return link->form <= MIME_LINK_WWW &&
		       !netaddr_is_private(&link->address);
	return (int)link->form <= s->bare;
}

/*
 * domain_of - what lists of domains are asked about: the registered domain.
 * A name that only looks like one, "report.pdf", is not looked up: there is no
 * such top-level domain.
 */
static const char *
domain_of(const struct mime_link *link)
{
	if (link->address.family != 0)
		return NULL;
	if (link->form >= MIME_LINK_PATH && !regdomain_is_known(link->host))
		return NULL;
	return regdomain(link->host);
}

/* drop_middle - those between the first and the last half of max */
static void
drop_middle(struct uribl_host *hosts, size_t count, size_t max)
{
	size_t keep = (max + 1) / 2;

	if (count <= max)
		return;
	for (size_t i = 1; i < keep; i++)
		hosts = hosts->next;
	for (size_t i = count - max; i > 0; i--)
		hosts->next = hosts->next->next;
}

/* mark_domains - the first host of each domain */
static void
mark_domains(struct uribl_host *hosts)
{
	const struct uribl_host *before;

	for (struct uribl_host *h = hosts; h != NULL; h = h->next) {
		if (h->domain == NULL)
			continue;
		for (before = hosts; before != h; before = before->next)
			if (before->domain != NULL &&
			    strcmp(before->domain, h->domain) == 0)
				break;
		h->new_domain = before == h;
	}
}

bool
uribl_links(const struct pctx *p, struct uribl_message *message)
{
	const struct uribl_settings *s = p->settings;
	struct uribl_host **end = &message->hosts;
	size_t count = 0;

	for (const struct mime_link *l = p->txn->message->mime->links;
	     l != NULL; l = l->next) {
		const char *domain = domain_of(l);
		struct uribl_host *host;

		if (!is_wanted(s, l) ||
		    (domain == NULL && l->address.family == 0))
			continue;
		if (is_skipped(p, message, l)) {
			if (message->failed != NULL)
				return false;
			continue;
		}
		host = arena_alloc(p->arena, sizeof(*host));
		host->link = l;
		host->domain = domain;
		*end = host;
		end = &host->next;
		count++;
	}
	drop_middle(message->hosts, count, (size_t)s->hosts);
	mark_domains(message->hosts);
	return true;
}
