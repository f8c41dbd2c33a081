/*
 * chain_store - the operations that policies add for one session.
 *
 * They are collected, so that a session costs one exchange with the store: the
 * batch of the message, or of the connection outside of one, is made when a
 * policy first asks for it, and goes with the arena that it is in.
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

struct store_batch *
policy_store(struct pctx *p)
{
	struct session *session = p->call->session;

	return p->arena == session->connection_arena
		   ? policy_store_later(p)
		   : batch_in(session, &session->message_store, p->arena);
}

struct store_batch *
policy_store_later(struct pctx *p)
{
	struct session *session = p->call->session;

	return batch_in(session, &session->connection_store,
	    session->connection_arena);
}

void
chain_store_send_message(struct session *session)
{
	if (session->message_store != NULL)
		store_send(session->message_store);
}

void
chain_store_send(struct session *session)
{
	if (session->connection_store != NULL)
		store_send(session->connection_store);
	chain_store_send_message(session);
}
