/*
 * greylist_options - the options and the reason of the policy greylist.
 */
#include "policies/greylist.h"

#define AT(field) offsetof(struct greylist_settings, field)

/* Postfix tries again after 300 s, others after as long or longer */
#define FIRST_RETRY_S 300

#define DAY_S 86400

static const struct name_code applies[] = {
	{ .name = "all", .code = GREYLIST_TO_ALL },
	{ .name = "suspect", .code = GREYLIST_TO_SUSPECT },
	{ .name = NULL },
};

static const struct name_code facts[] = {
	{ .name = "spf", .code = GREYLIST_BY_SPF },
	{ .name = "name", .code = GREYLIST_BY_NAME },
	{ .name = NULL },
};

static const struct name_code skips[] = {
	{ .name = "vouched", .code = GREYLIST_SKIP_VOUCHED },
	{ .name = "spf", .code = GREYLIST_SKIP_SPF },
	{ .name = NULL },
};

const struct option greylist_options[] = {
	{
	    .name = "apply",
	    .type = OPTION_ENUM,
	    .offset = AT(apply),
	    .fallback = "suspect",
	    .names = applies,
	    .doc = "Who has to wait: all, or clients that are suspect. Suspect "
		   "is a client that rdns finds without a reverse name, with "
		   "one that is not confirmed, or with one made by a rule; "
		   "whose weight in the lists of dnsbl reaches its option "
		   "suspect; or whose SPF result is suspect by an option of "
		   "spf, softfail by default.",
	},
	{
	    .name = "delay",
	    .type = OPTION_DURATION,
	    .offset = AT(delay_s),
	    .fallback = "2m",
	    .min = 1,
	    .max = DAY_S,
	    .doc = "How long a first contact has to wait. Postfix tries again "
		   "after 5 minutes, others later: with 5 minutes and more "
		   "the first retry is in vain.",
	},
	{
	    .name = "window",
	    .type = OPTION_DURATION,
	    .offset = AT(window_s),
	    .fallback = "24h",
	    .min = 60,
	    .max = 30 * DAY_S,
	    .doc = "Who comes back later than this after the first contact is "
		   "as new. Some senders come back after many hours.",
	},
	{
	    .name = "lifetime",
	    .type = OPTION_DURATION,
	    .offset = AT(lifetime_s),
	    .fallback = "60d",
	    .min = 3600,
	    .max = 366 * DAY_S,
	    .doc = "How long those who came back are known, counted from "
		   "their last mail: longer than the month between two "
		   "issues of a newsletter. It also holds for what was "
		   "allowed automatically.",
	},
	{
	    .name = "ipv4_network",
	    .type = OPTION_INT,
	    .offset = AT(ipv4_bits),
	    .fallback = "24",
	    .min = 8,
	    .max = 32,
	    .unit = "bits",
	    .doc = "Clients of one network are one client: the length of its "
		   "prefix. 32: each address by itself.",
	},
	{
	    .name = "ipv6_network",
	    .type = OPTION_INT,
	    .offset = AT(ipv6_bits),
	    .fallback = "64",
	    .min = 16,
	    .max = 128,
	    .unit = "bits",
	    .doc = "The same for IPv6. With more than 64 a host can take a "
		   "new address for each try.",
	},
	{
	    .name = "domain_keys",
	    .type = OPTION_FLAGS,
	    .offset = AT(domain_keys),
	    .fallback = "spf, name",
	    .names = facts,
	    .doc = "By which facts a client is known by its domain in place "
		   "of its network: spf, the sender's registered domain if "
		   "its SPF record has the client; name, the registered "
		   "domain of the client's confirmed name, unless that was "
		   "made by a rule (it has the address or a word such as dsl "
		   "in it).",
	},
	{
	    .name = "normalise",
	    .type = OPTION_BOOL,
	    .offset = AT(normalise),
	    .fallback = "yes",
	    .doc = "Take out of the sender what is another one in each "
		   "message: tags of BATV and SRS, what follows a \"+\", "
		   "numbers and words that no person chose.",
	},
	{
	    .name = "skip",
	    .type = OPTION_FLAGS,
	    .offset = AT(skip),
	    .fallback = "vouched",
	    .names = skips,
	    .doc = "Who does not have to wait: vouched, a client for which "
		   "somebody answers, such as a list of good senders in "
		   "dnsbl; spf, mail with SPF result pass (senders of spam "
		   "have records as well).",
	},
	{
	    .name = "auto_allow_domain",
	    .type = OPTION_INT,
	    .offset = AT(auto_domain),
	    .fallback = "2",
	    .min = 0,
	    .max = 1000,
	    .unit = "passes",
	    .doc = "After so many accepted messages of one sender domain from "
		   "one network or domain, at most one of each hour counted, "
		   "mail of that sender domain from there is delayed no "
		   "more. 0: never.",
	},
	{
	    .name = "auto_allow_network",
	    .type = OPTION_INT,
	    .offset = AT(auto_network),
	    .fallback = "5",
	    .min = 0,
	    .max = 1000,
	    .unit = "passes",
	    .doc = "The same for all mail from one network or domain.",
	},
	{
	    .name = "header",
	    .type = OPTION_BOOL,
	    .offset = AT(header),
	    .fallback = "yes",
	    .doc = "Tell in a field X-Greylist how long a message had to "
		   "wait. Those that did not wait get none.",
	},
	{ .name = NULL },
};

const struct reason greylist_reasons[] = {
	[GREYLIST_DEFER] = {
	    .name = "greylist.defer",
	    .reply = "451 4.7.1 Greylisted: please try again in %{wait} "
		     "seconds %{ref}",
	    .doc = "The first contact of this client, sender and recipient, "
		   "or one that came back too early (RFC 6647).",
	},
	{ .name = NULL },
};

void
greylist_check(const void *settings, const struct config_facts *known,
    struct origin at, struct problems *problems)
{
	const struct greylist_settings *s = settings;

	(void)at;
	if (s->window_s <= s->delay_s)
		problems_error(problems, policy_option_at(known, "window"),
		    "window: ends before delay: nobody could ever pass");
	if (s->delay_s >= FIRST_RETRY_S)
		problems_warning(problems, policy_option_at(known, "delay"),
		    "delay: with %d s and more the first retry of most mail "
		    "servers is too early, and the second comes late",
		    FIRST_RETRY_S);
}
