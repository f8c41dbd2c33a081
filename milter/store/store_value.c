/*
 * store_value - what the embedded store keeps under a key, packed.
 *
 * The first byte is SCHEMA + verb. Times are seconds since the start of 2020,
 * which fit five bytes for a thousand years; of buckets only the first time
 * is, then steps. Sums of a score are doubles as the machine has them: the
 * file does not move between machines.
 *
 * Diagnostics: none; damage unpacks to nothing.
 */
#include <stdio.h>
#include <string.h>

#include "service/json.h"
#include "store/store_value.h"

#define SCHEMA 0x10
#define EPOCH 1577836800 /* 2020-01-01 */

struct reader {
	const unsigned char *next, *end;
	bool bad;
};

/* get - a number */
static int64_t
get(struct reader *reader)
{
	uint64_t number = 0;
	unsigned shift = 0;

	for (; reader->next < reader->end && shift < 63; shift += 7) {
		number |= (uint64_t)(*reader->next & 0x7f) << shift;
		if ((*reader->next++ & 0x80) == 0)
			return (int64_t)number;
	}
	reader->bad = true;
	return 0;
}

/* get_double - a sum */
static double
get_double(struct reader *reader)
{
	double sum = 0;

	if ((size_t)(reader->end - reader->next) < sizeof(sum)) {
		reader->bad = true;
		return 0;
	}
	memcpy(&sum, reader->next, sizeof(sum));
	reader->next += sizeof(sum);
	return sum;
}

/* put - a number that is not negative; the end */
static unsigned char *
put(unsigned char *out, int64_t number)
{
	uint64_t left = number > 0 ? (uint64_t)number : 0;

	for (; left > 0x7f; left >>= 7)
		*out++ = (unsigned char)(left | 0x80);
	*out++ = (unsigned char)left;
	return out;
}

/* put_double - a sum; the end */
static unsigned char *
put_double(unsigned char *out, double sum)
{
	memcpy(out, &sum, sizeof(sum));
	return out + sizeof(sum);
}

/* get_tier - one tier of a window */
static void
get_tier(struct reader *reader, struct window_tier *tier)
{
	int64_t start_s = EPOCH;

	tier->period_s = get(reader);
	tier->buckets = (size_t)get(reader);
	if (tier->buckets > WINDOW_BUCKETS) {
		reader->bad = true;
		return;
	}
	for (size_t i = 0; i < tier->buckets; i++) {
		start_s += get(reader);
		tier->bucket[i].start_s = start_s;
		tier->bucket[i].count = get(reader);
	}
}

/* put_tier - one tier of a window; the end */
static unsigned char *
put_tier(unsigned char *out, const struct window_tier *tier)
{
	int64_t start_s = EPOCH;

	out = put(out, tier->period_s);
	out = put(out, (int64_t)tier->buckets);
	for (size_t i = 0; i < tier->buckets; i++) {
		out = put(out, tier->bucket[i].start_s - start_s);
		out = put(out, tier->bucket[i].count);
		start_s = tier->bucket[i].start_s;
	}
	return out;
}

/* get_window, get_triplet, get_entry, get_score - what follows the head */
static void
get_window(struct reader *reader, struct store_value *value)
{
	struct window_value *window = &value->is.window;

	window->tiers = (size_t)get(reader);
	if (window->tiers > STORE_TIERS)
		reader->bad = true;
	for (size_t i = 0; !reader->bad && i < window->tiers; i++)
		get_tier(reader, &window->tier[i]);
}

static void
get_triplet(struct reader *reader, struct store_value *value)
{
	struct triplet_value *triplet = &value->is.triplet;

	triplet->first_s = EPOCH + get(reader);
	triplet->last_s = triplet->first_s + get(reader);
	triplet->passes = get(reader);
}

static void
get_entry(struct reader *reader, struct store_value *value)
{
	value->is.entry.text = (const char *)reader->next;
	value->is.entry.length = (size_t)(reader->end - reader->next);
	reader->next = reader->end;
}

static void
get_score(struct reader *reader, struct store_value *value)
{
	struct score_value *score = &value->is.score;

	score->good = get_double(reader);
	score->bad = get_double(reader);
	score->at_s = EPOCH + get(reader);
	score->half_life_s = get(reader);
	score->events = get(reader);
	if (score->half_life_s == 0)
		reader->bad = true;
}

static void (*const getters[VERB_MAX])(struct reader *,
    struct store_value *) = {
	[VERB_WINDOW] = get_window,
	[VERB_TRIPLET] = get_triplet,
	[VERB_ENTRY] = get_entry,
	[VERB_SCORE] = get_score,
};

/* get_head - verb and end; false when it is none of ours */
static bool
get_head(struct reader *reader, enum store_verb *verb, int64_t *expires_s)
{
	int code;

	*verb = VERB_MAX;
	if (reader->next == reader->end)
		return false;
	code = *reader->next++ - SCHEMA;
	*expires_s = EPOCH + get(reader);
	if (code < 0 || code >= VERB_MAX || getters[code] == NULL ||
	    reader->bad)
		return false;
	*verb = (enum store_verb)code;
	return true;
}

bool
store_value_unpack(const void *bytes, size_t length, struct store_value *value)
{
	struct reader reader = { .next = bytes };

	reader.end = reader.next + length;
	if (!get_head(&reader, &value->verb, &value->expires_s))
		return false;
	getters[value->verb](&reader, value);
	if (!reader.bad && reader.next == reader.end)
		return true;
	value->verb = VERB_MAX;
	return false;
}

bool
store_value_head(const void *bytes, size_t length, int64_t now_s,
    int64_t *expires_s, bool *is_dull)
{
	struct reader reader = { .next = bytes };
	struct store_value value;

	reader.end = reader.next + length;
	*is_dull = false;
	if (!get_head(&reader, &value.verb, expires_s))
		return false;
	if (value.verb == VERB_TRIPLET) {
		const struct triplet_value *triplet = &value.is.triplet;

		get_triplet(&reader, &value);
		*is_dull = triplet->passes == 0 &&
			   now_s - triplet->first_s > *expires_s - now_s;
	}
	return true;
}

/* pack_score - the end */
static unsigned char *
pack_score(unsigned char *out, const struct score_value *score)
{
	out = put_double(out, score->good);
	out = put_double(out, score->bad);
	out = put(out, score->at_s - EPOCH);
	out = put(out, score->half_life_s);
	return put(out, score->events);
}

/* pack_triplet - the end */
static unsigned char *
pack_triplet(unsigned char *out, const struct triplet_value *triplet)
{
	out = put(out, triplet->first_s - EPOCH);
	out = put(out, triplet->last_s - triplet->first_s);
	return put(out, triplet->passes);
}

size_t
store_value_pack(const struct store_value *value,
    unsigned char out[STORE_PACKED_SIZE])
{
	unsigned char *next = out;

	*next++ = (unsigned char)(SCHEMA + value->verb);
	next = put(next, value->expires_s - EPOCH);
	switch (value->verb) {
	case VERB_WINDOW:
		next = put(next, (int64_t)value->is.window.tiers);
		for (size_t i = 0; i < value->is.window.tiers; i++)
			next = put_tier(next, &value->is.window.tier[i]);
		break;
	case VERB_TRIPLET:
		next = pack_triplet(next, &value->is.triplet);
		break;
	case VERB_ENTRY:
		memcpy(next, value->is.entry.text, value->is.entry.length);
		next += value->is.entry.length;
		break;
	case VERB_SCORE:
		next = pack_score(next, &value->is.score);
		break;
	default:
		break;
	}
	return (size_t)(next - out);
}

/* window_fields - counts as they are now */
static void
window_fields(const struct window_value *window, int64_t now_s,
    struct json *fields)
{
	struct json *tiers = json_new_array();

	for (size_t i = 0; i < window->tiers; i++) {
		struct json *tier = json_new_object();

		json_add_int(tier, "period", window->tier[i].period_s);
		json_add_int(tier, "count",
		    store_window_count(&window->tier[i], now_s));
		json_append(tiers, tier);
	}
	json_add(fields, "tiers", tiers);
}

/* entry_fields - the text */
static void
entry_fields(const struct entry_value *entry, struct json *fields)
{
	char text[STORE_VALUE_MAX + 1];

	snprintf(text, sizeof(text), "%.*s", (int)entry->length, entry->text);
	json_add_text(fields, "value", text);
}

/* score_fields - sums as they are now */
static void
score_fields(struct store_value value, int64_t now_s, struct json *fields)
{
	struct store_op look = {
		.verb = VERB_SCORE,
		.now_s = now_s,
		.ask.score.half_life_s = value.is.score.half_life_s,
	};
	char text[32];

	store_apply(&look, &value);
	snprintf(text, sizeof(text), "%.3f", look.answer.score.good);
	json_add_text(fields, "good", text);
	snprintf(text, sizeof(text), "%.3f", look.answer.score.bad);
	json_add_text(fields, "bad", text);
	json_add_int(fields, "events", look.answer.score.events);
}

struct json *
store_value_fields(const struct store_value *value, int64_t now_s)
{
	struct json *fields = json_new_object();

	switch (value->verb) {
	case VERB_WINDOW:
		window_fields(&value->is.window, now_s, fields);
		break;
	case VERB_TRIPLET:
		json_add_int(fields, "first", value->is.triplet.first_s);
		json_add_int(fields, "last", value->is.triplet.last_s);
		json_add_int(fields, "passes", value->is.triplet.passes);
		break;
	case VERB_ENTRY:
		entry_fields(&value->is.entry, fields);
		break;
	case VERB_SCORE:
		score_fields(*value, now_s, fields);
		break;
	default:
		break;
	}
	return fields;
}
