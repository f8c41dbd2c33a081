/*
 * control_store - operations on the store for mailreevectl.
 *
 * The embedded store has one writer, the daemon. A tool that is to change
 * something sends it the operations as they are (store_wire.h); they go to the
 * embedded store in any case, for that is all that a tool cannot reach by
 * itself.
 */
#include "daemon/control_store.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store.h"
#include "store/store_front.h"
#include "store/store_wire.h"

/* fail - it came to nothing */
static void
fail(struct json *answer, const char *why)
{
	json_add_bool(answer, "ok", false);
	json_add_text(answer, "error", why);
}

/* read_ops - a list of them, NULL when one makes no sense */
static struct store_op *
read_ops(const struct json *list, int64_t now_s, struct arena *arena)
{
	struct store_op *first = NULL, **last = &first;

	for (size_t i = 0; i < json_count(list); i++) {
		struct store_op *op = arena_alloc(arena, sizeof(*op));

		op->arena = arena;
		op->now_s = now_s;
		op->state = OP_SENT;
		if (!store_wire_read(json_at(list, i), op))
			return NULL;
		*last = op;
		last = &op->next;
	}
	return first;
}

/* carry_out - operations, in their order */
static void
carry_out(struct store *store, const struct json *list, struct json *answer)
{
	struct arena *arena = arena_new(4096);
	struct store_op *first =
	    read_ops(list, clock_wall_s(store->clock), arena);
	struct json *answers;

	if (first == NULL) {
		fail(answer, "operations that make no sense");
		arena_free(arena);
		return;
	}
	store_embedded_backend.send(store->embedded, first, arena);
	answers = json_new_array();
	for (const struct store_op *op = first; op != NULL; op = op->next)
		json_append(answers, store_wire_answer(op));
	json_add_bool(answer, "ok", true);
	json_add(answer, "answers", answers);
	arena_free(arena);
}

/* forget - all of a subject */
static void
forget(struct store *store, const struct json *what, struct json *answer)
{
	const char *policy = json_get_text(what, "policy");
	const char *subject = json_get_text(what, "subject");

	if (policy == NULL || subject == NULL) {
		fail(answer, "forget what?");
		return;
	}
	json_add_bool(answer, "ok", true);
	json_add_int(answer, "count",
	    store_embedded_backend.forget(store->embedded,
		atomic_load(&store->names), policy, subject));
}

void
control_store(struct store *store, const struct json *request,
    struct json *answer)
{
	const struct json *part;

	if (store == NULL || store->embedded == NULL)
		fail(answer, "the daemon keeps no state: no policy needs it");
	else if ((part = json_get(request, "ops")) != NULL)
		carry_out(store, part, answer);
	else if ((part = json_get(request, "forget")) != NULL)
		forget(store, part, answer);
	else
		json_add_bool(answer, "ok", store_sync(store));
}
