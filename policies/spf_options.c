/*
 * spf_options - the options and the reasons of the policy spf.
 */
#include "base/domain.h"
#include "base/mem.h"
#include "policies/spf.h"

#define AT(field) offsetof(struct spf_settings, field)

static const struct name_code actions[] = {
	{ .name = "pass", .code = SPF_ACTION_PASS },
	{ .name = "suspect", .code = SPF_ACTION_SUSPECT },
	{ .name = "defer", .code = SPF_ACTION_DEFER },
	{ .name = "reject", .code = SPF_ACTION_REJECT },
	{ .name = NULL },
};

/* a DNS error is never a reason to refuse for good */
static const struct name_code mild_actions[] = {
	{ .name = "pass", .code = SPF_ACTION_PASS },
	{ .name = "suspect", .code = SPF_ACTION_SUSPECT },
	{ .name = "defer", .code = SPF_ACTION_DEFER },
	{ .name = NULL },
};

static const struct name_code headers[] = {
	{ .name = "none", .code = SPF_HEADER_NONE },
	{ .name = "authentication-results", .code = SPF_HEADER_RESULTS },
	{ .name = "received-spf", .code = SPF_HEADER_RECEIVED },
	{ .name = NULL },
};

static const struct name_code forged[] = {
	{ .name = "all", .code = SPF_FORGED_ALL },
	{ .name = "spf", .code = SPF_FORGED_SPF },
	{ .name = NULL },
};

/* what follows from one result */
#define RESULT(option, result, value, text)                                    \
	{                                                                      \
		.name = option, .type = OPTION_ENUM, .offset = AT(on[result]), \
		.fallback = value, .names = actions, .doc = text               \
	}

const struct option spf_options[] = {
	RESULT("fail", SPF_FAIL, "reject",
	    "The record of the sender's domain forbids this client. Sites "
	    "to which much mail is forwarded from hosts that they do not "
	    "know set suspect. suspect: nothing is refused here, but "
	    "policies behind this one may be stricter. defer: the reply has "
	    "a temporary code. Reason spf.fail."),
	RESULT("softfail", SPF_SOFTFAIL, "suspect",
	    "The record says that the client is likely not permitted. Reason "
	    "spf.softfail."),
	RESULT("neutral", SPF_NEUTRAL, "pass",
	    "The record says nothing about this client. Reason "
	    "spf.neutral."),
	RESULT("none", SPF_NONE, "pass",
	    "The domain has no record, or is no domain. Reason spf.none."),
	RESULT("permerror", SPF_PERMERROR, "pass",
	    "The record has errors, or passes the limits. That is a mistake "
	    "of honest senders, as a rule. Reason spf.permerror."),
	{
	    .name = "temperror",
	    .type = OPTION_ENUM,
	    .offset = AT(on[SPF_TEMPERROR]),
	    .fallback = "pass",
	    .names = mild_actions,
	    .doc = "A record or something that it refers to could not be "
		   "looked up for now. Reason spf.temperror.",
	},
	{
	    .name = "helo",
	    .type = OPTION_BOOL,
	    .offset = AT(helo),
	    .fallback = "yes",
	    .doc = "Check the HELO name of each message first. For the "
		   "sender <> it is always checked.",
	},
	{
	    .name = "helo_fail",
	    .type = OPTION_ENUM,
	    .offset = AT(helo_fail),
	    .fallback = "reject",
	    .names = actions,
	    .doc = "The record of the HELO name forbids this client: it "
		   "greets with the name of another. Reason spf.fail.",
	},
	{
	    .name = "timeout",
	    .type = OPTION_MILLIS,
	    .offset = AT(timeout_ms),
	    .fallback = "6s",
	    .min = 100,
	    .max = 20000,
	    .doc = "The longest that a step waits for its checks; what is not "
		   "known by then is temperror.",
	},
	{
	    .name = "local_policy",
	    .type = OPTION_STRING,
	    .offset = AT(local_policy),
	    .fallback = "",
	    .doc = "A record for senders' domains that have none. What "
		   "comes of it is acted upon, but the message is told that "
		   "there is no record.",
	    .example = "v=spf1 a/24 mx/24 ptr ?all",
	},
	{
	    .name = "forwarders",
	    .type = OPTION_NETWORKS,
	    .offset = AT(forwarders),
	    .fallback = "",
	    .doc = "Hosts that forward mail to you: no result of theirs is "
		   "refused or suspect.",
	    .example = "192.0.2.25, 2001:db8::/32",
	},
	{
	    .name = "forwarders_helo",
	    .type = OPTION_TABLES,
	    .offset = AT(forwarders_helo),
	    .fallback = "",
	    .doc = "The same by HELO name, if that resolves to the client. An "
		   "entry .example.org covers all names of the domain.",
	    .example = "inline:{forward.example.org}",
	},
	{
	    .name = "forwarders_name",
	    .type = OPTION_TABLES,
	    .offset = AT(forwarders_name),
	    .fallback = "",
	    .doc = "The same by the client's reverse name (PTR), which the "
		   "MTA has confirmed.",
	    .example = "inline:{.forward.example.org}",
	},
	{
	    .name = "forwarders_spf",
	    .type = OPTION_WORDS,
	    .offset = AT(forwarders_spf),
	    .fallback = "",
	    .unit = "domains",
	    .doc = "The same by domains whose own SPF record has the client: "
		   "each is one more check.",
	    .example = "_spf.forwarder.example",
	},
	{
	    .name = "header",
	    .type = OPTION_ENUM,
	    .offset = AT(header),
	    .fallback = "authentication-results",
	    .names = headers,
	    .doc = "The field at the top of the message that tells what was "
		   "found: Authentication-Results (RFC 8601) with this "
		   "server's name, or Received-SPF (RFC 7208 9.1). Fields of "
		   "either name that claim to be this server's are removed, "
		   "unless a trusted network sent them.",
	},
	{
	    .name = "forged",
	    .type = OPTION_ENUM,
	    .offset = AT(forged),
	    .fallback = "all",
	    .names = forged,
	    .doc = "Which fields Authentication-Results with this server's "
		   "name are removed: all, or those that tell of spf.",
	},
	{ .name = NULL },
};

const struct reason spf_reasons[] = {
	[SPF_REASON_FAILED] = {
	    .name = "spf.fail",
	    .reply = "550 5.7.23 SPF: %{client_addr} is not permitted to send "
		     "mail of %{sender_domain}%{spf_explanation?: "
		     "%{spf_explanation}} %{ref}",
	    .doc = "The SPF record of the sender's domain forbids this client "
		   "(RFC 7208 8.4, RFC 7372 3.2).",
	},
	[SPF_REASON_SOFTFAIL] = {
	    .name = "spf.softfail",
	    .reply = "550 5.7.23 SPF: %{client_addr} is likely not permitted "
		     "to send mail of %{sender_domain} %{ref}",
	    .doc = "The SPF record of the sender's domain says that this "
		   "client is likely not permitted (RFC 7208 8.5).",
	},
	[SPF_REASON_NEUTRAL] = {
	    .name = "spf.neutral",
	    .reply = "550 5.7.1 SPF: %{sender_domain} does not say that "
		     "%{client_addr} may send its mail %{ref}",
	    .doc = "The SPF record of the sender's domain says nothing about "
		   "this client (RFC 7208 8.2).",
	},
	[SPF_REASON_NO_RECORD] = {
	    .name = "spf.none",
	    .reply = "550 5.7.1 SPF: %{sender_domain?%{sender_domain} has }"
		     "no SPF record %{ref}",
	    .doc = "The sender's domain has no SPF record (RFC 7208 8.1).",
	},
	[SPF_REASON_PERMERROR] = {
	    .name = "spf.permerror",
	    .reply = "550 5.7.24 SPF: the record of %{sender_domain} has "
		     "errors %{ref}",
	    .doc = "The SPF record of the sender's domain cannot be "
		   "understood (RFC 7208 8.7, RFC 7372 3.2).",
	},
	[SPF_REASON_TEMPERROR] = {
	    .name = "spf.temperror",
	    .reply = "451 4.7.24 SPF: the record of %{sender_domain} could "
		     "not be looked up, try again later %{ref}",
	    .doc = "The SPF record of the sender's domain could not be read "
		   "for now (RFC 7208 8.6, RFC 7372 3.2).",
	},
	{ .name = NULL },
};

void
spf_options_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct spf_settings *s = settings;
	struct arena *arena = arena_new(1024);
	const char *problem;

	(void)facts;
	problem = s->local_policy[0] != '\0'
		      ? spf_record_problem(s->local_policy, arena)
		      : NULL;
	if (problem != NULL)
		problems_error(problems, at, "local_policy: %s", problem);
	for (size_t i = 0; i < s->forwarders_spf.count; i++)
		if (domain_fold(s->forwarders_spf.word[i], arena) == NULL)
			problems_error(problems, at,
			    "forwarders_spf: \"%s\" is no domain",
			    s->forwarders_spf.word[i]);
	arena_free(arena);
}
