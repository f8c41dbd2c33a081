/*
 * reputation - the client's own history here: good and bad mail, decaying.
 *
 * Reasons: reputation.defer, reputation.reject.
 *
 * The store has two sums for each client and for each network, of which half
 * is forgotten in a half-life. A client is judged by its own history if that
 * is long enough, else by that of its network; else not. What is judged is the
 * share of bad: where it is high the mail is put off, which is not counted, so
 * that the history fades; where it is higher, of more mail, it is refused.
 *
 * What is counted: reputation_tally.c.
 *
 * Diagnostics: a history that could not be read is a trouble.
 */
#include "base/mem.h"
#include "store/store.h"
#include "policies/reputation.h"

/* one history */
struct history {
	struct store_op *op; /* until it was read */
	bool asked, read;
	enum store_result result;
	double good, bad;
};

struct connection_scratch {
	struct history client, network;
	struct reputation_tally tally;
};

/* ask - about the client and its network */
static void
ask(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;
	const struct reputation_settings *s = p->settings;

	if (scratch->client.asked)
		return;
	scratch->client.asked = true;
	scratch->client.op = reputation_score(p, reputation_client(p), 0, 0);
	if (s->network_events == 0)
		return;
	scratch->network.asked = true;
	scratch->network.op = reputation_score(p, reputation_network(p), 0, 0);
}

/* read_history - wait for it, once */
static void
read_history(const struct pctx *p, struct history *history)
{
	struct store_score_answer answer;

	if (!history->asked || history->read)
		return;
	history->read = true;
	history->result =
	    store_wait_score(history->op, p->deadline_ms, &answer, NULL);
	history->op = NULL;
	if (history->result != STORE_OK)
		return;
	history->good = answer.good;
	history->bad = answer.bad;
}

/* events_of - so many, rounded: a moment ago they were whole */
static int64_t
events_of(const struct history *history)
{
	return (int64_t)(history->good + history->bad + 0.5);
}

/* verdict_of - a history of one who has enough of it */
static struct verdict
verdict_of(const struct pctx *p, const struct history *history,
    const char *subject)
{
	const struct reputation_settings *s = p->settings;
	int64_t events = events_of(history);
	double percent = history->bad * 100 / (history->good + history->bad);
	bool rejects = s->reject > 0 && percent >= (double)s->reject &&
		       events >= s->reject_events;
	struct verdict verdict;

	if (!rejects && (s->defer == 0 || percent < (double)s->defer))
		return verdict_none();
	if (p->txn->message != NULL)
		policy_suspect(p, "history");
	verdict = rejects ? verdict_refuse(REPUTATION_REJECT, "reject")
			  : verdict_refuse(REPUTATION_DEFER, "defer");
	verdict.detail = arena_printf(p->arena, "%s:%.0f%%-of-%lld", subject,
	    percent, (long long)events);
	verdict_value(&verdict, VALUE_KEY, subject);
	return verdict;
}

/* is_long - whether a history tells anything */
static bool
is_long(const struct pctx *p, const char *name, const struct history *history,
    int64_t events)
{
	policy_input(p, name, "good %.1f, bad %.1f", history->good,
	    history->bad);
	return events > 0 && events_of(history) >= events;
}

/* judge - by the client's history, else by the network's */
static struct verdict
judge(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;
	const struct reputation_settings *s = p->settings;

	if (p->txn->connection.client.family == 0)
		return verdict_none();
	ask(p);
	read_history(p, &scratch->client);
	read_history(p, &scratch->network);
	if (scratch->client.result != STORE_OK)
		return verdict_store(scratch->client.result);
	if (is_long(p, "client", &scratch->client, s->events))
		return verdict_of(p, &scratch->client, reputation_client(p));
	if (scratch->network.result != STORE_OK)
		return verdict_store(scratch->network.result);
	if (is_long(p, "network", &scratch->network, s->network_events))
		return verdict_of(p, &scratch->network, reputation_network(p));
	return verdict_none();
}

/* observe_decided, observe_refused, observe_end - counting */
static void
observe_decided(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;

	reputation_decided(p, &scratch->tally);
}

static void
observe_refused(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;

	reputation_refused(p, &scratch->tally);
}

static void
observe_end(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;

	reputation_enter(p, &scratch->tally);
}

const struct policy reputation_policy = {
	.name = "reputation",
	.summary = "the client's own history here, good and bad",
	.doc =
	    "Remembers what became of a client's mail, and puts off mail of "
	    "clients most of whose mail was bad, then refuses it. Good is what "
	    "was taken; bad is what was refused for good or thrown away, and "
	    "recipients who do not exist. Both fade with time. A client with "
	    "too little history is judged by that of its network, if that has "
	    "more.\n\n"
	    "A client that has once sent bad mail and now sends good gets "
	    "better with each message, as long as it is only put off by some "
	    "other policy or not at all; one whose mail is put off here is "
	    "judged anew when its history has faded below events.\n\n"
	    "Begin with mode = monitor. Mail of those who have logged in and "
	    "of trusted networks is neither judged nor counted.",
	.mta_notes =
	    "Recipients that the MTA itself refuses are counted: mailreeve "
	    "asks to be told of them. Sendmail tells only of those that do "
	    "not exist.",
	.example =
	    "[reputation]\n"
	    "enabled = yes\n"
	    "mode = monitor\n"
	    "half_life = 3d\n",
	.flags = POLICY_CLIENT_CHECK | POLICY_STORE | POLICY_OFF,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_HELO) | STEP_BIT(STEP_MAIL) |
	    STEP_BIT(STEP_RCPT) | STEP_BIT(STEP_DATA),
	.options = reputation_options,
	.reasons = reputation_reasons,
	.settings_size = sizeof(struct reputation_settings),
	.connection_scratch = sizeof(struct connection_scratch),
	.check = reputation_check,
	.hooks = {
	    { .step = STEP_CONNECT, .ask = ask },
	    { .step = STEP_HELO, .judge = judge, .movable = true },
	    { .step = STEP_DECIDED, .observe = observe_decided },
	    { .step = STEP_REFUSED, .observe = observe_refused },
	    { .step = STEP_END, .observe = observe_end },
	    { .step = STEP_CLOSE, .observe = observe_end },
	},
};
