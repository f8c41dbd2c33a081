/*
 * store_redis_look - operations that change nothing: a GET, and the rest here.
 *
 * Reads what the scripts write (store_redis_script.c says how), and carries
 * the look out on it as the embedded store does (store_apply.c). Of
 * MessagePack that is numbers and arrays of them.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_redis_look.h"
#include "store/store_redis_resp.h"
#include "store/store_value.h"

#define NUMBER_MAX (1LL << 53) /* that Lua's numbers hold exactly */

bool
redis_look_is(const struct store_op *op)
{
	switch (op->verb) {
	case VERB_WINDOW:
		return op->ask.window.only_look || op->ask.window.n == 0;
	case VERB_TRIPLET:
		return op->ask.triplet.only_look;
	case VERB_ENTRY:
		return op->ask.entry.verb == ENTRY_GET &&
		       op->ask.entry.ttl_s == 0;
	case VERB_SCORE:
		return op->ask.score.good == 0 && op->ask.score.bad == 0;
	default:
		return false;
	}
}

/* ---- MessagePack ---- */

struct packed {
	const unsigned char *at, *end;
};

/* take - a number of size bytes, most significant first */
static bool
take(struct packed *packed, size_t size, uint64_t *number)
{
	if ((size_t)(packed->end - packed->at) < size)
		return false;
	*number = 0;
	while (size-- > 0)
		*number = *number << 8 | *packed->at++;
	return true;
}

/* take_signed - as take(), with a sign */
static bool
take_signed(struct packed *packed, size_t size, double *out)
{
	unsigned shift = 64 - 8 * (unsigned)size;
	uint64_t number;

	if (!take(packed, size, &number))
		return false;
	*out = (double)((int64_t)(number << shift) >> shift);
	return true;
}

/* take_float - as take(), 4 or 8 bytes of a floating-point number */
static bool
take_float(struct packed *packed, size_t size, double *out)
{
	uint64_t number;
	uint32_t half;
	float single;

	if (!take(packed, size, &number))
		return false;
	if (size == sizeof(*out)) {
		memcpy(out, &number, sizeof(*out));
		return isfinite(*out);
	}
	half = (uint32_t)number;
	memcpy(&single, &half, sizeof(single));
	*out = (double)single;
	return isfinite(*out);
}

/* number - the next value, if it is one */
static bool
number(struct packed *packed, double *out)
{
	uint64_t head, value;

	if (!take(packed, 1, &head))
		return false;
	if (head < 0x80 || head >= 0xe0) {
		*out = (double)(int8_t)head;
		return true;
	}
	switch (head) {
	case 0xca:
	case 0xcb:
		return take_float(packed, head == 0xca ? 4 : 8, out);
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf:
		if (!take(packed, (size_t)1 << (head - 0xcc), &value))
			return false;
		*out = (double)value;
		return true;
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		return take_signed(packed, (size_t)1 << (head - 0xd0), out);
	default:
		return false;
	}
}

/* whole - the next value, if it is a whole number that Lua counts with */
static bool
whole(struct packed *packed, int64_t *out)
{
	double value;

	if (!number(packed, &value) || fabs(value) > (double)NUMBER_MAX ||
	    value != floor(value))
		return false;
	*out = (int64_t)value;
	return true;
}

/* array - the next value, if it is one; how many elements follow */
static bool
array(struct packed *packed, uint64_t *count)
{
	uint64_t head;

	if (!take(packed, 1, &head))
		return false;
	if (head >> 4 == 0x9) {
		*count = head & 0xf;
		return true;
	}
	return (head == 0xdc && take(packed, 2, count)) ||
	       (head == 0xdd && take(packed, 4, count));
}

/* ---- what lies under the keys ---- */

/* read_tier - period, begin and count of the first bucket, seconds to the
 * next, its count, ... */
static bool
read_tier(struct packed *packed, struct window_tier *tier)
{
	uint64_t count;
	int64_t start_s = 0, step_s;

	if (!array(packed, &count) || count % 2 == 0 ||
	    count / 2 > WINDOW_BUCKETS || !whole(packed, &tier->period_s) ||
	    tier->period_s < 1)
		return false;
	tier->buckets = count / 2;
	for (size_t i = 0; i < tier->buckets; i++) {
		if (!whole(packed, &step_s) ||
		    !whole(packed, &tier->bucket[i].count) ||
		    tier->bucket[i].count < 0 ||
		    llabs(start_s + step_s) > NUMBER_MAX)
			return false;
		start_s += step_s;
		tier->bucket[i].start_s = start_s;
	}
	return true;
}

/* read_window - "w" and MessagePack: end, then the tiers */
static bool
read_window(struct packed packed, struct store_value *value)
{
	struct window_value *window = &value->is.window;

	window->tiers = 0;
	if (!whole(&packed, &value->expires_s))
		return false;
	while (packed.at < packed.end && window->tiers < STORE_TIERS)
		if (!read_tier(&packed, &window->tier[window->tiers++]))
			return false;
	return true;
}

/* read_score - "s" and MessagePack: end, time, half-life, good, bad, events */
static bool
read_score(struct packed packed, struct store_value *value)
{
	struct score_value *score = &value->is.score;

	return whole(&packed, &value->expires_s) &&
	       whole(&packed, &score->at_s) &&
	       whole(&packed, &score->half_life_s) &&
	       number(&packed, &score->good) && number(&packed, &score->bad) &&
	       whole(&packed, &score->events);
}

/* digits - a number of at most size digits; behind it in *text */
static bool
digits(const char **text, size_t size, int64_t *out)
{
	const char *at = *text;

	*out = 0;
	while (size-- > 0 && *at >= '0' && *at <= '9' && *out < NUMBER_MAX / 10)
		*out = *out * 10 + (*at++ - '0');
	if (at == *text)
		return false;
	*text = at;
	return true;
}

/* read_entry - "e", end, blank, text */
static bool
read_entry(const struct resp *reply, struct store_value *value)
{
	const char *at = reply->text + 1;

	if (!digits(&at, 19, &value->expires_s) || *at++ != ' ' ||
	    strlen(reply->text) != reply->length)
		return false;
	value->is.entry.text = at;
	value->is.entry.length = reply->length - (size_t)(at - reply->text);
	return true;
}

/* read_triplet - first, seconds to last (8 digits), passes (1); or apart */
static bool
read_triplet(const struct store_triplet *ask, const struct resp *reply,
    struct store_value *value)
{
	struct triplet_value *triplet = &value->is.triplet;
	int64_t brief_s =
	    ask->window_s + (ask->window_s / 4 > 0 ? ask->window_s / 4 : 1);
	const char *at = reply->text;

	if (strchr(at, ' ') == NULL) {
		if (reply->length < 10 ||
		    !digits(&at, reply->length - 9, &triplet->first_s) ||
		    !digits(&at, 8, &triplet->last_s) ||
		    !digits(&at, 1, &triplet->passes))
			return false;
		triplet->last_s += triplet->first_s;
	} else if (!digits(&at, 19, &triplet->first_s) || *at++ != ' ' ||
		   !digits(&at, 19, &triplet->last_s) || *at++ != ' ' ||
		   !digits(&at, 19, &triplet->passes)) {
		return false;
	}
	value->expires_s = triplet->passes > 0
			       ? triplet->last_s + ask->lifetime_s
			       : triplet->first_s + brief_s;
	return (size_t)(at - reply->text) == reply->length;
}

/* read_value - what the operation's verb has left, if it has */
static bool
read_value(const struct store_op *op, const struct resp *reply,
    struct store_value *value)
{
	const struct packed packed = {
		.at = (const unsigned char *)reply->text + 1,
		.end = (const unsigned char *)reply->text + reply->length,
	};
	char tag = reply->text[0];

	switch (op->verb) {
	case VERB_WINDOW:
		return tag == 'w' && read_window(packed, value);
	case VERB_TRIPLET:
		return read_triplet(&op->ask.triplet, reply, value);
	case VERB_ENTRY:
		return tag == 'e' && read_entry(reply, value);
	default:
		return tag == 's' && read_score(packed, value);
	}
}

bool
redis_look_read(struct store_op *op, const struct resp *reply)
{
	struct store_value value;

	value.verb = VERB_MAX;
	if (reply->kind == RESP_TEXT && reply->length > 0 &&
	    read_value(op, reply, &value))
		value.verb = op->verb;
	else if (reply->kind == RESP_INTEGER || reply->kind == RESP_ARRAY ||
		 reply->kind == RESP_STATUS)
		return false;
	memset(&op->answer, 0, sizeof(op->answer));
	store_apply(op, &value);
	return true;
}
