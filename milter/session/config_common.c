/*
 * config_common - the options that all policies share.
 *
 * The chain carries them out; policies do not see them. Some have defaults
 * that depend on the policy (its flags), and `stage` takes only the steps at
 * which the policy can be judged: config_common_rows() gives the rows as they
 * hold for one policy.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "session/config_work.h"

#define COMMON(field) .offset = offsetof(struct common, field)
#define SCORE_MAX 1000

const struct name_code config_action_names[] = {
	{ .name = "reply", .code = ACTION_REPLY },
	{ .name = "tempfail", .code = ACTION_TEMPFAIL },
	{ .name = "tag", .code = ACTION_TAG },
	{ .name = "score", .code = ACTION_SCORE },
	{ .name = "quarantine", .code = ACTION_QUARANTINE },
	{ .name = "discard", .code = ACTION_DISCARD },
	{ .name = NULL },
};
static const struct name_code on_error_names[] = {
	{ .name = "pass", .code = ON_ERROR_PASS },
	{ .name = "defer", .code = ON_ERROR_DEFER },
	{ .name = NULL },
};
/* of policies that use the store */
static const struct name_code store_error_names[] = {
	{ .name = "pass", .code = ON_ERROR_PASS },
	{ .name = "defer", .code = ON_ERROR_DEFER },
	{ .name = "local", .code = ON_ERROR_LOCAL },
	{ .name = NULL },
};
static const struct name_code whom_names[] = {
	{ .name = "skip", .code = WHOM_SKIP },
	{ .name = "judge", .code = WHOM_JUDGE },
	{ .name = NULL },
};

/* steps that a stage can be */
static const struct name_code judged_steps[] = {
	{ .name = "connect", .code = STEP_CONNECT },
	{ .name = "helo", .code = STEP_HELO },
	{ .name = "mail", .code = STEP_MAIL },
	{ .name = "rcpt", .code = STEP_RCPT },
	{ .name = "data", .code = STEP_DATA },
	{ .name = "eoh", .code = STEP_EOH },
	{ .name = "eom", .code = STEP_EOM },
	{ .name = NULL },
};

const struct option config_common_options[] = {
	{
	    .name = "enabled",
	    .type = OPTION_BOOL,
	    COMMON(enabled),
	    .fallback = "yes",
	    .doc = "Whether this policy is asked at all.",
	},
	{
	    .name = "mode",
	    .type = OPTION_ENUM,
	    COMMON(mode),
	    .fallback = "enforce",
	    .names = config_mode_names,
	    .doc = "monitor: log and count what would have been refused, and "
		   "let it pass.",
	},
	{
	    .name = "action",
	    .type = OPTION_STRING,
	    COMMON(action),
	    .fallback = "reply",
	    .unit = "reply, tempfail, tag, score N, quarantine or discard",
	    .doc = "What follows when the policy would refuse. reply: the "
		   "reply of its reason. tempfail: its text with a temporary "
		   "code. tag: a header X-Mailreeve. score N: N points, "
		   "which the policy spam adds up. "
		   "quarantine: the MTA's hold queue. discard: the client is "
		   "told that all is well, and nobody gets the mail.",
	    .example = "tag",
	},
	{
	    .name = "on_error",
	    .type = OPTION_ENUM,
	    COMMON(on_error),
	    .fallback = "pass",
	    .names = on_error_names,
	    .doc = "What follows when the policy cannot find out, because a "
		   "table or a server fails. defer: a temporary refusal. "
		   "local, for policies with state: the state of this host "
		   "alone, while the shared store is away.",
	},
	{
	    .name = "exempt",
	    .type = OPTION_MATCHES,
	    COMMON(exempt),
	    .fallback = "",
	    .doc = "Who is not judged: tables of recipients (rcpt), senders "
		   "(from), logins, client addresses (client), listeners, "
		   "greetings (helo) and confirmed client names (name).",
	    .example = "client=cidr:/etc/mailreeve/partners, "
		       "rcpt=inline:{abuse@}",
	},
	{
	    .name = "trusted",
	    .type = OPTION_ENUM,
	    COMMON(trusted),
	    .fallback = "skip",
	    .names = whom_names,
	    .doc = "Whether clients in [milter] trusted_networks are judged.",
	},
	{
	    .name = "authenticated",
	    .type = OPTION_ENUM,
	    COMMON(authenticated),
	    .fallback = "judge",
	    .names = whom_names,
	    .doc = "Whether clients that have logged in are judged.",
	},
	{
	    .name = "stage",
	    .type = OPTION_ENUM,
	    COMMON(stage),
	    .fallback = "rcpt",
	    .names = judged_steps,
	    .doc = "The step at which a refusal is given, at the earliest. "
		   "Later steps show sender and recipient in the log and let "
		   "exemptions for recipients apply. Not in a section with a "
		   "scope.",
	},
	{ .name = NULL },
};

#define ROWS (sizeof(config_common_options) / sizeof(config_common_options[0]))

/* stage_names - the steps that a policy's stage takes */
static const struct name_code *
stage_names(const struct policy *policy, struct arena *arena)
{
	struct name_code *names = arena_alloc(arena, sizeof(judged_steps));
	size_t count = 0;

	for (const struct name_code *s = judged_steps; s->name != NULL; s++)
		if (policy->stages & STEP_BIT(s->code))
			names[count++] = *s;
	return names;
}

const struct option *
config_common_rows(const struct policy *policy, struct arena *arena)
{
	struct option *rows = arena_alloc(arena, ROWS * sizeof(*rows));
	struct option *row;

	memcpy(rows, config_common_options, sizeof(config_common_options));
	for (row = rows; row->name != NULL; row++) {
		if (row->offset == offsetof(struct common, enabled) &&
		    policy->flags & POLICY_OFF)
			row->fallback = "no";
		if (row->offset == offsetof(struct common, trusted) &&
		    policy->flags & POLICY_JUDGE_TRUSTED)
			row->fallback = "judge";
		if (row->offset == offsetof(struct common, authenticated) &&
		    policy->flags & POLICY_CLIENT_CHECK)
			row->fallback = "skip";
		if (row->offset == offsetof(struct common, on_error) &&
		    policy->flags & POLICY_STORE) {
			row->names = store_error_names;
			if (policy->flags & POLICY_STORE_LOCAL)
				row->fallback = "local";
		}
		if (row->offset != offsetof(struct common, stage))
			continue;
		if (policy->stages == 0) {
			row->name = NULL; /* the last: the table ends here */
			break;
		}
		row->names = stage_names(policy, arena);
		row->fallback =
		    names_name(step_names, (int)policy->stage, "rcpt");
	}
	return rows;
}

/* wrong_action - a word that is none, or a score without its number */
static bool
wrong_action(const char *word, struct origin at, struct problems *problems)
{
	const char *candidates[sizeof(config_action_names) /
			       sizeof(config_action_names[0])];
	const char *near;
	size_t count = 0;

	for (; config_action_names[count].name != NULL; count++)
		candidates[count] = config_action_names[count].name;
	near = str_nearest(word, candidates, count);
	problems_error(problems, at,
	    "action: \"%s\" is not one of reply, tempfail, tag, score N, "
	    "quarantine, discard%s%s%s",
	    word, near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
	return false;
}

/* derive_score - the number behind "score" */
static bool
derive_score(struct common *common, const char *number, struct origin at,
    struct problems *problems)
{
	unsigned long long score;

	if (!str_parse_uint(number + strspn(number, " \t"), &score) ||
	    score == 0 || score > SCORE_MAX) {
		problems_error(problems, at,
		    "action: score needs a number, 1 to %d", SCORE_MAX);
		return false;
	}
	common->score = (int)score;
	return true;
}

bool
config_common_derive(struct common *common, struct origin at,
    struct problems *problems)
{
	size_t length = strcspn(common->action, " \t");
	const char *rest = common->action + length;
	char word[16];
	int act;

	snprintf(word, sizeof(word), "%.*s", (int)length, common->action);
	if (!names_code(config_action_names, word, &act))
		return wrong_action(common->action, at, problems);
	if (act == ACTION_SCORE) {
		if (!derive_score(common, rest, at, problems))
			return false;
	} else if (rest[0] != '\0') {
		return wrong_action(common->action, at, problems);
	}
	common->act = (enum action)act;
	return true;
}
