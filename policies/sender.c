/*
 * sender - the envelope sender's form and domain, parameters of MAIL and RCPT.
 *
 * Reasons: sender.syntax, sender.unbalanced, sender.no_domain,
 * sender.parameters; of the domain (sender_domain.c) sender.no_mx,
 * sender.null_mx.
 *
 * MTAs differ in what they refuse themselves before a milter is asked; what
 * they let through is judged here by RFC 5321 4.1.2, so that both give the
 * same answer. The null sender has no form to judge. Form and parameters of
 * MAIL are one hook, the parameters of RCPT another; a recipient's own form
 * is the policy recipient's.
 */
#include <string.h>

#include "base/esmtp.h"
#include "base/mailaddr.h"
#include "base/str.h"
#include "policies/sender.h"
#include "service/option.h"

/* what mailaddr_parse() found, and which rule is about it */
static const struct rule {
	enum mailaddr_problem problem;
	unsigned reason;
	const char *option;
	size_t offset;
} rules[] = {
	{ MAILADDR_UNBALANCED, SENDER_UNBALANCED, "unbalanced",
	    offsetof(struct sender_settings, unbalanced) },
	{ MAILADDR_SYNTAX, SENDER_SYNTAX, "syntax",
	    offsetof(struct sender_settings, syntax) },
	{ MAILADDR_NO_DOMAIN, SENDER_NO_DOMAIN, "no_domain",
	    offsetof(struct sender_settings, no_domain) },
	{ MAILADDR_TOO_LONG, SENDER_SYNTAX, "too_long",
	    offsetof(struct sender_settings, too_long) },
};

/* judge_problem - the address cannot be read as one */
static struct verdict
judge_problem(const struct sender_settings *s, enum mailaddr_problem problem)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].problem == problem &&
		    *(const bool *)((const char *)s + rules[i].offset))
			return verdict_refuse(rules[i].reason, rules[i].option);
	return verdict_none();
}

/* judge_address - the sender's form */
static struct verdict
judge_address(const struct sender_settings *s, const struct message *message)
{
	const struct mailaddr *sender = &message->sender;
	struct verdict verdict;

	if (sender->is_null)
		return verdict_none();
	verdict = judge_problem(s, sender->problem);
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	if (s->forbidden[0] != '\0' &&
	    strpbrk(sender->local, s->forbidden) != NULL)
		return verdict_refuse(SENDER_SYNTAX, "forbidden");
	if (s->brackets && !sender->has_brackets)
		return verdict_refuse(SENDER_SYNTAX, "brackets");
	/* RFC 6531 3.4: only with SMTPUTF8 may an address leave ASCII */
	if (s->syntax && !str_is_ascii(sender->raw) &&
	    esmtp_parameter(message->parameters, "SMTPUTF8") == NULL)
		return verdict_refuse(SENDER_SYNTAX, "syntax");
	return verdict_none();
}

/* line_length - of the command as the client sent it, with CRLF */
static size_t
line_length(const char *verb, const struct mailaddr *address,
    const char *const *parameters)
{
	size_t length = strlen(verb) + strlen(address->raw) + 2;

	if (address->has_brackets)
		length += 2;
	for (size_t i = 0; parameters[i] != NULL; i++)
		length += 1 + strlen(parameters[i]);
	return length;
}

/* judge_parameters - what stands behind the path, and how much of it */
static struct verdict
judge_parameters(struct pctx *p, const struct mailaddr *address,
    const char *const *parameters, bool mail)
{
	const struct sender_settings *s = p->settings;
	struct verdict verdict;
	size_t length;

	length =
	    line_length(mail ? "MAIL FROM:" : "RCPT TO:", address, parameters);
	policy_input(p, "line", "%zu", length);
	if (s->max_line > 0 && length > (size_t)s->max_line)
		return verdict_refuse(SENDER_PARAMETERS, "max_line");
	for (size_t i = 0; s->parameters && parameters[i] != NULL; i++) {
		policy_input(p, "parameter", "%s", parameters[i]);
		if (esmtp_parameter_is_valid(parameters[i], mail))
			continue;
		verdict = verdict_refuse(SENDER_PARAMETERS, "parameters");
		verdict.detail = parameters[i];
		verdict_value(&verdict, VALUE_KEY, parameters[i]);
		return verdict;
	}
	return verdict_none();
}

/* judge_mail - the sender and the parameters of MAIL */
static struct verdict
judge_mail(struct pctx *p)
{
	const struct message *message = p->txn->message;
	struct verdict verdict;

	policy_input(p, "sender", "%s", message->sender.raw);
	verdict = judge_address(p->settings, message);
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	return judge_parameters(p, &message->sender, message->parameters, true);
}

/* judge_rcpt - the parameters of RCPT */
static struct verdict
judge_rcpt(struct pctx *p)
{
	const struct recipient *recipient = p->txn->recipient;

	return judge_parameters(p, &recipient->address, recipient->parameters,
	    false);
}

/* wants_mail - some rule is on */
static bool
wants_mail(const void *settings)
{
	const struct sender_settings *s = settings;

	return s->syntax || s->unbalanced || s->no_domain || s->parameters ||
	       s->too_long || s->brackets || s->forbidden[0] != '\0' ||
	       s->max_line > 0;
}

/* wants_rcpt - some rule about parameters is on */
static bool
wants_rcpt(const void *settings)
{
	const struct sender_settings *s = settings;

	return s->parameters || s->max_line > 0;
}

/* one rule that is on or off */
#define RULE(field, value, text)                                   \
	{                                                          \
		.name = #field, .type = OPTION_BOOL,               \
		.offset = offsetof(struct sender_settings, field), \
		.fallback = value, .doc = text                     \
	}

static const struct option options[] = {
	RULE(syntax, "yes",
	    "Refuse a sender that is no address by RFC 5321 4.1.2: empty "
	    "parts, characters that need quotes and have none, a domain of "
	    "impossible form; and bytes outside of ASCII without the "
	    "parameter SMTPUTF8 (RFC 6531). Reason sender.syntax."),
	RULE(unbalanced, "yes",
	    "Refuse a sender whose brackets or quotes do not pair. Reason "
	    "sender.unbalanced."),
	RULE(no_domain, "yes",
	    "Refuse a sender without a domain. The null sender <> is never "
	    "refused. Reason sender.no_domain."),
	RULE(too_long, "no",
	    "Refuse a sender that is longer than RFC 5321 4.5.3.1 allows (64 "
	    "for the local part, 256 for the path). Off, because bounce "
	    "addresses of large senders are. Reason sender.syntax."),
	RULE(brackets, "no",
	    "Refuse MAIL FROM:user@domain without angle brackets. Reason "
	    "sender.syntax."),
	{
	    .name = "forbidden",
	    .type = OPTION_STRING,
	    .offset = offsetof(struct sender_settings, forbidden),
	    .fallback = "",
	    .doc = "Characters that a sender's local part may not have, "
		   "although the RFC allows them. Reason sender.syntax.",
	    .example = "!%|",
	},
	RULE(parameters, "yes",
	    "Refuse parameters of a wrong form at MAIL and RCPT: SIZE=abc, "
	    "RET=SOME, NOTIFY=NEVER,DELAY. Parameters of extensions that "
	    "mailreeve does not know need only look like parameters. Reason "
	    "sender.parameters."),
	{
	    .name = "max_line",
	    .type = OPTION_INT,
	    .offset = offsetof(struct sender_settings, max_line),
	    .fallback = "1500",
	    .min = 0,
	    .max = 65536,
	    .unit = "bytes",
	    .doc = "Refuse a longer MAIL or RCPT command. RFC 5321 4.5.3.1.4 "
		   "gives 512, extensions add about 800, MTAs read 2,048. 0: "
		   "no limit. Reason sender.parameters.",
	},
	RULE(no_mx, "yes",
	    "Refuse a sender whose domain does not exist, or has neither MX "
	    "nor address records: nobody can answer it. Reason "
	    "sender.no_mx."),
	RULE(null_mx, "yes",
	    "Refuse a sender whose domain says that it takes no mail (null "
	    "MX, RFC 7505). Reason sender.null_mx."),
	RULE(private_mx, "yes",
	    "Refuse a sender whose domain's mail servers have no address, or "
	    "none but private and loopback ones. Reason sender.no_mx."),
	{
	    .name = "wait",
	    .type = OPTION_MILLIS,
	    .offset = offsetof(struct sender_settings, wait_ms),
	    .fallback = "4s",
	    .min = 0,
	    .max = 20000,
	    .doc = "How long answers of the DNS are waited for in a message.",
	},
	{ .name = NULL },
};

static const struct reason reasons[] = {
	[SENDER_SYNTAX] = {
	    .name = "sender.syntax",
	    .reply = "501 5.1.7 Bad address syntax %{ref}",
	    .doc = "The envelope sender has forbidden characters or a wrong "
		   "form (RFC 5321 4.1.2).",
	},
	[SENDER_UNBALANCED] = {
	    .name = "sender.unbalanced",
	    .reply = "501 5.5.2 Unbalanced brackets or quotes in the address "
		     "%{ref}",
	    .doc = "Brackets or quotes of the envelope sender do not pair.",
	},
	[SENDER_NO_DOMAIN] = {
	    .name = "sender.no_domain",
	    .reply = "501 5.5.2 The address needs a domain %{ref}",
	    .doc = "The envelope sender has no domain.",
	},
	[SENDER_PARAMETERS] = {
	    .name = "sender.parameters",
	    .reply = "501 5.5.4 Bad or unknown parameters %{ref}",
	    .doc = "MAIL or RCPT has parameters of a wrong form (RFC 5321 "
		   "4.1.2), or is too long.",
	},
	[SENDER_NO_MX] = {
	    .name = "sender.no_mx",
	    .reply = "550 5.1.8 The sender's domain %{sender_domain} takes no "
		     "mail: it has no MX or address record %{ref}",
	    .doc = "The sender's domain does not exist, or has neither MX nor "
		   "address records (RFC 3463 X.1.8).",
	},
	[SENDER_NULL_MX] = {
	    .name = "sender.null_mx",
	    .reply = "550 5.7.27 The sender's domain %{sender_domain} says "
		     "that it takes no mail (null MX) %{ref}",
	    .doc = "The sender's domain has a null MX (RFC 7505 4.2).",
	},
	{ .name = NULL },
};

const struct policy sender_policy = {
	.name = "sender",
	.summary = "the sender's form and domain, parameters of MAIL and RCPT",
	.doc =
	    "Refuses envelope senders that cannot be answered, because they "
	    "are no addresses or because their domain takes no mail, and "
	    "commands whose parameters are wrong. A correct client never "
	    "meets it.\n\n"
	    "Domains of ours ([directory] domains) are not looked up, and the "
	    "null sender has none. When the DNS fails for now, on_error "
	    "decides: pass, or a temporary refusal; never one for good.\n\n"
	    "With forbidden, a site can also refuse what is legal but only "
	    "ever seen in attacks, such as | and ! in the local part.",
	.mta_notes =
	    "MTAs refuse the worst forms themselves, with their own text and "
	    "before a milter is asked. Postfix 3.7: a single (, < or quote, a "
	    "domain of impossible form, and SIZE, BODY, RET, NOTIFY of a wrong "
	    "form. Sendmail 8.17: a single (, <, > or quote, a doubled @, and "
	    "most wrong parameters, but not SIZE=abc. Both refuse parameters "
	    "that they do not know.\n\n"
	    "Postfix takes a sender without a domain, Sendmail only with "
	    "FEATURE(accept_unqualified_senders). Sendmail does not offer "
	    "SMTPUTF8.\n\n"
	    "Sendmail looks senders' domains up by itself unless it has "
	    "FEATURE(accept_unresolvable_domains), and answers 553 or 451 "
	    "before a milter is asked.",
	.example =
	    "[sender]\n"
	    "forbidden = !%|\n",
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct sender_settings),
	.message_scratch = sizeof(struct sender_message),
	.hooks = {
	    { .step = STEP_MAIL, .ask = sender_ask_domain,
		.wanted = sender_wants_domain },
	    { .step = STEP_MAIL, .judge = judge_mail, .wanted = wants_mail,
		.movable = true },
	    { .step = STEP_RCPT, .judge = judge_rcpt, .wanted = wants_rcpt },
	    { .step = STEP_MAIL, .judge = sender_judge_domain,
		.wanted = sender_wants_domain, .movable = true },
	},
};
