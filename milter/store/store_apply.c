/*
 * store_apply - carry an operation out on what lies under its key.
 *
 * The rules of store.h as they stand there. Pure: no locks, no files, no
 * clock; the caller sees to it that nobody else has the value meanwhile.
 *
 * Diagnostics: none.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_value.h"

#define SCORE_LIVES 10 /* half-lives, without anything added */

/* state_of - a triplet by its age; one that is too old is as none */
static enum store_triplet_state
state_of(const struct store_triplet *ask, const struct triplet_value *triplet,
    int64_t now_s)
{
	int64_t age = now_s - triplet->first_s;

	if (triplet->passes > 0)
		return TRIPLET_KNOWN;
	if (age < ask->delay_s)
		return TRIPLET_EARLY;
	return age <= ask->window_s ? TRIPLET_READY : TRIPLET_TOO_LATE;
}

/* begin - a first contact, which may be ready at once */
static void
begin(const struct store_triplet *ask, int64_t now_s, struct store_value *value)
{
	int64_t slack = ask->window_s / 4;

	value->verb = VERB_TRIPLET;
	value->is.triplet = (struct triplet_value){
		.first_s = now_s,
		.last_s = now_s,
		.passes = ask->delay_s == 0 ? 1 : 0,
	};
	value->expires_s =
	    ask->delay_s == 0 ? now_s + ask->lifetime_s
			      : now_s + ask->window_s + (slack > 0 ? slack : 1);
}

/* pass - of a triplet that is ready or known; false: not counted again */
static bool
pass(const struct store_triplet *ask, int64_t now_s, struct store_value *value)
{
	struct triplet_value *triplet = &value->is.triplet;

	if (triplet->passes > 0 &&
	    now_s - triplet->last_s < ask->pass_interval_s)
		return false;
	triplet->passes++;
	triplet->last_s = now_s;
	value->expires_s = now_s + ask->lifetime_s;
	return true;
}

/* change_triplet - what this contact makes of it */
static enum store_change
change_triplet(const struct store_triplet *ask, enum store_triplet_state state,
    int64_t now_s, struct store_value *value)
{
	switch (state) {
	case TRIPLET_EARLY:
		if (value->is.triplet.last_s == now_s)
			return STORE_SAME;
		value->is.triplet.last_s = now_s;
		return STORE_CHANGED;
	case TRIPLET_READY:
		if (value->verb != VERB_TRIPLET) {
			begin(ask, now_s, value);
			return STORE_CHANGED;
		}
		/* fall through */
	case TRIPLET_KNOWN:
		return pass(ask, now_s, value) ? STORE_CHANGED : STORE_SAME;
	default:
		begin(ask, now_s, value);
		return STORE_CHANGED;
	}
}

/* apply_triplet - greylisting */
static enum store_change
apply_triplet(const struct store_triplet *ask, int64_t now_s,
    struct store_value *value, struct store_triplet_answer *answer)
{
	bool absent = value->verb != VERB_TRIPLET;
	struct triplet_value seen = { .first_s = now_s, .last_s = now_s };
	enum store_change change = STORE_SAME;

	if (!absent)
		seen = value->is.triplet;
	answer->state = absent ? TRIPLET_NEW : state_of(ask, &seen, now_s);
	if (absent && ask->delay_s == 0)
		answer->state = TRIPLET_READY;
	if (!ask->only_look) {
		change = change_triplet(ask, answer->state, now_s, value);
		seen = value->is.triplet;
	}
	answer->first_s = seen.first_s;
	answer->last_s = seen.last_s;
	answer->passes = seen.passes;
	answer->wait_s = 0;
	if (answer->state == TRIPLET_EARLY)
		answer->wait_s = seen.first_s + ask->delay_s - now_s;
	else if (answer->state == TRIPLET_NEW ||
		 answer->state == TRIPLET_TOO_LATE)
		answer->wait_s = ask->delay_s;
	return change;
}

/* put - the value of an entry */
static enum store_change
put(const struct store_entry *ask, int64_t now_s, struct store_value *value,
    struct store_entry_answer *answer)
{
	value->verb = VERB_ENTRY;
	value->expires_s = now_s + ask->ttl_s;
	value->is.entry.text = ask->value;
	value->is.entry.length = strlen(ask->value);
	answer->ttl_s = ask->ttl_s;
	return STORE_CHANGED;
}

/* apply_entry - a value with a time to live */
static enum store_change
apply_entry(struct store_op *op, struct store_value *value)
{
	const struct store_entry *ask = &op->ask.entry;
	struct store_entry_answer *answer = &op->answer.entry;

	*answer = (struct store_entry_answer){ .found = false };
	answer->found = value->verb == VERB_ENTRY;
	if (ask->verb == ENTRY_PUT ||
	    (ask->verb == ENTRY_PUT_NEW && !answer->found))
		return put(ask, op->now_s, value, answer);
	if (!answer->found)
		return STORE_SAME;
	if (ask->verb == ENTRY_DELETE)
		return STORE_DELETED;
	answer->value = arena_strndup(op->arena, value->is.entry.text,
	    value->is.entry.length);
	answer->ttl_s = value->expires_s - op->now_s;
	if (ask->verb == ENTRY_PUT_NEW || ask->ttl_s == 0 ||
	    value->expires_s == op->now_s + ask->ttl_s)
		return STORE_SAME;
	value->expires_s = op->now_s + ask->ttl_s;
	answer->ttl_s = ask->ttl_s;
	return STORE_CHANGED;
}

/* apply_score - good and bad, decayed to now */
static enum store_change
apply_score(const struct store_score *ask, int64_t now_s,
    struct store_value *value, struct store_score_answer *answer)
{
	struct score_value *score = &value->is.score;
	double age, left;

	if (value->verb != VERB_SCORE)
		*score = (struct score_value){ .at_s = now_s };
	age = now_s > score->at_s ? (double)(now_s - score->at_s) : 0;
	left = exp2(-age / (double)ask->half_life_s);
	score->good = score->good * left + ask->good;
	score->bad = score->bad * left + ask->bad;
	score->events += ask->good != 0 || ask->bad != 0;
	*answer = (struct store_score_answer){
		.good = score->good,
		.bad = score->bad,
		.events = score->events,
	};
	if (ask->good == 0 && ask->bad == 0)
		return STORE_SAME;
	score->at_s = now_s;
	score->half_life_s = ask->half_life_s;
	value->verb = VERB_SCORE;
	value->expires_s = now_s + SCORE_LIVES * ask->half_life_s;
	return STORE_CHANGED;
}

enum store_change
store_apply(struct store_op *op, struct store_value *value)
{
	int64_t now_s = op->now_s;

	if (value->verb != VERB_MAX && value->expires_s <= now_s)
		value->verb = VERB_MAX;
	switch (op->verb) {
	case VERB_WINDOW:
		return store_apply_window(&op->ask.window, now_s, value,
		    &op->answer.window);
	case VERB_TRIPLET:
		return apply_triplet(&op->ask.triplet, now_s, value,
		    &op->answer.triplet);
	case VERB_ENTRY:
		return apply_entry(op, value);
	case VERB_SCORE:
		return apply_score(&op->ask.score, now_s, value,
		    &op->answer.score);
	default:
		return STORE_SAME;
	}
}
