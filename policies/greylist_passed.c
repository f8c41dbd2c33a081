/*
 * greylist_passed - what mail that passed leaves behind: counts, a header.
 *
 * A source that has passed often enough, with this sender's domain or at all,
 * is greylisted no more. Counted is mail that was accepted in the end, which
 * spam refused for its content is not; and at most once an hour, so that one
 * burst is one pass. Each count renews the time to live.
 *
 * Nobody waits for it: it is posted with what else the message leaves behind.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "policies/greylist.h"

/* is_due - whether another pass counts */
static bool
is_due(const struct pctx *p, int64_t last_s)
{
	return clock_wall_s(p->env->clock) - last_s >= GREYLIST_PASS_INTERVAL_S;
}

/* count - one pass more */
static void
count(struct pctx *p, const char *kind, const struct greylist_contact *contact,
    const char *rest)
{
	const struct greylist_settings *s = contact->settings;
	const struct store_triplet pass = {
		.key = { .policy = kind,
		    .subject = contact->source->name,
		    .rest = rest,
		    .local = p->store_local },
		.window_s = s->window_s,
		.lifetime_s = s->lifetime_s,
		.pass_interval_s = GREYLIST_PASS_INTERVAL_S,
	};

	store_add_triplet(policy_store_later(p), &pass);
}

/* count_contact - of a recipient that let the message pass */
static void
count_contact(struct pctx *p, const struct greylist_contact *contact)
{
	struct greylist_source_ops *source = contact->source;
	const struct greylist_message *message = p->message_scratch;

	if (source->counted)
		return;
	source->counted = true;
	if (source->domain != NULL && is_due(p, source->domain_last_s))
		count(p, GREYLIST_DOMAIN, contact, message->sender_domain);
	if (source->network != NULL && is_due(p, source->network_last_s))
		count(p, GREYLIST_NETWORK, contact, NULL);
}

void
greylist_decided(struct pctx *p)
{
	const struct greylist_message *message = p->message_scratch;

	if (message == NULL || p->txn->decided->kind != DECIDED_ACCEPTED)
		return;
	for (const struct greylist_contact *contact = message->contacts;
	     contact != NULL; contact = contact->next)
		if (contact->read && contact->passes)
			count_contact(p, contact);
}

bool
greylist_counts(const void *settings)
{
	const struct greylist_settings *s = settings;

	return s->auto_domain > 0 || s->auto_network > 0;
}

void
greylist_add_header(struct pctx *p)
{
	const struct greylist_message *message = p->message_scratch;
	char date[40];

	if (message == NULL || message->delayed_s == 0)
		return;
	clock_date(clock_wall_s(p->env->clock), date, sizeof(date));
	policy_add_header(p, "X-Greylist",
	    arena_printf(p->arena, "delayed %lld seconds by %s; %s",
		(long long)message->delayed_s, p->txn->connection.hostname,
		date));
}

bool
greylist_adds_header(const void *settings)
{
	return ((const struct greylist_settings *)settings)->header;
}
