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
#include "service/store_front.h"

#define OWNER_MAX 100
#define COUNT_MAX (1LL << 48) /* what Redis' scripts can still add exactly */

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

/* within - a number in its bounds */
static int64_t
within(int64_t number, int64_t least, int64_t most)
{
	if (number < least)
		return least;
	return number > most ? most : number;
}

/* life - a time to live */
static int64_t
life(int64_t seconds)
{
	return within(seconds, 1, STORE_TTL_MAX);
}

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

/* own_key - what may be looked at later: the rest was the caller's */
static void
own_key(struct store_op *op)
{
	op->ask.key.subject = op->ask.key.rest = NULL;
}

struct store_op *
store_add_window(struct store_batch *batch, const struct store_window *window)
{
	struct store_op *op = add(batch, VERB_WINDOW, &window->key);
	struct store_window *ask = &op->ask.window;

	*ask = *window;
	own_key(op);
	ask->n = within(ask->n, 0, COUNT_MAX);
	ask->only_look |= is_pretence(batch);
	if (ask->tiers > STORE_TIERS)
		ask->tiers = STORE_TIERS;
	for (size_t i = 0; i < ask->tiers; i++) {
		ask->tier[i].period_s = life(ask->tier[i].period_s);
		ask->tier[i].limit = within(ask->tier[i].limit, 0, COUNT_MAX);
	}
	return op;
}

struct store_op *
store_add_triplet(struct store_batch *batch,
    const struct store_triplet *triplet)
{
	struct store_op *op = add(batch, VERB_TRIPLET, &triplet->key);
	struct store_triplet *ask = &op->ask.triplet;

	*ask = *triplet;
	own_key(op);
	ask->only_look |= is_pretence(batch);
	ask->delay_s = within(ask->delay_s, 0, STORE_TTL_MAX);
	ask->window_s = life(ask->window_s);
	ask->lifetime_s = life(ask->lifetime_s);
	ask->pass_interval_s = within(ask->pass_interval_s, 0, STORE_TTL_MAX);
	return op;
}

struct store_op *
store_add_entry(struct store_batch *batch, const struct store_entry *entry)
{
	struct store_op *op = add(batch, VERB_ENTRY, &entry->key);
	struct store_entry *ask = &op->ask.entry;
	const char *value = entry->value != NULL ? entry->value : "";

	*ask = *entry;
	own_key(op);
	ask->value =
	    arena_strndup(batch->arena, value, strnlen(value, STORE_VALUE_MAX));
	if (is_pretence(batch)) {
		ask->verb = ENTRY_GET;
		ask->ttl_s = 0;
	}
	if (ask->ttl_s == 0 && ask->verb != ENTRY_GET)
		ask->ttl_s = STORE_TTL_MAX;
	if (ask->ttl_s != 0)
		ask->ttl_s = life(ask->ttl_s);
	return op;
}

struct store_op *
store_add_lease(struct store_batch *batch, const struct store_lease *lease)
{
	struct store_op *op = add(batch, VERB_LEASE, &lease->key);
	struct store_lease *ask = &op->ask.lease;

	*ask = *lease;
	own_key(op);
	ask->owner = arena_strndup(batch->arena, lease->owner,
	    strnlen(lease->owner, OWNER_MAX));
	/* to give back what nobody has is a look */
	if (is_pretence(batch)) {
		ask->verb = LEASE_GIVE_BACK;
		ask->owner = "-";
	}
	ask->places = within(ask->places, 0, COUNT_MAX);
	ask->ttl_s = life(ask->ttl_s);
	return op;
}

struct store_op *
store_add_score(struct store_batch *batch, const struct store_score *score)
{
	struct store_op *op = add(batch, VERB_SCORE, &score->key);
	struct store_score *ask = &op->ask.score;

	*ask = *score;
	own_key(op);
	if (!(ask->good > 0) || is_pretence(batch))
		ask->good = 0;
	if (!(ask->bad > 0) || is_pretence(batch))
		ask->bad = 0;
	/* what lives ten of them is within the bounds as well */
	ask->half_life_s = within(ask->half_life_s, 1, STORE_TTL_MAX / 10);
	return op;
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
