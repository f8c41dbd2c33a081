/*
 * loop - messages that go in a circle.
 *
 * Two signs. Each host puts a Received field on top (RFC 5321 4.4), so many
 * of them mean a circle (6.3). And a host that delivers here adds Delivered-To
 * with the mailbox: a message that carries it for one of its recipients has
 * been here. Once is normal (a forward that came back), often is a loop.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "policy/policy.h"
#include "policies/registry.h"

enum { LOOP_HOPS };

/* Delivered-To fields that are looked at: as many as own_delivered can be */
#define DELIVERED_MAX 1000

static const struct reason reasons[] = {
	[LOOP_HOPS] = {
	    .name = "loop.hops",
	    .reply = "554 5.4.6 Mail loop: the message has passed too many "
		     "hosts %{ref}",
	    .doc = "The message has more Received fields than the limit, or "
		   "was delivered here before (RFC 5321 6.3).",
	},
	{ .name = NULL },
};

struct settings {
	int64_t max_received;
	int64_t own_delivered;
};

#define AT(field) offsetof(struct settings, field)

static const struct option options[] = {
	{
	    .name = "max_received",
	    .type = OPTION_INT,
	    .offset = AT(max_received),
	    .fallback = "25",
	    .min = 0,
	    .max = 1000,
	    .unit = "fields",
	    .doc = "A message with so many Received fields, or more, is in a "
		   "loop; 0 = they are not counted. A usual message has 3 to "
		   "8.",
	},
	{
	    .name = "own_delivered",
	    .type = OPTION_INT,
	    .offset = AT(own_delivered),
	    .fallback = "4",
	    .min = 0,
	    .max = DELIVERED_MAX,
	    .unit = "fields",
	    .doc = "So many Delivered-To fields, or more, that name one of "
		   "the message's recipients or a mailbox at our host name "
		   "are a loop; 0 = they are not counted.",
	},
	{ .name = NULL },
};

struct scratch {
	unsigned received;
	unsigned delivered;
	unsigned looked_at; /* of Delivered-To */
};

/* is_own - an address is that of a recipient, or at our host name */
static bool
is_own(const struct pctx *p, const struct mailaddr *address)
{
	const struct message *message = p->txn->message;

	if (address->domain[0] == '\0')
		return false;
	if (strcasecmp(address->domain, p->txn->connection.hostname) == 0)
		return true;
	for (const struct recipient *r = message->recipients; r != NULL;
	     r = r->next)
		if (!r->refused && !r->refused_by_mta &&
		    strcmp(r->address.address, address->address) == 0)
			return true;
	return false;
}

/* count - one field */
static void
count(struct pctx *p)
{
	struct scratch *scratch = p->message_scratch;
	const char *value = p->txn->header_value;
	struct mailaddr address;

	if (strcasecmp(p->txn->header_name, "Received") == 0) {
		scratch->received++;
		return;
	}
	if (scratch->looked_at++ >= DELIVERED_MAX)
		return;
	value += strspn(value, " \t");
	mailaddr_parse(&address,
	    arena_strndup(p->arena, value, strcspn(value, " \t\r\n")),
	    p->arena);
	if (is_own(p, &address))
		scratch->delivered++;
}

/* judge_number - a number of fields against its limit */
static struct verdict
judge_number(struct pctx *p, unsigned number, int64_t limit, const char *option)
{
	struct verdict verdict;

	policy_input(p, option, "%u", number);
	if (limit == 0 || number < limit)
		return verdict_none();
	verdict = verdict_refuse(LOOP_HOPS, option);
	verdict.detail = arena_printf(p->arena, "%u", number);
	verdict_value(&verdict, VALUE_COUNT_SEEN, verdict.detail);
	verdict_value(&verdict, VALUE_LIMIT,
	    arena_printf(p->arena, "%lld", (long long)limit));
	return verdict;
}

/* judge - when all fields have been counted */
static struct verdict
judge(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct scratch *scratch = p->message_scratch;
	struct verdict verdict;

	verdict =
	    judge_number(p, scratch->received, s->max_received, "max_received");
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	return judge_number(p, scratch->delivered, s->own_delivered,
	    "own_delivered");
}

/* wants_fields - one of the limits is set */
static bool
wants_fields(const void *settings)
{
	const struct settings *s = settings;

	return s->max_received > 0 || s->own_delivered > 0;
}

static const char *const counted[] = { "Received", "Delivered-To", NULL };

const struct policy loop_policy = {
	.name = "loop",
	.summary = "messages that go in a circle",
	.doc = "Refuses a message that has passed too many hosts, or has been "
	       "delivered here too often already: forwards that point at each "
	       "other, a list subscribed to itself. Trusted networks are "
	       "judged, too, since a loop leads through them as well.",
	.mta_notes = "The MTA's own Received field is not among those that a "
		     "milter is shown: the number is that of the hosts "
		     "before. Both MTAs have a limit of their own (Postfix "
		     "hopcount_limit 50, Sendmail MaxHopCount 25). Sendmail "
		     "accepts a message over it and then bounces it: there, "
		     "leave max_received at 25 or less. Delivered-To is written by Postfix "
		     "and Dovecot, not by Sendmail.",
	.example = "[loop]\n"
		   "max_received = 30\n"
		   "own_delivered = 2\n",
	.flags = POLICY_JUDGE_TRUSTED | POLICY_GUARD,
	.stage = STEP_EOH,
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.message_scratch = sizeof(struct scratch),
	.hooks = {
		{
		    .step = STEP_HEADER,
		    .observe = count,
		    .wanted = wants_fields,
		    .headers = counted,
		},
		{ .step = STEP_EOH, .judge = judge, .wanted = wants_fields },
	},
};
