/*
 * ratelimit_options - the settings of the policy ratelimit, and their check.
 */
#include <string.h>

#include "table/directory.h"
#include "table/table.h"
#include "policies/ratelimit.h"

#define BAD_MAX 20 /* bad entries of a table that are told */

static const struct name_code keys[] = {
	{ "login", RATELIMIT_BY_LOGIN },
	{ "sender", RATELIMIT_BY_SENDER },
	{ "sender_domain", RATELIMIT_BY_SENDER_DOMAIN },
	{ "recipient", RATELIMIT_BY_RECIPIENT },
	{ "recipient_domain", RATELIMIT_BY_RECIPIENT_DOMAIN },
	{ "client", RATELIMIT_BY_CLIENT },
	{ NULL, 0 },
};
const struct name_code ratelimit_units[] = {
	{ "recipients", RATELIMIT_RECIPIENTS },
	{ "messages", RATELIMIT_MESSAGES },
	{ "bytes", RATELIMIT_BYTES },
	{ NULL, 0 },
};
static const struct name_code senders[] = {
	{ "submitted", RATELIMIT_SUBMITTED },
	{ "any", RATELIMIT_ANY },
	{ NULL, 0 },
};

#define AT(field) offsetof(struct ratelimit_settings, field)

const struct option ratelimit_options[] = {
	{
	    .name = "key",
	    .type = OPTION_ENUM,
	    .offset = AT(key),
	    .fallback = "login",
	    .names = keys,
	    .doc = "Whom a message is counted for: the account that has "
		   "logged in, the envelope sender or its domain, each "
		   "recipient or its domain, or the client's network. A "
		   "message without one (no login, a bounce) is not counted.",
	},
	{
	    .name = "limit",
	    .type = OPTION_QUOTA,
	    .offset = AT(limit),
	    .fallback = "none",
	    .doc = "How much in what time; all of several limits hold. The "
		   "time slides: 100/1h is 100 within the last 60 minutes, "
		   "exact to a sixtieth. With unit = bytes the number may "
		   "have K, M or G behind it.",
	    .example = "100/1h 500/1d",
	},
	{
	    .name = "unit",
	    .type = OPTION_ENUM,
	    .offset = AT(unit),
	    .fallback = "recipients",
	    .names = ratelimit_units,
	    .doc = "What is counted. bytes are those of header and body, for "
		   "which the MTA must hand us all of every message; at RCPT "
		   "the size that the client declares counts.",
	},
	{
	    .name = "overrides",
	    .type = OPTION_TABLE,
	    .offset = AT(overrides),
	    .fallback = "",
	    .doc = "Limits of single subjects of key, in place of limit: "
		   "\"alice@example.org 500/1h 2000/1d\", or \"none\". A "
		   "domain in it stands for each of its addresses, each with "
		   "a count of its own.",
	    .example = "file:/etc/mailreeve/limits",
	},
	{
	    .name = "directory",
	    .type = OPTION_BOOL,
	    .offset = AT(directory),
	    .fallback = "no",
	    .doc = "Whether limit= of the directory holds in place of limit: "
		   "of the login, its mailbox or its domain; of a mailbox or "
		   "its domain; or, where key is a domain, of the domain. "
		   "overrides come first.",
	},
	{
	    .name = "notice",
	    .type = OPTION_INT,
	    .offset = AT(notice),
	    .fallback = "80",
	    .min = 0,
	    .max = 100,
	    .unit = "per cent",
	    .doc = "When so much of a limit is used, a line in the log tells "
		   "whose and how much, once in a period, and "
		   "limit_notices of mailreevectl stats goes up; 0 = never.",
	},
	{
	    .name = "senders",
	    .type = OPTION_ENUM,
	    .offset = AT(senders),
	    .fallback = "submitted",
	    .names = senders,
	    .doc = "For key = sender and sender_domain, whose claim to be "
		   "the sender counts: that of clients that have logged in "
		   "or are in trusted_networks (where trusted = judge), or "
		   "anybody's, who can then use up the quota of others.",
	},
	{
	    .name = "ipv4_prefix",
	    .type = OPTION_INT,
	    .offset = AT(ipv4_prefix),
	    .fallback = "32",
	    .min = 8,
	    .max = 32,
	    .unit = "bits",
	    .doc = "For key = client, the part of an IPv4 address that counts "
		   "as one client.",
	},
	{
	    .name = "ipv6_prefix",
	    .type = OPTION_INT,
	    .offset = AT(ipv6_prefix),
	    .fallback = "64",
	    .min = 16,
	    .max = 128,
	    .unit = "bits",
	    .doc = "The same for IPv6: a customer has a /64 at least.",
	},
	{
	    .name = "soft_quota",
	    .type = OPTION_BOOL,
	    .offset = AT(soft_quota),
	    .fallback = "yes",
	    .doc = "Refuse mail of accounts that have soft_quota in the "
		   "directory (login, mailbox or domain): their mailbox is "
		   "over its soft quota, it may receive and not send. Only "
		   "where the client has logged in or is trusted. Inactive "
		   "without [directory].",
	},
	{ .name = NULL },
};

bool
ratelimit_counts(const void *settings)
{
	const struct ratelimit_settings *s = settings;

	return s->limit.tiers > 0 || s->overrides != NULL || s->directory;
}

/* a check of the table of overrides */
struct check {
	struct problems *problems;
	bool bytes;
	unsigned bad;
};

/* check_entry - for table_each() */
static void
check_entry(void *context, const struct table_answer *entry)
{
	struct check *check = context;
	struct quota quota = { .sized = false };

	if (check->bad == BAD_MAX)
		return;
	if (entry->value[0] == '\0' || !quota_parse(&quota, entry->value))
		problems_error(check->problems, entry->at,
		    "%s: \"%s\" is not a limit, such as 100/1h, or none",
		    entry->key, entry->value);
	else if (quota.sized && !check->bytes)
		problems_error(check->problems, entry->at,
		    "%s: %s: K, M and G are for unit = bytes", entry->key,
		    entry->value);
	else
		return;
	check->bad++;
}

/* has_directory - whether any of its tables is there */
static bool
has_directory(const struct directory *directory)
{
	return directory->domains != NULL || directory->mailboxes != NULL ||
	       directory->aliases != NULL || directory->logins != NULL;
}

/* is_vain - something is said about a limit, but not that there is none */
static bool
is_vain(const struct config_facts *facts)
{
	bool written = false;

	for (size_t i = 0; facts->options[i].name != NULL; i++) {
		if (facts->written[i].file == NULL)
			continue;
		if (strcmp(facts->options[i].name, "limit") == 0)
			return false;
		if (strcmp(facts->options[i].name, "soft_quota") != 0)
			written = true;
	}
	return written;
}

void
ratelimit_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct ratelimit_settings *s = settings;
	struct check check = {
		.problems = problems,
		.bytes = s->unit == RATELIMIT_BYTES,
	};

	if (s->limit.sized && !check.bytes)
		problems_error(problems, policy_option_at(facts, "limit"),
		    "limit: K, M and G are for unit = bytes");
	if (s->overrides != NULL)
		table_each(s->overrides, check_entry, &check);
	if (s->directory && !has_directory(facts->directory))
		problems_error(problems, policy_option_at(facts, "directory"),
		    "directory: there is nothing in [directory]");
	if (s->directory && s->key == RATELIMIT_BY_CLIENT)
		problems_error(problems, policy_option_at(facts, "directory"),
		    "directory: holds no clients (key = client)");
	if (!ratelimit_counts(s) && is_vain(facts))
		problems_warning(problems, at,
		    "without limit, overrides or "
		    "directory nothing is counted");
}
