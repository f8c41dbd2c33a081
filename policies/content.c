/*
 * content - rules for header, text and attachments.
 *
 * Reasons: content.match, content.signature, content.deleted.
 *
 * Each rule is a named instance, [content.NAME], with an action and scopes of
 * its own. It looks at some places of the message as mime.h shows it: decoded,
 * within the limits of [mime]. What a message can make a pattern cost is
 * bounded by table_pattern.h, and by `time` for a rule; a rule that could not
 * be carried out convicts nobody: on_error decides.
 */
#include "policies/content.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define SHOWN 60 /* bytes of what matched, in the log */

/* a rule on its way through a message */
struct search {
	const struct pctx *p;
	const struct content_settings *settings;
	const struct content_signature *signature; /* that is looked for */
	int64_t deadline_ms;
	struct verdict verdict;
};

/* kept for the recipients that follow */
struct scratch {
	const void *settings;
	struct verdict *verdict;
};

/* shown - what matched, and a little of it */
static const char *
shown(const struct search *search, const struct content_piece *piece,
    const struct table_span *span)
{
	static const char *const words[CONTENT_PLACES] = { "subject", "header",
		"header", "body", "name", "type", "flaw" };
	size_t length = span->length < SHOWN ? span->length : SHOWN;
	char text[SHOWN + 1];

	str_printable(text, sizeof(text),
	    arena_strndup(search->p->arena, piece->text + span->from, length));
	return arena_printf(search->p->arena, "%s:%s", words[piece->place],
	    text);
}

/* found - the rule says no; option is what it says it by */
static void
found(struct search *search, const struct content_piece *piece,
    const struct table_span *span, const char *option)
{
	const struct content_signature *signature = search->signature;
	enum content_reason reason = search->settings->remove ? CONTENT_DELETED
				     : signature != NULL ? CONTENT_SIGNATURE
							 : CONTENT_MATCH;
	struct verdict *verdict = &search->verdict;

	*verdict = verdict_refuse(reason, option);
	verdict->detail = shown(search, piece, span);
	if (signature != NULL) {
		verdict->detail = arena_printf(search->p->arena, "%s,%s",
		    signature->name, verdict->detail);
		verdict_value(verdict, VALUE_SIGNATURE, signature->name);
	}
	verdict_value(verdict, VALUE_KEY,
	    strchr(search->p->name, '.') != NULL
		? strchr(search->p->name, '.') + 1
		: search->p->name);
	policy_input(search->p, option, "%s: %s", piece->label,
	    verdict->detail);
}

/* try_pattern - one pattern on one piece; true ends the search */
static bool
try_pattern(struct search *search, const struct table_pattern *pattern,
    const struct content_piece *piece, const char *option)
{
	struct table_span span = { .from = 0 };

	switch (table_pattern_find(pattern, piece->text, piece->length,
	    search->p->env->clock, search->deadline_ms, &span)) {
	case PATTERN_YES:
		found(search, piece, &span, option);
		return true;
	case PATTERN_FAILED:
		search->verdict = verdict_trouble(TROUBLE_CONFIG,
		    arena_printf(search->p->arena, "%s: too many steps",
			search->signature != NULL ? search->signature->name
						  : search->p->name));
		return true;
	default:
		return false;
	}
}

/*
 * look_up - a piece in the table: the whole of it; of a file's name also its
 * ends, ".pdf.exe" and ".exe"
 */
static enum lookup
look_up(const struct search *search, const struct content_piece *piece,
    struct table_answer *answer)
{
	struct table *table = search->settings->table;
	enum lookup got = table_find_word(table, piece->text,
	    search->deadline_ms, search->p->arena, answer);
	const char *end = piece->text;

	while (piece->place == CONTENT_NAME && got == LOOKUP_NOT_FOUND &&
	       (end = strchr(end, '.')) != NULL) {
		if (strcspn(end, "/\\ ") == strlen(end))
			got = table_find_word(table, end, search->deadline_ms,
			    search->p->arena, answer);
		end++;
	}
	return got;
}

/* try_table - the table on one piece; true ends the search */
static bool
try_table(struct search *search, const struct content_piece *piece)
{
	const struct table_span all = { .length = piece->length };
	struct table_answer answer;
	enum lookup got;

	if (piece->place == CONTENT_BODY)
		return false;
	got = look_up(search, piece, &answer);
	if (got == LOOKUP_NOT_FOUND)
		return false;
	if (got == LOOKUP_FOUND) {
		found(search, piece, &all, "table");
		verdict_entry(&search->verdict, &answer);
	} else {
		search->verdict = verdict_lookup(got, search->settings->table);
	}
	return true;
}

/* look - one piece of the message */
static bool
look(void *context, const struct content_piece *piece)
{
	struct search *search = context;
	const struct content_settings *s = search->settings;

	if (search->signature != NULL)
		return try_pattern(search, search->signature->pattern, piece,
		    "signatures");
	if (s->compiled != NULL &&
	    try_pattern(search, s->compiled, piece, "pattern"))
		return true;
	return s->table != NULL && try_table(search, piece);
}

/* decide - the rule on the message */
static struct verdict
decide(struct pctx *p)
{
	const struct content_settings *s = p->settings;
	struct search search = {
		.p = p,
		.settings = s,
		.deadline_ms = clock_mono_ms(p->env->clock) + s->time_ms,
		.verdict = verdict_none(),
	};

	if (search.deadline_ms > p->deadline_ms)
		search.deadline_ms = p->deadline_ms;
	if ((s->compiled != NULL || s->table != NULL) &&
	    content_each(p, s->places, look, &search))
		return search.verdict;
	for (size_t i = 0; s->named != NULL && i < s->named->count; i++) {
		search.signature = &s->named->list[i];
		if (content_each(p, &search.signature->where, look, &search))
			return search.verdict;
	}
	return verdict_none();
}

/* judge - once for a message and its settings */
static struct verdict
judge(struct pctx *p)
{
	struct scratch *scratch = p->message_scratch;

	if (scratch->settings != p->settings) {
		scratch->verdict =
		    arena_alloc(p->arena, sizeof(*scratch->verdict));
		*scratch->verdict = decide(p);
		scratch->settings = p->settings;
	}
	return *scratch->verdict;
}

/* wants_rule - there is something to look for */
static bool
wants_rule(const void *settings)
{
	const struct content_settings *s = settings;

	return s->pattern[0] != '\0' || s->table != NULL ||
	       s->signatures[0] != '\0';
}

static const struct reason reasons[] = {
	[CONTENT_MATCH] = {
	    .name = "content.match",
	    .reply = "550 5.7.1 The message is refused because of its content "
		     "%{ref}",
	    .doc = "A rule for header, text or attachments matched.",
	},
	[CONTENT_SIGNATURE] = {
	    .name = "content.signature",
	    .reply = "550 5.7.1 The message is refused because of its "
		     "content: %{signature} %{ref}",
	    .doc = "A named signature matched.",
	},
	[CONTENT_DELETED] = {
	    .name = "content.deleted",
	    .reply = "550 5.7.1 The message is removed because of its content "
		     "%{ref}",
	    .doc = "A rule that deletes messages matched, and its action is "
		   "to tell the sender.",
	},
	{ .name = NULL },
};

const struct policy content_policy = {
	.name = "content",
	.summary = "rules for header, text and attachments",
	.doc =
	    "Looks for patterns in what a message says. Each rule has a "
	    "section [content.NAME] with places, a pattern or a table, and "
	    "an action; scopes give it to some recipients only. Rules are "
	    "asked in the order of the ini.\n\n"
	    "All is looked at as a reader of mail shows it: words of RFC "
	    "2047 and parameters of RFC 2231 decoded, text parts to UTF-8, "
	    "of HTML the text; names in ZIP archives without unpacking. "
	    "[mime] says how much of a message is read. Without a rule "
	    "nothing is read, and with rules for the header alone the body "
	    "is not asked for.\n\n"
	    "A message to several recipients is refused when the rules of "
	    "one of them refuse it. A pattern that takes too long ends with "
	    "on_error: it refuses nobody by itself. Patterns should have "
	    "something fixed in them; (a+)+ and the like are found out by "
	    "the first message that has many of them.",
	.example = "[content.names]\n"
		   "where = name\n"
		   "table = inline:{.exe .scr .js .vbs .lnk .iso}\n"
		   "[content.prize]\n"
		   "where = subject, body\n"
		   "pattern = /you (have|'ve) won .{0,20}(lottery|prize)/\n"
		   "action = score 3\n"
		   "[content.sigs]\n"
		   "signatures = /etc/mailreeve/signatures\n"
		   "[content.bombs]\n"
		   "where = flaw\n"
		   "pattern = nesting|parts\n",
	.flags = POLICY_INSTANCES,
	.stage = STEP_EOM,
	.options = content_options,
	.reasons = reasons,
	.settings_size = sizeof(struct content_settings),
	.message_scratch = sizeof(struct scratch),
	.prepare = content_prepare,
	.release = content_release,
	.check = content_check,
	.hooks = {
		{
		    .step = STEP_EOM,
		    .judge = judge,
		    .wanted = wants_rule,
		    .rule = REFUSE_IF_ANY,
		    .reads = content_reads,
		},
	},
};
