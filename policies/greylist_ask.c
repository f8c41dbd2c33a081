/*
 * greylist_ask - what is asked of the store, and what came back.
 *
 * About each recipient: its triplet. About each source (mostly one): whether
 * it was allowed by hand, and how often it has passed, with this sender's
 * domain and at all. All of it is one exchange. The triplet is entered even
 * where its source turns out to pass: to know that before would be a second
 * exchange.
 *
 * Diagnostics: store results, kept with what could not be read.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policies/greylist.h"

/* add_count - a look at how often a source has passed */
static struct store_op *
add_count(struct pctx *p, const char *kind, const char *source,
    const char *rest)
{
	const struct greylist_settings *s = p->settings;
	const struct store_triplet ask = {
		.key = { .policy = kind,
		    .subject = source,
		    .rest = rest,
		    .local = p->store_local },
		.window_s = s->window_s,
		.lifetime_s = s->lifetime_s,
		.pass_interval_s = GREYLIST_PASS_INTERVAL_S,
		.only_look = true,
	};

	return store_add_triplet(policy_store(p), &ask);
}

/* add_allow - a look at what was allowed by hand */
static struct store_op *
add_allow(struct pctx *p, const char *source)
{
	const struct store_entry ask = {
		.key = { .policy = GREYLIST_ALLOW,
		    .subject = source,
		    .local = p->store_local },
		.verb = ENTRY_GET,
	};

	return store_add_entry(policy_store(p), &ask);
}

/* source_ops - about a source, once */
static struct greylist_source_ops *
source_ops(struct pctx *p, const char *name)
{
	const struct greylist_settings *s = p->settings;
	struct greylist_message *message = p->message_scratch;
	const char *domain = message->sender_domain;
	struct greylist_source_ops *source;

	for (source = message->sources; source != NULL; source = source->next)
		if (strcmp(source->name, name) == 0)
			return source;
	source = arena_alloc(p->arena, sizeof(*source));
	source->name = name;
	source->allow = add_allow(p, name);
	if (s->auto_domain > 0 && domain[0] != '\0')
		source->domain = add_count(p, GREYLIST_DOMAIN, name, domain);
	if (s->auto_network > 0)
		source->network = add_count(p, GREYLIST_NETWORK, name, NULL);
	source->next = message->sources;
	message->sources = source;
	return source;
}

/* add_triplet - of a recipient */
static struct store_op *
add_triplet(struct pctx *p, const struct recipient *recipient)
{
	const struct greylist_settings *s = p->settings;
	const struct greylist_message *message = p->message_scratch;
	const struct store_triplet ask = {
		.key = { .policy = GREYLIST_TRIPLET,
		    .subject = message->source,
		    .rest = greylist_rest(message->sender,
			greylist_recipient(&recipient->address, p->arena),
			p->arena),
		    .local = p->store_local },
		.delay_s = s->delay_s,
		.window_s = s->window_s,
		.lifetime_s = s->lifetime_s,
		.pass_interval_s = GREYLIST_PASS_INTERVAL_S,
	};

	policy_input(p, "source", "%s", message->source);
	policy_input(p, "sender", "<%s>", message->sender);
	return store_add_triplet(policy_store(p), &ask);
}

/* learn_names - once for the recipients of a scope */
static void
learn_names(const struct pctx *p, struct greylist_message *message)
{
	const struct greylist_settings *s = p->settings;
	const struct mailaddr *sender = &p->txn->message->sender;

	if (message->settings == s)
		return;
	message->settings = s;
	message->source = greylist_source(p);
	message->sender = greylist_sender(sender, s->normalise, p->arena);
	message->sender_domain = greylist_sender_domain(sender);
}

void
greylist_ask(struct pctx *p, const struct recipient *recipient)
{
	struct greylist_message *message = p->message_scratch;
	struct greylist_contact *contact;

	learn_names(p, message);
	contact = arena_alloc(p->arena, sizeof(*contact));
	contact->recipient = recipient;
	contact->settings = p->settings;
	contact->op = add_triplet(p, recipient);
	contact->source = source_ops(p, message->source);
	if (message->last != NULL)
		message->last->next = contact;
	else
		message->contacts = contact;
	message->last = contact;
}

struct greylist_contact *
greylist_find(const struct pctx *p, const struct recipient *recipient)
{
	const struct greylist_message *message = p->message_scratch;
	struct greylist_contact *contact = message->contacts;

	while (contact != NULL && contact->recipient != recipient)
		contact = contact->next;
	return contact;
}

/* worse - of two results, one that is none */
static enum store_result
worse(enum store_result one, enum store_result other)
{
	return one != STORE_OK ? one : other;
}

/* read_count - whether a source has passed often enough */
static void
read_count(const struct pctx *p, struct greylist_source_ops *source,
    struct store_op *op, int64_t enough, const char *kind, int64_t *last_s)
{
	struct store_triplet_answer answer;
	enum store_result result;

	if (op == NULL)
		return;
	result = store_wait_triplet(op, p->deadline_ms, &answer, NULL);
	source->result = worse(source->result, result);
	if (result != STORE_OK || answer.passes == 0)
		return;
	*last_s = answer.last_s;
	policy_input(p, kind, "passed %lld times", (long long)answer.passes);
	if (answer.passes >= enough && source->passes == NULL)
		source->passes = kind;
}

/* read_source - what is known of it */
static void
read_source(const struct pctx *p, struct greylist_source_ops *source,
    const struct greylist_settings *s)
{
	struct store_entry_answer answer;

	if (source->read)
		return;
	source->read = true;
	source->result =
	    store_wait_entry(source->allow, p->deadline_ms, &answer, NULL);
	if (source->result == STORE_OK && answer.found) {
		policy_input(p, "allowed", "%s", answer.value);
		source->passes = "allow";
	}
	read_count(p, source, source->domain, s->auto_domain, "domain",
	    &source->domain_last_s);
	read_count(p, source, source->network, s->auto_network, "network",
	    &source->network_last_s);
}

/* read_triplet - how far this recipient's is */
static void
read_triplet(const struct pctx *p, struct greylist_contact *contact)
{
	static const char *const states[] = {
		[TRIPLET_NEW] = "new",
		[TRIPLET_EARLY] = "early",
		[TRIPLET_READY] = "ready",
		[TRIPLET_KNOWN] = "known",
		[TRIPLET_TOO_LATE] = "late",
	};
	struct store_triplet_answer answer;

	contact->result =
	    store_wait_triplet(contact->op, p->deadline_ms, &answer, NULL);
	if (contact->result != STORE_OK)
		return;
	policy_input(p, "contact", "%s", states[answer.state]);
	contact->state = states[answer.state];
	contact->wait_s = answer.wait_s;
	contact->passes =
	    answer.state == TRIPLET_READY || answer.state == TRIPLET_KNOWN;
	if (answer.state == TRIPLET_READY)
		contact->delayed_s =
		    clock_wall_s(p->env->clock) - answer.first_s;
}

void
greylist_read(const struct pctx *p, struct greylist_contact *contact)
{
	if (contact->read)
		return;
	contact->read = true;
	read_triplet(p, contact);
	read_source(p, contact->source, contact->settings);
	if (contact->source->passes != NULL)
		contact->passes = true;
	contact->result = worse(contact->result, contact->source->result);
}
