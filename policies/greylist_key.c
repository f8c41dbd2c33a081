/*
 * greylist_key - under which name a client is known.
 *
 * Large senders try again from another host, often in another network. Where
 * it is known who runs the client, their registered domain stands for it: the
 * domain whose SPF record has it (RFC 7208), or that of its confirmed name,
 * which anybody can write into the reverse zone of his own addresses, but only
 * confirm in a zone of his own. A name made by a rule says whose line it is,
 * not who runs the host. Otherwise it is the network.
 */
#include <stdio.h>

#include "base/domain.h"
#include "base/generic_name.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/regdomain.h"
#include "policies/greylist.h"

const char *
greylist_network(const struct netaddr *addr, const struct greylist_settings *s,
    struct arena *arena)
{
	struct netaddr network = *addr;
	int64_t bits = addr->family == 4 ? s->ipv4_bits : s->ipv6_bits;
	char text[NETADDR_TEXT_SIZE];

	netaddr_mask(&network, (unsigned)bits);
	return arena_printf(arena, "%s/%d", netaddr_format(&network, text),
	    (int)bits);
}

/* registered - of a name from the network; NULL when nobody owns it */
static const char *
registered(const char *name, struct arena *arena)
{
	const char *folded = domain_fold(name, arena);

	return folded != NULL ? regdomain(folded) : NULL;
}

/* by_spf - the domain whose record has the client */
static const char *
by_spf(const struct pctx *p)
{
	const struct fact_spf *spf = &p->txn->message->spf;

	return spf->sender == SPF_PASS ? registered(spf->domain, p->arena)
				       : NULL;
}

/* by_name - the domain of the client's confirmed name */
static const char *
by_name(const struct pctx *p)
{
	const struct connection *conn = &p->txn->connection;

	if (generic_name(conn->client_name, &conn->client))
		return NULL;
	return registered(conn->client_name, p->arena);
}

const char *
greylist_source(const struct pctx *p)
{
	const struct greylist_settings *s = p->settings;
	const char *domain = NULL;

	if (s->domain_keys & 1u << GREYLIST_BY_SPF)
		domain = by_spf(p);
	if (domain == NULL && s->domain_keys & 1u << GREYLIST_BY_NAME)
		domain = by_name(p);
	if (domain != NULL)
		return domain;
	return greylist_network(&p->txn->connection.client, s, p->arena);
}

const char *
greylist_rest(const char *sender, const char *recipient, struct arena *arena)
{
	/* outside of quotes no address has a ">" (RFC 5321 4.1.2) */
	return arena_printf(arena, "%s>%s", sender, recipient);
}
