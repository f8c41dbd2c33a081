/*
 * spam_fields - the header fields that tell of a score, and the subject.
 *
 * Mail programs and sieve scripts go by X-Spam-Flag, X-Spam-Score and
 * X-Spam-Status. Whoever trusts them must know that they are ours: those that
 * arrive are taken out, but from trusted networks, where they may be ours.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "policies/spam.h"

#define TESTS_MAX 800 /* with the rest of its line below 998 bytes */

static const char *const ours[] = { "X-Spam-Flag", "X-Spam-Score",
	"X-Spam-Status" };

void
spam_look(struct pctx *p)
{
	const struct spam_settings *s = p->settings;
	struct spam_scratch *scratch = p->message_scratch;
	const char *name = p->txn->header_name;

	if (strcasecmp(name, "Subject") == 0) {
		if (scratch->seen_subject == NULL)
			scratch->seen_subject =
			    arena_strdup(p->arena, p->txn->header_value);
		return;
	}
	if (s->fields == FIELDS_NONE || p->txn->connection.trusted)
		return;
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strcasecmp(name, ours[i]) == 0)
			policy_remove_header(p, ours[i], ++scratch->forged[i]);
}

const char *
spam_symbols(struct pctx *p, size_t max)
{
	const struct spam_scratch *scratch = p->message_scratch;
	const char *symbols;
	size_t length;

	if (!scratch->scanned || scratch->result != SCAN_OK)
		return "";
	symbols = scratch->found.symbols;
	length = strlen(symbols);
	if (length <= max)
		return symbols;
	for (length = max; length > 0 && symbols[length] != ',';)
		length--;
	return arena_strndup(p->arena, symbols, length);
}

/* status - the value of X-Spam-Status */
static const char *
status(struct pctx *p, int64_t score, bool spam)
{
	const struct spam_settings *s = p->settings;
	const char *tests = spam_symbols(p, TESTS_MAX);

	return arena_printf(p->arena, "%s, score=%s required=%lld.0%s%s",
	    spam ? "Yes" : "No", scan_milli_text(score, p->arena),
	    (long long)s->tag, tests[0] != '\0' ? "\n\ttests=" : "", tests);
}

void
spam_tell(struct pctx *p, int64_t score)
{
	const struct spam_settings *s = p->settings;
	struct spam_scratch *scratch = p->message_scratch;

	if (s->fields != FIELDS_ALL || scratch->told)
		return;
	scratch->told = true; /* not again for the next recipient */
	policy_add_header(p, "X-Spam-Score", scan_milli_text(score, p->arena));
	policy_add_header(p, "X-Spam-Status", status(p, score, false));
}

/* add - an edit behind those that are there; *end moves */
static void
add(struct pctx *p, const struct verdict_edit ***end, const char *name,
    const char *value, unsigned index)
{
	struct verdict_edit *edit = arena_alloc(p->arena, sizeof(*edit));

	*edit = (struct verdict_edit){
		.name = name,
		.value = value,
		.index = index,
	};
	**end = edit;
	*end = &edit->next;
}

/*
 * clean - a value that is written back: folds stay, nothing else ends a line.
 * Bytes over 127 are as they were.
 */
static const char *
clean(struct pctx *p, const char *value)
{
	char *copy = arena_strdup(p->arena, value);

	for (char *c = copy; *c != '\0'; c++) {
		if (*c == '\n' && (c[1] == ' ' || c[1] == '\t'))
			continue;
		if (*c == '\r' || *c == '\n')
			*c = ' ';
		else if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			*c = '?';
	}
	return copy;
}

/* subject - the new one, or NULL where the old one stays */
static const char *
subject(struct pctx *p)
{
	const struct spam_settings *s = p->settings;
	const struct spam_scratch *scratch = p->message_scratch;
	const char *old =
	    scratch->seen_subject != NULL ? scratch->seen_subject : "";

	if (s->judge_by == JUDGE_SCANNER &&
	    scratch->found.action == SCAN_SUBJECT &&
	    scratch->found.subject[0] != '\0')
		return scratch->found.subject;
	if (s->subject[0] == '\0' ||
	    strncmp(old, s->subject, strlen(s->subject)) == 0)
		return NULL;
	return arena_printf(p->arena, "%s %s", s->subject, clean(p, old));
}

const struct verdict_edit *
spam_edits(struct pctx *p, int64_t score)
{
	const struct spam_settings *s = p->settings;
	const struct spam_scratch *scratch = p->message_scratch;
	const struct verdict_edit *first = NULL, **end = &first;
	const char *text;

	if (s->fields != FIELDS_NONE) {
		add(p, &end, "X-Spam-Flag", "YES", 0);
		add(p, &end, "X-Spam-Score", scan_milli_text(score, p->arena),
		    0);
		add(p, &end, "X-Spam-Status", status(p, score, true), 0);
	}
	text = subject(p);
	if (text == NULL)
		return first;
	if (scratch->seen_subject != NULL)
		add(p, &end, "Subject", NULL, 1);
	add(p, &end, "Subject", text, 0);
	return first;
}
