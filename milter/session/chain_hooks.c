/*
 * chain_hooks - what a hook may leave behind besides a verdict.
 */
#include "base/mem.h"
#include "session/chain_internal.h"

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

void
policy_fact_spf(const struct pctx *p, const struct fact_spf *fact)
{
	struct session *session = p->call->session;
	struct message *message = session->txn.message;

	message->spf = *fact;
	message->spf.domain =
	    arena_strdup(session->message_arena, fact->domain);
}
