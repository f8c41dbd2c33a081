/*
 * greylist_words - clients, senders, recipients as people write them.
 *
 * They become what the policy makes of them, and so what stands in the store.
 *
 * Diagnostics: complaints as those about the command line are.
 */
#include "tool/greylist_words.h"

#include <string.h>

#include "base/domain.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/regdomain.h"
#include "tool/ctl.h"

#define NAME "greylist"

/* read_network - an address or a prefix; NULL: neither */
static const char *
read_network(const char *word, const struct greylist_settings *s,
    struct arena *arena, struct greylist_client *client)
{
	struct netaddr addr;
	bool strict_only;

	if (netaddr_parse(&addr, word))
		client->prefix = (struct netprefix){ .addr = addr,
			.bits = (uint8_t)netaddr_bits(&addr) };
	else if (!netprefix_parse(&client->prefix, word, &strict_only))
		return NULL;
	client->is_network = true;
	return greylist_network(&client->prefix.addr, s, arena);
}

bool
greylist_client(const char *word, const struct greylist_settings *s,
    struct arena *arena, struct greylist_client *client)
{
	*client = (struct greylist_client){ .is_network = false };
	client->subject = read_network(word, s, arena, client);
	if (client->subject == NULL)
		client->subject = domain_fold(word, arena);
	if (client->subject == NULL)
		ctl_usage(NAME, "not an address, a network or a domain", word);
	return client->subject != NULL;
}

/* is_registered - the domain itself, nothing below it */
static bool
is_registered(const char *domain)
{
	const char *registered = regdomain(domain);

	return registered != NULL && strcmp(registered, domain) == 0;
}

bool
greylist_client_is_source(const struct greylist_client *client,
    const char *word, const struct greylist_settings *s)
{
	const struct netprefix *prefix = &client->prefix;
	int64_t bits;

	if (!client->is_network) {
		if (is_registered(client->subject))
			return true;
		ctl_usage(NAME,
		    "clients are known by registered domains, and this is none",
		    word);
		return false;
	}
	bits = prefix->addr.family == 4 ? s->ipv4_bits : s->ipv6_bits;
	if (prefix->bits == bits || prefix->bits == netaddr_bits(&prefix->addr))
		return true;
	ctl_usage(NAME,
	    "networks are as large as ipv4_network and ipv6_network say", word);
	return false;
}

const char *
greylist_party(const char *word, const struct greylist_settings *s, bool sender,
    struct arena *arena)
{
	struct mailaddr address;
	const char *at, *domain;

	if (word == NULL)
		return NULL;
	at = strrchr(word, '@');
	if (at == word || (at == NULL && word[0] != '<')) {
		domain = domain_fold(at == word ? word + 1 : word, arena);
		return domain == NULL ? word
				      : arena_printf(arena, "@%s", domain);
	}
	mailaddr_parse(&address, word, arena);
	return sender ? greylist_sender(&address, s->normalise, arena)
		      : greylist_recipient(&address, arena);
}
