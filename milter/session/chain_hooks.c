/*
 * chain_hooks - what a hook may ask, and leave behind besides a verdict.
 */
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "session/chain_internal.h"
#include "session/scope.h"

const void *
policy_settings_at(const struct pctx *p, enum subject subject,
    struct origin *at)
{
	const struct section *section;

	section = scope_section_at(p->call->instance, p->txn, subject);
	if (section == NULL)
		return NULL;
	if (at != NULL)
		*at = section->at;
	return section->settings;
}

bool
policy_traced(const struct pctx *p)
{
	return p->call->session->inputs != NULL;
}

void
policy_input(const struct pctx *p, const char *name, const char *format, ...)
{
	struct str *inputs = p->call->session->inputs;
	va_list list;
	char *text;

	if (inputs == NULL)
		return;
	va_start(list, format);
	text = arena_vprintf(p->arena, format, list);
	va_end(list);
	str_addf(inputs, "%s=%s\n", name, text);
}

void
policy_add_header(const struct pctx *p, const char *name, const char *value)
{
	session_add_header(p->call->session, name, value);
}

void
policy_remove_header(const struct pctx *p, const char *name, unsigned index)
{
	session_remove_header(p->call->session, name, index);
}

const char *
policy_keep(const struct pctx *p, const char *text)
{
	return arena_strdup(p->call->session->connection_arena, text);
}

void
policy_fact_spf(const struct pctx *p, const struct fact_spf *fact)
{
	struct session *session = p->call->session;
	struct message *message = session->txn.message;

	message->spf = *fact;
	message->spf.domain =
	    arena_strdup(session->message_arena, fact->domain);
}

/* add_note - to a list of the message, if it is not there; what is only
 * watched has no effect */
static void
add_note(const struct pctx *p, const struct note **list, const char *why)
{
	struct session *session = p->call->session;
	const char *policy = p->call->instance->name;
	struct note *made;

	if (p->call->section->common.mode == MODE_MONITOR)
		return;
	for (const struct note *note = *list; note != NULL; note = note->next)
		if (note->policy == policy && strcmp(note->why, why) == 0)
			return;
	made = arena_alloc(session->message_arena, sizeof(*made));
	made->next = *list;
	made->policy = policy;
	made->why = arena_strdup(session->message_arena, why);
	*list = made;
}

void
policy_suspect(const struct pctx *p, const char *why)
{
	policy_input(p, "suspect", "%s", why);
	add_note(p, &p->call->session->txn.message->suspect, why);
}

void
policy_vouch(const struct pctx *p, const char *why)
{
	policy_input(p, "vouched", "%s", why);
	add_note(p, &p->call->session->txn.message->vouched, why);
}
