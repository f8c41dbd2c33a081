/*
 * tls - mail that must not come in the clear.
 *
 * TLS is demanded of a scope (required = yes), of what the tables list, and
 * of sessions that have logged in. Client, listener, sender and login are one
 * judge of MAIL, heard at RCPT unless `stage = mail`; recipients are judged
 * at RCPT.
 */
#include "base/mem.h"
#include "policy/client.h"
#include "policy/policy.h"
#include "policies/registry.h"

enum { TLS_REQUIRED };

static const struct reason reasons[] = {
	[TLS_REQUIRED] = {
	    .name = "tls.required",
	    .reply = "530 5.7.0 This mail requires encryption: issue STARTTLS "
		     "first %{ref}",
	    .doc = "Policy demands TLS for this client, sender, recipient or "
		   "listener (RFC 3207 4).",
	},
	{ .name = NULL },
};

struct settings {
	bool required;
	bool logins;
	struct table *clients;
	struct table *listeners;
	struct table *senders;
	struct table *recipients;
};

#define AT(field) offsetof(struct settings, field)

static const struct option options[] = {
	{
	    .name = "required",
	    .type = OPTION_BOOL,
	    .offset = AT(required),
	    .fallback = "no",
	    .doc = "Demand TLS. Meant for scopes: [tls listener=587], [tls "
		   "from=bank.example], [tls rcpt=example.org].",
	},
	{
	    .name = "logins",
	    .type = OPTION_BOOL,
	    .offset = AT(logins),
	    .fallback = "yes",
	    .doc = "Demand TLS of sessions that have logged in (RFC 8314 3): "
		   "else the next password crosses the net in the clear, too. "
		   "Say no where something in front of the MTA ends the TLS.",
	},
	{
	    .name = "clients",
	    .type = OPTION_TABLE,
	    .offset = AT(clients),
	    .fallback = "",
	    .doc = "Addresses and confirmed names of clients that must use "
		   "TLS.",
	    .example = "cidr:{192.0.2.0/24}",
	},
	{
	    .name = "listeners",
	    .type = OPTION_TABLE,
	    .offset = AT(listeners),
	    .fallback = "",
	    .doc = "Listeners, by the MTA's daemon name or port, whose clients "
		   "must use TLS.",
	    .example = "inline:{MSA 587}",
	},
	{
	    .name = "senders",
	    .type = OPTION_TABLE,
	    .offset = AT(senders),
	    .fallback = "",
	    .doc = "Sender addresses and domains whose mail must come over "
		   "TLS.",
	    .example = "file:/etc/mailreeve/tls_senders",
	},
	{
	    .name = "recipients",
	    .type = OPTION_TABLE,
	    .offset = AT(recipients),
	    .fallback = "",
	    .doc = "Recipient addresses and domains that take mail over TLS "
		   "only.",
	    .example = "file:/etc/mailreeve/tls_recipients",
	},
	{ .name = NULL },
};

/* listed - the refusal when a table has the subject, else none or trouble */
static struct verdict
listed(const char *option, struct table *table, enum lookup lookup,
    const struct table_answer *answer)
{
	struct verdict verdict = verdict_lookup(lookup, table);

	if (lookup != LOOKUP_FOUND)
		return verdict;
	verdict = verdict_refuse(TLS_REQUIRED, option);
	verdict_entry(&verdict, answer);
	return verdict;
}

/* judge_client - by address, else by confirmed name */
static struct verdict
judge_client(struct pctx *p)
{
	const struct settings *s = p->settings;
	struct table_answer answer;
	enum lookup lookup;

	if (s->clients == NULL)
		return verdict_none();
	lookup = client_find(p, s->clients, &answer);
	return listed("clients", s->clients, lookup, &answer);
}

/* judge_listener - by the daemon's name, else by its port */
static struct verdict
judge_listener(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct connection *conn = &p->txn->connection;
	enum lookup lookup = LOOKUP_NOT_FOUND;
	struct table_answer answer;

	if (s->listeners == NULL)
		return verdict_none();
	if (conn->listener[0] != '\0')
		lookup = table_find_word(s->listeners, conn->listener,
		    p->deadline_ms, p->arena, &answer);
	if (lookup == LOOKUP_NOT_FOUND && conn->listener_port != 0)
		lookup = table_find_word(s->listeners,
		    arena_printf(p->arena, "%u", conn->listener_port),
		    p->deadline_ms, p->arena, &answer);
	return listed("listeners", s->listeners, lookup, &answer);
}

/* judge_mail - the table of senders, or that of recipients */
static struct verdict
judge_mail(struct pctx *p, const char *option, struct table *table,
    const struct mailaddr *address)
{
	struct table_answer answer;
	enum lookup lookup;

	if (table == NULL)
		return verdict_none();
	lookup =
	    table_find_mail(table, address, p->deadline_ms, p->arena, &answer);
	return listed(option, table, lookup, &answer);
}

/* judge_session - client, listener, login and sender */
static struct verdict
judge_session(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct message *message = p->txn->message;
	struct verdict verdict;

	if (p->txn->connection.tls_version[0] != '\0')
		return verdict_none();
	if (s->required)
		return verdict_refuse(TLS_REQUIRED, "required");
	if (s->logins && message->login[0] != '\0')
		return verdict_refuse(TLS_REQUIRED, "logins");
	verdict = judge_client(p);
	if (verdict.kind == VERDICT_NONE)
		verdict = judge_listener(p);
	if (verdict.kind == VERDICT_NONE)
		verdict =
		    judge_mail(p, "senders", s->senders, &message->sender);
	return verdict;
}

/* judge_recipient - with stage = mail a scope rcpt= is seen only here */
static struct verdict
judge_recipient(struct pctx *p)
{
	const struct settings *s = p->settings;

	if (p->txn->connection.tls_version[0] != '\0')
		return verdict_none();
	if (s->required)
		return verdict_refuse(TLS_REQUIRED, "required");
	return judge_mail(p, "recipients", s->recipients,
	    &p->txn->recipient->address);
}

const struct policy tls_policy = {
	.name = "tls",
	.summary = "sessions, senders and recipients that need TLS",
	.doc = "Refuses mail that came in the clear where that is not "
	       "wanted: from clients, listeners and senders, to recipients, "
	       "and of sessions that have logged in. Demand TLS of partners "
	       "who agreed to it, not of all the world: RFC 3207 4 forbids "
	       "that for a public server on port 25.",
	.mta_notes = "Both MTAs tell of TLS at HELO and MAIL (macro "
		     "{tls_version}), which mailreeve asks for. Where a proxy "
		     "ends the TLS in front of the MTA, every session looks "
		     "as if in the clear. A refusal after AUTH comes when the "
		     "password has been sent already: let the MTA offer AUTH "
		     "over TLS only (Postfix smtpd_tls_auth_only, Sendmail "
		     "AuthOptions=p), this policy is the second lock.",
	.example = "[tls]\n"
		   "recipients = inline:{board@example.org}\n"
		   "senders = file:/etc/mailreeve/tls_senders\n"
		   "[tls listener=587]\n"
		   "required = yes\n",
	.flags = POLICY_GUARD,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.hooks = {
		{ .step = STEP_MAIL, .judge = judge_session, .movable = true },
		{ .step = STEP_RCPT, .judge = judge_recipient },
	},
};
