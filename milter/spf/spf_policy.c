/*
 * spf_policy - the record of a domain, as libspf2 is to see it.
 *
 * libspf2 gets a record of the same terms and qualifiers in which every
 * mechanism that asks the DNS is "exists:TOKEN" or "include:TOKEN"; what a
 * TOKEN stands for is looked up and matched by us when libspf2 asks for it.
 * So it sees no byte of a stranger's, and what it gets wrong (prefix length 0,
 * redirect= before the end, terms beyond 511 bytes, a NUL in a record, limits
 * that begin anew in each include) cannot come up.
 *
 * The terms that matched are noted, since libspf2 does not tell which it was.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "spf/spf_internal.h"

#define SHOWN_MAX 1000 /* bytes of a record or an explanation, for people */
#define MECHANISM_MAX 100

/* token - the stand-in for a term of a policy; .invalid: RFC 6761 6.4 */
static void
add_token(struct str *out, const struct spf_check *check,
    const struct spf_policy *policy, size_t term)
{
	size_t number = 0;

	while (check->policy[number] != policy)
		number++;
	str_addf(out, "t%zu.p%zu.invalid", term, number);
}

bool
spf_policy_term(struct spf_check *check, const char *token,
    struct spf_policy **policy, size_t *term)
{
	size_t number;

	if (sscanf(token, "t%zu.p%zu.invalid", term, &number) != 2 ||
	    number >= check->policies)
		return false;
	*policy = check->policy[number];
	return *term < (*policy)->record.count;
}

void
spf_policy_write(struct spf_check *check, const struct spf_policy *policy,
    struct str *out)
{
	str_add(out, "v=spf1");
	for (size_t i = 0; i < policy->record.count; i++) {
		const struct spf_term *term = &policy->record.term[i];

		if (term->kind == SPF_KIND_ALL) {
			str_addf(out, " %call", term->qualifier);
			continue;
		}
		if (term->kind == SPF_KIND_REDIRECT)
			str_add(out, " redirect=");
		else
			str_addf(out, " %c%s:", term->qualifier,
			    term->kind == SPF_KIND_INCLUDE ? "include"
							   : "exists");
		add_token(out, check, policy, i);
	}
}

/* question_type - what a term asks for its name; false: it has none to ask */
static bool
question_type(const struct spf_check *check, enum spf_kind kind,
    enum dns_type *type)
{
	switch (kind) {
	case SPF_KIND_A:
		*type = spf_address_type(check);
		return true;
	case SPF_KIND_MX:
		*type = DNS_MX;
		return true;
	case SPF_KIND_EXISTS:
		*type = DNS_A;
		return true;
	case SPF_KIND_INCLUDE:
	case SPF_KIND_REDIRECT:
		*type = DNS_TXT;
		return true;
	default:
		return false;
	}
}

/* ask_terms - what a record will ask, all at once */
static void
ask_terms(struct spf_check *check, const struct spf_policy *policy)
{
	struct spf_name name;
	enum dns_type type;

	for (size_t i = 0; i < policy->record.count; i++) {
		const struct spf_term *term = &policy->record.term[i];

		if (check->terms + i >= SPF_TERMS_MAX)
			break;
		if (!question_type(check, term->kind, &type) ||
		    spf_macro_asks_names(term->target))
			continue;
		name = spf_expand_name(check, &policy->name, term->target);
		if (name.text != NULL)
			spf_ask_early(check, name.text, type);
	}
}

/* show - a text of a stranger for people */
static const char *
show(struct spf_check *check, struct spf_text text, size_t most)
{
	char *shown;

	if (text.length > most)
		text.length = most;
	shown = arena_strndup(check->arena, text.data, text.length);
	return str_printable(shown, text.length + 1, shown);
}

/* enter - a record that was found */
static struct spf_policy *
enter(struct spf_check *check, struct spf_name name, struct spf_text text)
{
	struct spf_policy *policy;
	const char *problem;

	policy = arena_alloc(check->arena, sizeof(*policy));
	policy->name = name;
	policy->published = show(check, text, SHOWN_MAX);
	check->policy[check->policies++] = policy;
	if (!spf_record_parse(&policy->record, text, &check->query->client,
		check->arena, &problem)) {
		spf_end(check, SPF_PERMERROR, "record of %s: %s", name.text,
		    problem);
		return NULL;
	}
	ask_terms(check, policy);
	return policy;
}

/* none - a domain without a record: an error where it is included (5.2, 6.1) */
static struct spf_policy *
none(struct spf_check *check, struct spf_name name, const struct spf_term *term)
{
	const char *ours = check->query->local_policy;

	if (term != NULL) {
		spf_end(check, SPF_PERMERROR, "%s: no SPF record there",
		    show(check, term->text, MECHANISM_MAX));
		return NULL;
	}
	if (ours[0] == '\0') {
		spf_end(check, SPF_NONE, "no SPF record");
		return NULL;
	}
	check->by_local_policy = true;
	return enter(check, name,
	    (struct spf_text){ .data = ours, .length = strlen(ours) });
}

/* choose - the records that are policies (4.5): *count, and the first */
static struct spf_text
choose(const struct dns_answer *answer, size_t *count)
{
	struct spf_text chosen = { .data = "" }, text;

	*count = 0;
	for (size_t i = 0; i < answer->count; i++) {
		text.data = answer->record[i].text;
		text.length = answer->record[i].length;
		if (spf_record_is(text) && (*count)++ == 0)
			chosen = text;
	}
	return chosen;
}

struct spf_policy *
spf_policy_find(struct spf_check *check, struct spf_name name,
    const struct spf_term *term)
{
	const struct dns_answer *answer;
	struct spf_text text;
	size_t count;

	if (name.text == NULL)
		return none(check, name, term);
	answer = spf_wait(check, name.text, DNS_TXT);
	if (answer->result == DNS_TEMPORARY || answer->result == DNS_INVALID) {
		spf_end(check, SPF_TEMPERROR, "record of %s: %s", name.text,
		    dns_result_name(answer->result));
		return NULL;
	}
	text = choose(answer, &count);
	if (count == 0)
		return none(check, name, term);
	if (count > 1) {
		spf_end(check, SPF_PERMERROR, "%s has %zu SPF records",
		    name.text, count);
		return NULL;
	}
	return enter(check, name, text);
}

static const struct spf_policy *find_decision(const struct spf_policy *policy,
    const struct spf_term **term);

/* decides - whether a term ended the evaluation of its record */
static bool
decides(const struct spf_policy *policy, size_t i)
{
	const struct spf_term *term;

	switch (policy->record.term[i].kind) {
	case SPF_KIND_ALL:
		return true;
	case SPF_KIND_INCLUDE:
		if (policy->other[i] == NULL)
			return false;
		find_decision(policy->other[i], &term);
		return term != NULL && term->qualifier == '+';
	default:
		return policy->matched[i];
	}
}

/*
 * find_decision - the policy whose record decided, behind all redirects, and
 * the term; *term is NULL when its end was reached (4.7)
 */
static const struct spf_policy *
find_decision(const struct spf_policy *policy, const struct spf_term **term)
{
	size_t i = 0;

	*term = NULL;
	while (i < policy->record.count) {
		if (policy->record.term[i].kind == SPF_KIND_REDIRECT) {
			if (policy->other[i] == NULL)
				break;
			policy = policy->other[i];
			i = 0;
			continue;
		}
		if (decides(policy, i)) {
			*term = &policy->record.term[i];
			break;
		}
		i++;
	}
	return policy;
}

const char *
spf_policy_mechanism(const struct spf_check *check)
{
	const struct spf_term *term;
	const char *text;

	find_decision(check->policy[0], &term);
	if (term == NULL)
		return "default";
	text = arena_strndup(check->arena, term->text.data,
	    term->text.length < MECHANISM_MAX ? term->text.length
					      : MECHANISM_MAX);
	if (term->qualifier == '+')
		return text;
	return arena_printf(check->arena, "%c%s", term->qualifier, text);
}

const char *
spf_policy_explain(struct spf_check *check)
{
	const struct spf_policy *policy;
	const struct dns_answer *answer;
	const struct spf_term *term;
	struct str out = STR_INIT;
	struct spf_name name;
	struct spf_text text;

	policy = find_decision(check->policy[0], &term);
	if (policy->record.explanation.length == 0)
		return "";
	name =
	    spf_expand_name(check, &policy->name, policy->record.explanation);
	if (name.text == NULL)
		return "";
	answer = spf_wait(check, name.text, DNS_TXT);
	if (answer->result != DNS_FOUND || answer->count != 1)
		return "";
	text.data = answer->record[0].text;
	text.length = answer->record[0].length;
	if (!spf_macro_check(text, SPF_IN_EXPLANATION))
		return "";
	spf_expand(check, policy->name.raw, text, SPF_IN_EXPLANATION, &out);
	text.data = str_text(&out);
	text.length = out.length;
	text.data = show(check, text, SHOWN_MAX);
	str_fini(&out);
	return text.data;
}
