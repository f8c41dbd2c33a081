/*
 * rdns - the client's reverse name: missing, or not confirmed.
 *
 * Reasons: rdns.missing, rdns.mismatch.
 *
 * The MTA has looked the client up before we hear of it, and tells what it
 * found; only where it does not say, or where its look-up failed for now, is
 * the DNS asked: for the names of the address (PTR) at CONNECT, for the
 * addresses of these names as soon as they are there. A name is confirmed when
 * one of its addresses is the client's.
 *
 * The ask hooks only set questions on their way; the judge puts them again,
 * which finds them answered or joins them. What cannot be found out decides
 * nothing: on_error does.
 */
#include <string.h>

#include "base/clock.h"
#include "base/generic_name.h"
#include "base/mem.h"
#include "policy/policy.h"
#include "dns/dns.h"

enum { RDNS_MISSING, RDNS_MISMATCH };

/* no mail server needs more names (RFC 7208 4.6.4 looks at ten as well) */
#define NAMES_MAX 10

/* what is asked at HELO is kept with the connection: not more often */
#define GREETINGS_ASKED 3

struct settings {
	bool missing;
	bool mismatch;
	int64_t wait_ms;
};

enum state {
	STATE_UNKNOWN,
	STATE_GOOD, /* confirmed, or nobody to judge */
	STATE_MISSING,
	STATE_MISMATCH,
	STATE_FAILED, /* the DNS did */
};

struct connection_scratch {
	bool begun;
	enum state state;  /* without asking */
	int64_t waited_ms; /* by all judges so far */
};

/* told_by_mta - what the MTA's own look-up says */
static enum state
told_by_mta(const struct connection *conn)
{
	switch (conn->resolve) {
	case RESOLVE_OK:
		return STATE_GOOD;
	case RESOLVE_FAIL:
		/* a name that is there, but leads nowhere */
		return conn->client_ptr[0] != '\0' ? STATE_MISMATCH
						   : STATE_MISSING;
	case RESOLVE_FORGED:
		return STATE_MISMATCH;
	default:
		return STATE_UNKNOWN;
	}
}

/* begin - what is known without asking */
static void
begin(const struct pctx *p, struct connection_scratch *scratch)
{
	const struct connection *conn = &p->txn->connection;

	scratch->begun = true;
	if (conn->client.family == 0 || netaddr_is_private(&conn->client))
		scratch->state = STATE_GOOD;
	else
		scratch->state = told_by_mta(conn);
}

/* ask_names_of - the names of the client's address */
static struct dns_question *
ask_names_of(const struct pctx *p)
{
	const struct netaddr *client = &p->txn->connection.client;
	char reversed[64];

	return dns_ask(p->env->dns, p->arena,
	    arena_printf(p->arena, "%s.%s", netaddr_reversed(client, reversed),
		client->family == 6 ? "ip6.arpa" : "in-addr.arpa"),
	    DNS_PTR);
}

/* ask_addresses - of the names that an answer has; how many */
static size_t
ask_addresses(const struct pctx *p, const struct dns_answer *names,
    struct dns_question *questions[NAMES_MAX])
{
	enum dns_type type =
	    p->txn->connection.client.family == 6 ? DNS_AAAA : DNS_A;
	size_t count = 0;

	for (; count < names->count && count < NAMES_MAX; count++)
		questions[count] = dns_ask(p->env->dns, p->arena,
		    names->record[count].text, type);
	return count;
}

/* refuses - some rule is on */
static bool
refuses(const struct settings *s)
{
	return s->missing || s->mismatch;
}

/* is_idle - nobody wants to know */
static bool
is_idle(const struct pctx *p)
{
	return !refuses(p->settings) && !p->notes_wanted;
}

/* ask_connect - for the names, where the MTA does not know them */
static void
ask_connect(struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;

	if (is_idle(p))
		return;
	begin(p, scratch);
	if (scratch->state == STATE_UNKNOWN)
		ask_names_of(p);
}

/* ask_onward - for their addresses, if the names are there by now */
static void
ask_onward(struct pctx *p)
{
	const struct connection_scratch *scratch = p->connection_scratch;
	const struct settings *s = p->settings;
	struct dns_question *names, *questions[NAMES_MAX];

	if (!scratch->begun || scratch->state != STATE_UNKNOWN ||
	    !s->mismatch || p->txn->connection.helo_count > GREETINGS_ASKED)
		return;
	names = ask_names_of(p);
	if (dns_is_ready(names))
		ask_addresses(p, dns_wait(names, 0), questions);
}

/* has_client - whether the client's address is among the answer's */
static bool
has_client(const struct pctx *p, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		if (netaddr_equal(&answer->record[i].address,
			&p->txn->connection.client))
			return true;
	return false;
}

/* confirm - whether one of the names leads back */
static enum state
confirm(const struct pctx *p, const struct dns_answer *names,
    int64_t deadline_ms)
{
	struct dns_question *questions[NAMES_MAX];
	size_t count = ask_addresses(p, names, questions);
	enum state state = STATE_MISMATCH;

	for (size_t i = 0; i < count; i++) {
		const struct dns_answer *answer =
		    dns_wait(questions[i], deadline_ms);

		if (has_client(p, answer))
			return STATE_GOOD;
		if (answer->result == DNS_TEMPORARY ||
		    answer->result == DNS_INVALID)
			state = STATE_FAILED;
	}
	return count < names->count ? STATE_GOOD : state;
}

/* find_out - what the DNS says, for as long as we may wait */
static enum state
find_out(const struct pctx *p, int64_t deadline_ms)
{
	const struct settings *s = p->settings;
	const struct dns_answer *names = dns_wait(ask_names_of(p), deadline_ms);

	switch (names->result) {
	case DNS_FOUND:
		return s->mismatch ? confirm(p, names, deadline_ms)
				   : STATE_GOOD;
	case DNS_NO_NAME:
	case DNS_NO_DATA:
		return STATE_MISSING;
	default:
		return STATE_FAILED;
	}
}

/* find_out_in_time - within what is left of the session's waiting */
static enum state
find_out_in_time(const struct pctx *p, struct connection_scratch *scratch)
{
	const struct settings *s = p->settings;
	int64_t begin_ms = clock_mono_ms(p->env->clock);
	int64_t deadline_ms = p->begun_ms + s->wait_ms - scratch->waited_ms;
	enum state state;

	state = find_out(p,
	    deadline_ms < p->deadline_ms ? deadline_ms : p->deadline_ms);
	scratch->waited_ms += clock_mono_ms(p->env->clock) - begin_ms;
	return state;
}

/* state_of - of this client */
static enum state
state_of(const struct pctx *p)
{
	struct connection_scratch *scratch = p->connection_scratch;
	const struct settings *s = p->settings;

	if (!scratch->begun)
		begin(p, scratch);
	if (scratch->state != STATE_UNKNOWN)
		return scratch->state;
	/* the MTA could not confirm it for now, but there is a name */
	if (p->txn->connection.client_ptr[0] != '\0' && !s->mismatch)
		return STATE_GOOD;
	return find_out_in_time(p, scratch);
}

/* suspect - not refused, but noted for policies behind this one */
static struct verdict
suspect(const struct pctx *p, const char *why)
{
	policy_suspect(p, why);
	return verdict_none();
}

/* judge - the client's state against what is refused */
static struct verdict
judge(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct connection *conn = &p->txn->connection;

	if (is_idle(p))
		return verdict_none();
	policy_input(p, "name", "%s", conn->client_name);
	policy_input(p, "pointer", "%s", conn->client_ptr);
	switch (state_of(p)) {
	case STATE_MISSING:
		return s->missing ? verdict_refuse(RDNS_MISSING, "missing")
				  : suspect(p, "missing");
	case STATE_MISMATCH:
		return s->mismatch ? verdict_refuse(RDNS_MISMATCH, "mismatch")
				   : suspect(p, "mismatch");
	case STATE_FAILED:
		return refuses(s)
			   ? verdict_trouble(TROUBLE_TEMPORARY, "dns-of-client")
			   : verdict_none();
	default:
		if (!netaddr_is_private(&conn->client) &&
		    generic_name(conn->client_name, &conn->client))
			return suspect(p, "generic");
		return verdict_none();
	}
}

static const struct option options[] = {
	{
	    .name = "missing",
	    .type = OPTION_BOOL,
	    .offset = offsetof(struct settings, missing),
	    .fallback = "yes",
	    .doc = "Refuse clients whose address has no reverse name. Reason "
		   "rdns.missing.",
	},
	{
	    .name = "mismatch",
	    .type = OPTION_BOOL,
	    .offset = offsetof(struct settings, mismatch),
	    .fallback = "no",
	    .doc = "Refuse clients none of whose reverse names leads back to "
		   "their address. Large receivers demand it, but many good "
		   "senders have it wrong. Reason rdns.mismatch.",
	},
	{
	    .name = "wait",
	    .type = OPTION_MILLIS,
	    .offset = offsetof(struct settings, wait_ms),
	    .fallback = "4s",
	    .min = 0,
	    .max = 20000,
	    .doc = "How long answers are waited for in all of a session.",
	},
	{ .name = NULL },
};

static const struct reason reasons[] = {
	[RDNS_MISSING] = {
	    .name = "rdns.missing",
	    .reply = "550 5.7.25 Your address %{client_addr} has no reverse "
		     "name (PTR record) %{ref}",
	    .doc = "The client's address has no reverse name (RFC 7372 3.3).",
	},
	[RDNS_MISMATCH] = {
	    .name = "rdns.mismatch",
	    .reply = "550 5.7.25 The reverse name of your address "
		     "%{client_addr} does not resolve back to it %{ref}",
	    .doc = "The client's reverse name does not lead back to its "
		   "address (RFC 7372 3.3).",
	},
	{ .name = NULL },
};

const struct policy rdns_policy = {
	.name = "rdns",
	.summary = "the client's reverse name: missing, not confirmed",
	.doc =
	    "Refuses clients without a reverse name: a mail server that is "
	    "run by somebody has one, and since 2024 the large receivers "
	    "demand it.\n\n"
	    "The MTA's own look-up is used. Where it failed for now, or where "
	    "the MTA does not tell, mailreeve looks the client up itself. A "
	    "name server that does not answer never leads to a refusal for "
	    "good; with on_error = defer, to one for now.\n\n"
	    "What is not refused is suspect to policies behind this one: a "
	    "client without a name or with one that is not confirmed, and "
	    "one whose name was made by a rule, with its address in it or "
	    "a word such as dsl or dynamic.\n\n"
	    "Clients with private addresses have no names in the public DNS "
	    "and are not judged.",
	.mta_notes =
	    "Both MTAs tell by the macros {client_resolve} and {client_ptr}, "
	    "which mailreeve asks for. Postfix needs "
	    "smtpd_peername_lookup = yes, which is its default.",
	.example =
	    "[rdns]\n"
	    "mismatch = yes\n"
	    "\n"
	    "[replies]\n"
	    "rdns.missing = 450 4.7.1 Your address %{client_addr} has no "
	    "reverse name %{ref}\n",
	.flags = POLICY_CLIENT_CHECK | POLICY_NOTES,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT) |
	    STEP_BIT(STEP_DATA),
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.connection_scratch = sizeof(struct connection_scratch),
	.hooks = {
	    { .step = STEP_CONNECT, .ask = ask_connect },
	    { .step = STEP_HELO, .ask = ask_onward },
	    { .step = STEP_MAIL, .ask = ask_onward },
	    { .step = STEP_MAIL, .judge = judge, .movable = true },
	},
};
