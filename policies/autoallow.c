/*
 * autoallow - those to whom our users wrote may answer.
 *
 * It refuses nothing and has no reasons. When a user's message is taken, its
 * recipients are remembered, each with him; mail that comes the other way is
 * not judged by the policies of the option `skip`, for that recipient. Entries
 * by hand (mailreevectl allow) are looked up as well: of the recipient, of his
 * domain, of all.
 *
 * A sender's address can be forged: what is skipped should be what only
 * guesses. So entries never cover what guards the server (POLICY_GUARD), but
 * where somebody named it by hand.
 *
 * Diagnostics: none; what cannot be looked up lets nobody by.
 */
#include "base/mailbox.h"
#include "base/mem.h"
#include "store/store.h"
#include "policies/autoallow.h"

enum look { LOOK_SENT, LOOK_HAND, LOOK_HAND_DOMAIN, LOOK_HAND_ALL, LOOK_MAX };

struct connection_scratch {
	unsigned refs; /* kept so far */
};
struct message_scratch {
	struct store_op *look[LOOK_MAX]; /* of the recipient at hand */
};

/* get - look an entry up */
static struct store_op *
get(struct pctx *p, const char *policy, const char *sender, const char *whom)
{
	const struct store_entry entry = {
		.key = {
		    .policy = policy,
		    .subject = sender,
		    .rest = whom,
		    .local = p->store_local,
		},
		.verb = ENTRY_GET,
	};

	return store_add_entry(policy_store(p), &entry);
}

/* ask - about the sender and this recipient; one slot of a cluster */
static void
ask(struct pctx *p)
{
	struct message_scratch *scratch = p->message_scratch;
	const struct mailaddr *sender = &p->txn->message->sender;
	const struct mailaddr *recipient = &p->txn->recipient->address;
	const char *from, *user;

	*scratch = (struct message_scratch){ .look = { NULL } };
	if (sender->is_null || sender->domain[0] == '\0')
		return;
	from = mailbox_of(sender, p->arena);
	user = mailbox_of(recipient, p->arena);
	scratch->look[LOOK_SENT] = get(p, AUTOALLOW_SENT, from, user);
	scratch->look[LOOK_HAND] = get(p, AUTOALLOW_HAND, from, user);
	scratch->look[LOOK_HAND_DOMAIN] = get(p, AUTOALLOW_HAND, from,
	    autoallow_domain(recipient->domain, p->arena));
	scratch->look[LOOK_HAND_ALL] =
	    get(p, AUTOALLOW_HAND, from, AUTOALLOW_ALL);
}

/* allowed_by - the policies that an entry of a kind covers */
static unsigned long long
allowed_by(const struct pctx *p, enum look look, const char *value)
{
	const struct autoallow_settings *s = p->settings;
	const char *unknown;
	unsigned long long bits = 0;

	if (look == LOOK_SENT)
		policy_skip_bits(&s->skip, &bits, &unknown);
	else if (!autoallow_skip(value, p->arena, &bits))
		return 0;
	return bits;
}

/* judge - add up what entries there are */
static struct verdict
judge(struct pctx *p)
{
	static const char *const names[LOOK_MAX] = {
		[LOOK_SENT] = "wrote",
		[LOOK_HAND] = "by-hand",
		[LOOK_HAND_DOMAIN] = "by-hand-domain",
		[LOOK_HAND_ALL] = "by-hand-all",
	};
	struct message_scratch *scratch = p->message_scratch;
	struct verdict verdict = { .kind = VERDICT_ALLOW };

	for (int look = 0; look < LOOK_MAX; look++) {
		struct store_entry_answer answer;
		enum store_result result;

		if (scratch->look[look] == NULL)
			continue;
		result = store_wait_entry(scratch->look[look], p->deadline_ms,
		    &answer, NULL);
		scratch->look[look] = NULL;
		if (result != STORE_OK || !answer.found)
			continue;
		policy_input(p, names[look], "%s", answer.value);
		verdict.skip |= allowed_by(p, look, answer.value);
		verdict.detail = names[look];
	}
	return verdict.skip != 0 ? verdict : verdict_none();
}

/* observe - what became of a message */
static void
observe(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;
	const struct autoallow_settings *s = p->settings;
	const struct decided *decided = p->txn->decided;

	if (p->txn->message == NULL)
		return;
	if (decided->kind == DECIDED_ACCEPTED) {
		autoallow_record(p);
		return;
	}
	if (s->references == AUTOALLOW_NO_REFERENCES ||
	    decided->reason[0] == '\0')
		return;
	if (decided->kind == DECIDED_REJECTED ||
	    (decided->kind == DECIDED_DEFERRED &&
		s->references == AUTOALLOW_REFUSED))
		autoallow_note(p, &scratch->refs);
}

static const struct reason reasons[] = { { .name = NULL } };

const struct policy autoallow_policy = {
	.name = "autoallow",
	.summary = "those to whom your users wrote may answer",
	.doc =
	    "Remembers to whom users wrote, and lets mail that comes the other "
	    "way, to the same user, past the policies in skip. It refuses "
	    "nothing.\n\n"
	    "What mailreevectl allow was told is looked up here, too: it lets a "
	    "sender by for a recipient, for a domain or for all. It takes a "
	    "reference as it stands in a reply, if references says that "
	    "refusals are kept.\n\n"
	    "The sender's address is what the client says that it is: leave "
	    "policies that prove it (spf) and those that look at content to "
	    "judge.",
	.mta_notes = NULL,
	.example =
	    "[greylist]\n"
	    "enabled = yes\n"
	    "[autoallow]\n"
	    "enabled = yes\n"
	    "references = refused\n",
	.flags = POLICY_CLIENT_CHECK | POLICY_STORE | POLICY_OFF,
	.options = autoallow_options,
	.reasons = reasons,
	.settings_size = sizeof(struct autoallow_settings),
	.connection_scratch = sizeof(struct connection_scratch),
	.message_scratch = sizeof(struct message_scratch),
	.check = autoallow_check,
	.hooks = {
	    { .step = STEP_RCPT, .ask = ask },
	    { .step = STEP_RCPT, .judge = judge, .allows_only = true },
	    { .step = STEP_DECIDED, .observe = observe },
	},
};
