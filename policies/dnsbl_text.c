/*
 * dnsbl_text - the text of a list for the reply's %{txt}.
 *
 * The list's own TXT record is asked for only when it is to be shown, so that
 * clients that are not listed cost one question a list. It comes from a
 * stranger; whoever shows it makes it printable.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "policies/dnsbl.h"

/* how long a reply waits for the list's text; without it, it goes without */
#define TEXT_WAIT_MS 1000

/* what a text can expand */
enum shown { SHOW_TXT, SHOW_SUBJECT, SHOW_CLIENT, SHOW_ZONE };

static const struct name_code values[] = {
	{ .name = "txt", .code = SHOW_TXT },
	{ .name = "subject", .code = SHOW_SUBJECT },
	{ .name = "client_addr", .code = SHOW_CLIENT },
	{ .name = "zone", .code = SHOW_ZONE },
	{ .name = NULL },
};

/* next_value - the next "%{name}" of a text, its name in the arena; or NULL */
static const char *
next_value(const char *text, struct arena *arena, const char **name,
    const char **rest)
{
	const char *begin = strstr(text, "%{");
	const char *end = begin != NULL ? strchr(begin, '}') : NULL;

	if (end == NULL)
		return NULL;
	*name = arena_strndup(arena, begin + 2, (size_t)(end - begin) - 2);
	*rest = end + 1;
	return begin;
}

bool
dnsbl_text_check(const char *text, const char **unknown, struct arena *arena)
{
	int code;

	while (next_value(text, arena, unknown, &text) != NULL)
		if (!names_code(values, *unknown, &code))
			return false;
	return true;
}

bool
dnsbl_text_wants_txt(const struct dnsbl_list *list)
{
	return strstr(list->text, "%{txt}") != NULL;
}

/* own_text - the list's TXT record */
static const char *
own_text(const struct pctx *p, const struct dnsbl_list *list,
    const char *subject)
{
	int64_t deadline_ms = clock_mono_ms(p->env->clock) + TEXT_WAIT_MS;
	struct dns_question *question =
	    dnslist_ask(list->list, p->arena, subject, DNS_TXT);

	if (question == NULL)
		return "";
	if (deadline_ms > p->deadline_ms)
		deadline_ms = p->deadline_ms;
	return dnslist_text(list->list, dns_wait(question, deadline_ms),
	    p->arena);
}

/* value_of - one expansion */
static const char *
value_of(const struct pctx *p, const struct dnsbl_list *list,
    const char *subject, int code)
{
	char address[NETADDR_TEXT_SIZE];

	switch (code) {
	case SHOW_TXT:
		return own_text(p, list, subject);
	case SHOW_CLIENT:
		return arena_strdup(p->arena,
		    netaddr_format(&p->txn->connection.client, address));
	case SHOW_ZONE:
		return dnslist_zone(list->list);
	default:
		return subject;
	}
}

const char *
dnsbl_text(const struct pctx *p, const struct dnsbl_list *list,
    const char *subject)
{
	const char *text = list->text;
	const char *begin, *name, *rest;
	struct str out = STR_INIT;
	int code = SHOW_TXT;

	while ((begin = next_value(text, p->arena, &name, &rest)) != NULL) {
		names_code(values, name, &code);
		str_add_n(&out, text, (size_t)(begin - text));
		str_add(&out, value_of(p, list, subject, code));
		text = rest;
	}
	str_add(&out, text);
	text = arena_strdup(p->arena, str_text(&out));
	str_fini(&out);
	return text;
}
