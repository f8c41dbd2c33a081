/*
 * commands - unknown and switched-off commands, and too many of either.
 *
 * What counts as bad over a whole connection: commands that the MTA does not
 * know, and recipients that were refused for good, by the MTA or by us. Once
 * the limit is passed every further unknown command and every further
 * recipient gets commands.too_many; the native reply is a 421, after which
 * both MTAs close. Recipients that were only put off (greylisting, a
 * directory that is down, recipient.too_many) do not count: their client did
 * nothing wrong and would never get through.
 *
 * In the registry this policy stands behind access, whose allow entries may
 * skip it, and before all others: who guesses recipients is sent away before
 * more of them are looked up.
 */
#include <string.h>

#include "base/mem.h"
#include "policy/policy.h"
#include "policies/registry.h"

enum { COMMANDS_UNKNOWN, COMMANDS_DISABLED, COMMANDS_TOO_MANY };

static const struct reason reasons[] = {
	[COMMANDS_UNKNOWN] = {
	    .name = "commands.unknown",
	    .reply = "500 5.5.1 Command not recognized %{ref}",
	    .doc = "The client sent a command that does not exist.",
	},
	[COMMANDS_DISABLED] = {
	    .name = "commands.disabled",
	    .reply = "502 5.5.1 Command not permitted here %{ref}",
	    .doc = "The client sent a command that is switched off.",
	},
	[COMMANDS_TOO_MANY] = {
	    .name = "commands.too_many",
	    .reply = "421 4.7.0 Too many bad commands or recipients, closing "
		     "connection %{ref}",
	    .doc = "The client sent more bad commands or refused recipients "
		   "than the limit.",
	},
	{ .name = NULL },
};

struct settings {
	bool unknown;
	struct words disabled;
	int64_t max;
};

#define AT(field) offsetof(struct settings, field)

static const struct option options[] = {
	{
	    .name = "unknown",
	    .type = OPTION_BOOL,
	    .offset = AT(unknown),
	    .fallback = "yes",
	    .doc = "Answer commands that the MTA does not know; no: the MTA "
		   "answers in its own words.",
	},
	{
	    .name = "disabled",
	    .type = OPTION_WORDS,
	    .offset = AT(disabled),
	    .fallback = "",
	    .doc = "Commands that exist elsewhere and are switched off here: "
		   "they get commands.disabled. Only those that the MTA "
		   "itself does not know come to us.",
	    .example = "ATRN, XEXCH50",
	},
	{
	    .name = "max",
	    .type = OPTION_INT,
	    .offset = AT(max),
	    .fallback = "20",
	    .min = 0,
	    .max = INT32_MAX,
	    .unit = "commands and recipients",
	    .doc = "Unknown commands and recipients refused for good, "
		   "together, that one connection may have; 0 = no limit.",
	},
	{ .name = NULL },
};

/* judge_count - the bad ones before this command */
static struct verdict
judge_count(struct pctx *p, unsigned unknown)
{
	const struct settings *s = p->settings;
	const struct connection *conn = &p->txn->connection;
	int64_t bad = (int64_t)unknown + conn->refused_recipients;
	struct verdict verdict;

	policy_input(p, "bad", "%lld", (long long)bad);
	if (s->max == 0 || bad < s->max)
		return verdict_none();
	verdict = verdict_refuse(COMMANDS_TOO_MANY, "max");
	verdict.final = true;
	verdict.detail = arena_printf(p->arena, "%lld", (long long)bad);
	verdict_value(&verdict, VALUE_COUNT_SEEN, verdict.detail);
	verdict_value(&verdict, VALUE_LIMIT,
	    arena_printf(p->arena, "%lld", (long long)s->max));
	return verdict;
}

/* verb - Postfix gives the verb alone, Sendmail the whole line */
static const char *
verb(struct pctx *p)
{
	const char *command = p->txn->connection.command;

	return arena_strndup(p->arena, command, strcspn(command, " \t"));
}

/* judge_command - a command that the MTA does not know; it is counted */
static struct verdict
judge_command(struct pctx *p)
{
	const struct settings *s = p->settings;
	const char *command = verb(p);
	struct verdict verdict;

	policy_input(p, "command", "%s", command);
	verdict = judge_count(p, p->txn->connection.unknown_commands - 1);
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	if (words_have(&s->disabled, command))
		verdict = verdict_refuse(COMMANDS_DISABLED, "disabled");
	else if (s->unknown)
		verdict = verdict_refuse(COMMANDS_UNKNOWN, "unknown");
	else
		return verdict;
	verdict.detail = command;
	verdict_value(&verdict, VALUE_COMMAND, command);
	return verdict;
}

/* judge_recipient - enough bad ones came before */
static struct verdict
judge_recipient(struct pctx *p)
{
	return judge_count(p, p->txn->connection.unknown_commands);
}

/* wants_unknown - something is to be said about unknown commands */
static bool
wants_unknown(const void *settings)
{
	const struct settings *s = settings;

	return s->unknown || s->disabled.count > 0 || s->max > 0;
}

/* wants_recipients - there is a limit */
static bool
wants_recipients(const void *settings)
{
	const struct settings *s = settings;

	return s->max > 0;
}

const struct policy commands_policy = {
	.name = "commands",
	.summary = "unknown and switched-off commands, and too many of them",
	.doc = "Answers commands that do not exist or are switched off, and "
	       "ends sessions that try too many: guessed commands and "
	       "recipients refused for good are counted together over the "
	       "connection. Over max every further unknown command and "
	       "recipient gets commands.too_many. The native reply is a 421, "
	       "which also closes the connection; a documented 503 does not "
	       "close it.",
	.mta_notes = "Only commands that the MTA does not know come to us. "
		     "Postfix 3.7 tells the verb alone, also of HELP, EXPN "
		     "and TURN; Sendmail 8.17 tells the whole line, and "
		     "answers those by itself. VRFY, ETRN and NOOP come from "
		     "neither: switch them off in the MTA (Postfix "
		     "disable_vrfy_command, Sendmail PrivacyOptions). Postfix "
		     "waits a second for each reply after 10 errors and "
		     "closes at the 21st by itself (smtpd_soft_error_limit, "
		     "smtpd_hard_error_limit), Sendmail at the 26th unknown "
		     "command (MAXBADCOMMANDS): a greater max is not "
		     "reached. GET, POST and CONNECT are ended by Postfix "
		     "itself. Recipients that the MTA refuses are seen only "
		     "in part: Sendmail shows unknown users, not its relay "
		     "and access checks.",
	.example = "[commands]\n"
		   "disabled = ATRN, XEXCH50\n"
		   "max = 10\n",
	.flags = POLICY_GUARD,
	.stage = STEP_RCPT,
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.hooks = {
		{
		    .step = STEP_UNKNOWN,
		    .judge = judge_command,
		    .wanted = wants_unknown,
		},
		{
		    .step = STEP_RCPT,
		    .judge = judge_recipient,
		    .wanted = wants_recipients,
		},
	},
};
