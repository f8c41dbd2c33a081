/*
 * integrity - messages that are damaged, or that hide where they end.
 *
 * RFC 5321 2.3.8 knows one end of line, CR LF. A CR or LF alone is taken for
 * one by some servers and not by others, which is how a second message is
 * smuggled through the end of the first (2023, "SMTP smuggling"). NUL, and
 * lines over 998 bytes, are not allowed either (RFC 5322 2.1.1, 4.1). A
 * multipart without its last boundary (RFC 2046 5.1.1), or much less than
 * SIZE= said, was cut off on its way.
 *
 * The chunks of the body are looked at as they come and nothing of them is
 * kept (integrity_body.c).
 */
#include "policy/policy.h"
#include "policies/integrity.h"
#include "policies/registry.h"

enum { INTEGRITY_TRUNCATED };

static const struct reason reasons[] = {
	[INTEGRITY_TRUNCATED] = {
	    .name = "integrity.truncated",
	    .reply = "554 5.6.0 The message is damaged or ended early %{ref}",
	    .doc = "The message has a bare CR, LF or NUL, a line that is too "
		   "long, or lacks its end (RFC 3463 X.6.0). The log says "
		   "which.",
	},
	{ .name = NULL },
};

enum { CHECK_PASS, CHECK_REFUSE, CHECK_DEFER };
static const struct name_code check_names[] = {
	{ "pass", CHECK_PASS },
	{ "refuse", CHECK_REFUSE },
	{ "defer", CHECK_DEFER },
	{ NULL, 0 },
};

static const char *const flaw_options[] = { "bare_cr", "bare_lf", "nul",
	"long_line", "boundary", "cut_short" };

struct settings {
	int check[FLAWS];
	int64_t max_line;
	int64_t short_percent;
};

#define AT(field) offsetof(struct settings, field)
#define CHECK(option, flaw, standard, text)                             \
	{                                                               \
		.name = option, .type = OPTION_ENUM,                    \
		.offset = AT(check) + (flaw) * sizeof(int),             \
		.fallback = standard, .names = check_names, .doc = text \
	}

static const struct option options[] = {
	CHECK("bare_cr", FLAW_BARE_CR, "refuse",
	    "A CR without LF, in the header or body. defer: with a temporary "
	    "code."),
	CHECK("bare_lf", FLAW_BARE_LF, "refuse",
	    "An LF without CR, in the body. MTAs turn it into a line end or "
	    "refuse it before a milter sees it."),
	CHECK("nul", FLAW_NUL, "refuse", "A NUL byte in the body."),
	CHECK("long_line", FLAW_LONG_LINE, "pass",
	    "A line of more than max_line bytes. Not refused by default: "
	    "much good mail has them."),
	{
	    .name = "max_line",
	    .type = OPTION_INT,
	    .offset = AT(max_line),
	    .fallback = "998",
	    .min = 78,
	    .max = 1 << 20,
	    .unit = "bytes",
	    .doc = "How long a line may be, without its CR LF (RFC 5322 "
		   "2.1.1).",
	},
	CHECK("boundary", FLAW_BOUNDARY, "refuse",
	    "A multipart message that ends before its last boundary, or that "
	    "names none. Inner multiparts are not looked at."),
	CHECK("cut_short", FLAW_CUT_SHORT, "pass",
	    "A message of less than short_percent of the size that the "
	    "client declared with SIZE=. Not refused by default: the RFC "
	    "calls SIZE= an estimate."),
	{
	    .name = "short_percent",
	    .type = OPTION_INT,
	    .offset = AT(short_percent),
	    .fallback = "50",
	    .min = 1,
	    .max = 100,
	    .unit = "per cent",
	    .doc = "What is cut short, for cut_short.",
	},
	{ .name = NULL },
};

struct scratch {
	bool typed;     /* the first Content-Type was seen */
	bool multipart; /* and said so */
	struct integrity_body body;
};

/* checks - whether a flaw is looked for */
static bool
checks(const void *settings, enum integrity_flaw flaw)
{
	const struct settings *s = settings;

	return s->check[flaw] != CHECK_PASS;
}

/* read_type - the first Content-Type tells what the body is */
static void
read_type(struct pctx *p)
{
	struct scratch *scratch = p->message_scratch;

	if (scratch->typed)
		return;
	scratch->typed = true;
	scratch->multipart =
	    integrity_type(&scratch->body, p->txn->header_value);
}

/* look_at_header - one field */
static void
look_at_header(struct pctx *p)
{
	const struct settings *s = p->settings;
	struct scratch *scratch = p->message_scratch;

	integrity_field(&scratch->body, p->txn->header_name,
	    p->txn->header_value, s->max_line);
}

/* look_at_chunk - lines may go on in the next chunk */
static void
look_at_chunk(struct pctx *p)
{
	const struct settings *s = p->settings;
	struct scratch *scratch = p->message_scratch;

	integrity_chunk(&scratch->body, p->txn->chunk, p->txn->chunk_length,
	    s->max_line);
}

/* find_end - what only the end of the message shows */
static void
find_end(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct message *message = p->txn->message;
	struct scratch *scratch = p->message_scratch;
	bool *seen = scratch->body.seen;
	int64_t declared = message->declared_size;

	if (scratch->body.after_cr)
		seen[FLAW_BARE_CR] = true;
	seen[FLAW_BOUNDARY] = scratch->multipart && !scratch->body.ended;
	policy_input(p, "size", "%lld of %lld", (long long)message->size,
	    (long long)declared);
	seen[FLAW_CUT_SHORT] =
	    declared > 0 &&
	    message->size < declared / 100 * s->short_percent +
				declared % 100 * s->short_percent / 100;
}

/* judge - refusals for good before those for now */
static struct verdict
judge(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct scratch *scratch = p->message_scratch;
	const bool *seen = scratch->body.seen;
	enum integrity_flaw worst = FLAWS;
	struct verdict verdict;

	find_end(p);
	for (enum integrity_flaw flaw = 0; flaw < FLAWS; flaw++) {
		policy_input(p, flaw_options[flaw], "%s",
		    seen[flaw] ? "seen" : "no");
		if (!seen[flaw] || s->check[flaw] == CHECK_PASS)
			continue;
		if (worst == FLAWS || (s->check[worst] == CHECK_DEFER &&
					  s->check[flaw] == CHECK_REFUSE))
			worst = flaw;
	}
	if (worst == FLAWS)
		return verdict_none();
	verdict = verdict_refuse(INTEGRITY_TRUNCATED, flaw_options[worst]);
	verdict.detail = flaw_options[worst];
	verdict.soft = s->check[worst] == CHECK_DEFER;
	return verdict;
}

/* wants_fields - the lines of the header are looked at */
static bool
wants_fields(const void *settings)
{
	return checks(settings, FLAW_BARE_CR) ||
	       checks(settings, FLAW_LONG_LINE) ||
	       checks(settings, FLAW_CUT_SHORT);
}

/* wants_type - the type of the message says how it must end */
static bool
wants_type(const void *settings)
{
	return checks(settings, FLAW_BOUNDARY);
}

/* wants_any - one of the checks is on */
static bool
wants_any(const void *settings)
{
	for (enum integrity_flaw flaw = 0; flaw < FLAWS; flaw++)
		if (checks(settings, flaw))
			return true;
	return false;
}

static const char *const types[] = { "Content-Type", NULL };

const struct policy integrity_policy = {
	.name = "integrity",
	.summary = "messages that are damaged or ended early",
	.doc = "Refuses messages with line ends that are none, NUL bytes or "
	       "lines that are too long, and messages that were cut off: such "
	       "mail is broken, or made to look different to two servers. "
	       "Each check has an option that says pass, refuse, or defer. "
	       "For another action by check use instances, such as "
	       "[integrity.lines] with action = tag. The body is read as it "
	       "comes, and nothing of it is kept.",
	.mta_notes =
	    "Much of this never reaches a milter. Postfix makes a line end of "
	    "a bare LF and, since 3.7.10, a blank of a bare CR; with "
	    "cleanup_replace_stray_cr_lf = no that comes through, but for CRs "
	    "at the end of a line. Sendmail 8.17.1.9 refuses both itself (421 "
	    "4.5.0, then it hangs up). NUL in the body and long lines come "
	    "through in both; what stands behind NUL in a header field is not "
	    "shown to a milter. A connection that is lost during DATA ends "
	    "the message in the MTA: there is nobody left to answer.",
	.example = "[integrity]\n"
		   "enabled = yes\n"
		   "long_line = defer\n",
	.flags = POLICY_OFF | POLICY_INSTANCES | POLICY_GUARD,
	.stage = STEP_EOM,
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.message_scratch = sizeof(struct scratch),
	.hooks = {
		{
		    .step = STEP_HEADER,
		    .observe = look_at_header,
		    .wanted = wants_fields,
		},
		{
		    .step = STEP_HEADER,
		    .observe = read_type,
		    .wanted = wants_type,
		    .headers = types,
		},
		{
		    .step = STEP_BODY,
		    .observe = look_at_chunk,
		    .wanted = wants_any,
		},
		{ .step = STEP_EOM, .judge = judge, .wanted = wants_any },
	},
};
