/*
 * store_redis_call - one question to a server, from the session's side.
 *
 * A call belongs to the session that made it and to the queue that it stands
 * in. Whoever is last frees it: the session when it takes the end, the queue
 * when the session has dropped it.
 */
#include "base/mem.h"
#include "store/store_redis_call.h"
#include "store/store_redis_resp.h"

void
call_free(struct call *call)
{
	mem_free(call->bytes);
	mem_free(call);
}

void
call_end(struct call *call, enum node_end end, struct resp *reply)
{
	if (call->dropped) {
		resp_free(reply);
		call_free(call);
		return;
	}
	call->ended = true;
	call->end = end;
	call->reply = reply;
	if (call->sleeper != NULL)
		pthread_cond_signal(call->sleeper);
}

void
call_queue_init(struct call_queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

void
call_push(struct call_queue *queue, struct call *call)
{
	call->next = NULL;
	*queue->last = call;
	queue->last = &call->next;
}

struct call *
call_pop(struct call_queue *queue)
{
	struct call *call = queue->first;

	if (call != NULL)
		queue->first = call->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	return call;
}

void
call_remove(struct call_queue *queue, const struct call *call)
{
	struct call **at = &queue->first;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	if (call->next == NULL)
		queue->last = at;
}
