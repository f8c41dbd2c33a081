/*
 * dnsbl - the client, its greeting and its sender in DNS lists.
 *
 * Reasons: dnsbl.client, dnsbl.sender, dnsbl.helo.
 *
 * Lists are parts of one policy, [dnsbl.LIST]: their weights add up, and one
 * decision is made of the sum. They are asked as early as the facts are there
 * and judged at RCPT, so that the network's time hides behind the client's.
 * The judge stops waiting when the outcome is certain, waits `wait` at most in
 * all of a session, and is heard once for a message: its other recipients
 * get the same answer, unless their scope has other settings.
 *
 * What is not known decides nothing: if it would matter, on_error does.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "policies/dnsbl.h"

/* list_of - what stands behind a part */
static const struct dnsbl_list *
list_of(const struct pctx *p, size_t part)
{
	return p->parts[part].settings;
}

/* is_open - asked, and no answer that can be used so far */
static bool
is_open(const struct dnsbl_slot *slot)
{
	return slot->question != NULL &&
	       (!slot->read || slot->says == DNSLIST_REFUSED ||
		   slot->says == DNSLIST_SILENT);
}

/* vote_of - what a list has said, and may say */
static struct dnsbl_vote
vote_of(const struct pctx *p, size_t part)
{
	const struct dnsbl_list *list = list_of(p, part);
	bool more = false;
	int known = 0;

	for (int about = 0; about < ABOUT_MAX; about++) {
		const struct dnsbl_slot *slot =
		    dnsbl_asked(p, (enum dnsbl_about)about)->slot;

		if (slot == NULL)
			continue;
		more = more || is_open(&slot[part]);
		if (dnslist_filter_counts_more(slot[part].weight, known))
			known = slot[part].weight;
	}
	if (more && !dnslist_is_on(list->list))
		more = false;
	return dnsbl_vote(list, known, more);
}

/* deadline_of - until when a judge may wait */
static int64_t
deadline_of(const struct pctx *p)
{
	const struct dnsbl_settings *s = p->settings;
	const struct dnsbl_connection *connection = p->connection_scratch;
	int64_t deadline_ms = p->begun_ms + s->wait_ms - connection->waited_ms;
	int64_t asked_ms = 0;

	for (int about = 0; about < ABOUT_MAX; about++) {
		const struct dnsbl_asked *asked =
		    dnsbl_asked(p, (enum dnsbl_about)about);

		if (asked->slot != NULL && asked->at_ms > asked_ms)
			asked_ms = asked->at_ms;
	}
	if (asked_ms + s->wait_ms < deadline_ms)
		deadline_ms = asked_ms + s->wait_ms;
	return p->deadline_ms < deadline_ms ? p->deadline_ms : deadline_ms;
}

/* wait_outcome - until it is certain, or time is up; votes by part */
static enum dnsbl_outcome
wait_outcome(const struct pctx *p, struct dnsbl_vote *votes, int64_t threshold)
{
	struct dnsbl_connection *connection = p->connection_scratch;
	int64_t begin_ms = clock_mono_ms(p->env->clock);
	int64_t deadline_ms = deadline_of(p);
	struct dns_question **pending = arena_alloc(p->arena,
	    p->part_count * ABOUT_MAX * sizeof(struct dns_question *));
	enum dnsbl_outcome outcome;
	size_t count;

	do {
		count = dnsbl_read(p, pending);
		for (size_t i = 0; i < p->part_count; i++)
			votes[i] = vote_of(p, i);
		outcome = dnsbl_outcome(votes, p->part_count, threshold);
	} while (outcome == DNSBL_UNSURE && count > 0 &&
		 dns_wait_some(pending, count, deadline_ms));
	if (outcome == DNSBL_UNSURE)
		dnsbl_give_up(p);
	connection->waited_ms += clock_mono_ms(p->env->clock) - begin_ms;
	return outcome;
}

/* describe - "zen=4,dnswl=-1,slow=open", for the log */
static const char *
describe(const struct pctx *p, const struct dnsbl_vote *votes)
{
	struct str text = STR_INIT;
	const char *kept;

	for (size_t i = 0; i < p->part_count; i++) {
		const char *comma = text.length > 0 ? "," : "";

		if (votes[i].low != votes[i].high)
			str_addf(&text, "%s%s=open", comma, p->parts[i].name);
		else if (votes[i].low != 0)
			str_addf(&text, "%s%s=%d", comma, p->parts[i].name,
			    votes[i].low);
	}
	kept = arena_strdup(p->arena, str_text(&text));
	str_fini(&text);
	return kept;
}

/* heaviest - the part whose list weighs most against the client */
static size_t
heaviest(const struct pctx *p, const struct dnsbl_vote *votes)
{
	size_t best = 0;

	for (size_t i = 1; i < p->part_count; i++)
		if (votes[i].low > votes[best].low)
			best = i;
	return best;
}

/* subject_of - what a list weighed most about */
static enum dnsbl_about
subject_of(const struct pctx *p, size_t part)
{
	enum dnsbl_about best = ABOUT_CLIENT;
	int most = 0;

	for (int i = 0; i < ABOUT_MAX; i++) {
		enum dnsbl_about about = (enum dnsbl_about)i;
		const struct dnsbl_slot *slot = dnsbl_asked(p, about)->slot;

		if (slot == NULL || slot[part].weight <= most)
			continue;
		most = slot[part].weight;
		best = about;
	}
	return best;
}

/* refuse - with the words of the list that weighs most */
static struct verdict
refuse(const struct pctx *p, const struct dnsbl_vote *votes)
{
	static const enum dnsbl_reason reason_of[ABOUT_MAX] = {
		[ABOUT_CLIENT] = DNSBL_CLIENT,
		[ABOUT_NAME] = DNSBL_CLIENT,
		[ABOUT_HELO] = DNSBL_HELO,
		[ABOUT_SENDER] = DNSBL_SENDER,
	};
	size_t part = heaviest(p, votes);
	const struct dnsbl_list *list = list_of(p, part);
	enum dnsbl_about about = subject_of(p, part);
	struct verdict verdict =
	    verdict_refuse((unsigned)reason_of[about], "threshold");

	verdict.detail = describe(p, votes);
	verdict_value(&verdict, VALUE_ZONE, dnslist_zone(list->list));
	verdict_value(&verdict, VALUE_TXT,
	    dnsbl_text(p, list, dnsbl_asked(p, about)->subject));
	return verdict;
}

/*
 * note - for policies behind this one: a sum that does not refuse, but speaks
 * against the client; or one below zero, of lists of good senders.
 */
static void
note(const struct pctx *p, struct dnsbl_vote *votes)
{
	const struct dnsbl_settings *s = p->settings;

	if (!p->notes_wanted)
		return;
	if (wait_outcome(p, votes, 0) == DNSBL_BELOW)
		policy_vouch(p, describe(p, votes));
	else if (s->suspect > 0 &&
		 wait_outcome(p, votes, s->suspect) == DNSBL_REACHED)
		policy_suspect(p, describe(p, votes));
}

/* decide - what the lists come to */
static struct verdict
decide(struct pctx *p)
{
	const struct dnsbl_settings *s = p->settings;
	struct dnsbl_vote *votes =
	    arena_alloc(p->arena, p->part_count * sizeof(*votes));

	dnsbl_ask_rest(p);
	switch (wait_outcome(p, votes, s->threshold)) {
	case DNSBL_REACHED:
		return refuse(p, votes);
	case DNSBL_UNSURE:
		return verdict_trouble(TROUBLE_TEMPORARY, describe(p, votes));
	default:
		note(p, votes);
		return verdict_none();
	}
}

/* judge - once for a message and its settings */
static struct verdict
judge(struct pctx *p)
{
	struct dnsbl_message *message = p->message_scratch;

	if (message->verdict == NULL || message->settings != p->settings) {
		message->verdict =
		    arena_alloc(p->arena, sizeof(*message->verdict));
		*message->verdict = decide(p);
		message->settings = p->settings;
	}
	dnsbl_show(p);
	return *message->verdict;
}

/* check - lists that cannot reach the threshold together; users' own addresses,
 * which are on lists of dial-in networks as a rule */
static void
check(const void *settings, const struct config_facts *facts, struct origin at,
    struct problems *problems)
{
	const struct dnsbl_settings *s = settings;
	int64_t most = 0;

	for (size_t i = 0; i < facts->part_count; i++) {
		const struct dnsbl_list *list = facts->parts[i].settings;

		if (list->enabled)
			most += list->highest;
	}
	if (most > 0 && facts->logins_judged)
		problems_warning(problems, at,
		    "authenticated = judge: users who submit mail from home "
		    "are in DNS lists");
	if (most > 0 && most < s->threshold)
		problems_warning(problems, at,
		    "threshold: all lists together weigh %lld, less than the "
		    "threshold of %lld",
		    (long long)most, (long long)s->threshold);
}

static const struct option options[] = {
	{
	    .name = "threshold",
	    .type = OPTION_INT,
	    .offset = offsetof(struct dnsbl_settings, threshold),
	    .fallback = "4",
	    .min = 1,
	    .max = 100 * DNSLIST_WEIGHT_MAX,
	    .doc = "The sum of weights that refuses. Each list counts once, "
		   "with the answer that counts most.",
	},
	{
	    .name = "suspect",
	    .type = OPTION_INT,
	    .offset = offsetof(struct dnsbl_settings, suspect),
	    .fallback = "2",
	    .min = 0,
	    .max = 100 * DNSLIST_WEIGHT_MAX,
	    .doc = "The sum from which on the client is suspect: nothing is "
		   "refused here, but policies behind this one may be "
		   "stricter, greylist above all. 0: never. With a sum below "
		   "zero, lists of good senders vouch for the client.",
	},
	{
	    .name = "wait",
	    .type = OPTION_MILLIS,
	    .offset = offsetof(struct dnsbl_settings, wait_ms),
	    .fallback = "4s",
	    .min = 0,
	    .max = 20000,
	    .doc = "How long answers are waited for, in all of a session and "
		   "from the question on. Nothing is waited for that cannot "
		   "change the outcome.",
	},
	{ .name = NULL },
};

static const struct reason reasons[] = {
	[DNSBL_CLIENT] = {
	    .name = "dnsbl.client",
	    .reply = "550 5.7.1 Your address %{client_addr} is listed by "
		     "%{zone}%{txt?: %{txt}} %{ref}",
	    .doc = "The client's address is in DNS block lists with enough "
		   "weight.",
	},
	[DNSBL_SENDER] = {
	    .name = "dnsbl.sender",
	    .reply = "550 5.7.1 Your sender domain %{sender_domain} is listed "
		     "by %{zone}%{txt?: %{txt}} %{ref}",
	    .doc = "The sender's domain is in a DNS list of domains.",
	},
	[DNSBL_HELO] = {
	    .name = "dnsbl.helo",
	    .reply = "550 5.7.1 Your greeting name %{helo} is listed by "
		     "%{zone}%{txt?: %{txt}} %{ref}",
	    .doc = "The HELO or EHLO name is in a DNS list of domains.",
	},
	{ .name = NULL },
};

const struct policy dnsbl_policy = {
	.name = "dnsbl",
	.summary = "client, greeting and sender in DNS lists, weighted",
	.doc =
	    "Asks DNS lists about the client's address, and lists of domains "
	    "about its name, its greeting and the sender's domain. Each list "
	    "has a section [dnsbl.LIST]; without one, nothing is asked. What "
	    "the lists weigh adds up: block lists that are sure have the "
	    "weight of the threshold, others less, so that two have to "
	    "agree; lists of good senders have a negative weight.\n\n"
	    "All lists are asked at once and early, and the answer is waited "
	    "for only while it could change the outcome. When an answer that "
	    "could is missing, on_error decides; a failing list never refuses "
	    "anybody. Answers that say that the list refuses to serve us are "
	    "no listing: most lists do that to those who ask through a "
	    "public resolver. Use one of your own.\n\n"
	    "At the start and every ten minutes (health) a list has to show "
	    "that it works, by the test points of RFC 5782. One that does "
	    "not, that lists everything, or that leaves sessions without an "
	    "answer several times in a row, is switched off with a line in "
	    "the log, and costs nothing until it works again, which is tried "
	    "by itself. mailreevectl stats shows the state of each.\n\n"
	    "Clients in trusted networks and with private addresses are not "
	    "looked up, nor are senders and greetings of theirs. Logged-in "
	    "clients are not judged; on a listener that only they use, "
	    "[dnsbl listener=submission] enabled = no spares the questions "
	    "as well.\n\n"
	    "Some lists want a fee or a registration from all but small "
	    "sites: read their terms first.",
	.example =
	    "[dnsbl.zen]\n"
	    "zone = zen.spamhaus.org\n"
	    "answers = 127.0.0.[2..7;9..11]\n"
	    "text = https://check.spamhaus.org/query/ip/%{client_addr}\n"
	    "ipv6 = yes\n"
	    "[dnsbl.spamcop]\n"
	    "zone = bl.spamcop.net\n"
	    "answers = 127.0.0.2=2\n"
	    "[dnsbl.mailspike]\n"
	    "zone = bl.mailspike.net\n"
	    "answers = 127.0.0.[10..12]=2\n"
	    "[dnsbl.dnswl]\n"
	    "zone = list.dnswl.org\n"
	    "answers = 127.0.*.1=-1, 127.0.*.2=-3, 127.0.*.3=-5\n"
	    "errors = 127.0.0.255, 127.0.10.*\n"
	    "ipv6 = yes\n"
	    "[dnsbl.dbl]\n"
	    "zone = dbl.spamhaus.org\n"
	    "checks = sender, helo, name\n"
	    "answers = 127.0.1.[2..6]\n",
	.flags = POLICY_CLIENT_CHECK | POLICY_NOTES,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT) |
	    STEP_BIT(STEP_DATA),
	.options = options,
	.parts = &dnsbl_parts,
	.reasons = reasons,
	.settings_size = sizeof(struct dnsbl_settings),
	.connection_scratch = sizeof(struct dnsbl_connection),
	.message_scratch = sizeof(struct dnsbl_message),
	.check = check,
	.hooks = {
	    { .step = STEP_CONNECT, .ask = dnsbl_ask_client },
	    { .step = STEP_HELO, .ask = dnsbl_ask_helo },
	    { .step = STEP_MAIL, .ask = dnsbl_ask_sender },
	    { .step = STEP_MAIL, .judge = judge, .movable = true },
	},
};
