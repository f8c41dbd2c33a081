/*
 * srs - bounces to return addresses that we never gave out.
 *
 * Whoever forwards with SRS must take bounces back to the addresses it made,
 * and would pass on whatever is sent to them: to addresses that anybody can
 * invent, unless the hash in them is checked. Only addresses of our SRS
 * domains are looked at, and by default only the null sender, which bounces
 * have: other mail and other recipients are none of this policy's business.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policy/policy.h"
#include "policies/registry.h"
#include "srs/srs.h"

enum { SRS_INVALID };

static const struct reason reasons[] = {
	[SRS_INVALID] = {
	    .name = "srs.invalid",
	    .reply = "550 5.7.1 <%{recipient}> is not a return address that we "
		     "gave out %{ref}",
	    .doc = "A bounce to an SRS address whose hash does not verify, "
		   "that is too old, or has no such form.",
	},
	{ .name = NULL },
};

enum { SENDERS_NULL, SENDERS_ANY };
static const struct name_code senders_names[] = {
	{ "null", SENDERS_NULL },
	{ "any", SENDERS_ANY },
	{ NULL, 0 },
};

struct settings {
	struct tables domains;
	const char *secrets_file;
	int senders;
	int64_t max_age;
	int64_t hash_min;
	struct srs_secrets *secrets; /* derived */
};

#define AT(field) offsetof(struct settings, field)

static const struct option options[] = {
	{
	    .name = "domains",
	    .type = OPTION_TABLES,
	    .offset = AT(domains),
	    .fallback = "",
	    .doc = "The domains in which our forwarder makes SRS addresses. "
		   "Without them nothing is looked at.",
	    .example = "inline:{srs.example.org}",
	},
	{
	    .name = "secrets_file",
	    .type = OPTION_PATH,
	    .offset = AT(secrets_file),
	    .fallback = "",
	    .doc = "The forwarder's secrets, one a line, as postsrsd has "
		   "them; addresses made with any of them are good. The "
		   "daemon's user must be able to read the file, others must "
		   "not. Read again at reload.",
	    .example = "/etc/postsrsd.secret",
	},
	{
	    .name = "senders",
	    .type = OPTION_ENUM,
	    .offset = AT(senders),
	    .fallback = "null",
	    .names = senders_names,
	    .doc = "Whose mail to SRS addresses is checked: that of the null "
		   "sender, which bounces have, or that of any.",
	},
	{
	    .name = "max_age",
	    .type = OPTION_DURATION,
	    .offset = AT(max_age),
	    .fallback = "21d",
	    .min = 86400,
	    .max = 1000 * 86400LL,
	    .doc = "How long an address is good; whole days count. Not less "
		   "than the forwarder and the longest queue.",
	},
	{
	    .name = "hash_min",
	    .type = OPTION_INT,
	    .offset = AT(hash_min),
	    .fallback = "4",
	    .min = 1,
	    .max = 26,
	    .unit = "letters",
	    .doc = "A shorter hash is not good.",
	},
	{ .name = NULL },
};

/* prepare - the secrets, shared by scopes that name the same file */
static void
prepare(void *settings, const void *global, const struct config_facts *facts,
    struct problems *problems)
{
	struct settings *s = settings;
	const struct settings *g = global;
	struct origin at = policy_option_at(facts, "secrets_file");
	const char *why;

	if (s->secrets_file[0] == '\0')
		return;
	if (g != NULL && strcmp(g->secrets_file, s->secrets_file) == 0)
		s->secrets = srs_secrets_ref(g->secrets);
	if (s->secrets != NULL)
		return;
	s->secrets = srs_secrets_read(s->secrets_file, &why);
	if (s->secrets == NULL)
		problems_error(problems, at, "secrets_file: cannot use %s: %s",
		    s->secrets_file, why);
}

/* release - the reference */
static void
release(void *settings)
{
	struct settings *s = settings;

	srs_secrets_unref(s->secrets);
}

/* check - domains and secrets need each other */
static void
check(const void *settings, const struct config_facts *facts, struct origin at,
    struct problems *problems)
{
	const struct settings *s = settings;

	(void)at;
	if (s->domains.count > 0 && s->secrets_file[0] == '\0')
		problems_error(problems, policy_option_at(facts, "domains"),
		    "domains: needs secrets_file");
	if (s->domains.count == 0 && s->secrets_file[0] != '\0')
		problems_error(problems,
		    policy_option_at(facts, "secrets_file"),
		    "secrets_file: nothing is checked without domains");
}

/* is_ours - whether the recipient's domain is one of ours */
static bool
is_ours(struct pctx *p, struct verdict *verdict)
{
	const struct settings *s = p->settings;
	const char *domain = p->txn->recipient->address.domain;
	struct table_answer answer;
	enum lookup lookup;

	for (size_t i = 0; i < s->domains.count; i++) {
		lookup = table_find_domain(s->domains.table[i], domain,
		    p->deadline_ms, p->arena, &answer);
		if (lookup == LOOKUP_FOUND)
			return true;
		if (verdict->kind == VERDICT_NONE)
			*verdict = verdict_lookup(lookup, s->domains.table[i]);
	}
	return false;
}

/* local_part - as a key, so that needless quotes hide nothing */
static const char *
local_part(struct pctx *p)
{
	const char *address = p->txn->recipient->address.address;
	const char *at = strrchr(address, '@');

	return at == NULL
		   ? address
		   : arena_strndup(p->arena, address, (size_t)(at - address));
}

/* judge - one recipient */
static struct verdict
judge(struct pctx *p)
{
	static const char *const what[] = {
		[SRS_NONE] = "none",
		[SRS_GOOD] = "good",
		[SRS_FORM] = "form",
		[SRS_HASH] = "hash",
		[SRS_EXPIRED] = "expired",
	};
	const struct settings *s = p->settings;
	const struct srs_rules rules = {
		.secrets = s->secrets,
		.hash_min = s->hash_min,
		.max_days = s->max_age / 86400,
	};
	struct verdict verdict = verdict_none();
	enum srs_found found;

	if (s->senders == SENDERS_NULL && !p->txn->message->sender.is_null)
		return verdict;
	found = srs_check(&rules, local_part(p), clock_wall_s(p->env->clock));
	policy_input(p, "srs", "%s", what[found]);
	if (found == SRS_NONE || found == SRS_GOOD || !is_ours(p, &verdict))
		return verdict;
	verdict = verdict_refuse(SRS_INVALID, "secrets_file");
	verdict.detail = what[found];
	return verdict;
}

/* wanted - there are domains and secrets */
static bool
wanted(const void *settings)
{
	const struct settings *s = settings;

	return s->domains.count > 0 && s->secrets_file[0] != '\0';
}

const struct policy srs_policy = {
	.name = "srs",
	.summary = "bounces to forged SRS addresses",
	.doc = "Refuses bounces to return addresses of our SRS forwarder that "
	       "it never gave out, or so long ago that no bounce can be due. "
	       "Addresses are checked as postsrsd, Mail::SRS and libsrs2 make "
	       "them: SRS0 by hash and time stamp, SRS1 by hash. Bounces to "
	       "plain addresses pass.",
	.mta_notes = "The MTA must take the addresses to RCPT first: where "
		     "recipient_canonical_maps (postsrsd) has turned a forged "
		     "one away, a milter is not asked.",
	.example = "[srs]\n"
		   "domains = inline:{srs.example.org}\n"
		   "secrets_file = /etc/postsrsd.secret\n",
	.stage = STEP_RCPT,
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.prepare = prepare,
	.release = release,
	.check = check,
	.hooks = {
		{ .step = STEP_RCPT, .judge = judge, .wanted = wanted },
	},
};
