/*
 * access - block and allow lists of clients, greetings, senders, recipients
 * and the header From; of the server, of domains, of users.
 *
 * Reasons: access.client, access.helo, access.sender, access.sender_domain,
 * access.sender_policy, access.recipient, access.user_sender,
 * access.user_sender_domain, access.header_from, access.user_header_from.
 * Which list gives which is in access_order.c.
 *
 * At RCPT all facts of the envelope are known: there one judge looks at all
 * lists together, else their order would not hold between lists. Before RCPT
 * other judges look at what is known by then: one that refuses, if `stage`
 * says so, and one that only allows, because an allowed client must be so at
 * every step. The header From is judged when all fields are there.
 */
#include "base/mem.h"
#include "policies/access.h"

#define LISTS_HELO (LIST_BIT(LIST_CLIENTS) | LIST_BIT(LIST_HELO))
#define LISTS_MAIL (LISTS_HELO | LIST_BIT(LIST_SENDERS))
#define LISTS_RCPT (LISTS_MAIL | LIST_BIT(LIST_RECIPIENTS))

/* show - the inputs, for `explain` */
static void
show(const struct pctx *p, unsigned lists)
{
	const struct header_from *from = p->message_scratch;
	const struct txn *txn = p->txn;
	char text[NETADDR_TEXT_SIZE];

	if (lists & LIST_BIT(LIST_CLIENTS)) {
		policy_input(p, "client", "%s",
		    netaddr_format(&txn->connection.client, text));
		policy_input(p, "name", "%s", txn->connection.client_name);
	}
	if (lists & LIST_BIT(LIST_HELO))
		policy_input(p, "helo", "%s", txn->connection.helo);
	if (lists & LIST_BIT(LIST_SENDERS))
		policy_input(p, "sender", "%s", txn->message->sender.address);
	if (lists & LIST_BIT(LIST_RECIPIENTS))
		policy_input(p, "recipient", "%s",
		    txn->recipient->address.address);
	if (lists & LIST_BIT(LIST_HEADER_FROM))
		for (size_t i = 0; i < from->count; i++)
			policy_input(p, "from", "%s", from->address[i].address);
}

/* judge - lists that only refuse here; what they allow is said elsewhere */
static struct verdict
judge(struct pctx *p, unsigned lists)
{
	struct verdict verdict;

	show(p, lists);
	verdict = access_decide(p, lists);
	return verdict.kind == VERDICT_ALLOW ? verdict_none() : verdict;
}

/* judge_connect, judge_helo, judge_mail - when `stage` is that early */
static struct verdict
judge_connect(struct pctx *p)
{
	return judge(p, LIST_BIT(LIST_CLIENTS));
}

static struct verdict
judge_helo(struct pctx *p)
{
	return judge(p, LISTS_HELO);
}

static struct verdict
judge_mail(struct pctx *p)
{
	return judge(p, LISTS_MAIL);
}

/* allow_client, allow_helo - for the rest of the connection */
static struct verdict
allow_client(struct pctx *p)
{
	return access_decide(p, LIST_BIT(LIST_CLIENTS));
}

static struct verdict
allow_helo(struct pctx *p)
{
	return access_decide(p, LISTS_HELO);
}

/* allow_sender - for the message */
static struct verdict
allow_sender(struct pctx *p)
{
	return access_decide(p, LISTS_MAIL);
}

/* judge_rcpt - all lists about the envelope */
static struct verdict
judge_rcpt(struct pctx *p)
{
	show(p, LISTS_RCPT);
	return access_decide(p, LISTS_RCPT);
}

/* observe_from - keep the addresses of a From field */
static void
observe_from(struct pctx *p)
{
	header_from_note(p, p->message_scratch);
}

/*
 * judge_from - lists about the header From. An allow entry only overrides
 * block lists here: anybody can write anything into the field.
 */
static struct verdict
judge_from(struct pctx *p)
{
	const struct header_from *from = p->message_scratch;

	if (from == NULL || from->count == 0)
		return verdict_none();
	return judge(p, LIST_BIT(LIST_HEADER_FROM));
}

/* has - whether one of these lists has a table */
static bool
has(const struct tables *list, unsigned lists)
{
	for (int n = 0; n < LIST_MAX; n++)
		if (lists & LIST_BIT(n) && list[n].count > 0)
			return true;
	return false;
}

/* has_kept - whether users or domains keep lists */
static bool
has_kept(const struct access_settings *s)
{
	for (int n = 0; n < KEEPER_MAX; n++)
		if (s->kept_block[n] != NULL || s->kept_allow[n] != NULL)
			return true;
	return false;
}

/* wants_... - whether a hook has anything to look at */
static bool
wants_connect(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->block, LIST_BIT(LIST_CLIENTS));
}

static bool
wants_helo(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->block, LISTS_HELO);
}

static bool
wants_mail(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->block, LISTS_MAIL);
}

static bool
wants_allow_client(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->allow, LIST_BIT(LIST_CLIENTS));
}

static bool
wants_allow_helo(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->allow, LIST_BIT(LIST_HELO));
}

static bool
wants_allow_sender(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->allow, LIST_BIT(LIST_SENDERS));
}

static bool
wants_rcpt(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->block, LISTS_RCPT) || has(s->allow, LISTS_RCPT) ||
	       has_kept(s);
}

static bool
wants_from(const void *settings)
{
	const struct access_settings *s = settings;

	return has(s->block, LIST_BIT(LIST_HEADER_FROM)) ||
	       (s->kept_header_from &&
		   (s->kept_block[KEEPER_USER] != NULL ||
		       s->kept_block[KEEPER_DOMAIN] != NULL));
}

/* warn_of_forgers - an entry for a sender that skips SPF without SPF pass */
static void
warn_of_forgers(const struct access_settings *s,
    const struct config_facts *facts, unsigned long long skips,
    struct problems *problems)
{
	static const char *const name[] = { "spf" };
	const struct words spf = { .word = name, .count = 1 };
	const struct access_settings *all = facts->global;
	unsigned long long bit;
	const char *unknown;

	if (s->allow[LIST_SENDERS].count == 0 || s->senders_spf ||
	    all->senders_spf || !policy_skip_bits(&spf, &bit, &unknown) ||
	    !(skips & bit))
		return;
	problems_warning(problems, policy_option_at(facts, "allow_senders"),
	    "allow_senders: whoever uses such a sender is let in, forgers "
	    "too: set allow_senders_spf = yes, or allow_skips without spf");
}

/* check - allow_skips must name policies */
static void
check(const void *settings, const struct config_facts *facts, struct origin at,
    struct problems *problems)
{
	static const char *const name[] = { "all" };
	const struct words all = { .word = name, .count = 1 };
	const struct access_settings *s = settings, *global = facts->global;
	const struct words *skips = &s->allow_skips;
	unsigned long long bits;
	const char *unknown, *meant;

	(void)at;
	if (skips->count == 0)
		skips = &global->allow_skips;
	if (policy_skip_bits(skips->count > 0 ? skips : &all, &bits,
		&unknown)) {
		warn_of_forgers(s, facts, bits, problems);
		return;
	}
	if (s->allow_skips.count == 0)
		return; /* complained about at [access] */
	meant = policy_nearest(unknown);
	problems_error(problems, policy_option_at(facts, "allow_skips"),
	    "allow_skips: no policy is called \"%s\"%s%s%s", unknown,
	    meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

const struct policy access_policy = {
	.name = "access",
	.summary = "block and allow lists of the server, of domains, of users",
	.doc =
	    "Lists of clients, greetings, envelope senders, recipients and "
	    "header From addresses. A block list refuses, an allow list lets "
	    "through and skips other policies.\n\n"
	    "Lists exist on three levels. In [access]: for all. In [access "
	    "rcpt=example.org] and [access rcpt=alice@example.org], with the "
	    "same keys: for one domain or user; what such a section does not "
	    "set is empty there. For many domains and users there are tables "
	    "with the recipient as key: user_block, user_allow, "
	    "domain_block, domain_allow. Sections for login=, from=, client= "
	    "and listener= are levels between domain and global.\n\n"
	    "The order is fixed: block entries marked force, from whatever "
	    "level (value \"force\" behind the entry); then user allow, user "
	    "block, domain allow, domain block, the other sections from the "
	    "closest on, global allow, global block. The first that matches "
	    "decides. Kept tables count after the section of the same "
	    "level. Trusted networks are not judged. When a table cannot be "
	    "asked, on_error decides, unless the answer would not matter.\n\n"
	    "An allow entry skips the policies that its value names "
	    "(\"192.0.2.1 skip=helo,sender\"), else those of allow_skips. "
	    "The word all means the policies that judge whether mail is "
	    "wanted; it never includes those that guard the server itself "
	    "(auth, tls, size, relay, recipient, commands, loop), which "
	    "must be named. No entry skips access, so the closer block list "
	    "still holds. An allowed client is allowed for the connection, a "
	    "sender for the message, a recipient for itself; what is judged "
	    "at DATA and later is skipped when all recipients allow it.\n\n"
	    "Warning: envelope senders and greetings are easily forged. An "
	    "entry in allow_senders lets in everybody who uses that address. "
	    "Set allow_senders_spf, so that an entry counts only for clients "
	    "that the sender's domain permits. Where that domain has no SPF "
	    "record name only the policies that stand in the way "
	    "(skip=helo), or allow the client instead.\n\n"
	    "A header From that is on the block lists of some recipients "
	    "only cannot be refused for them alone: the message is refused "
	    "when the lists of all its recipients refuse it.",
	.mta_notes =
	    "At connect Sendmail drops every text, and Postfix shows it at "
	    "MAIL only; a refusal there also refuses AUTH and STARTTLS. With "
	    "stage = rcpt, the default, both show the text, the log has "
	    "sender and recipient, and lists of the recipient count.\n\n"
	    "A client's name is used only where the MTA confirmed it by a "
	    "second look-up.",
	.example =
	    "[access]\n"
	    "block_clients = cidr:/etc/mailreeve/block_clients\n"
	    "block_senders = file:/etc/mailreeve/block_senders\n"
	    "allow_clients = inline:{192.0.2.0/24=skip=helo}\n"
	    "user_block = lmdb:/var/lib/mailreeve/user_block\n"
	    "\n"
	    "[access rcpt=example.org]\n"
	    "block_senders = inline:{.spam.example}\n",
	.flags = POLICY_ALL_SCOPES,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_CONNECT) | STEP_BIT(STEP_HELO) |
	    STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = access_options,
	.reasons = access_reasons,
	.settings_size = sizeof(struct access_settings),
	.message_scratch = sizeof(struct header_from),
	.check = check,
	.hooks = {
	    { .step = STEP_CONNECT, .judge = allow_client,
		.wanted = wants_allow_client, .allows_only = true },
	    { .step = STEP_HELO, .judge = allow_helo,
		.wanted = wants_allow_helo, .allows_only = true },
	    { .step = STEP_MAIL, .judge = allow_sender,
		.wanted = wants_allow_sender, .allows_only = true },
	    { .step = STEP_CONNECT, .judge = judge_connect,
		.wanted = wants_connect, .early = true },
	    { .step = STEP_HELO, .judge = judge_helo, .wanted = wants_helo,
		.early = true },
	    { .step = STEP_MAIL, .judge = judge_mail, .wanted = wants_mail,
		.early = true },
	    { .step = STEP_RCPT, .judge = judge_rcpt, .wanted = wants_rcpt },
	    { .step = STEP_HEADER, .observe = observe_from,
		.wanted = wants_from, .headers = header_from_field },
	    { .step = STEP_EOH, .judge = judge_from, .wanted = wants_from,
		.rule = REFUSE_IF_ALL },
	},
};
