/*
 * spam_options - what can be set, and the servers that come of it.
 */
#include <string.h>

#include "base/str.h"
#include "policies/spam.h"
#include "scan/scan_servers.h"

#define AT(field) offsetof(struct spam_settings, field)

static const struct name_code scanner_names[] = {
	{ "none", SCANNER_NONE },
	{ "rspamd", SCANNER_RSPAMD },
	{ "spamd", SCANNER_SPAMD },
	{ NULL, 0 },
};
static const struct name_code judge_names[] = {
	{ "score", JUDGE_SCORE },
	{ "scanner", JUDGE_SCANNER },
	{ NULL, 0 },
};
static const struct name_code fields_names[] = {
	{ "none", FIELDS_NONE },
	{ "tagged", FIELDS_TAGGED },
	{ "all", FIELDS_ALL },
	{ NULL, 0 },
};

#define LIMIT(option, field, standard, text)                             \
	{                                                                \
		.name = option, .type = OPTION_INT, .offset = AT(field), \
		.fallback = standard, .min = 0, .max = 1000000,          \
		.unit = "points", .doc = text                            \
	}

const struct option spam_options[] = {
	{
	    .name = "scanner",
	    .type = OPTION_ENUM,
	    .offset = AT(scanner),
	    .fallback = "none",
	    .names = scanner_names,
	    .doc = "Who is asked about each message: rspamd's normal worker, "
		   "SpamAssassin's spamd, or nobody, so that only the scores "
		   "of other policies count.",
	},
	{
	    .name = "servers",
	    .type = OPTION_STRING,
	    .offset = AT(servers),
	    .fallback = "",
	    .doc = "Where it listens: unix:/path or host:port (rspamd 11333, "
		   "spamd 783); of several the first that works is asked.",
	    .example = "127.0.0.1:11333",
	},
	{
	    .name = "user",
	    .type = OPTION_STRING,
	    .offset = AT(user),
	    .fallback = "",
	    .doc = "Whose rules and scores spamd is to use. Empty: its own.",
	    .example = "filter",
	},
	{
	    .name = "timeout",
	    .type = OPTION_MILLIS,
	    .offset = AT(timeout_ms),
	    .fallback = "5s",
	    .min = 100,
	    .max = 280000,
	    .doc = "How long the scanner may take; never longer than [milter] "
		   "deadline.",
	},
	{
	    .name = "max_size",
	    .type = OPTION_SIZE,
	    .offset = AT(max_size),
	    .fallback = "1M",
	    .min = 1024,
	    .max = 1LL << 31,
	    .doc = "A larger message is not scanned: spam is small. So much "
		   "of each message is kept in memory while it comes in.",
	},
	{
	    .name = "judge_by",
	    .type = OPTION_ENUM,
	    .offset = AT(judge_by),
	    .fallback = "score",
	    .names = judge_names,
	    .doc = "score: the sum of the policies' and the scanner's scores "
		   "against the limits below. scanner: what the scanner would "
		   "do (rspamd: reject, soft reject and greylist, quarantine, "
		   "add header, rewrite subject; discard counts as reject; "
		   "spamd: tag), and the scores of the policies alone against "
		   "the limits; the worse of both.",
	},
	LIMIT("reject", reject, "15",
	    "From which score on a message is refused; 0 = never. Reason "
	    "spam.rejected."),
	LIMIT("quarantine", quarantine, "0",
	    "From which score on it goes to the MTA's hold queue; 0 = never."),
	LIMIT("tag", tag, "6", "From which score on it is tagged; 0 = never."),
	{
	    .name = "fields",
	    .type = OPTION_ENUM,
	    .offset = AT(fields),
	    .fallback = "tagged",
	    .names = fields_names,
	    .doc = "Which messages get X-Spam-Flag, X-Spam-Score and "
		   "X-Spam-Status: none, those that are tagged or held, or "
		   "all. Fields of these names that arrive are taken out, but "
		   "for trusted networks.",
	},
	{
	    .name = "subject",
	    .type = OPTION_STRING,
	    .offset = AT(subject),
	    .fallback = "",
	    .doc = "What is put before the subject of a tagged or held "
		   "message; empty: it stays. It breaks DKIM signatures.",
	    .example = "[SPAM]",
	},
	{ .name = NULL },
};

/* what_of - for the log */
static const char *
what_of(const struct spam_settings *s)
{
	return s->scanner == SCANNER_RSPAMD ? "rspamd" : "spamd";
}

/* is_same - whether two settings ask the same servers */
static bool
is_same(const struct spam_settings *a, const struct spam_settings *b)
{
	return a->scanner == b->scanner && strcmp(a->servers, b->servers) == 0;
}

void
spam_prepare(void *settings, const void *global,
    const struct config_facts *facts, struct problems *problems)
{
	struct spam_settings *s = settings;
	const struct spam_settings *g = global;
	const char *why;

	if (s->scanner == SCANNER_NONE)
		return;
	if (g != NULL && is_same(g, s))
		s->pool = scan_servers_ref(g->pool);
	if (s->pool != NULL)
		return;
	s->pool = scan_servers_new(what_of(s), s->servers, &why);
	if (s->pool == NULL)
		problems_error(problems, policy_option_at(facts, "servers"),
		    "servers: \"%s\": %s", s->servers, why);
}

void
spam_release(void *settings)
{
	struct spam_settings *s = settings;

	scan_servers_unref(s->pool);
}

/* check_limits - a lower one that is higher is never reached */
static void
check_limits(const struct spam_settings *s, const struct config_facts *facts,
    struct problems *problems)
{
	if (s->reject > 0 && s->tag >= s->reject)
		problems_warning(problems, policy_option_at(facts, "tag"),
		    "tag = %lld is never reached: reject = %lld",
		    (long long)s->tag, (long long)s->reject);
	if (s->reject > 0 && s->quarantine >= s->reject)
		problems_warning(problems,
		    policy_option_at(facts, "quarantine"),
		    "quarantine = %lld is never reached: reject = %lld",
		    (long long)s->quarantine, (long long)s->reject);
}

void
spam_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct spam_settings *s = settings;

	(void)at;
	check_limits(s, facts, problems);
	if (!str_is_ascii(s->subject))
		problems_error(problems, policy_option_at(facts, "subject"),
		    "subject: a header field takes ASCII only; write it as "
		    "an encoded word (RFC 2047)");
	if (s->scanner != SCANNER_NONE)
		return;
	if (s->servers[0] != '\0')
		problems_error(problems, policy_option_at(facts, "servers"),
		    "servers: nobody asks them while scanner = none");
	if (s->judge_by == JUDGE_SCANNER)
		problems_error(problems, policy_option_at(facts, "judge_by"),
		    "judge_by = scanner needs a scanner");
}
