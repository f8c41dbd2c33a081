/*
 * uribl_ask - questions to lists, and what came back.
 *
 * Lists of domains are asked at once, as are lists of addresses about links
 * to addresses. What addresses a host has must be known first; as soon as
 * that answer is there, the lists are asked about them. A host without an
 * address convicts nobody, nor does one whose name server is silent: that
 * name server is the spammer's.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "policies/uribl.h"

/* list_of - what stands behind a part, if it is to be asked; else NULL */
static const struct uribl_list *
list_of(const struct pctx *p, size_t part, enum uribl_about about)
{
	const struct uribl_list *list = p->parts[part].settings;

	if (list->list == NULL || !(list->checks & 1u << about) ||
	    !dnslist_is_on(list->list))
		return NULL;
	return list;
}

/* put - one question to one list */
static void
put(const struct pctx *p, struct uribl_message *message,
    const struct uribl_list *list, const struct uribl_host *host,
    const char *subject)
{
	struct uribl_slot *slot = arena_alloc(p->arena, sizeof(*slot));

	slot->question = dnslist_ask(list->list, p->arena, subject, DNS_A);
	if (slot->question == NULL)
		return;
	slot->list = list;
	slot->host = host;
	slot->subject = subject;
	slot->next = message->slots;
	message->slots = slot;
	message->questions++;
}

/* ask_address - the lists of addresses */
static void
ask_address(const struct pctx *p, struct uribl_message *message,
    const struct uribl_host *host, const struct netaddr *address)
{
	char reversed[64];
	const char *subject;

	if (netaddr_is_private(address))
		return;
	subject = arena_strdup(p->arena, netaddr_reversed(address, reversed));
	for (size_t i = 0; i < p->part_count; i++) {
		const struct uribl_list *list = list_of(p, i, URIBL_ABOUT_IP);

		if (list != NULL && (list->ipv6 || address->family == 4))
			put(p, message, list, host, subject);
	}
}

/* ask_domain - the lists of domains */
static void
ask_domain(const struct pctx *p, struct uribl_message *message,
    const struct uribl_host *host)
{
	for (size_t i = 0; i < p->part_count; i++) {
		const struct uribl_list *list =
		    list_of(p, i, URIBL_ABOUT_DOMAIN);

		if (list != NULL)
			put(p, message, list, host, host->domain);
	}
}

/* wants_addresses - whether some list of addresses is on; of version 6 */
static bool
wants_addresses(const struct pctx *p, bool ipv6)
{
	for (size_t i = 0; i < p->part_count; i++) {
		const struct uribl_list *list = list_of(p, i, URIBL_ABOUT_IP);

		if (list != NULL && (list->ipv6 || !ipv6))
			return true;
	}
	return false;
}

void
uribl_ask(const struct pctx *p, struct uribl_message *message)
{
	bool ipv4 = wants_addresses(p, false), ipv6 = wants_addresses(p, true);

	for (struct uribl_host *h = message->hosts; h != NULL; h = h->next) {
		if (h->link->address.family != 0) {
			ask_address(p, message, h, &h->link->address);
			continue;
		}
		if (h->new_domain)
			ask_domain(p, message, h);
		if (ipv4)
			h->a = dns_ask(p->env->dns, p->arena, h->link->host,
			    DNS_A);
		if (ipv6)
			h->aaaa = dns_ask(p->env->dns, p->arena, h->link->host,
			    DNS_AAAA);
		message->questions += 2;
	}
}

/* read_addresses - of a host; false when there is no answer yet */
static bool
read_addresses(const struct pctx *p, struct uribl_message *message,
    const struct uribl_host *host, struct dns_question *question)
{
	const struct dns_answer *answer;

	if (!dns_is_ready(question))
		return false;
	answer = dns_wait(question, 0);
	for (size_t i = 0; i < answer->count && i < URIBL_ADDRESSES; i++)
		if (answer->record[i].address.family != 0)
			ask_address(p, message, host,
			    &answer->record[i].address);
	return true;
}

/* read_hosts - addresses that came; their lists are asked */
static void
read_hosts(const struct pctx *p, struct uribl_message *message)
{
	for (struct uribl_host *h = message->hosts; h != NULL; h = h->next) {
		if (h->a != NULL && read_addresses(p, message, h, h->a))
			h->a = NULL;
		if (h->aaaa != NULL && read_addresses(p, message, h, h->aaaa))
			h->aaaa = NULL;
	}
}

/* read_slot - what a list says, if it has said so; whether it is a listing */
static bool
read_slot(struct uribl_slot *slot)
{
	const struct dns_answer *answer;

	if (!slot->read) {
		if (!dns_is_ready(slot->question))
			return false;
		answer = dns_wait(slot->question, 0);
		slot->read = true;
		slot->says = dnslist_read(slot->list->list, answer);
		if (slot->says == DNSLIST_LISTED &&
		    dnslist_filters_match(&slot->list->filters, answer) == NULL)
			slot->says = DNSLIST_CLEAN;
		dnslist_note(slot->list->list, slot->says, answer);
	}
	return slot->says == DNSLIST_LISTED;
}

/* make_room - for all questions so far */
static void
make_room(const struct pctx *p, struct uribl_message *message)
{
	if (message->room >= message->questions)
		return;
	message->room = message->questions * 2;
	message->pending =
	    arena_alloc(p->arena, message->room * sizeof(*message->pending));
}

/* collect - questions that are open; how many */
static size_t
collect(const struct pctx *p, struct uribl_message *message)
{
	size_t count = 0;

	make_room(p, message);
	for (const struct uribl_host *h = message->hosts; h != NULL;
	     h = h->next) {
		if (h->a != NULL)
			message->pending[count++] = h->a;
		if (h->aaaa != NULL)
			message->pending[count++] = h->aaaa;
	}
	for (const struct uribl_slot *s = message->slots; s != NULL;
	     s = s->next)
		if (!s->read && dnslist_is_on(s->list->list))
			message->pending[count++] = s->question;
	return count;
}

const struct uribl_slot *
uribl_read(const struct pctx *p, struct uribl_message *message, size_t *open)
{
	const struct uribl_slot *listed = NULL;

	read_hosts(p, message);
	for (struct uribl_slot *s = message->slots; s != NULL; s = s->next)
		if (read_slot(s))
			listed = s;
	*open = listed == NULL ? collect(p, message) : 0;
	return listed;
}

const struct uribl_slot *
uribl_unsure(const struct uribl_message *message)
{
	for (const struct uribl_slot *s = message->slots; s != NULL;
	     s = s->next)
		if (dnslist_is_on(s->list->list) &&
		    (!s->read || s->says == DNSLIST_REFUSED ||
			s->says == DNSLIST_SILENT))
			return s;
	return NULL;
}

void
uribl_give_up(struct uribl_message *message)
{
	for (struct uribl_slot *s = message->slots; s != NULL; s = s->next) {
		if (s->read)
			continue;
		s->read = true;
		s->says = DNSLIST_SILENT;
		dnslist_note(s->list->list, DNSLIST_SILENT, NULL);
	}
}
