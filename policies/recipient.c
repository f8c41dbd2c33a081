/*
 * recipient - what the directory knows of a recipient, and how many there are.
 *
 * One judge at RCPT, in this order:
 *   too_many        max recipients were accepted already; nothing is asked of
 *                   the directory for the rest
 *   syntax          the path cannot be an address
 *   not_local       the domain is not ours (only with refuse_remote)
 *   suspended, bad_forward, over_quota
 *                   an attribute of the address, or of its domain
 *   unknown_list    no such address in a domain of lists (list)
 *   unknown_local   no such address in a domain whose users are of this
 *                   host (local)
 *   unknown         no such address in any other domain of ours
 *   unverifiable    the directory did not answer
 *
 * A domain with the attribute catchall has every address; postmaster exists
 * in every domain of ours (RFC 5321 4.5.1).
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "table/directory.h"
#include "policies/recipient.h"
#include "policies/registry.h"

static const struct reason reasons[] = {
	[RECIPIENT_SYNTAX] = {
	    .name = "recipient.syntax",
	    .reply = "501 5.1.3 Bad recipient address syntax %{ref}",
	    .doc = "The recipient's address has a wrong form (RFC 3463 "
		   "X.1.3).",
	},
	[RECIPIENT_UNKNOWN] = {
	    .name = "recipient.unknown",
	    .reply = "550 5.1.1 <%{recipient}> does not exist here %{ref}",
	    .doc = "The recipient is not in the directory.",
	},
	[RECIPIENT_UNKNOWN_LOCAL] = {
	    .name = "recipient.unknown_local",
	    .reply = "550 5.1.1 There is no user <%{recipient}> in this "
		     "domain %{ref}",
	    .doc = "The domain is local and has no such user and no "
		   "catch-all.",
	},
	[RECIPIENT_UNKNOWN_LIST] = {
	    .name = "recipient.unknown_list",
	    .reply = "550 5.1.1 There is no mailing list <%{recipient}> "
		     "%{ref}",
	    .doc = "The domain is one of mailing lists and has no such list.",
	},
	[RECIPIENT_NOT_LOCAL] = {
	    .name = "recipient.not_local",
	    .reply = "551 5.1.1 <%{recipient}> is not local, and this server "
		     "does not forward %{ref}",
	    .doc = "The account is not local (RFC 5321 3.4).",
	},
	[RECIPIENT_BAD_FORWARD] = {
	    .name = "recipient.bad_forward",
	    .reply = "550 5.1.1 <%{recipient}> has no mailbox and no valid "
		     "forward %{ref}",
	    .doc = "The user has no mailbox, and the forward leads nowhere.",
	},
	[RECIPIENT_SUSPENDED] = {
	    .name = "recipient.suspended",
	    .reply = "550 5.2.1 The mailbox <%{recipient}> is suspended "
		     "%{ref}",
	    .doc = "The mailbox is suspended (RFC 3463 X.2.1).",
	},
	[RECIPIENT_OVER_QUOTA] = {
	    .name = "recipient.over_quota",
	    .reply = "452 4.2.2 The mailbox <%{recipient}> is full, try again "
		     "later %{ref}",
	    .doc = "The mailbox is over its quota (RFC 3463 X.2.2).",
	},
	[RECIPIENT_UNVERIFIABLE] = {
	    .name = "recipient.unverifiable",
	    .reply = "451 4.4.3 <%{recipient}> cannot be verified at present, "
		     "try again later %{ref}",
	    .doc = "The directory that knows the recipients does not answer "
		   "(RFC 3463 X.4.3).",
	},
	[RECIPIENT_TOO_MANY] = {
	    .name = "recipient.too_many",
	    .reply = "452 4.5.3 Too many recipients, send to the others in "
		     "another message %{ref}",
	    .doc = "The message has more recipients than the limit (RFC 5321 "
		   "4.5.3.1.10).",
	},
	{ .name = NULL },
};

#define AT(field) offsetof(struct recipient_settings, field)

static const struct option options[] = {
	{
	    .name = "max",
	    .type = OPTION_INT,
	    .offset = AT(max),
	    .fallback = "100",
	    .min = 0,
	    .max = INT32_MAX,
	    .unit = "recipients",
	    .doc = "Recipients of one message; the others are refused for "
		   "now, and clients send to them in another message. RFC "
		   "5321 wants at least 100 of a server; 0 = no limit.",
	},
	{
	    .name = "null_sender_max",
	    .type = OPTION_INT,
	    .offset = AT(null_sender_max),
	    .fallback = "1",
	    .min = 0,
	    .max = INT32_MAX,
	    .unit = "recipients",
	    .doc = "The same for messages without sender (<>): bounces have "
		   "one recipient. 0 = no limit but max.",
	},
	{
	    .name = "verify",
	    .type = OPTION_BOOL,
	    .offset = AT(verify),
	    .fallback = "yes",
	    .doc = "Refuse addresses of our domains that are neither mailbox "
		   "nor alias of the directory. Inactive without domains and "
		   "mailboxes in [directory].",
	},
	{
	    .name = "forbidden",
	    .type = OPTION_STRING,
	    .offset = AT(forbidden),
	    .fallback = "",
	    .doc = "Characters that the local part of a recipient may not "
		   "have although RFC 5321 allows them (recipient.syntax): %, "
		   "! and | are seen in attempts to relay or to run programs.",
	    .example = "!%|",
	},
	{
	    .name = "refuse_remote",
	    .type = OPTION_BOOL,
	    .offset = AT(refuse_remote),
	    .fallback = "no",
	    .doc = "Refuse recipients of domains that are not ours when the "
		   "client has not logged in and is not trusted "
		   "(recipient.not_local); else they are left to the MTA and "
		   "to [relay].",
	},
	{
	    .name = "defer_unverifiable",
	    .type = OPTION_BOOL,
	    .offset = AT(defer_unverifiable),
	    .fallback = "yes",
	    .doc = "When the directory does not answer, refuse the recipient "
		   "for now (recipient.unverifiable); no: do what on_error "
		   "says.",
	},
	{ .name = NULL },
};

/* check - what a setting needs of the directory */
static void
check(const void *settings, const struct config_facts *facts, struct origin at,
    struct problems *problems)
{
	const struct recipient_settings *s = settings;

	(void)at;
	if (s->refuse_remote && facts->directory->domains == NULL)
		problems_error(problems,
		    policy_option_at(facts, "refuse_remote"),
		    "refuse_remote needs to know our domains: set "
		    "domains in [directory]");
}

/* recipient_is_postmaster - in any case of letters */
bool
recipient_is_postmaster(const struct mailaddr *address)
{
	return strcasecmp(address->local, "postmaster") == 0;
}

/* judge_count - whether the message has all recipients that it may have */
static struct verdict
judge_count(struct pctx *p)
{
	const struct recipient_settings *s = p->settings;
	const struct message *message = p->txn->message;
	const char *option = "max";
	int64_t max = s->max;
	struct verdict verdict;

	if (message->sender.is_null && s->null_sender_max > 0 &&
	    (max == 0 || s->null_sender_max < max)) {
		max = s->null_sender_max;
		option = "null_sender_max";
	}
	policy_input(p, "recipients", "%u", message->accepted_recipients);
	if (max == 0 || message->accepted_recipients < max)
		return verdict_none();
	verdict = verdict_refuse(RECIPIENT_TOO_MANY, option);
	verdict_value(&verdict, VALUE_LIMIT,
	    arena_printf(p->arena, "%lld", (long long)max));
	return verdict;
}

/*
 * judge_syntax - long local parts pass: addresses of SRS and VERP are over 64
 * characters often enough, and all MTAs take them.
 */
static struct verdict
judge_syntax(struct pctx *p)
{
	const struct recipient_settings *s = p->settings;
	const struct mailaddr *address = &p->txn->recipient->address;

	if (strpbrk(address->local, s->forbidden) != NULL)
		return verdict_refuse(RECIPIENT_SYNTAX, "forbidden");
	if (address->problem == MAILADDR_OK ||
	    address->problem == MAILADDR_TOO_LONG ||
	    (address->problem == MAILADDR_NO_DOMAIN &&
		recipient_is_postmaster(address)))
		return verdict_none();
	return verdict_refuse(RECIPIENT_SYNTAX, NULL);
}

/* judge - one recipient */
static struct verdict
judge(struct pctx *p)
{
	struct verdict verdict = judge_count(p);

	if (verdict.kind == VERDICT_NONE)
		verdict = judge_syntax(p);
	/* without domain it is the MTA's own postmaster */
	if (verdict.kind != VERDICT_NONE ||
	    p->txn->recipient->address.domain[0] == '\0')
		return verdict;
	return recipient_known(p);
}

const struct policy recipient_policy = {
	.name = "recipient",
	.summary = "unknown, suspended, full and too many recipients",
	.doc = "Refuses recipients that do not exist here, that are "
	       "suspended, over quota, or forwarded to nowhere, and more "
	       "recipients than a message may have. What exists is written "
	       "in [directory]: domains, mailboxes and aliases. A missing "
	       "address is recipient.unknown_list in a domain with the "
	       "attribute list, recipient.unknown_local in one with the "
	       "attribute local (its users are of this host), else "
	       "recipient.unknown; a domain with catchall takes any. "
	       "recipient.unverifiable says that the directory does not "
	       "answer. Without a directory only the number of recipients "
	       "and the syntax are judged.",
	.mta_notes = "An MTA that knows its recipients refuses unknown ones "
		     "by itself, before we are asked, and with its own text. "
		     "Both also refuse most addresses of a bad form. Postfix "
		     "has a limit of recipients, too "
		     "(smtpd_recipient_limit, 1000): a greater max is never "
		     "reached.",
	.example = "[directory]\n"
		   "domains = inline:{example.org, lists.example.org=list}\n"
		   "mailboxes = file:/etc/mailreeve/mailboxes\n"
		   "aliases = file:/etc/mailreeve/aliases\n"
		   "[recipient listener=587]\n"
		   "max = 50\n",
	.flags = POLICY_JUDGE_TRUSTED | POLICY_GUARD,
	.stage = STEP_RCPT,
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct recipient_settings),
	.check = check,
	.hooks = {
		{ .step = STEP_RCPT, .judge = judge },
	},
};
