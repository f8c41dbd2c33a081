/*
 * reputation_options - the options and the reasons of reputation.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "policies/reputation.h"

#define SETTING(field) .offset = offsetof(struct reputation_settings, field)

const struct option reputation_options[] = {
	{
	    .name = "defer",
	    .type = OPTION_INT,
	    SETTING(defer),
	    .fallback = "70",
	    .min = 0,
	    .max = 100,
	    .unit = "per cent; 0: never",
	    .doc = "Put mail off when at least this much of what came from "
		   "the client was bad. Reason reputation.defer.",
	},
	{
	    .name = "reject",
	    .type = OPTION_INT,
	    SETTING(reject),
	    .fallback = "90",
	    .min = 0,
	    .max = 100,
	    .unit = "per cent; 0: never",
	    .doc = "Refuse it when this much was bad, of a longer history. "
		   "Reason reputation.reject.",
	},
	{
	    .name = "events",
	    .type = OPTION_INT,
	    SETTING(events),
	    .fallback = "20",
	    .min = 1,
	    .max = 1000000,
	    .unit = "recipients",
	    .doc = "How much must have come from a client before it is judged "
		   "by it. A message counts once for each recipient.",
	},
	{
	    .name = "reject_events",
	    .type = OPTION_INT,
	    SETTING(reject_events),
	    .fallback = "50",
	    .min = 1,
	    .max = 1000000,
	    .unit = "recipients",
	    .doc = "The same, before it may be refused for good.",
	},
	{
	    .name = "network_events",
	    .type = OPTION_INT,
	    SETTING(network_events),
	    .fallback = "100",
	    .min = 0,
	    .max = 1000000,
	    .unit = "recipients; 0: networks are not judged",
	    .doc = "How much must have come from a network before a client in "
		   "it that has no history of its own is judged by it.",
	},
	{
	    .name = "half_life",
	    .type = OPTION_DURATION,
	    SETTING(half_life_s),
	    .fallback = "7d",
	    .min = 3600,
	    .max = 31536000,
	    .doc = "How long it takes until what was counted counts half. So "
		   "a client whose mail is refused is not judged any more, "
		   "once too little is left of its history.",
	},
	{
	    .name = "ipv4_prefix",
	    .type = OPTION_INT,
	    SETTING(ipv4_bits),
	    .fallback = "24",
	    .min = 8,
	    .max = 32,
	    .unit = "bits",
	    .doc = "The size of an IPv4 client's network.",
	},
	{
	    .name = "ipv6_prefix",
	    .type = OPTION_INT,
	    SETTING(ipv6_bits),
	    .fallback = "48",
	    .min = 16,
	    .max = 64,
	    .unit = "bits",
	    .doc = "The size of an IPv6 client's network. The client itself "
		   "is known by 64 bits.",
	},
	{
	    .name = "uncounted",
	    .type = OPTION_WORDS,
	    SETTING(uncounted),
	    .fallback = "reputation abuse connlimit ratelimit greylist "
			"tls size failure recipient.suspended "
			"recipient.over_quota recipient.bad_forward "
			"recipient.too_many",
	    .doc = "Policies, and single reasons, whose refusals say nothing "
		   "of the client. What is put off never does.",
	},
	{ .name = NULL },
};

const struct reason reputation_reasons[] = {
	[REPUTATION_DEFER] = {
	    .name = "reputation.defer",
	    .reply = "451 4.7.1 Mail from %{client_addr} is delayed because "
		     "of earlier mail from there, try again later %{ref}",
	    .doc = "Much of what came from the client was bad; that may "
		   "become better, or worse.",
	},
	[REPUTATION_REJECT] = {
	    .name = "reputation.reject",
	    .reply = "550 5.7.1 Mail from %{client_addr} is refused because "
		     "of earlier mail from there %{ref}",
	    .doc = "Nearly all that came from the client was bad, for "
		   "longer.",
	},
	{ .name = NULL },
};

/* check_word - a policy, or a reason of one */
static void
check_word(const char *word, struct origin at, struct problems *problems)
{
	char name[64];
	const char *names[1] = { name };
	const struct words one = { .word = names, .count = 1 };
	const char *unknown, *near;
	unsigned long long bits;
	size_t length = strcspn(word, ".");

	if (length >= sizeof(name))
		length = sizeof(name) - 1;
	memcpy(name, word, length);
	name[length] = '\0';
	if (strcasecmp(name, "failure") == 0 ||
	    policy_skip_bits(&one, &bits, &unknown))
		return;
	near = policy_nearest(name);
	problems_error(problems, at, "uncounted: no policy \"%s\"%s%s%s", name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

void
reputation_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct reputation_settings *s = settings;

	if (s->reject > 0 && s->defer > s->reject)
		problems_error(problems, policy_option_at(facts, "defer"),
		    "defer: more than reject (%lld): nothing would be put off",
		    (long long)s->reject);
	at = policy_option_at(facts, "uncounted");
	for (size_t i = 0; i < s->uncounted.count; i++)
		check_word(s->uncounted.word[i], at, problems);
}
