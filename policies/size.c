/*
 * size - limits of the server, of domains and of users.
 *
 * What SIZE= declares (RFC 1870) is compared as soon as it is known, so that
 * a message that is too large is not even sent; the size that was seen is
 * compared at end of message. Seeing it means that the MTA hands us every
 * header and all of the body: that is asked for only where a limit is set.
 *
 * Limits of recipients in the directory are looked up once, at RCPT, and kept
 * for end of message with the recipient they belong to: one who is refused
 * later must not lower the limit of the others.
 */
#include "base/mem.h"
#include "policy/ours.h"
#include "policies/registry.h"

enum { SIZE_EXCEEDED, SIZE_USER };

static const struct reason reasons[] = {
	[SIZE_EXCEEDED] = {
	    .name = "size.exceeded",
	    .reply = "552 5.3.4 The message is larger than the limit of "
		     "%{limit} bytes %{ref}",
	    .doc = "The size declared with SIZE=, or the size seen, is over "
		   "the server's limit (RFC 1870 6.1).",
	},
	[SIZE_USER] = {
	    .name = "size.user",
	    .reply = "552 5.2.3 The message is larger than the limit of "
		     "%{limit} bytes for this user or domain %{ref}",
	    .doc = "The size declared or seen is over the limit of the user "
		   "or domain (RFC 3463 X.2.3).",
	},
	{ .name = NULL },
};

enum { DIRECTORY_NO, DIRECTORY_DECLARED, DIRECTORY_REAL };
static const struct name_code directory_names[] = {
	{ "no", DIRECTORY_NO },
	{ "declared", DIRECTORY_DECLARED },
	{ "real", DIRECTORY_REAL },
	{ NULL, 0 },
};

struct settings {
	int64_t max;
	int64_t user_max;
	int directory;
};

#define AT(field) offsetof(struct settings, field)

static const struct option options[] = {
	{
	    .name = "max",
	    .type = OPTION_SIZE,
	    .offset = AT(max),
	    .fallback = "0",
	    .min = 0,
	    .max = INT64_MAX,
	    .unit = "bytes",
	    .doc = "The server's limit for a message, header and body as sent "
		   "(size.exceeded); 0 = leave it to the MTA.",
	    .example = "50M",
	},
	{
	    .name = "user_max",
	    .type = OPTION_SIZE,
	    .offset = AT(user_max),
	    .fallback = "0",
	    .min = 0,
	    .max = INT64_MAX,
	    .unit = "bytes",
	    .doc = "The limit of a user or domain (size.user), for scopes: "
		   "[size rcpt=example.org], [size login=scanner]; 0 = none.",
	    .example = "10M",
	},
	{
	    .name = "directory",
	    .type = OPTION_ENUM,
	    .offset = AT(directory),
	    .fallback = "declared",
	    .names = directory_names,
	    .doc = "Whether max_size= of recipients, logins and their domains "
		   "in the directory counts (size.user): not at all; for the "
		   "size that the client declares, which costs nothing; or "
		   "also for the real size, for which the MTA must hand us "
		   "all of every message.",
	},
	{ .name = NULL },
};

/* a limit of the directory and the recipient whose it is */
struct limit {
	struct limit *next;
	const struct recipient *recipient;
	int64_t max_size;
};

struct scratch {
	bool account_known;
	int64_t account_max; /* of the sender's account; 0 = none */
	struct limit *limits;
};

/* over - the refusal of a size over a limit, else no opinion */
static struct verdict
over(struct pctx *p, int64_t size, int64_t limit, unsigned reason,
    const char *option)
{
	struct verdict verdict;

	if (limit == 0 || size <= limit)
		return verdict_none();
	verdict = verdict_refuse(reason, option);
	verdict_value(&verdict, VALUE_LIMIT,
	    arena_printf(p->arena, "%lld", (long long)limit));
	verdict.detail = arena_printf(p->arena, "%lld bytes, limit %lld",
	    (long long)size, (long long)limit);
	return verdict;
}

/* over_settings - the limits of the ini, the server's first */
static struct verdict
over_settings(struct pctx *p, int64_t size)
{
	const struct settings *s = p->settings;
	struct verdict verdict;

	policy_input(p, "size", "%lld", (long long)size);
	verdict = over(p, size, s->max, SIZE_EXCEEDED, "max");
	if (verdict.kind != VERDICT_NONE)
		return verdict;
	return over(p, size, s->user_max, SIZE_USER, "user_max");
}

/* judge_account - what the sender's account may send */
static struct verdict
judge_account(struct pctx *p)
{
	const struct message *message = p->txn->message;
	struct scratch *scratch = p->message_scratch;
	struct account account;
	struct verdict verdict;

	if (message->login[0] == '\0')
		return verdict_none();
	if (!scratch->account_known) {
		if (ours_account(p, &account, &verdict) == OURS_TROUBLE)
			return verdict;
		scratch->account_max = account.max_size;
		scratch->account_known = true;
	}
	return over(p, message->declared_size, scratch->account_max, SIZE_USER,
	    "directory");
}

/* judge_declared - SIZE= against what is known at MAIL */
static struct verdict
judge_declared(struct pctx *p)
{
	const struct settings *s = p->settings;
	struct verdict verdict;

	verdict = over_settings(p, p->txn->message->declared_size);
	if (verdict.kind != VERDICT_NONE || s->directory == DIRECTORY_NO)
		return verdict;
	return judge_account(p);
}

/* recipient_max - the recipient's limit, else that of its domain */
static enum ours
recipient_max(struct pctx *p, int64_t *max, struct verdict *verdict)
{
	const struct mailaddr *address = &p->txn->recipient->address;
	struct directory_entry domain, mailbox;
	enum ours ours;

	ours = ours_domain(p, address->domain, &domain, verdict);
	if (ours != OURS_YES)
		return ours;
	*max = domain.max_size;
	ours = ours_mailbox(p, address, &mailbox, verdict);
	if (ours == OURS_YES && mailbox.max_size != 0)
		*max = mailbox.max_size;
	return ours == OURS_TROUBLE ? ours : OURS_YES;
}

/* judge_recipient - SIZE= against the recipient's limits */
static struct verdict
judge_recipient(struct pctx *p)
{
	const struct settings *s = p->settings;
	struct scratch *scratch = p->message_scratch;
	struct verdict verdict;
	struct limit *limit;
	int64_t max = 0;

	verdict = over_settings(p, p->txn->message->declared_size);
	if (verdict.kind != VERDICT_NONE || s->directory == DIRECTORY_NO ||
	    recipient_max(p, &max, &verdict) != OURS_YES || max == 0)
		return verdict;
	limit = arena_alloc(p->arena, sizeof(*limit));
	limit->recipient = p->txn->recipient;
	limit->max_size = max;
	limit->next = scratch->limits;
	scratch->limits = limit;
	return over(p, p->txn->message->declared_size, max, SIZE_USER,
	    "directory");
}

/* judge_real - the size seen against all limits */
static struct verdict
judge_real(struct pctx *p)
{
	const struct settings *s = p->settings;
	const struct scratch *scratch = p->message_scratch;
	int64_t size = p->txn->message->size;
	struct verdict verdict;

	verdict = over_settings(p, size);
	if (verdict.kind != VERDICT_NONE || s->directory != DIRECTORY_REAL)
		return verdict;
	verdict = over(p, size, scratch->account_max, SIZE_USER, "directory");
	for (const struct limit *l = scratch->limits;
	     l != NULL && verdict.kind == VERDICT_NONE; l = l->next)
		if (!l->recipient->refused && !l->recipient->refused_by_mta)
			verdict =
			    over(p, size, l->max_size, SIZE_USER, "directory");
	return verdict;
}

/* count - the session counts the bytes that it is shown: ask to be shown */
static void
count(struct pctx *p)
{
	(void)p;
}

/* wants_real - some limit needs the real size */
static bool
wants_real(const void *settings)
{
	const struct settings *s = settings;

	return s->max > 0 || s->user_max > 0 || s->directory == DIRECTORY_REAL;
}

const struct policy size_policy = {
	.name = "size",
	.summary = "limits of size by server, domain and user",
	.doc = "Refuses messages that are too large, as early as the client "
	       "declares their size and again by the size that was seen. max "
	       "is the server's limit, user_max (in a scope) and max_size= "
	       "(in the directory) are those of users and domains. A message "
	       "to several recipients is refused when it is too large for one "
	       "of them; by SIZE= each is told at its RCPT.",
	.mta_notes = "Both MTAs have a limit of their own (Postfix "
		     "message_size_limit, 10240000 bytes by default; Sendmail "
		     "MaxMessageSize) and refuse a larger SIZE= before we are "
		     "asked: limits here must be smaller to be seen. Counted "
		     "are the header and body that the client sent, with CRLF "
		     "at each end of line except inside folded fields.",
	.example = "[size]\n"
		   "max = 50M\n"
		   "[size rcpt=example.org]\n"
		   "user_max = 10M\n",
	.flags = POLICY_JUDGE_TRUSTED | POLICY_GUARD,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_MAIL) | STEP_BIT(STEP_RCPT),
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct settings),
	.message_scratch = sizeof(struct scratch),
	.hooks = {
		{ .step = STEP_MAIL, .judge = judge_declared, .movable = true },
		{ .step = STEP_RCPT, .judge = judge_recipient },
		{
		    .step = STEP_HEADER,
		    .observe = count,
		    .wanted = wants_real,
		},
		{ .step = STEP_BODY, .observe = count, .wanted = wants_real },
		{
		    .step = STEP_EOM,
		    .judge = judge_real,
		    .wanted = wants_real,
		    .rule = REFUSE_IF_ANY,
		},
	},
};
