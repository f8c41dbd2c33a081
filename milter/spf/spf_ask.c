/*
 * spf_ask - the questions of a check, and their limits (RFC 7208 4.6.4).
 *
 * Each question is put once in a check, whatever the cache keeps. Questions of
 * a record go out together before the first is waited for; of these, at most as
 * many as a check may have terms, so that a hostile tree of records costs
 * others little more than one asked in order.
 */
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "spf/spf_internal.h"

#define EARLY_MAX SPF_TERMS_MAX
#define VOIDS_MAX 2

/* one question of the check */
struct spf_asked {
	struct spf_asked *next;
	const char *name;
	enum dns_type type;
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
static struct spf_asked *
find(struct spf_check *check, const char *name, enum dns_type type)
{
	struct spf_asked *asked;

	for (asked = check->asked; asked != NULL; asked = asked->next)
		if (asked->type == type && strcmp(asked->name, name) == 0)
			return asked;
	asked = arena_alloc(check->arena, sizeof(*asked));
	asked->next = check->asked;
	asked->name = name;
	asked->type = type;
	asked->question = dns_ask(check->query->dns, check->arena, name, type);
	check->asked = asked;
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
	return dns_wait(find(check, name, type)->question,
	    check->query->deadline_ms);
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
