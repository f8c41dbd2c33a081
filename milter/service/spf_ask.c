/*
 * spf_ask - the questions of a check, and their limits (RFC 7208 4.6.4).
 *
 * Each question is put once in a check and kept, so that `explain` can show
 * it. Questions of a record go out together before the first is waited for;
 * of these, at most as many as a check may have terms, so that a hostile tree
 * of records costs others little more than one asked in order.
 */
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "service/spf_internal.h"

#define EARLY_MAX SPF_TERMS_MAX
#define VOIDS_MAX 2

/* a question and what of it is shown to others */
struct asked {
	struct spf_asked shown; /* first: one is the other */
	struct dns_question *question;
};

void
spf_end(struct spf_check *check, enum spf_result result, const char *format,
    ...)
{
	va_list list;

	if (check->end != SPF_UNCHECKED)
		return;
	check->end = result;
	va_start(list, format);
	check->problem = arena_vprintf(check->arena, format, list);
	va_end(list);
}

/* find - the question, put now if it was not before */
static struct asked *
find(struct spf_check *check, const char *name, enum dns_type type)
{
	struct asked *asked;

	for (struct spf_asked *a = check->asked; a != NULL; a = a->next)
		if (a->type == (int)type && strcmp(a->name, name) == 0)
			return (struct asked *)a;
	asked = arena_alloc(check->arena, sizeof(*asked));
	asked->shown.name = name;
	asked->shown.type = (int)type;
	asked->question = dns_ask(check->query->dns, check->arena, name, type);
	*check->asked_end = &asked->shown;
	check->asked_end = &asked->shown.next;
	check->questions++;
	return asked;
}

void
spf_ask(struct spf_check *check, const char *name, enum dns_type type)
{
	find(check, name, type);
}

void
spf_ask_early(struct spf_check *check, const char *name, enum dns_type type)
{
	if (check->early >= EARLY_MAX)
		return;
	check->early++;
	find(check, name, type);
}

const struct dns_answer *
spf_wait(struct spf_check *check, const char *name, enum dns_type type)
{
	struct asked *asked = find(check, name, type);

	if (asked->shown.answer == NULL)
		asked->shown.answer =
		    dns_wait(asked->question, check->query->deadline_ms);
	return asked->shown.answer;
}

void
spf_count_void(struct spf_check *check)
{
	if (++check->voids > VOIDS_MAX)
		spf_end(check, SPF_PERMERROR,
		    "more than %d look-ups find nothing", VOIDS_MAX);
}

enum dns_type
spf_address_type(const struct spf_check *check)
{
	return check->query->client.family == 6 ? DNS_AAAA : DNS_A;
}
