/*
 * connlimit - how many connections at once: in all, of a client, to the
 * account of a recipient, of an account that sends.
 *
 * Reasons: connlimit.total, connlimit.client, connlimit.account,
 * connlimit.outbound.
 *
 * Each is a number of places in the store, so that all hosts together keep a
 * limit. A connection takes its places when it comes, with the answer at HELO,
 * and gives them back when it ends; the place at a recipient's account is
 * given back when it turns to another message, because one connection may
 * bring mail for thousands.
 *
 * A place ends by itself `lease` after it was taken or renewed, so that a host
 * that is lost does not keep it. It is renewed by the connection's next
 * transaction when a third of that has passed: whoever is silent for longer
 * than any MTA waits is not counted any more.
 *
 * Diagnostics: see connlimit_place.c.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "base/str.h"
#include "policy/client.h"
#include "store/store.h"
#include "policies/connlimit.h"

struct connection_scratch {
	struct place total, client, outbound;
	bool judged;
	const char *login; /* whose place `outbound` is */
	int64_t renewed_s;
};

/* an account that this transaction has a place at, or was refused one */
struct account {
	struct account *next;
	const char *name;
	struct place place;
};
struct message_scratch {
	struct account *accounts;
};

/* ---- keys ---- */

/* client_of - a host; of IPv6, where a host has a whole network, that */
static const char *
client_of(const struct pctx *p)
{
	const struct connlimit_settings *s = p->settings;

	return client_network(p, 32, (unsigned)s->ipv6_prefix);
}

/* account_of - the recipient's mailbox */
static const char *
account_of(const struct pctx *p)
{
	return mailbox_of(&p->txn->recipient->address, p->arena);
}

/* ---- the connection ---- */

#define ALL "*" /* the subject of the places of all */

/* ask_connection - places in all and of this client */
static void
ask_connection(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;
	const struct connlimit_settings *s = p->settings;

	scratch->renewed_s = clock_wall_s(p->env->clock);
	connlimit_ask(p, &scratch->total, "total", ALL, s->total);
	connlimit_ask(p, &scratch->client, "client", client_of(p), s->client);
}

/* judge_connection - whether there were some; also when nobody greeted */
static struct verdict
judge_connection(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;
	const struct connlimit_settings *s = p->settings;
	struct verdict verdict;

	scratch->judged = true;
	connlimit_settle(p, &scratch->total, "total", s->total);
	connlimit_settle(p, &scratch->client, "client", s->client);
	verdict = connlimit_verdict(p, &scratch->total, CONNLIMIT_TOTAL,
	    "total", "all", s->total);
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	return connlimit_verdict(p, &scratch->client, CONNLIMIT_CLIENT,
	    "client", client_of(p), s->client);
}

/* ---- who sends ---- */

/* ask_login - a place for the login, which seldom changes */
static void
ask_login(struct pctx *p, struct connection_scratch *scratch)
{
	const struct connlimit_settings *s = p->settings;
	const char *login = p->txn->message->login;
	char *folded;

	if (login[0] == '\0' || s->outbound == 0)
		return;
	if (scratch->login == NULL || strcasecmp(scratch->login, login) != 0) {
		if (scratch->login != NULL)
			connlimit_give_back(p, &scratch->outbound, "outbound",
			    scratch->login);
		folded = arena_strdup(p->arena, login);
		scratch->login = policy_keep(p, str_lower(folded));
	}
	if (scratch->outbound.state != PLACE_HELD)
		connlimit_ask(p, &scratch->outbound, "outbound", scratch->login,
		    s->outbound);
}

/* renew - what this connection holds */
static void
renew(struct pctx *p, struct connection_scratch *scratch)
{
	const struct connlimit_settings *s = p->settings;
	int64_t now_s = clock_wall_s(p->env->clock);

	if (now_s - scratch->renewed_s < s->lease_s / 3)
		return;
	scratch->renewed_s = now_s;
	connlimit_renew(p, &scratch->total, "total", ALL, s->total);
	connlimit_renew(p, &scratch->client, "client", client_of(p), s->client);
	connlimit_renew(p, &scratch->outbound, "outbound", scratch->login,
	    s->outbound);
	/* the message may take as long as the lease does */
	store_post(policy_store_later(p));
}

/* ask_mail - goes out with the first recipient */
static void
ask_mail(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;

	renew(p, scratch);
	ask_login(p, scratch);
}

/* ---- who receives ---- */

/* find_account - the recipient's, if this transaction has asked for it */
static struct account *
find_account(const struct pctx *p)
{
	const struct message_scratch *scratch = p->message_scratch;
	const char *name = account_of(p);
	struct account *account = scratch->accounts;

	while (account != NULL && strcmp(account->name, name) != 0)
		account = account->next;
	return account;
}

/* enter_account - of the recipient at hand, into the list */
static struct account *
enter_account(struct pctx *p)
{
	struct message_scratch *scratch = p->message_scratch;
	struct account *account = arena_alloc(p->arena, sizeof(*account));

	account->name = account_of(p);
	account->place.transaction = p->txn->connection.messages;
	account->next = scratch->accounts;
	scratch->accounts = account;
	return account;
}

/*
 * ask_account - a place, if there is none yet; what those who log in send is
 * not inbound
 */
static void
ask_account(struct pctx *p)
{
	const struct connlimit_settings *s = p->settings;
	struct account *account;

	if (s->account == 0 || p->txn->message->login[0] != '\0')
		return;
	account = find_account(p);
	if (account == NULL)
		account = enter_account(p);
	if (account->place.state == PLACE_UNASKED ||
	    account->place.state == PLACE_FULL)
		connlimit_ask(p, &account->place, "account", account->name,
		    s->account);
}

/* judge_account - of this recipient */
static struct verdict
judge_account(struct pctx *p)
{
	const struct connlimit_settings *s = p->settings;
	struct account *account = find_account(p);
	struct verdict verdict;

	if (account == NULL)
		return verdict_none();
	connlimit_settle(p, &account->place, "account", s->account);
	verdict = connlimit_verdict(p, &account->place, CONNLIMIT_ACCOUNT,
	    "account", account->name, s->account);
	verdict.final = false;
	return verdict;
}

/* judge_login - of the account that sends */
static struct verdict
judge_login(struct pctx *p, struct connection_scratch *scratch)
{
	const struct connlimit_settings *s = p->settings;
	struct verdict verdict;

	if (p->txn->message->login[0] == '\0')
		return verdict_none();
	connlimit_settle(p, &scratch->outbound, "outbound", s->outbound);
	verdict = connlimit_verdict(p, &scratch->outbound, CONNLIMIT_OUTBOUND,
	    "outbound", scratch->login, s->outbound);
	verdict.final = false;
	return verdict;
}

/* judge_rcpt - the account that sends, then the one that receives */
static struct verdict
judge_rcpt(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;
	struct verdict verdict = verdict_none();

	if (!scratch->judged)
		verdict = judge_connection(p);
	if (verdict.kind == VERDICT_NONE)
		verdict = judge_login(p, scratch);
	return verdict.kind != VERDICT_NONE ? verdict : judge_account(p);
}

/* ---- giving back ---- */

/* observe_end - the transaction's. Answers that nobody looked at are out of
 * sight. */
static void
observe_end(struct pctx *p)
{
	struct connection_scratch *connection = p->connection_scratch;
	struct message_scratch *scratch = p->message_scratch;
	struct place *outbound = &connection->outbound;

	for (struct account *a = scratch->accounts; a != NULL; a = a->next)
		connlimit_give_back(p, &a->place, "account", a->name);
	if (outbound->state == PLACE_ASKED)
		*outbound = (struct place){
			.state = store_withdraw(outbound->op) ? PLACE_UNASKED
							      : PLACE_FAILED,
		};
}

/* observe_close - the connection's */
static void
observe_close(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;

	connlimit_give_back(p, &scratch->total, "total", ALL);
	connlimit_give_back(p, &scratch->client, "client", client_of(p));
	connlimit_give_back(p, &scratch->outbound, "outbound", scratch->login);
}

/* wants_... - whether there is a limit to keep */
static bool
wants_connection(const void *settings)
{
	const struct connlimit_settings *s = settings;

	return s->total > 0 || s->client > 0;
}

static bool
wants_rcpt(const void *settings)
{
	const struct connlimit_settings *s = settings;

	return s->account > 0;
}

static bool
wants_any(const void *settings)
{
	const struct connlimit_settings *s = settings;

	return wants_connection(s) || s->account > 0 || s->outbound > 0;
}

const struct policy connlimit_policy = {
	.name = "connlimit",
	.summary = "connections at once: in all, of a client, of an account",
	.doc =
	    "Bounds how many connections there are at the same time: in all, "
	    "of one client (an IPv4 address, an IPv6 network), to the account "
	    "of one recipient, and of one account that sends. Hosts that share "
	    "a store keep a limit together.\n\n"
	    "The limits in all and of a client are counted from CONNECT, with "
	    "the settings of that time (scopes client= and listener=), and "
	    "refused at HELO, so that one who is over them cannot log in "
	    "either; stage = rcpt spares hosts that do not answer HELO for "
	    "other reasons a wake-up, and then only connections that come as "
	    "far as RCPT are counted. Clients in exempt are never refused.\n\n"
	    "While the store cannot be reached each host counts for itself "
	    "(on_error = local).",
	.mta_notes =
	    "A code other than 421 is shown by both MTAs at MAIL, and the "
	    "connection stays; 421 is shown at HELO and closes it. Postfix "
	    "limits a client's connections itself, to 50 "
	    "(smtpd_client_connection_count_limit), and its server processes "
	    "to 100 (default_process_limit): a limit above these is never "
	    "reached.",
	.example =
	    "[connlimit]\n"
	    "total = 200\n"
	    "client = 10\n"
	    "exempt = client=cidr:/etc/mailreeve/partners\n"
	    "\n"
	    "[connlimit rcpt=lists.example.test]\n"
	    "account = 0\n",
	.flags = POLICY_GUARD | POLICY_STORE | POLICY_STORE_LOCAL,
	.stage = STEP_HELO,
	.stages = STEP_BIT(STEP_HELO) | STEP_BIT(STEP_MAIL) |
	    STEP_BIT(STEP_RCPT),
	.options = connlimit_options,
	.reasons = connlimit_reasons,
	.settings_size = sizeof(struct connlimit_settings),
	.connection_scratch = sizeof(struct connection_scratch),
	.message_scratch = sizeof(struct message_scratch),
	.hooks = {
	    { .step = STEP_CONNECT, .ask = ask_connection,
		.wanted = wants_connection },
	    { .step = STEP_MAIL, .ask = ask_mail, .wanted = wants_any },
	    { .step = STEP_RCPT, .ask = ask_account, .wanted = wants_rcpt },
	    { .step = STEP_HELO, .judge = judge_connection,
		.wanted = wants_connection, .movable = true },
	    { .step = STEP_RCPT, .judge = judge_rcpt, .wanted = wants_any },
	    { .step = STEP_END, .observe = observe_end, .wanted = wants_any },
	    { .step = STEP_CLOSE, .observe = observe_close,
		.wanted = wants_any },
	},
};
