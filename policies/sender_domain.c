/*
 * sender_domain - whether the domain of the envelope sender takes mail.
 *
 * Reasons: sender.no_mx, sender.null_mx.
 *
 * MX records are asked for at MAIL; a domain without one is its own mail
 * server (RFC 5321 5.1), so its addresses are asked for then. Whether the mail
 * servers have addresses that can be reached takes one question more: the
 * first of them with a public address ends it.
 *
 * Whatever the DNS cannot tell now decides nothing: on_error does.
 */
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "policies/sender.h"
#include "policy/ours.h"
#include "dns/dns.h"

/* mail servers of a domain that are looked at; with more, one is good */
#define HOSTS_MAX 8

/* what is known of a domain, or of the addresses of its mail servers */
enum state {
	STATE_GOOD,
	STATE_NO_NAME,
	STATE_NOTHING, /* neither MX nor address */
	STATE_NULL_MX,
	STATE_NO_ADDRESS, /* mail servers without addresses */
	STATE_PRIVATE,    /* none but private addresses */
	STATE_FAILED,     /* the DNS did */
};

/* a question that may be put to the end of the waiting */
struct asking {
	const struct pctx *p;
	int64_t deadline_ms;
};

/* domain_of - the domain to be looked up, or NULL */
static const char *
domain_of(const struct pctx *p)
{
	const struct mailaddr *sender = &p->txn->message->sender;

	/* "[192.0.2.1]" is no name, and what is none has its own reason */
	if (sender->is_null || sender->domain[0] == '\0' ||
	    sender->domain[0] == '[' || !domain_is_valid(sender->domain, true))
		return NULL;
	return sender->domain;
}

/* answer_to - of one question, within the time that there is */
static const struct dns_answer *
answer_to(const struct asking *asking, const char *name, enum dns_type type)
{
	const struct pctx *p = asking->p;

	return dns_wait(dns_ask(p->env->dns, p->arena, name, type),
	    asking->deadline_ms);
}

/* state_of_addresses - of one answer with addresses */
static enum state
state_of_addresses(const struct dns_answer *answer)
{
	switch (answer->result) {
	case DNS_FOUND:
		for (size_t i = 0; i < answer->count; i++)
			if (!netaddr_is_private(&answer->record[i].address))
				return STATE_GOOD;
		return STATE_PRIVATE;
	case DNS_NO_NAME:
	case DNS_NO_DATA:
		return STATE_NO_ADDRESS;
	default:
		return STATE_FAILED;
	}
}

/* add_state - one good is enough, and a failure may hide one */
static enum state
add_state(enum state one, enum state other)
{
	if (one == STATE_GOOD || other == STATE_GOOD)
		return STATE_GOOD;
	return one > other ? one : other;
}

/* state_of_host - of a mail server */
static enum state
state_of_host(const struct asking *asking, const char *host)
{
	enum state four = state_of_addresses(answer_to(asking, host, DNS_A));

	if (four == STATE_GOOD)
		return STATE_GOOD;
	return add_state(four,
	    state_of_addresses(answer_to(asking, host, DNS_AAAA)));
}

/* state_of_hosts - of all mail servers of a domain */
static enum state
state_of_hosts(const struct asking *asking, const struct dns_answer *answer)
{
	enum state state = STATE_NO_ADDRESS;

	for (size_t i = 0; i < answer->count; i++) {
		if (i == HOSTS_MAX)
			return STATE_GOOD;
		state = add_state(state,
		    state_of_host(asking, answer->record[i].text));
		if (state == STATE_GOOD)
			break;
	}
	return state;
}

/* state_of_itself - of a domain that is its own mail server */
static enum state
state_of_itself(const struct asking *asking, const char *domain)
{
	const struct sender_settings *s = asking->p->settings;
	enum state state = state_of_host(asking, domain);

	if (state == STATE_NO_ADDRESS)
		return STATE_NOTHING;
	return state == STATE_PRIVATE && !s->private_mx ? STATE_GOOD : state;
}

/* find_out - what the DNS says of a domain */
static enum state
find_out(const struct asking *asking, const char *domain)
{
	const struct sender_settings *s = asking->p->settings;
	const struct dns_answer *answer = answer_to(asking, domain, DNS_MX);

	switch (answer->result) {
	case DNS_FOUND:
		return s->private_mx ? state_of_hosts(asking, answer)
				     : STATE_GOOD;
	case DNS_NULL_MX:
		return STATE_NULL_MX;
	case DNS_NO_NAME:
		return STATE_NO_NAME;
	case DNS_NO_DATA:
		return state_of_itself(asking, domain);
	default:
		return STATE_FAILED;
	}
}

/* refuse - a state against what is refused */
static struct verdict
refuse(const struct sender_settings *s, enum state state)
{
	static const struct {
		enum sender_reason reason;
		const char *option, *detail;
		size_t offset;
	} rules[] = {
		[STATE_NO_NAME] = { SENDER_NO_MX, "no_mx", "no-such-name",
		    offsetof(struct sender_settings, no_mx) },
		[STATE_NOTHING] = { SENDER_NO_MX, "no_mx",
		    "no-mx-and-no-address",
		    offsetof(struct sender_settings, no_mx) },
		[STATE_NULL_MX] = { SENDER_NULL_MX, "null_mx", "null MX",
		    offsetof(struct sender_settings, null_mx) },
		[STATE_NO_ADDRESS] = { SENDER_NO_MX, "private_mx",
		    "mx-without-address",
		    offsetof(struct sender_settings, private_mx) },
		[STATE_PRIVATE] = { SENDER_NO_MX, "private_mx",
		    "mx-with-private-address",
		    offsetof(struct sender_settings, private_mx) },
	};
	struct verdict verdict;

	if (!*(const bool *)((const char *)s + rules[state].offset))
		return verdict_none();
	verdict =
	    verdict_refuse((unsigned)rules[state].reason, rules[state].option);
	verdict.detail = rules[state].detail;
	return verdict;
}

/* decide - about this message's sender */
static struct verdict
decide(struct pctx *p)
{
	const struct sender_settings *s = p->settings;
	const char *domain = domain_of(p);
	int64_t deadline_ms = p->begun_ms + s->wait_ms;
	struct asking asking = { .p = p, .deadline_ms = deadline_ms };
	struct directory_entry entry;
	struct verdict verdict;
	enum state state;

	if (domain == NULL ||
	    ours_domain(p, domain, &entry, &verdict) == OURS_YES)
		return verdict_none();
	if (p->deadline_ms < deadline_ms)
		asking.deadline_ms = p->deadline_ms;
	state = find_out(&asking, domain);
	if (state == STATE_GOOD)
		return verdict_none();
	if (state == STATE_FAILED)
		return verdict_trouble(TROUBLE_TEMPORARY,
		    "dns-of-sender-domain");
	return refuse(s, state);
}

void
sender_ask_domain(struct pctx *p)
{
	const char *domain = domain_of(p);

	if (domain != NULL)
		dns_ask(p->env->dns, p->arena, domain, DNS_MX);
}

struct verdict
sender_judge_domain(struct pctx *p)
{
	struct sender_message *message = p->message_scratch;

	if (message->settings != p->settings) {
		message->verdict =
		    arena_alloc(p->arena, sizeof(*message->verdict));
		*message->verdict = decide(p);
		message->settings = p->settings;
	}
	return *message->verdict;
}

bool
sender_wants_domain(const void *settings)
{
	const struct sender_settings *s = settings;

	return s->no_mx || s->null_mx || s->private_mx;
}
