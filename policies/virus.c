/*
 * virus - what clamd finds in a message.
 *
 * The message is kept while it comes in (session_raw.c) and handed to clamd at
 * its end, once, whatever the recipients' settings: before the first judge is
 * heard, so that it is scanned while others wait for their answers. When clamd
 * cannot tell, on_error decides, and the reply is a temporary one always: a
 * scanner that is down is our fault, not the sender's.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policy/policy.h"
#include "policies/registry.h"
#include "scan/scan_clamd.h"

enum { VIRUS_FOUND, VIRUS_UNAVAILABLE };

static const struct reason reasons[] = {
	[VIRUS_FOUND] = {
	    .name = "virus.found",
	    .reply = "550 5.7.1 The message contains malware: %{signature} "
		     "%{ref}",
	    .doc = "The virus scanner found something.",
	},
	[VIRUS_UNAVAILABLE] = {
	    .name = "virus.unavailable",
	    .reply = "451 4.3.0 The message cannot be scanned at present, try "
		     "again later %{ref}",
	    .doc = "The virus scanner does not answer and on_error = defer, "
		   "or the message is too large for it and too_large = "
		   "defer.",
	},
	{ .name = NULL },
};

enum { LARGE_PASS, LARGE_DEFER };
static const struct name_code large_names[] = {
	{ "pass", LARGE_PASS },
	{ "defer", LARGE_DEFER },
	{ NULL, 0 },
};

struct settings {
	const char *servers;
	int64_t timeout_ms;
	int64_t max_size;
	int too_large;
	struct scan_servers *clamd; /* derived */
};

#define AT(field) offsetof(struct settings, field)

static const struct option options[] = {
	{
	    .name = "servers",
	    .type = OPTION_STRING,
	    .offset = AT(servers),
	    .fallback = "",
	    .doc = "Where clamd listens: unix:/path or host:port; of several "
		   "the first that works is asked. Without one nothing is "
		   "scanned.",
	    .example = "unix:/run/clamav/clamd.ctl 192.0.2.5:3310",
	},
	{
	    .name = "timeout",
	    .type = OPTION_MILLIS,
	    .offset = AT(timeout_ms),
	    .fallback = "5s",
	    .min = 100,
	    .max = 280000,
	    .doc = "How long clamd may take, from the end of the message; "
		   "never longer than [milter] deadline.",
	},
	{
	    .name = "max_size",
	    .type = OPTION_SIZE,
	    .offset = AT(max_size),
	    .fallback = "25M",
	    .min = 1024,
	    .max = 1LL << 31,
	    .doc = "Bytes of a message that are kept, in memory, and scanned. "
		   "Not more than clamd's StreamMaxLength.",
	},
	{
	    .name = "too_large",
	    .type = OPTION_ENUM,
	    .offset = AT(too_large),
	    .fallback = "pass",
	    .names = large_names,
	    .doc = "What becomes of a message that is larger than max_size or "
		   "StreamMaxLength, if nothing is found in what is scanned. "
		   "Reason virus.unavailable.",
	},
	{ .name = NULL },
};

struct scratch {
	struct scan_job *job;
	struct scan_clamd found;
};

/* prepare - the servers, shared by scopes that name the same ones */
static void
prepare(void *settings, const void *global, const struct config_facts *facts,
    struct problems *problems)
{
	struct settings *s = settings;
	const struct settings *g = global;
	const char *why;

	if (s->servers[0] == '\0')
		return;
	if (g != NULL && strcmp(g->servers, s->servers) == 0)
		s->clamd = scan_servers_ref(g->clamd);
	if (s->clamd != NULL)
		return;
	s->clamd = scan_servers_new("clamd", s->servers, &why);
	if (s->clamd == NULL)
		problems_error(problems, policy_option_at(facts, "servers"),
		    "servers: %s: %s", s->servers, why);
}

/* release - the reference */
static void
release(void *settings)
{
	struct settings *s = settings;

	scan_servers_unref(s->clamd);
}

/* ask - once for each message */
static void
ask(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct scan_message *message = p->txn->message->raw;
	struct scratch *scratch = p->message_scratch;
	int64_t end = clock_mono_ms(p->env->clock) + s->timeout_ms;
	const struct scan_time time = {
		.clock = p->env->clock,
		.deadline_ms = end < p->deadline_ms ? end : p->deadline_ms,
		.arena = p->arena,
	};

	if (s->clamd != NULL && message != NULL && scratch->job == NULL)
		scratch->job = scan_clamd(p->scans, s->clamd, message, &time,
		    &scratch->found);
}

/* found - the refusal */
static struct verdict
found(const char *signature)
{
	struct verdict verdict = verdict_refuse(VIRUS_FOUND, "servers");

	verdict.detail = signature;
	verdict_value(&verdict, VALUE_SIGNATURE, signature);
	return verdict;
}

/* too_large - the message was not looked at, or not all of it */
static struct verdict
too_large(struct pctx *p)
{
	const struct settings *s = p->settings;
	struct verdict verdict;

	policy_input(p, "clamd", "too large");
	if (s->too_large == LARGE_PASS)
		return verdict_none();
	verdict = verdict_refuse(VIRUS_UNAVAILABLE, "too_large");
	verdict.soft = true;
	verdict.detail = "too-large-for-the-scanner";
	return verdict;
}

/* trouble - what the log is to say of a scan that came to nothing */
static struct verdict
trouble(struct pctx *p, enum scan_result result, const char *why)
{
	const char *what = "clamd-does-not-answer";
	enum trouble kind = TROUBLE_UNAVAILABLE;

	if (result == SCAN_BROKEN) {
		what = "clamd-answers-nonsense";
		kind = TROUBLE_INTERNAL;
	} else if (result == SCAN_FAILED && why != NULL) {
		what = arena_printf(p->arena, "clamd: %s", why);
		kind = TROUBLE_TEMPORARY;
	}
	policy_input(p, "clamd", "%s", what);
	return verdict_trouble_as(VIRUS_UNAVAILABLE, kind, what);
}

/* judge - the message */
static struct verdict
judge(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct scratch *scratch = p->message_scratch;
	enum scan_result result;
	const char *signature;

	if (s->clamd == NULL || p->txn->message->raw == NULL)
		return verdict_none();
	ask(p);
	result = scan_job_wait(scratch->job);
	if (result == SCAN_TOO_LARGE)
		return too_large(p);
	if (result != SCAN_OK)
		return trouble(p, result, scratch->found.why);
	signature = scratch->found.signature;
	policy_input(p, "clamd", "%s", signature != NULL ? signature : "clean");
	if (signature != NULL)
		return found(signature);
	return p->txn->message->raw->cut ? too_large(p) : verdict_none();
}

/* wanted - there is a clamd */
static bool
wanted(const void *settings)
{
	const struct settings *s = settings;

	return s->servers[0] != '\0';
}

/* keeps - what is scanned */
static int64_t
keeps(const void *settings)
{
	const struct settings *s = settings;

	return s->max_size;
}

const struct policy virus_policy = {
	.name = "virus",
	.summary = "what clamd finds in a message",
	.doc = "Has each message scanned by ClamAV's daemon, which may be on "
	       "this host or another. The message is kept in memory for that "
	       "and handed over at its end, before any policy judges it: so "
	       "clamd, the spam scanner and name servers work at the same "
	       "time. When clamd is down or takes too "
	       "long, on_error says whether mail passes unscanned (the "
	       "default) or is deferred; a server that keeps failing is not "
	       "asked for two seconds, so that its absence costs no time.",
	.mta_notes = "The MTA waits at the end of the message: Postfix "
		     "milter_content_timeout (300 seconds), Sendmail E= and "
		     "R= of the filter (R=10s by default). A longer timeout "
		     "needs a longer [milter] deadline, and in Sendmail a "
		     "longer R=.",
	.example = "[virus]\n"
		   "servers = unix:/run/clamav/clamd.ctl\n"
		   "on_error = defer\n",
	.flags = POLICY_GUARD,
	.stage = STEP_EOM,
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.message_scratch = sizeof(struct scratch),
	.prepare = prepare,
	.release = release,
	.hooks = {
		{
		    .step = STEP_EOM,
		    .ask = ask,
		    .wanted = wanted,
		    .each_recipient = true,
		},
		{
		    .step = STEP_EOM,
		    .judge = judge,
		    .wanted = wanted,
		    .keeps = keeps,
		    .rule = REFUSE_IF_ANY,
		},
	},
};
