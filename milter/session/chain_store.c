/*
 * chain_store - the operations that policies add for one session.
 *
 * They are collected, so that a step costs one exchange with the store: what
 * the connection and the message have added goes out when somebody first waits
 * for an answer. A batch is made when a policy first asks for it, and goes
 * with the arena that it is in. What nobody waits for is collected apart, and
 * posted when the message, or the connection, ends.
 */
#include "base/mem.h"
#include "store/store.h"
#include "session/chain_internal.h"

/* forget - the arena of a batch is reset */
static void
forget(void *argument)
{
	struct store_batch **batch = argument;

	*batch = NULL;
}

/* batch_in - the batch of an arena, made when it is first needed */
static struct store_batch *
batch_in(struct session *session, struct store_batch **batch,
    struct arena *arena)
{
	if (*batch == NULL) {
		*batch = store_batch_new(session->env->store, arena);
		arena_defer(arena, forget, batch);
	}
	return *batch;
}

/* is_of_connection - whether a hook's operations are */
static bool
is_of_connection(const struct pctx *p)
{
	return p->arena == p->call->session->connection_arena;
}

struct store_batch *
policy_store(struct pctx *p)
{
	struct session *session = p->call->session;

	return batch_in(session,
	    is_of_connection(p) ? &session->connection_store
				: &session->message_store,
	    p->arena);
}

struct store_batch *
policy_store_later(struct pctx *p)
{
	struct session *session = p->call->session;

	return batch_in(session,
	    is_of_connection(p) ? &session->connection_later
				: &session->message_later,
	    p->arena);
}

void
chain_store_post_message(struct session *session)
{
	if (session->message_later != NULL)
		store_post(session->message_later);
}

void
chain_store_post(struct session *session)
{
	if (session->connection_later != NULL)
		store_post(session->connection_later);
	chain_store_post_message(session);
}
