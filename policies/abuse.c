/*
 * abuse - clients that behaved badly are shut out for a time.
 *
 * Reasons: abuse.auth, abuse.invalid, abuse.reported, abuse.temporary.
 *
 * Whether a client is banned is asked at CONNECT, one entry of the store, and
 * judged at HELO: a banned client is to be kept from logging in, too, and a
 * 421 there is shown and closes the connection in both MTAs.
 *
 * What a client does is counted here for the connection, and goes into the
 * register when that ends, where nobody waits for an answer (abuse_register.c
 * has the counting and the bans). Clients in trusted networks are not counted,
 * nor sessions that have logged in: these are noted as good. A milter is told
 * of no failed login; mailreevectl feed reads them in logs.
 */
#include "base/mem.h"
#include "policies/abuse_hooks.h"

static const struct reason reasons[] = {
	[ABUSE_AUTH] = {
	    .name = "abuse.auth",
	    .reply = "421 4.7.0 Too many failed logins from %{client_addr}, "
		     "try again in %{wait} seconds %{ref}",
	    .doc = "The client is in the register of bad clients for failed "
		   "logins.",
	},
	[ABUSE_INVALID] = {
	    .name = "abuse.invalid",
	    .reply = "421 4.7.0 Too many invalid recipients or commands from "
		     "%{client_addr}, try again in %{wait} seconds %{ref}",
	    .doc = "The client is in the register of bad clients for refused "
		   "recipients or bad commands.",
	},
	[ABUSE_REPORTED] = {
	    .name = "abuse.reported",
	    .reply = "421 4.7.0 %{client_addr} was reported as a source of "
		     "spam, try again in %{wait} seconds %{ref}",
	    .doc = "The client was reported as a source of spam often enough, "
		   "wrote to a spamtrap, or was banned by hand.",
	},
	[ABUSE_TEMPORARY] = {
	    .name = "abuse.temporary",
	    .reply = "421 4.7.0 Too many messages from %{client_addr}, try "
		     "again in %{wait} seconds %{ref}",
	    .doc = "The client sent a flood of messages and is shut out for a "
		   "time.",
	},
	{ .name = NULL },
};

/* ---- is the client banned ---- */

/* ask_register - about the client, and its network if those are banned */
static void
ask_register(struct pctx *p, struct abuse_questions *questions)
{
	const struct abuse_settings *s = p->settings;
	const struct netaddr *address = &p->txn->connection.client;
	struct store_batch *batch = policy_store(p);
	char text[ABUSE_SUBJECT_SIZE];

	abuse_subject(address, text);
	questions->client = abuse_ask_ban(batch, p->store_local, text);
	if (s->subnet_hosts == 0)
		return;
	if (s->good_login_s > 0)
		questions->login = abuse_ask_login(batch, p->store_local, text);
	abuse_network(address, text);
	questions->network = abuse_ask_ban(batch, p->store_local, text);
}

/* ask - at CONNECT; goes out with what others ask */
static void
ask(struct pctx *p)
{
	struct abuse_scratch *scratch = p->connection_scratch;

	ask_register(p, &scratch->questions);
}

/* has_login - one that was good protects from what neighbours did */
static bool
has_login(struct pctx *p, struct store_op *op)
{
	struct store_entry_answer answer;

	return op != NULL &&
	       store_wait_entry(op, p->deadline_ms, &answer, NULL) ==
		   STORE_OK &&
	       answer.found;
}

/* take_ban - out of the register's answer, if there is one */
static void
take_ban(struct pctx *p, struct abuse_scratch *scratch, struct store_op *op)
{
	struct store_entry_answer answer;
	enum store_result result =
	    store_wait_entry(op, p->deadline_ms, &answer, NULL);

	if (result != STORE_OK) {
		scratch->result = result;
		return;
	}
	if (!answer.found || !abuse_ban_read(&scratch->ban, answer.value))
		return;
	scratch->banned = true;
	scratch->left_s = answer.ttl_s;
	scratch->ban.note = "";
}

/*
 * find_out - once for a connection. Who was not asked about at CONNECT was to
 * be spared then, and is not in the scope that holds now.
 */
static void
find_out(struct pctx *p, struct abuse_scratch *scratch)
{
	struct abuse_questions questions = scratch->questions;

	if (questions.client == NULL)
		ask_register(p, &questions);
	take_ban(p, scratch, questions.client);
	if (questions.network != NULL && !scratch->banned &&
	    !has_login(p, questions.login))
		take_ban(p, scratch, questions.network);
	scratch->known = true;
}

/* judge - a client that is banned */
static struct verdict
judge(struct pctx *p)
{
	struct abuse_scratch *scratch = p->connection_scratch;
	const struct abuse_ban *ban = &scratch->ban;
	struct verdict verdict;
	const char *cause;

	if (!scratch->known)
		find_out(p, scratch);
	if (!scratch->banned)
		return scratch->result == STORE_OK
			   ? verdict_none()
			   : verdict_store(scratch->result);
	cause = names_name(abuse_cause_names, (int)ban->cause, "manual");
	policy_input(p, "ban", "cause %s, %lld s left, the %lld. time", cause,
	    (long long)scratch->left_s, (long long)ban->times);
	verdict = verdict_refuse(abuse_reason_of(ban->cause), NULL);
	verdict.final = true;
	verdict.detail = arena_printf(p->arena, "%s/times:%lld/left:%llds",
	    cause, (long long)ban->times, (long long)scratch->left_s);
	verdict_value(&verdict, VALUE_WAIT,
	    arena_printf(p->arena, "%lld", (long long)scratch->left_s));
	verdict_value(&verdict, VALUE_COUNT_SEEN,
	    arena_printf(p->arena, "%lld", (long long)ban->count));
	return verdict;
}

/* ---- what is needed ---- */

/* wants_traps - there are some */
static bool
wants_traps(const void *settings)
{
	const struct abuse_settings *s = settings;

	return s->spamtraps.count > 0;
}

/* wants_refused - recipients that the MTA refuses */
static bool
wants_refused(const void *settings)
{
	const struct abuse_settings *s = settings;

	return s->limit[CAUSE_RECIPIENTS].max > 0 || wants_traps(settings);
}

/* wants_commands - such as do not exist */
static bool
wants_commands(const void *settings)
{
	const struct abuse_settings *s = settings;

	return s->limit[CAUSE_COMMANDS].max > 0;
}

/* wants_decided - recipients that we refuse, messages that are taken */
static bool
wants_decided(const void *settings)
{
	const struct abuse_settings *s = settings;

	return s->limit[CAUSE_RECIPIENTS].max > 0 ||
	       s->limit[CAUSE_MESSAGES].max > 0;
}

const struct policy abuse_policy = {
	.name = ABUSE_POLICY,
	.summary = "the register of bad clients: failed logins, refused "
		   "recipients, floods, spam",
	.doc = "Clients that behave badly are entered into a register and "
	       "shut out for a time: for failed logins, for recipients that "
	       "do not exist, for commands that do not exist, for a flood of "
	       "messages, for a message to a spamtrap, when users report "
	       "spam from them, or by hand. Each cause has a number that is "
	       "borne, the time in which it is counted, and the length of "
	       "the ban; each further ban is twice as long, up to ban_max. A "
	       "client is an IPv4 address or an IPv6 /64. Never banned are "
	       "trusted networks, nor, but by hand, clients from which "
	       "somebody logged in not long ago. "
	       "mailreevectl feed tells the register of failed and good "
	       "logins that stand in the logs of Postfix, Sendmail and "
	       "Dovecot; mailreevectl abuse lists, bans, lifts and reports. "
	       "With a shared store all hosts have one register. The reply "
	       "is given at HELO, so that a banned client cannot log in.",
	.mta_notes = "A 421 is shown at HELO and closes the connection. Any "
		     "other code is shown at MAIL, and refuses AUTH and "
		     "STARTTLS meanwhile. Sendmail shows a milter unknown "
		     "users, not its relay and access checks.",
	.example = "[abuse]\n"
		   "auth = 5\n"
		   "messages = 1000\n"
		   "spamtraps = file:/etc/mailreeve/spamtraps\n"
		   "exempt = client=cidr:/etc/mailreeve/partners\n",
	.flags = POLICY_CLIENT_CHECK | POLICY_GUARD | POLICY_STORE |
		 POLICY_STORE_LOCAL,
	.stage = STEP_HELO,
	.stages = STEP_BIT(STEP_HELO) | STEP_BIT(STEP_MAIL) |
		  STEP_BIT(STEP_RCPT),
	.options = abuse_options,
	.reasons = reasons,
	.settings_size = sizeof(struct abuse_settings),
	.connection_scratch = sizeof(struct abuse_scratch),
	.hooks = {
		{ .step = STEP_CONNECT, .ask = ask },
		{ .step = STEP_HELO, .judge = judge, .movable = true },
		{ .step = STEP_MAIL, .observe = abuse_see_mail },
		{
		    .step = STEP_RCPT,
		    .observe = abuse_see_recipient,
		    .wanted = wants_traps,
		},
		{
		    .step = STEP_REFUSED,
		    .observe = abuse_see_recipient,
		    .wanted = wants_refused,
		},
		{
		    .step = STEP_UNKNOWN,
		    .observe = abuse_see_command,
		    .wanted = wants_commands,
		},
		{
		    .step = STEP_DECIDED,
		    .observe = abuse_see_decided,
		    .wanted = wants_decided,
		},
		{ .step = STEP_CLOSE, .observe = abuse_see_close },
	},
};
