/*
 * store_bound - bring what was asked within the bounds that backends rely on.
 *
 * Numbers come from options, tables and directories: what is out of bounds is
 * brought to the nearest bound and does no harm.
 *
 * Diagnostics: none.
 */
#include <string.h>

#include "base/mem.h"
#include "store/store_backend.h"

#define OWNER_MAX 100
#define COUNT_MAX (1LL << 48) /* what Redis' scripts can still add exactly */

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

/* bound_window - counts and tiers */
static void
bound_window(struct store_window *ask)
{
	ask->n = within(ask->n, 0, COUNT_MAX);
	if (ask->tiers > STORE_TIERS)
		ask->tiers = STORE_TIERS;
	for (size_t i = 0; i < ask->tiers; i++) {
		ask->tier[i].period_s = life(ask->tier[i].period_s);
		ask->tier[i].limit = within(ask->tier[i].limit, 0, COUNT_MAX);
	}
}

/* bound_triplet - times */
static void
bound_triplet(struct store_triplet *ask)
{
	ask->delay_s = within(ask->delay_s, 0, STORE_TTL_MAX);
	ask->window_s = life(ask->window_s);
	ask->lifetime_s = life(ask->lifetime_s);
	ask->pass_interval_s = within(ask->pass_interval_s, 0, STORE_TTL_MAX);
}

/* bound_entry - value and life */
static void
bound_entry(struct store_entry *ask, struct arena *arena)
{
	const char *value = ask->value != NULL ? ask->value : "";

	ask->value =
	    arena_strndup(arena, value, strnlen(value, STORE_VALUE_MAX));
	if (ask->ttl_s == 0 && ask->verb != ENTRY_GET)
		ask->ttl_s = STORE_TTL_MAX;
	if (ask->ttl_s != 0)
		ask->ttl_s = life(ask->ttl_s);
}

/* bound_lease - owner, places, life */
static void
bound_lease(struct store_lease *ask, struct arena *arena)
{
	ask->owner =
	    arena_strndup(arena, ask->owner, strnlen(ask->owner, OWNER_MAX));
	ask->places = within(ask->places, 0, COUNT_MAX);
	ask->ttl_s = life(ask->ttl_s);
}

/* bound_score - no negative sums */
static void
bound_score(struct store_score *ask)
{
	if (!(ask->good > 0))
		ask->good = 0;
	if (!(ask->bad > 0))
		ask->bad = 0;
	/* what lives ten of them is within the bounds as well */
	ask->half_life_s = within(ask->half_life_s, 1, STORE_TTL_MAX / 10);
}

void
store_op_bound(struct store_op *op)
{
	switch (op->verb) {
	case VERB_WINDOW:
		bound_window(&op->ask.window);
		break;
	case VERB_TRIPLET:
		bound_triplet(&op->ask.triplet);
		break;
	case VERB_ENTRY:
		bound_entry(&op->ask.entry, op->arena);
		break;
	case VERB_LEASE:
		bound_lease(&op->ask.lease, op->arena);
		break;
	default:
		bound_score(&op->ask.score);
		break;
	}
}
