/*
 * greylist - a first contact waits: who comes back, sends mail.
 *
 * Reasons: greylist.defer (RFC 6647).
 *
 * The decision is made at DATA, for the message: if one of its recipients
 * passes, all do, because some senders never try the rest again. With stage =
 * rcpt it is made for each recipient; the null sender still waits for DATA,
 * because call-outs end at RCPT and should not learn that they were put off.
 *
 * Two judges run at each of these steps: the first asks about each recipient,
 * with the settings of its scope, the second waits and decides. What is to be
 * decided at DATA is asked about at RCPT as well, where it may go out with what
 * others ask there; at DATA those are asked about for whom it was not known yet
 * that they are not spared.
 */
#include "base/mem.h"
#include "policies/greylist.h"

/* is_spared - by the facts of this message, so far */
static bool
is_spared(const struct pctx *p)
{
	const struct greylist_settings *s = p->settings;
	const struct message *message = p->txn->message;

	if (p->txn->connection.client.family == 0)
		return true;
	if (s->apply == GREYLIST_TO_SUSPECT && message->suspect == NULL)
		return true;
	if (s->skip & 1u << GREYLIST_SKIP_VOUCHED && message->vouched != NULL)
		return true;
	return s->skip & 1u << GREYLIST_SKIP_SPF &&
	       message->spf.sender == SPF_PASS;
}

/* is_refused - by whomever: what is known of it does not count */
static bool
is_refused(const struct recipient *recipient)
{
	return recipient->refused || recipient->refused_by_mta;
}

/* ask_about - the recipient that the chain holds, or all that were accepted,
 * unless that was done */
static void
ask_about(struct pctx *p)
{
	if (p->txn->recipient != NULL) {
		if (greylist_find(p, p->txn->recipient) == NULL)
			greylist_ask(p, p->txn->recipient);
		return;
	}
	for (const struct recipient *r = p->txn->message->recipients; r != NULL;
	     r = r->next)
		if (!is_refused(r) && greylist_find(p, r) == NULL)
			greylist_ask(p, r);
}

/* is_late - whether it is at DATA that this message is judged */
static bool
is_late(const struct pctx *p)
{
	const struct greylist_message *message = p->message_scratch;

	return !message->at_rcpt || p->txn->message->sender.is_null;
}

/* ask_rcpt - no verdict; about this recipient, behind those policies whose
 * notes count */
static struct verdict
ask_rcpt(struct pctx *p)
{
	if (!p->txn->message->sender.is_null && !is_spared(p))
		ask_about(p);
	return verdict_none();
}

/* ask_data - no verdict; about a recipient in a scope of its own, or all */
static struct verdict
ask_data(struct pctx *p)
{
	if (is_late(p) && !is_spared(p))
		ask_about(p);
	return verdict_none();
}

/* earliest - until one of the recipients that are judged together is ready */
static int64_t
earliest(const struct pctx *p, const struct greylist_contact *mine)
{
	const struct greylist_message *message = p->message_scratch;
	int64_t wait_s = mine->wait_s;

	if (!is_late(p))
		return wait_s;
	for (struct greylist_contact *contact = message->contacts;
	     contact != NULL; contact = contact->next) {
		if (is_refused(contact->recipient))
			continue;
		greylist_read(p, contact);
		if (!contact->passes && contact->result == STORE_OK &&
		    contact->wait_s < wait_s)
			wait_s = contact->wait_s;
	}
	return wait_s;
}

/* why - "new:203.0.113.0/24", and what made the client suspect */
static const char *
why(const struct pctx *p, const struct greylist_contact *contact)
{
	const struct note *suspect = p->txn->message->suspect;

	return arena_printf(p->arena, "%s:%s%s%s%s%s", contact->state,
	    contact->source->name, suspect != NULL ? "," : "",
	    suspect != NULL ? suspect->policy : "", suspect != NULL ? ":" : "",
	    suspect != NULL ? suspect->why : "");
}

/* refuse - for now */
static struct verdict
refuse(const struct pctx *p, const struct greylist_contact *contact)
{
	struct verdict verdict = verdict_refuse(GREYLIST_DEFER, "delay");

	verdict.detail = why(p, contact);
	verdict_value(&verdict, VALUE_WAIT,
	    arena_printf(p->arena, "%lld", (long long)earliest(p, contact)));
	return verdict;
}

/* note_delay - for the header: the longest that a recipient had to wait */
static void
note_delay(const struct pctx *p, const struct greylist_contact *contact)
{
	struct greylist_message *message = p->message_scratch;

	if (p->gives_replies && contact->settings->header &&
	    contact->delayed_s > message->delayed_s)
		message->delayed_s = contact->delayed_s;
}

/* judge_contacts - those of one recipient or (NULL) of all: one that passes
 * is enough, and one that could not be asked about might have */
static struct verdict
judge_contacts(const struct pctx *p, const struct recipient *recipient)
{
	const struct greylist_message *message = p->message_scratch;
	const struct greylist_contact *waits = NULL, *failed = NULL;
	bool passes = false;

	for (struct greylist_contact *contact = message->contacts;
	     contact != NULL; contact = contact->next) {
		if (recipient != NULL ? contact->recipient != recipient
				      : is_refused(contact->recipient))
			continue;
		greylist_read(p, contact);
		if (contact->passes) {
			note_delay(p, contact);
			passes = true;
		} else if (contact->result != STORE_OK) {
			failed = contact;
		} else if (waits == NULL) {
			waits = contact;
		}
	}
	if (passes || (failed == NULL && waits == NULL))
		return verdict_none();
	return failed != NULL ? verdict_store(failed->result)
			      : refuse(p, waits);
}

/* judge_rcpt - each recipient by itself */
static struct verdict
judge_rcpt(struct pctx *p)
{
	struct greylist_message *message = p->message_scratch;

	message->at_rcpt = true;
	ask_rcpt(p);
	return judge_contacts(p, p->txn->recipient);
}

/* judge_data - one recipient in a scope of its own, or all */
static struct verdict
judge_data(struct pctx *p)
{
	/* an answer at another RCPT may have changed that */
	if (!is_late(p) || is_spared(p))
		return verdict_none();
	return judge_contacts(p, p->txn->recipient);
}

const struct policy greylist_policy = {
	.name = "greylist",
	.summary = "a first contact has to come back (greylisting)",
	.doc =
	    "Refuses mail for now when client, sender and recipient meet for "
	    "the first time, and takes it when the client comes back after "
	    "delay and within window: mail servers do, most senders of spam "
	    "do not (RFC 6647). From then on the three are known for "
	    "lifetime. A client that comes too early goes on waiting; nothing "
	    "starts anew.\n\n"
	    "By default only suspect clients have to wait (apply = suspect): "
	    "those against whom rdns, dnsbl or spf have something that is not "
	    "enough to refuse them. Other mail is not delayed at all. Those "
	    "policies have to be on, and stand before this one.\n\n"
	    "The client is known by its network, or by the domain of those "
	    "who run it if SPF or its confirmed name tells (domain_keys): so "
	    "a large sender may try again from another network. Senders whose "
	    "address changes with each message (VERP, BATV, SRS) are "
	    "recognised (normalise).\n\n"
	    "The decision is made at DATA, for all recipients together: if "
	    "one of them passes, the message does. With stage = rcpt it is "
	    "made for each recipient by itself; mail from <> waits until DATA "
	    "in any case, so that other servers can ask whether an address "
	    "exists.\n\n"
	    "A network or domain that has passed several times is delayed no "
	    "more (auto_allow_network), nor is a sender's domain from there "
	    "(auto_allow_domain). mailreevectl greylist shows what is stored, "
	    "allows by hand, and forgets.\n\n"
	    "Never delayed are logged-in clients, trusted networks, mail to "
	    "postmaster and abuse, and what an allow entry of access skips. A "
	    "mailbox, a domain or a listener has its own switch: [greylist "
	    "rcpt=...] enabled = no, or yes where it is no in [greylist]. "
	    "When the store does not answer, mail passes (on_error).",
	.mta_notes =
	    "Both MTAs show the reply at DATA and at RCPT. Postfix defers the "
	    "whole message at DATA, Sendmail as well. A second filter or "
	    "smtpd_end_of_data_restrictions may still refuse it for good.",
	.example =
	    "[greylist]\n"
	    "apply = all\n"
	    "delay = 1m\n"
	    "\n"
	    "[greylist rcpt=example.org]\n"
	    "enabled = no\n"
	    "[greylist rcpt=alice@example.org]\n"
	    "enabled = yes\n",
	.flags = POLICY_CLIENT_CHECK | POLICY_STORE | POLICY_READS_NOTES,
	.stage = STEP_DATA,
	.stages = STEP_BIT(STEP_RCPT) | STEP_BIT(STEP_DATA),
	.options = greylist_options,
	.reasons = greylist_reasons,
	.settings_size = sizeof(struct greylist_settings),
	.message_scratch = sizeof(struct greylist_message),
	.check = greylist_check,
	.edits_headers = greylist_adds_header,
	.hooks = {
	    { .step = STEP_RCPT, .judge = ask_rcpt, .behind_notes = true },
	    { .step = STEP_RCPT, .judge = judge_rcpt, .early = true },
	    { .step = STEP_DATA, .judge = ask_data, .rule = REFUSE_IF_ANY },
	    { .step = STEP_DATA, .judge = judge_data,
		.rule = REFUSE_IF_ALL },
	    { .step = STEP_EOM, .observe = greylist_add_header,
		.wanted = greylist_adds_header },
	    { .step = STEP_DECIDED, .observe = greylist_decided,
		.wanted = greylist_counts },
	},
};
