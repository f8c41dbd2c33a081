/*
 * store_batch - operations of a session: added, sent together, waited for.
 *
 * Operations with `local` that the backend could not carry out are carried out
 * on the embedded store: at once when the backend says so when they are sent
 * (its breaker is open), else when somebody waits, or when the batch ends.
 *
 * Diagnostics: results.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_front.h"

struct store_batch {
	struct store *store;
	struct arena *arena;
	struct store_op *added, **last; /* not sent yet */
	struct sending *sendings;
};

/* what was sent at once */
struct sending {
	struct sending *next;
	struct store_op *first;
	void *handle; /* the backend's */
};

/* add - an operation, its key built */
static struct store_op *
add(struct store_batch *batch, enum store_verb verb,
    const struct store_key *key)
{
	struct store_op *op = arena_alloc(batch->arena, sizeof(*op));
	const struct store_names *names;
	char text[STORE_KEY_SIZE];

	if (batch->store != NULL) {
		names = atomic_load(&batch->store->names);
		op->key_length = store_key_build(names, key, text);
		op->key = arena_strndup(batch->arena, text, op->key_length);
		op->prefix_length = strlen(store_names_prefix(names));
	}
	op->batch = batch;
	op->arena = batch->arena;
	op->verb = verb;
	*batch->last = op;
	batch->last = &op->next;
	return op;
}

/* is_pretence - only looks, see store_pretend() */
static bool
is_pretence(const struct store_batch *batch)
{
	return batch->store != NULL && batch->store->pretend;
}

/* only_look - whatever was asked */
static void
only_look(struct store_op *op)
{
	union store_ask *ask = &op->ask;

	switch (op->verb) {
	case VERB_WINDOW:
		ask->window.only_look = true;
		break;
	case VERB_TRIPLET:
		ask->triplet.only_look = true;
		break;
	case VERB_ENTRY:
		ask->entry.verb = ENTRY_GET;
		ask->entry.ttl_s = 0;
		break;
	case VERB_LEASE:
		/* to give back what nobody has is a look */
		ask->lease.verb = LEASE_GIVE_BACK;
		ask->lease.owner = "-";
		break;
	default:
		ask->score.good = ask->score.bad = 0;
		break;
	}
}

/* finish - an operation that has its ask; the rest of the key was borrowed */
static struct store_op *
finish(struct store_op *op)
{
	op->ask.key.subject = op->ask.key.rest = NULL;
	store_op_bound(op);
	if (is_pretence(op->batch))
		only_look(op);
	return op;
}

struct store_op *
store_add_window(struct store_batch *batch, const struct store_window *window)
{
	struct store_op *op = add(batch, VERB_WINDOW, &window->key);

	op->ask.window = *window;
	return finish(op);
}

struct store_op *
store_add_triplet(struct store_batch *batch,
    const struct store_triplet *triplet)
{
	struct store_op *op = add(batch, VERB_TRIPLET, &triplet->key);

	op->ask.triplet = *triplet;
	return finish(op);
}

struct store_op *
store_add_entry(struct store_batch *batch, const struct store_entry *entry)
{
	struct store_op *op = add(batch, VERB_ENTRY, &entry->key);

	op->ask.entry = *entry;
	return finish(op);
}

struct store_op *
store_add_lease(struct store_batch *batch, const struct store_lease *lease)
{
	struct store_op *op = add(batch, VERB_LEASE, &lease->key);

	op->ask.lease = *lease;
	return finish(op);
}

struct store_op *
store_add_score(struct store_batch *batch, const struct store_score *score)
{
	struct store_op *op = add(batch, VERB_SCORE, &score->key);

	op->ask.score = *score;
	return finish(op);
}

/* carry_out_here - on the embedded store, for a backend that failed */
static void
carry_out_here(struct store *store, struct store_op *op)
{
	struct store_op *next = op->next;

	if (!op->ask.key.local || op->was_local || store->embedded == NULL ||
	    store->embedded == store->self)
		return;
	op->next = NULL;
	op->state = OP_SENT;
	store_embedded_backend.send(store->embedded, op, op->arena);
	op->next = next;
	op->was_local = true;
	atomic_fetch_add(&store->local, 1);
}

/* has_failed - it is over, without an answer */
static bool
has_failed(const struct store_op *op)
{
	return op->state == OP_DONE && op->result != STORE_OK;
}

/* rescue - of a sending, what failed and may be done here */
static void
rescue(struct store *store, struct store_op *first)
{
	for (struct store_op *op = first; op != NULL; op = op->next)
		if (has_failed(op))
			carry_out_here(store, op);
}

/* end_batch - its arena goes */
static void
end_batch(void *argument)
{
	struct store_batch *batch = argument;
	struct store *store = batch->store;

	for (struct sending *s = batch->sendings; s != NULL; s = s->next) {
		rescue(store, s->first);
		if (s->handle != NULL)
			store->backend->end(store->self, s->handle);
	}
}

struct store_batch *
store_batch_new(struct store *store, struct arena *arena)
{
	struct store_batch *batch = arena_alloc(arena, sizeof(*batch));

	batch->store = store;
	batch->arena = arena;
	batch->last = &batch->added;
	arena_defer(arena, end_batch, batch);
	return batch;
}

/* take_added - all that was added and not sent, as sent or as in vain */
static struct store_op *
take_added(struct store_batch *batch)
{
	struct store_op *first = batch->added;
	const struct store *store = batch->store;
	int64_t now_s = store != NULL ? clock_wall_s(store->clock) : 0;

	batch->added = NULL;
	batch->last = &batch->added;
	for (struct store_op *op = first; op != NULL; op = op->next) {
		op->now_s = now_s;
		op->state = store != NULL ? OP_SENT : OP_DONE;
		op->result = STORE_UNAVAILABLE;
	}
	return first;
}

void
store_send(struct store_batch *batch)
{
	struct store *store = batch->store;
	struct sending *sending;
	struct store_op *first;

	if (batch->added == NULL)
		return;
	first = take_added(batch);
	if (store == NULL)
		return;
	sending = arena_alloc(batch->arena, sizeof(*sending));
	sending->first = first;
	sending->handle =
	    store->backend->send(store->self, first, batch->arena);
	sending->next = batch->sendings;
	batch->sendings = sending;
	for (struct store_op *op = first; op != NULL; op = op->next)
		op->sending = sending->handle;
	rescue(store, first);
	atomic_fetch_add_explicit(&store->batches, 1, memory_order_relaxed);
}

void
store_post(struct store_batch *batch)
{
	struct store *store = batch->store;
	struct store_op *first;

	if (batch->added == NULL)
		return;
	first = take_added(batch);
	if (store == NULL)
		return;
	store->backend->post(store->self, first);
	rescue(store, first);
	atomic_fetch_add_explicit(&store->posts, 1, memory_order_relaxed);
}

bool
store_withdraw(struct store_op *op)
{
	struct store_batch *batch = op->batch;
	struct store_op **at = &batch->added;

	if (op->state != OP_ADDED)
		return false;
	while (*at != op)
		at = &(*at)->next;
	*at = op->next;
	if (op->next == NULL)
		batch->last = at;
	op->next = NULL;
	op->state = OP_DONE;
	op->result = STORE_UNAVAILABLE;
	return true;
}

/* wait - until the operation is over; how it went */
static enum store_result
wait(struct store_op *op, int64_t deadline_ms, bool *was_local)
{
	struct store *store = op->batch->store;

	if (op->state == OP_ADDED)
		store_send(op->batch);
	if (was_local != NULL)
		*was_local = false;
	if (store == NULL)
		return op->result;
	if (op->state == OP_SENT)
		store->backend->wait(store->self, op, deadline_ms);
	if (has_failed(op))
		carry_out_here(store, op);
	if (was_local != NULL)
		*was_local = op->was_local;
	atomic_fetch_add_explicit(&store->results[op->result], 1,
	    memory_order_relaxed);
	return op->result;
}

enum store_result
store_wait_window(struct store_op *op, int64_t deadline_ms,
    struct store_window_answer *answer, bool *was_local)
{
	enum store_result result = wait(op, deadline_ms, was_local);

	*answer = op->answer.window;
	return result;
}

enum store_result
store_wait_triplet(struct store_op *op, int64_t deadline_ms,
    struct store_triplet_answer *answer, bool *was_local)
{
	enum store_result result = wait(op, deadline_ms, was_local);

	*answer = op->answer.triplet;
	return result;
}

enum store_result
store_wait_entry(struct store_op *op, int64_t deadline_ms,
    struct store_entry_answer *answer, bool *was_local)
{
	enum store_result result = wait(op, deadline_ms, was_local);

	*answer = op->answer.entry;
	return result;
}

enum store_result
store_wait_lease(struct store_op *op, int64_t deadline_ms,
    struct store_lease_answer *answer, bool *was_local)
{
	enum store_result result = wait(op, deadline_ms, was_local);

	*answer = op->answer.lease;
	if (result == STORE_OK && is_pretence(op->batch)) {
		const struct store_lease *ask = &op->ask.lease;

		answer->taken = ask->places == 0 || answer->count < ask->places;
		answer->count += answer->taken;
	}
	return result;
}

enum store_result
store_wait_score(struct store_op *op, int64_t deadline_ms,
    struct store_score_answer *answer, bool *was_local)
{
	enum store_result result = wait(op, deadline_ms, was_local);

	*answer = op->answer.score;
	return result;
}
