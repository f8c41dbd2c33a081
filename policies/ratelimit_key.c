/*
 * ratelimit_key - whom a message is counted for.
 *
 * A subject has one spelling, or whoever writes it in several ways has several
 * quotas: logins and addresses are in lower case and without "+tag", a client
 * is its network. A login without a domain (Sendmail gives what was typed) is
 * the account of the directory that it means, if there is one.
 *
 * Anybody can claim to be the sender of a message. One that did not come from
 * a logged-in or trusted client must not use up the sender's quota, and a
 * bounce (<>) has none.
 *
 * Nothing is owned; texts live in the message's arena.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policy/ours.h"
#include "policies/ratelimit.h"

/* by_login - the account that has logged in */
static const char *
by_login(const struct pctx *p, struct verdict *verdict)
{
	const char *forms[OURS_LOGIN_FORMS];
	const char *login = p->txn->message->login;
	struct directory_entry entry;
	struct mailaddr address;
	size_t count;

	if (login[0] == '\0')
		return NULL;
	count = ours_login_forms(p, forms);
	for (size_t i = 1; i < count; i++) {
		enum ours known;

		mailaddr_parse(&address, forms[i], p->arena);
		known = ours_mailbox(p, &address, &entry, verdict);
		if (known == OURS_TROUBLE)
			return NULL;
		if (known == OURS_YES)
			return address.address;
	}
	return str_lower(arena_strdup(p->arena, login));
}

/* is_submitted - by somebody who may be believed to be the sender */
static bool
is_submitted(const struct pctx *p)
{
	return p->txn->message->login[0] != '\0' || p->txn->connection.trusted;
}

/* nonempty - a text that says something, or NULL */
static const char *
nonempty(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* by_sender - an address or its domain */
static const char *
by_sender(const struct pctx *p, const struct ratelimit_settings *settings)
{
	const struct mailaddr *sender = &p->txn->message->sender;

	if (settings->senders == RATELIMIT_SUBMITTED && !is_submitted(p))
		return NULL;
	if (settings->key == RATELIMIT_BY_SENDER_DOMAIN)
		return nonempty(sender->domain);
	return nonempty(mailaddr_untagged(sender->address, p->arena));
}

/* by_recipient - an address or its domain; only at RCPT there is one */
static const char *
by_recipient(const struct pctx *p, const struct ratelimit_settings *settings)
{
	const struct recipient *recipient = p->txn->recipient;

	if (recipient == NULL)
		return NULL;
	if (settings->key == RATELIMIT_BY_RECIPIENT_DOMAIN)
		return nonempty(recipient->address.domain);
	return nonempty(
	    mailaddr_untagged(recipient->address.address, p->arena));
}

/* by_client - the network that the client is in */
static const char *
by_client(const struct pctx *p, const struct ratelimit_settings *settings)
{
	struct netaddr client = p->txn->connection.client;
	unsigned all = netaddr_bits(&client);
	unsigned bits = (unsigned)(client.family == 4 ? settings->ipv4_prefix
						      : settings->ipv6_prefix);
	char text[NETADDR_TEXT_SIZE];

	if (client.family == 0)
		return NULL;
	netaddr_mask(&client, bits);
	netaddr_format(&client, text);
	return bits < all ? arena_printf(p->arena, "%s/%u", text, bits)
			  : arena_strdup(p->arena, text);
}

const char *
ratelimit_subject(const struct pctx *p,
    const struct ratelimit_settings *settings, struct verdict *verdict)
{
	*verdict = verdict_none();
	switch (settings->key) {
	case RATELIMIT_BY_LOGIN:
		return by_login(p, verdict);
	case RATELIMIT_BY_SENDER:
	case RATELIMIT_BY_SENDER_DOMAIN:
		return by_sender(p, settings);
	case RATELIMIT_BY_RECIPIENT:
	case RATELIMIT_BY_RECIPIENT_DOMAIN:
		return by_recipient(p, settings);
	default:
		return by_client(p, settings);
	}
}

/* pretend_address - one of an account, or of a whole domain */
static void
pretend_address(int key, const char *subject, struct arena *arena,
    struct mailaddr *address)
{
	const char *text = subject;

	if (key == RATELIMIT_BY_SENDER_DOMAIN ||
	    key == RATELIMIT_BY_RECIPIENT_DOMAIN)
		text = arena_printf(arena, "@%s", subject);
	mailaddr_parse(address, text, arena);
	if (text != subject)
		address->domain = subject;
}

void
ratelimit_pretend(const struct ratelimit_settings *settings,
    const char *subject, struct arena *arena, struct txn *txn)
{
	struct message *message = arena_alloc(arena, sizeof(*message));
	struct recipient *recipient = arena_alloc(arena, sizeof(*recipient));
	char *address = arena_strndup(arena, subject, strcspn(subject, "/"));
	struct connection *conn = &txn->connection;

	*txn = (struct txn){ .session_id = "" };
	conn->trusted = true; /* whose sender is believed */
	conn->client_name = conn->client_ptr = conn->helo = "";
	conn->listener = conn->listener_addr = conn->hostname = "";
	mailaddr_parse(&message->sender, "", arena);
	mailaddr_parse(&recipient->address, "", arena);
	message->login = "";
	txn->message = message;
	txn->recipient = recipient;
	txn->step = STEP_RCPT;
	switch (settings->key) {
	case RATELIMIT_BY_LOGIN:
		message->login = subject;
		break;
	case RATELIMIT_BY_CLIENT:
		netaddr_parse(&txn->connection.client, address);
		break;
	case RATELIMIT_BY_SENDER:
	case RATELIMIT_BY_SENDER_DOMAIN:
		pretend_address(settings->key, subject, arena,
		    &message->sender);
		break;
	default:
		pretend_address(settings->key, subject, arena,
		    &recipient->address);
		break;
	}
}
