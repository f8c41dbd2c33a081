/*
 * store_window - add to a sliding window, exact to 1/60 of the period.
 *
 * store.h has the rules. A tier's buckets begin at least period/60 apart and
 * less than a period ago, so there are never more than 60 of them. The time
 * to wait follows from them exactly: the oldest go one by one, when they are
 * a period old, until there is room.
 *
 * Clocks may step back (by little, after a time server was asked): a bucket
 * that begins in the future is the newest one and is added to.
 *
 * Diagnostics: none.
 */
#include <string.h>

#include "store/store_value.h"

/* expire - forget buckets that began a period ago */
static void
expire(struct window_tier *tier, int64_t now_s)
{
	size_t gone = 0;

	while (gone < tier->buckets &&
	       tier->bucket[gone].start_s <= now_s - tier->period_s)
		gone++;
	tier->buckets -= gone;
	memmove(tier->bucket, tier->bucket + gone,
	    tier->buckets * sizeof(tier->bucket[0]));
}

/* add - to the newest bucket while it is young, else to a new one */
static void
add(struct window_tier *tier, int64_t n, int64_t now_s)
{
	int64_t width = (tier->period_s + WINDOW_BUCKETS - 1) / WINDOW_BUCKETS;
	size_t last = tier->buckets - 1;

	if (tier->buckets == 0 || now_s - tier->bucket[last].start_s >= width) {
		if (tier->buckets == WINDOW_BUCKETS) /* a clock went back */
			expire(tier, tier->bucket[0].start_s + tier->period_s);
		last = tier->buckets++;
		tier->bucket[last].start_s = now_s;
		tier->bucket[last].count = 0;
	}
	if (tier->bucket[last].count > INT64_MAX / WINDOW_BUCKETS - n)
		tier->bucket[last].count = INT64_MAX / WINDOW_BUCKETS;
	else
		tier->bucket[last].count += n;
}

int64_t
store_window_count(const struct window_tier *tier, int64_t now_s)
{
	int64_t count = 0;

	for (size_t i = 0; i < tier->buckets; i++)
		if (tier->bucket[i].start_s > now_s - tier->period_s)
			count += tier->bucket[i].count;
	return count;
}

/* wait_for - seconds until n more fit into a tier that has count now */
static int64_t
wait_for(const struct window_tier *tier, int64_t count, int64_t n,
    int64_t limit, int64_t now_s)
{
	size_t i;

	if (n > limit)
		return tier->period_s;
	for (i = 0; i < tier->buckets; i++) {
		count -= tier->bucket[i].count;
		if (count + n <= limit)
			break;
	}
	return tier->bucket[i].start_s + tier->period_s - now_s;
}

/* place_of - the tier with that period, from the first-th on; or tiers */
static size_t
place_of(const struct window_value *window, size_t first, int64_t period_s)
{
	while (
	    first < window->tiers && window->tier[first].period_s != period_s)
		first++;
	return first;
}

/* is_asked - whether a period is among those of the operation */
static bool
is_asked(const struct store_window *ask, int64_t period_s)
{
	for (size_t i = 0; i < ask->tiers; i++)
		if (ask->tier[i].period_s == period_s)
			return true;
	return false;
}

/* make_place - for a new period, of the first-th tier on; never in vain */
static size_t
make_place(const struct store_window *ask, size_t first, int64_t period_s,
    struct window_value *window)
{
	size_t place = window->tiers;

	if (place < STORE_TIERS)
		window->tiers++;
	else
		for (place = first; place < STORE_TIERS - 1; place++)
			if (!is_asked(ask, window->tier[place].period_s))
				break;
	window->tier[place].period_s = period_s;
	window->tier[place].buckets = 0;
	return place;
}

/* arrange - the kept tiers in the order that is asked for; others go */
static void
arrange(const struct store_window *ask, int64_t now_s,
    struct store_value *value)
{
	struct window_value *window = &value->is.window;
	struct window_tier held;
	size_t place;

	if (value->verb != VERB_WINDOW)
		window->tiers = 0;
	for (size_t i = 0; i < ask->tiers; i++) {
		int64_t period_s = ask->tier[i].period_s;

		place = place_of(window, i, period_s);
		if (place == window->tiers)
			place = make_place(ask, i, period_s, window);
		if (place != i) {
			held = window->tier[i];
			window->tier[i] = window->tier[place];
			window->tier[place] = held;
		}
		expire(&window->tier[i], now_s);
	}
	window->tiers = ask->tiers;
}

/* judge - whether n fits, and how long not */
static void
judge(const struct store_window *ask, int64_t now_s,
    const struct window_value *window, struct store_window_answer *answer)
{
	int64_t wait_s;

	answer->fits = true;
	for (size_t i = 0; i < ask->tiers; i++) {
		const struct window_tier *tier = &window->tier[i];
		int64_t count = store_window_count(tier, now_s);
		int64_t limit = ask->tier[i].limit;

		answer->count[i] = count;
		if (limit == 0 || ask->n <= limit - count)
			continue;
		if (answer->fits)
			answer->tier = i;
		answer->fits = false;
		wait_s = wait_for(tier, count, ask->n, limit, now_s);
		if (wait_s > answer->wait_s)
			answer->wait_s = wait_s;
	}
}

/* take - n from the newest buckets; false when there was nothing */
static bool
take(struct window_tier *tier, int64_t n)
{
	bool taken = false;

	while (n > 0 && tier->buckets > 0) {
		int64_t *count = &tier->bucket[tier->buckets - 1].count;
		int64_t part = *count < n ? *count : n;

		*count -= part;
		n -= part;
		taken = true;
		if (*count == 0)
			tier->buckets--;
	}
	return taken;
}

/* give_back - what was added and did not come about; its end stays */
static enum store_change
give_back(const struct store_window *ask, int64_t now_s,
    struct store_value *value, struct store_window_answer *answer)
{
	struct window_value *window = &value->is.window;
	bool changed = false, left = false;

	for (size_t i = 0; i < ask->tiers; i++) {
		changed |= take(&window->tier[i], ask->n);
		left |= window->tier[i].buckets > 0;
		answer->count[i] = store_window_count(&window->tier[i], now_s);
	}
	if (!changed)
		return STORE_SAME;
	return left ? STORE_CHANGED : STORE_DELETED;
}

enum store_change
store_apply_window(const struct store_window *ask, int64_t now_s,
    struct store_value *value, struct store_window_answer *answer)
{
	struct window_value *window = &value->is.window;
	int64_t longest = 1;

	*answer = (struct store_window_answer){ .fits = false };
	arrange(ask, now_s, value);
	judge(ask, now_s, window, answer);
	if (ask->n == 0 || ask->only_look ||
	    (ask->only_if_fits && !answer->fits && !ask->give_back))
		return STORE_SAME;
	if (ask->give_back)
		return give_back(ask, now_s, value, answer);
	for (size_t i = 0; i < ask->tiers; i++) {
		add(&window->tier[i], ask->n, now_s);
		answer->count[i] = store_window_count(&window->tier[i], now_s);
		if (ask->tier[i].period_s > longest)
			longest = ask->tier[i].period_s;
	}
	value->verb = VERB_WINDOW;
	value->expires_s = now_s + longest;
	return STORE_CHANGED;
}
