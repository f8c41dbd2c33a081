/*
 * relay - what may leave and what may enter.
 *
 * One judge at RCPT. A recipient of ours can only be closed to all mail
 * (inbound=off). For a recipient elsewhere three questions are asked: whether
 * the account may send there (outbound=off, local_only, its limits), whether
 * the sender must be one of our mailboxes, and whether the client may relay
 * at all. The account is the login's; of a client without login it is the
 * sender's, if that is one of ours, so that the attributes of a domain hold
 * for its relays by address, too.
 *
 * Everything here needs the directory's domains; without them nothing is
 * local, and nothing is judged.
 */
#include "policy/ours.h"
#include "policies/registry.h"

enum {
	RELAY_DENIED,
	RELAY_AUTH_REQUIRED,
	RELAY_SENDER_NOT_LOCAL,
	RELAY_LOCAL_ONLY,
	RELAY_ACCOUNT_LIMITS,
	RELAY_OUTBOUND_DISABLED,
	RELAY_INBOUND_DISABLED,
};

static const struct reason reasons[] = {
	[RELAY_DENIED] = {
	    .name = "relay.denied",
	    .reply = "550 5.7.1 Relaying denied: neither you nor "
		     "%{recipient_domain} belongs here %{ref}",
	    .doc = "Neither sender nor recipient belongs to this server and "
		   "the client is not authorised.",
	},
	[RELAY_AUTH_REQUIRED] = {
	    .name = "relay.auth_required",
	    .reply = "530 5.7.0 Authentication required to send to "
		     "<%{recipient}> %{ref}",
	    .doc = "The recipient is not local and the client has not logged "
		   "in.",
	},
	[RELAY_SENDER_NOT_LOCAL] = {
	    .name = "relay.sender_not_local",
	    .reply = "550 5.7.1 Authentication required for relaying: "
		     "<%{sender}> is not local %{ref}",
	    .doc = "The sender is neither a local mailbox nor logged in, or "
		   "its mailbox is disabled.",
	},
	[RELAY_LOCAL_ONLY] = {
	    .name = "relay.local_only",
	    .reply = "550 5.7.1 You may send to local recipients only %{ref}",
	    .doc = "The account may send to local domains only.",
	},
	[RELAY_ACCOUNT_LIMITS] = {
	    .name = "relay.account_limits",
	    .reply = "550 5.7.1 Your account may not send to <%{recipient}> "
		     "%{ref}",
	    .doc = "Limits of the account, its domain or the server forbid "
		   "relaying there.",
	},
	[RELAY_OUTBOUND_DISABLED] = {
	    .name = "relay.outbound_disabled",
	    .reply = "550 5.7.1 Sending is switched off for your account or "
		     "domain %{ref}",
	    .doc = "Outbound mail is switched off for the account or its "
		   "domain.",
	},
	[RELAY_INBOUND_DISABLED] = {
	    .name = "relay.inbound_disabled",
	    .reply = "450 4.2.1 <%{recipient}> takes no mail at present, try "
		     "again later %{ref}",
	    .doc = "Inbound mail is switched off for the account or its "
		   "domain.",
	},
	{ .name = NULL },
};

enum { RELAYING_LEAVE, RELAYING_REFUSE, RELAYING_AUTH };
static const struct name_code relaying_names[] = {
	{ "leave", RELAYING_LEAVE },
	{ "refuse", RELAYING_REFUSE },
	{ "auth", RELAYING_AUTH },
	{ NULL, 0 },
};

enum { SENDER_LEAVE, SENDER_RELAYING, SENDER_ALWAYS };
static const struct name_code sender_names[] = {
	{ "leave", SENDER_LEAVE },
	{ "relaying", SENDER_RELAYING },
	{ "always", SENDER_ALWAYS },
	{ NULL, 0 },
};

struct settings {
	int relaying;
	int sender_mailbox;
	bool local_only;
};

#define AT(field) offsetof(struct settings, field)

static const struct option options[] = {
	{
	    .name = "relaying",
	    .type = OPTION_ENUM,
	    .offset = AT(relaying),
	    .fallback = "leave",
	    .names = relaying_names,
	    .doc = "Mail of clients without login to domains that are not "
		   "ours: leave it to the MTA; refuse it (where the sender is "
		   "one of ours, by asking for a login); or ask everybody for "
		   "a login (auth).",
	},
	{
	    .name = "sender_mailbox",
	    .type = OPTION_ENUM,
	    .offset = AT(sender_mailbox),
	    .fallback = "leave",
	    .names = sender_names,
	    .doc = "The sender of a client without login must be a mailbox of "
		   "the directory that is not disabled or suspended: when its "
		   "mail leaves us (relaying), and also, if the sender's "
		   "domain is ours, when it stays (always).",
	},
	{
	    .name = "local_only",
	    .type = OPTION_BOOL,
	    .offset = AT(local_only),
	    .fallback = "no",
	    .doc = "Accounts may send to our own domains only. For single "
		   "accounts and domains use a scope, or local_only in the "
		   "directory.",
	},
	{ .name = NULL },
};

/* check - nothing here works without knowing our domains */
static void
check(const void *settings, const struct config_facts *facts, struct origin at,
    struct problems *problems)
{
	const struct settings *s = settings;
	const struct directory *directory = facts->directory;
	const char *option = NULL;

	(void)at;
	if (s->relaying != RELAYING_LEAVE)
		option = "relaying";
	else if (s->local_only)
		option = "local_only";
	else if (s->sender_mailbox != SENDER_LEAVE)
		option = "sender_mailbox";
	if (option != NULL && directory->domains == NULL)
		problems_error(problems, policy_option_at(facts, option),
		    "%s needs to know our domains: set domains in "
		    "[directory]",
		    option);
	if (s->sender_mailbox != SENDER_LEAVE && directory->mailboxes == NULL)
		problems_error(problems,
		    policy_option_at(facts, "sender_mailbox"),
		    "sender_mailbox needs mailboxes in [directory]");
}

/* judge_account - whether the account may send to other servers */
static struct verdict
judge_account(struct pctx *p)
{
	const struct settings *s = p->settings;
	struct account account;
	struct verdict verdict;
	enum ours known;

	known = ours_account(p, &account, &verdict);
	if (known == OURS_TROUBLE ||
	    (known == OURS_NO && p->txn->message->login[0] == '\0'))
		return verdict;
	policy_input(p, "account", "%s", account.name);
	if (account.flags & DIRECTORY_OUTBOUND_OFF)
		return ours_refuse(&account, DIRECTORY_OUTBOUND_OFF,
		    RELAY_OUTBOUND_DISABLED, NULL);
	if (s->local_only)
		return verdict_refuse(RELAY_LOCAL_ONLY, "local_only");
	if (account.flags & DIRECTORY_LOCAL_ONLY)
		return ours_refuse(&account, DIRECTORY_LOCAL_ONLY,
		    RELAY_LOCAL_ONLY, NULL);
	if (account.flags & DIRECTORY_RELAY_LIMITS)
		return ours_refuse(&account, DIRECTORY_RELAY_LIMITS,
		    RELAY_ACCOUNT_LIMITS, NULL);
	return verdict_none();
}

/* judge_sender - a client without login: is its sender a mailbox of ours? */
static struct verdict
judge_sender(struct pctx *p, bool leaves)
{
	const struct mailaddr *sender = &p->txn->message->sender;
	struct verdict verdict, refusal;
	struct directory_entry entry;
	enum ours ours;

	refusal = verdict_refuse(RELAY_SENDER_NOT_LOCAL, "sender_mailbox");
	ours = ours_domain(p, sender->domain, &entry, &verdict);
	if (ours == OURS_NO)
		return leaves ? refusal : verdict_none();
	if (ours == OURS_TROUBLE || entry.flags & DIRECTORY_CATCHALL)
		return verdict;
	ours = ours_mailbox(p, sender, &entry, &verdict);
	if (ours == OURS_TROUBLE)
		return verdict;
	if (ours == OURS_YES &&
	    !(entry.flags & (DIRECTORY_DISABLED | DIRECTORY_SUSPENDED)))
		return verdict_none();
	return refusal;
}

/* closed - the domain or the mailbox takes no mail, says this entry */
static struct verdict
closed(const struct directory_entry *entry)
{
	struct verdict verdict = verdict_refuse(RELAY_INBOUND_DISABLED, NULL);

	verdict.entry = entry->at;
	return verdict;
}

/* judge_inbound - mail to one of our domains, whose entry is given */
static struct verdict
judge_inbound(struct pctx *p, const struct directory_entry *domain)
{
	const struct settings *s = p->settings;
	struct directory_entry mailbox;
	struct verdict verdict;
	enum ours ours;

	if (domain->flags & DIRECTORY_INBOUND_OFF)
		return closed(domain);
	ours = ours_mailbox(p, &p->txn->recipient->address, &mailbox, &verdict);
	if (ours == OURS_TROUBLE)
		return verdict;
	if (ours == OURS_YES && mailbox.flags & DIRECTORY_INBOUND_OFF)
		return closed(&mailbox);
	if (s->sender_mailbox != SENDER_ALWAYS ||
	    p->txn->message->login[0] != '\0')
		return verdict_none();
	return judge_sender(p, false);
}

/* judge_outbound - mail to a domain that is not ours */
static struct verdict
judge_outbound(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct message *message = p->txn->message;
	struct directory_entry entry;
	struct verdict verdict;

	verdict = judge_account(p);
	if (verdict.kind != VERDICT_NONE || message->login[0] != '\0')
		return verdict;
	if (s->sender_mailbox != SENDER_LEAVE)
		verdict = judge_sender(p, true);
	if (verdict.kind != VERDICT_NONE || s->relaying == RELAYING_LEAVE ||
	    p->txn->connection.trusted)
		return verdict;
	if (s->relaying == RELAYING_AUTH)
		return verdict_refuse(RELAY_AUTH_REQUIRED, "relaying");
	switch (ours_domain(p, message->sender.domain, &entry, &verdict)) {
	case OURS_YES:
		return verdict_refuse(RELAY_AUTH_REQUIRED, "relaying");
	case OURS_NO:
		return verdict_refuse(RELAY_DENIED, "relaying");
	default:
		return verdict;
	}
}

/* judge - one recipient */
static struct verdict
judge(struct pctx *p)
{
	const char *domain = p->txn->recipient->address.domain;
	struct directory_entry entry;
	struct verdict verdict;

	/* an address without domain is the MTA's own: RFC 5321 4.5.1 */
	if (p->directory->domains == NULL || domain[0] == '\0')
		return verdict_none();
	switch (ours_domain(p, domain, &entry, &verdict)) {
	case OURS_YES:
		policy_input(p, "recipient", "local");
		return judge_inbound(p, &entry);
	case OURS_NO:
		policy_input(p, "recipient", "remote");
		return judge_outbound(p);
	default:
		return verdict;
	}
}

const struct policy relay_policy = {
	.name = "relay",
	.summary = "what may leave and what may enter",
	.doc = "Keeps accounts to local domains, switches "
	       "the outbound or inbound mail of domains and accounts off, "
	       "and, where the MTA leaves that to us, refuses relaying. What "
	       "an account may do is written in the directory: "
	       "outbound=off, inbound=off, local_only and limits of a login, "
	       "a mailbox or a domain. Without [directory] domains nothing "
	       "is local and this policy does nothing.",
	.mta_notes = "Both MTAs refuse relaying by themselves "
		     "(Postfix smtpd_relay_restrictions, Sendmail's relay "
		     "rules) and do not ask a milter about a recipient that "
		     "they refuse: relay.denied, relay.auth_required and "
		     "relay.sender_not_local appear only for clients that "
		     "the MTA would let relay. Leave relaying to the MTA "
		     "unless its own reply must be another.",
	.example = "[directory]\n"
		   "domains = file:/etc/mailreeve/domains\n"
		   "logins = file:/etc/mailreeve/logins\n"
		   "[relay login=scanner@example.org]\n"
		   "local_only = yes\n",
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.check = check,
	.flags = POLICY_GUARD,
	.stage = STEP_RCPT,
	.hooks = {
		{ .step = STEP_RCPT, .judge = judge },
	},
};
