/*
 * reputation_tally - what becomes of a client's mail, counted.
 *
 * Good is a message that was taken, once for each recipient; bad is one that
 * was refused for good or thrown away, and a recipient who was refused, by us
 * or by the MTA. What was put off says nothing of a client, and some refusals
 * do not (`uncounted`). Mail of those who have logged in and of trusted
 * networks is not the client's own.
 *
 * Events are entered together when the transaction ends, with what else it
 * leaves behind: two operations, which nobody waits for.
 */
#include <string.h>
#include <strings.h>

#include "policy/client.h"
#include "store/store.h"
#include "policies/reputation.h"

const char *
reputation_client(const struct pctx *p)
{
	return client_network(p, 32, 64);
}

const char *
reputation_network(const struct pctx *p)
{
	const struct reputation_settings *s = p->settings;

	return client_network(p, (unsigned)s->ipv4_bits,
	    (unsigned)s->ipv6_bits);
}

struct store_op *
reputation_score(struct pctx *p, const char *subject, unsigned good,
    unsigned bad)
{
	const struct reputation_settings *s = p->settings;
	const struct store_score score = {
		.key = {
		    .policy = "reputation",
		    .subject = subject,
		    .local = p->store_local,
		},
		.good = good,
		.bad = bad,
		.half_life_s = s->half_life_s,
	};

	return store_add_score(good + bad > 0 ? policy_store_later(p)
					      : policy_store(p),
	    &score);
}

void
reputation_enter(struct pctx *p, struct reputation_tally *tally)
{
	const struct reputation_settings *s = p->settings;

	if (tally->good + tally->bad == 0)
		return;
	reputation_score(p, reputation_client(p), tally->good, tally->bad);
	if (s->network_events > 0)
		reputation_score(p, reputation_network(p), tally->good,
		    tally->bad);
	tally->good = tally->bad = 0;
}

/* is_own - the client speaks for itself */
static bool
is_own(const struct pctx *p)
{
	const struct connection *conn = &p->txn->connection;
	const struct message *message = p->txn->message;

	return conn->client.family != 0 && !conn->local_submission &&
	       !conn->trusted && (message == NULL || message->login[0] == '\0');
}

/* counts - whether a refusal for this reason says anything of the client */
static bool
counts(const struct reputation_settings *s, const char *reason)
{
	size_t length = strcspn(reason, ".");

	for (size_t i = 0; i < s->uncounted.count; i++) {
		const char *word = s->uncounted.word[i];

		if (strcasecmp(word, reason) == 0 ||
		    (strlen(word) == length &&
			strncasecmp(word, reason, length) == 0))
			return false;
	}
	return true;
}

/* copies - recipients that a decision is about */
static unsigned
copies(const struct pctx *p)
{
	const struct message *message = p->txn->message;

	if (p->txn->decided->step < STEP_DATA || message == NULL ||
	    message->accepted_recipients == 0)
		return 1;
	return message->accepted_recipients;
}

void
reputation_decided(struct pctx *p, struct reputation_tally *tally)
{
	const struct decided *decided = p->txn->decided;
	bool rejected = decided->kind == DECIDED_REJECTED;

	/* counted by the session as soon as we are done */
	if (rejected && decided->step == STEP_RCPT)
		tally->refused++;
	if (!is_own(p))
		return;
	if (decided->kind == DECIDED_ACCEPTED)
		tally->good += copies(p);
	else if ((rejected || decided->kind == DECIDED_DISCARDED) &&
		 counts(p->settings, decided->reason))
		tally->bad += copies(p);
}

void
reputation_refused(struct pctx *p, struct reputation_tally *tally)
{
	unsigned refused = p->txn->connection.refused_recipients;

	/* not where the MTA refused for now */
	if (refused <= tally->refused)
		return;
	tally->refused = refused;
	if (is_own(p))
		tally->bad++;
}
