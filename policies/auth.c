/*
 * auth - who must log in, and who may send as whom.
 *
 * The tables of the policy: reasons, options, hooks, manual. The judges are in
 * auth_judge.c.
 *
 * auth.local_sender and auth.inbound_lockout look at the same thing, a local
 * sender without login, from two sides: the first asks our own users to log
 * in, the second keeps the outside out. Where both are on the lockout answers.
 */
#include "table/directory.h"
#include "policies/auth.h"
#include "policies/registry.h"

static const struct reason reasons[] = {
	[AUTH_REQUIRED] = {
	    .name = "auth.required",
	    .reply = "530 5.7.0 Authentication required %{ref}",
	    .doc = "Policy demands a login for this mail (RFC 4954 6).",
	},
	[AUTH_PORT_REQUIRED] = {
	    .name = "auth.port_required",
	    .reply = "530 5.7.0 Authentication required: this port is for "
		     "mail submission %{ref}",
	    .doc = "The listener demands a login of every client (RFC 6409 "
		   "4.3).",
	},
	[AUTH_LOCAL_SENDER] = {
	    .name = "auth.local_sender",
	    .reply = "550 5.7.1 Log in to send mail as <%{sender}> %{ref}",
	    .doc = "A client that has not logged in uses a sender of a local "
		   "domain.",
	},
	[AUTH_SENDER_MISMATCH] = {
	    .name = "auth.sender_mismatch",
	    .reply = "553 5.7.1 Your login %{login} may not send as "
		     "<%{sender}> %{ref}",
	    .doc = "The login does not own the sender's address.",
	},
	[AUTH_INBOUND_LOCKOUT] = {
	    .name = "auth.inbound_lockout",
	    .reply = "550 5.7.1 Mail from our own domains is not taken from "
		     "outside %{ref}",
	    .doc = "A client from outside uses one of our domains as sender, "
		   "in the envelope or in a From or Sender header field.",
	},
	[AUTH_ACCOUNT_DENIED] = {
	    .name = "auth.account_denied",
	    .reply = "525 5.7.13 Your account %{login} is locked, ask its "
		     "administrator %{ref}",
	    .doc = "The login is locked by the administrator or by a lock-out "
		   "policy (RFC 5248, X.7.13).",
	},
	[AUTH_ACCOUNT_DISABLED] = {
	    .name = "auth.account_disabled",
	    .reply = "525 5.7.13 Your account %{login} is disabled, ask its "
		     "administrator %{ref}",
	    .doc = "The login is disabled (RFC 5248, X.7.13).",
	},
	{ .name = NULL },
};

static const struct name_code required_names[] = {
	{ "no", REQUIRED_NO },
	{ "remote", REQUIRED_REMOTE },
	{ "all", REQUIRED_ALL },
	{ NULL, 0 },
};

static const struct name_code port_names[] = {
	{ "no", PORT_NO },
	{ "login", PORT_LOGIN },
	{ "local", PORT_LOCAL },
	{ NULL, 0 },
};

static const struct name_code spoof_names[] = {
	{ "anyone", SPOOF_ANYONE },
	{ "authorized", SPOOF_AUTHORIZED },
	{ "nobody", SPOOF_NOBODY },
	{ NULL, 0 },
};

static const struct name_code mismatch_names[] = {
	{ "no", MISMATCH_NO },
	{ "auto", MISMATCH_AUTO },
	{ "yes", MISMATCH_YES },
	{ NULL, 0 },
};

static const struct name_code lockout_names[] = {
	{ "envelope", LOCKOUT_ENVELOPE },
	{ "header", LOCKOUT_HEADER },
	{ NULL, 0 },
};

#define AT(field) offsetof(struct auth_settings, field)

static const struct option options[] = {
	{
	    .name = "accounts",
	    .type = OPTION_BOOL,
	    .offset = AT(accounts),
	    .fallback = "yes",
	    .doc = "Refuse mail of logins that the directory calls denied or "
		   "disabled (the login itself, its mailbox or its domain).",
	},
	{
	    .name = "required",
	    .type = OPTION_ENUM,
	    .offset = AT(required),
	    .fallback = "no",
	    .names = required_names,
	    .doc = "Whose mail needs a login: that to recipients who are not "
		   "ours (remote), or to every recipient (all). Give it in a "
		   "scope to demand a login of some clients, senders or "
		   "recipients only.",
	},
	{
	    .name = "port_required",
	    .type = OPTION_ENUM,
	    .offset = AT(port_required),
	    .fallback = "no",
	    .names = port_names,
	    .doc = "Every client of this listener must log in (login), and "
		   "must use a sender of one of our domains as well (local). "
		   "Meant for [auth listener=...]; trusted networks need no "
		   "login.",
	},
	{
	    .name = "local_sender",
	    .type = OPTION_ENUM,
	    .offset = AT(local_sender),
	    .fallback = "authorized",
	    .names = spoof_names,
	    .doc = "Who may use a sender of our own domains: anyone; only who "
		   "has logged in or comes from a trusted network "
		   "(authorized); or nobody but the login that owns the "
		   "address. Inactive without [directory] domains.",
	},
	{
	    .name = "inbound_lockout",
	    .type = OPTION_FLAGS,
	    .offset = AT(lockout),
	    .fallback = "",
	    .names = lockout_names,
	    .doc = "Where our own domains may not stand in mail from outside: "
		   "in the envelope sender, in the From header field. "
		   "Mailing lists and forwarders bring our users' own mail "
		   "back with an unchanged From: try header with mode = "
		   "monitor first.",
	    .example = "envelope, header",
	},
	{
	    .name = "bypass_clients",
	    .type = OPTION_TABLE,
	    .offset = AT(bypass_clients),
	    .fallback = "",
	    .doc = "Addresses and confirmed names of clients that may use our "
		   "domains without a login (for local_sender and "
		   "inbound_lockout).",
	    .example = "cidr:{192.0.2.0/24}",
	},
	{
	    .name = "bypass_senders",
	    .type = OPTION_TABLE,
	    .offset = AT(bypass_senders),
	    .fallback = "",
	    .doc = "Sender addresses and domains of ours that may be used "
		   "without a login.",
	    .example = "inline:{newsletter@example.org}",
	},
	{
	    .name = "bypass_spf",
	    .type = OPTION_BOOL,
	    .offset = AT(bypass_spf),
	    .fallback = "yes",
	    .doc = "A client that the domain's own SPF record names (result "
		   "pass) may use the domain without a login, also in a From "
		   "field of the sender's domain. While the record cannot be "
		   "looked up, the refusal is temporary.",
	},
	{
	    .name = "sender_mismatch",
	    .type = OPTION_ENUM,
	    .offset = AT(mismatch),
	    .fallback = "auto",
	    .names = mismatch_names,
	    .doc = "Refuse a sender that the login does not own; auto: when "
		   "login_senders is set. A login owns the address that it "
		   "is, what login_senders lists, and what the directory "
		   "gives it by owner=. Bounces (<>) are free.",
	},
	{
	    .name = "login_senders",
	    .type = OPTION_TABLE,
	    .offset = AT(senders),
	    .fallback = "",
	    .doc = "Logins, each with the addresses and domains that it may "
		   "use as sender beside its own; * stands for all.",
	    .example = "file:/etc/mailreeve/login_senders",
	},
	{ .name = NULL },
};

/* check - what a setting needs of the directory */
static void
check(const void *settings, const struct config_facts *facts, struct origin at,
    struct problems *problems)
{
	const struct auth_settings *s = settings;
	const char *option = NULL, *value = "";

	(void)at;
	if (facts->directory->domains != NULL)
		return;
	if (s->required == REQUIRED_REMOTE) {
		option = "required";
		value = " = remote";
	} else if (s->port_required == PORT_LOCAL) {
		option = "port_required";
		value = " = local";
	} else if (s->lockout != 0) {
		option = "inbound_lockout";
	}
	if (option != NULL)
		problems_error(problems, policy_option_at(facts, option),
		    "%s%s needs to know our domains: set domains in "
		    "[directory]",
		    option, value);
}

/* wants_from - the From fields are looked at only when asked for */
static bool
wants_from(const void *settings)
{
	const struct auth_settings *s = settings;

	return s->lockout & 1u << LOCKOUT_HEADER;
}

const struct policy auth_policy = {
	.name = "auth",
	.summary = "who must log in, and who may send as whom",
	.doc = "Demands a login where the site wants one (of a listener's "
	       "clients, for remote recipients, of any scope), keeps logins "
	       "to the addresses that are theirs, refuses accounts that the "
	       "directory calls denied or disabled, and keeps strangers from "
	       "using our own domains as sender.\n"
	       "Two options look at a local sender without login. "
	       "local_sender is for our own users, who only forgot to log in, "
	       "and its reply asks for that. inbound_lockout is for mail from "
	       "outside, which has no business with our domains at all; its "
	       "reply says so, it looks at the From header field too, and it "
	       "answers first where both are on. bypass_clients, "
	       "bypass_senders and bypass_spf hold for both. With local_sender = nobody "
	       "a login must also own the local address that it uses "
	       "(auth.sender_mismatch), whatever sender_mismatch says.",
	.mta_notes = "Neither MTA tells a milter of a failed login. Postfix "
		     "gives the login with its realm, Sendmail as it was "
		     "typed: a bare login also stands for the same name at "
		     "our host name and its domain, and owns that name in "
		     "every domain of ours. Both MTAs can demand a login "
		     "themselves (Postfix smtpd_relay_restrictions, Sendmail "
		     "DaemonPortOptions M=a) and then refuse before we are "
		     "asked.",
	.example = "[auth]\n"
		   "login_senders = file:/etc/mailreeve/login_senders\n"
		   "[auth listener=587]\n"
		   "port_required = login\n"
		   "[auth client=192.0.2.0/24]\n"
		   "required = remote\n",
	.flags = POLICY_GUARD,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct auth_settings),
	.message_scratch = sizeof(struct auth_scratch),
	.check = check,
	.hooks = {
		{ .step = STEP_MAIL, .judge = auth_sender, .movable = true },
		{ .step = STEP_RCPT, .judge = auth_recipient },
		{
		    .step = STEP_HEADER,
		    .observe = auth_note_from,
		    .wanted = wants_from,
		    .headers = header_from_field,
		},
		{ .step = STEP_EOH, .judge = auth_from, .wanted = wants_from },
	},
};
