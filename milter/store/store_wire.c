/*
 * store_wire - operations and their answers as JSON.
 *
 *   {"verb": "entry", "key": "abuse:{192.0.2.1}:ban", "do": 1, "value": "x",
 *    "ttl": 3600}
 *   {"result": "ok", "found": 0, "ttl": 3600}
 *
 * Tables say which member is which field. Truth is 0 or 1, sums are texts.
 * Bytes of texts that JSON could not carry are written %XX.
 *
 * Diagnostics: none; what makes no sense is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "store/store_wire.h"

enum kind {
	KIND_END,
	KIND_INT,
	KIND_BOOL,
	KIND_ENUM,
	KIND_SIZE,
	KIND_TEXT,
	KIND_SUM
};

struct field {
	enum kind kind;
	const char *name;
	size_t offset; /* in the union */
};

#define NO_CODE 100 /* more than any enumeration here has */

#define ASK(member, field) \
	.name = member, .offset = offsetof(union store_ask, field)
#define ANSWER(member, field) \
	.name = member, .offset = offsetof(union store_answer, field)

static const struct field window_ask[] = {
	{ KIND_INT, ASK("n", window.n) },
	{ KIND_BOOL, ASK("look", window.only_look) },
	{ KIND_BOOL, ASK("fit", window.only_if_fits) },
	{ KIND_BOOL, ASK("back", window.give_back) },
	{ KIND_SIZE, ASK("tiers", window.tiers) },
	{ KIND_INT, ASK("period0", window.tier[0].period_s) },
	{ KIND_INT, ASK("limit0", window.tier[0].limit) },
	{ KIND_INT, ASK("period1", window.tier[1].period_s) },
	{ KIND_INT, ASK("limit1", window.tier[1].limit) },
	{ KIND_INT, ASK("period2", window.tier[2].period_s) },
	{ KIND_INT, ASK("limit2", window.tier[2].limit) },
	{ KIND_INT, ASK("period3", window.tier[3].period_s) },
	{ KIND_INT, ASK("limit3", window.tier[3].limit) },
	{ KIND_END },
};
static const struct field window_answer[] = {
	{ KIND_BOOL, ANSWER("fits", window.fits) },
	{ KIND_SIZE, ANSWER("tier", window.tier) },
	{ KIND_INT, ANSWER("wait", window.wait_s) },
	{ KIND_INT, ANSWER("count0", window.count[0]) },
	{ KIND_INT, ANSWER("count1", window.count[1]) },
	{ KIND_INT, ANSWER("count2", window.count[2]) },
	{ KIND_INT, ANSWER("count3", window.count[3]) },
	{ KIND_END },
};
static const struct field triplet_ask[] = {
	{ KIND_INT, ASK("delay", triplet.delay_s) },
	{ KIND_INT, ASK("window", triplet.window_s) },
	{ KIND_INT, ASK("lifetime", triplet.lifetime_s) },
	{ KIND_INT, ASK("interval", triplet.pass_interval_s) },
	{ KIND_BOOL, ASK("look", triplet.only_look) },
	{ KIND_END },
};
static const struct field triplet_answer[] = {
	{ KIND_ENUM, ANSWER("state", triplet.state) },
	{ KIND_INT, ANSWER("first", triplet.first_s) },
	{ KIND_INT, ANSWER("last", triplet.last_s) },
	{ KIND_INT, ANSWER("passes", triplet.passes) },
	{ KIND_INT, ANSWER("wait", triplet.wait_s) },
	{ KIND_END },
};
static const struct field entry_ask[] = {
	{ KIND_ENUM, ASK("do", entry.verb) },
	{ KIND_TEXT, ASK("value", entry.value) },
	{ KIND_INT, ASK("ttl", entry.ttl_s) },
	{ KIND_END },
};
static const struct field entry_answer[] = {
	{ KIND_BOOL, ANSWER("found", entry.found) },
	{ KIND_TEXT, ANSWER("value", entry.value) },
	{ KIND_INT, ANSWER("ttl", entry.ttl_s) },
	{ KIND_END },
};
static const struct field lease_ask[] = {
	{ KIND_ENUM, ASK("do", lease.verb) },
	{ KIND_TEXT, ASK("owner", lease.owner) },
	{ KIND_INT, ASK("places", lease.places) },
	{ KIND_INT, ASK("ttl", lease.ttl_s) },
	{ KIND_END },
};
static const struct field lease_answer[] = {
	{ KIND_BOOL, ANSWER("taken", lease.taken) },
	{ KIND_INT, ANSWER("count", lease.count) },
	{ KIND_END },
};
static const struct field score_ask[] = {
	{ KIND_SUM, ASK("good", score.good) },
	{ KIND_SUM, ASK("bad", score.bad) },
	{ KIND_INT, ASK("half_life", score.half_life_s) },
	{ KIND_END },
};
static const struct field score_answer[] = {
	{ KIND_SUM, ANSWER("good", score.good) },
	{ KIND_SUM, ANSWER("bad", score.bad) },
	{ KIND_INT, ANSWER("events", score.events) },
	{ KIND_END },
};

static const struct field *const asks[VERB_MAX] = {
	[VERB_WINDOW] = window_ask,
	[VERB_TRIPLET] = triplet_ask,
	[VERB_ENTRY] = entry_ask,
	[VERB_LEASE] = lease_ask,
	[VERB_SCORE] = score_ask,
};
static const struct field *const answers[VERB_MAX] = {
	[VERB_WINDOW] = window_answer,
	[VERB_TRIPLET] = triplet_answer,
	[VERB_ENTRY] = entry_answer,
	[VERB_LEASE] = lease_answer,
	[VERB_SCORE] = score_answer,
};

/* add_text - with %XX for what JSON cannot carry */
static void
add_text(struct json *object, const char *name, const char *text)
{
	struct str out = STR_INIT;

	if (text == NULL)
		return;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c > '~' || c == '%')
			str_addf(&out, "%%%02X", c);
		else
			str_add_char(&out, (char)c);
	}
	json_add_text(object, name, str_text(&out));
	str_fini(&out);
}

/* get_text - as it was; NULL stays NULL */
static const char *
get_text(const struct json *object, const char *name, struct arena *arena)
{
	const char *text = json_get_text(object, name);
	char *raw, *out;
	unsigned byte;

	if (text == NULL)
		return NULL;
	raw = out = arena_strdup(arena, text);
	for (const char *in = raw; *in != '\0'; in++) {
		if (*in == '%' && sscanf(in + 1, "%2x", &byte) == 1 &&
		    byte != 0) {
			*out++ = (char)byte;
			in += 2;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return raw;
}

/* put_field - one member */
static void
put_field(const struct field *field, const void *at, struct json *object)
{
	char text[32];

	switch (field->kind) {
	case KIND_INT:
		json_add_int(object, field->name, *(const int64_t *)at);
		break;
	case KIND_BOOL:
		json_add_int(object, field->name, *(const bool *)at);
		break;
	case KIND_ENUM:
		json_add_int(object, field->name, *(const int *)at);
		break;
	case KIND_SIZE:
		json_add_int(object, field->name,
		    (int64_t) * (const size_t *)at);
		break;
	case KIND_TEXT:
		add_text(object, field->name, *(const char *const *)at);
		break;
	default:
		snprintf(text, sizeof(text), "%.17g", *(const double *)at);
		json_add_text(object, field->name, text);
		break;
	}
}

/* put - the fields of a table, from base */
static void
put(const struct field *field, const void *base, struct json *object)
{
	for (; field->kind != KIND_END; field++)
		put_field(field, (const char *)base + field->offset, object);
}

/* code_of - of an enumeration; what cannot be one is none */
static int
code_of(int64_t number)
{
	return number < 0 || number > NO_CODE ? NO_CODE : (int)number;
}

/* get_field - one member; absent is 0 or NULL */
static void
get_field(const struct field *field, void *at, const struct json *object,
    struct arena *arena)
{
	int64_t number = json_get_int(object, field->name, 0);
	const char *text;

	switch (field->kind) {
	case KIND_INT:
		*(int64_t *)at = number;
		break;
	case KIND_BOOL:
		*(bool *)at = number != 0;
		break;
	case KIND_ENUM:
		*(int *)at = code_of(number);
		break;
	case KIND_SIZE:
		*(size_t *)at = number < 0 ? 0 : (size_t)number;
		break;
	case KIND_TEXT:
		*(const char **)at = get_text(object, field->name, arena);
		break;
	default:
		text = json_get_text(object, field->name);
		*(double *)at = text != NULL ? strtod(text, NULL) : 0;
		break;
	}
}

/* get - the fields of a table, to base */
static void
get(const struct field *field, void *base, const struct json *object,
    struct arena *arena)
{
	for (; field->kind != KIND_END; field++)
		get_field(field, (char *)base + field->offset, object, arena);
}

struct json *
store_wire_ask(const struct store_op *op)
{
	struct json *object = json_new_object();

	json_add_text(object, "verb", store_verb_names[op->verb]);
	json_add_text(object, "key", op->key + op->prefix_length);
	put(asks[op->verb], &op->ask, object);
	return object;
}

/* read_key - printable, and not longer than a key can be */
static bool
read_key(const struct json *object, struct store_op *op)
{
	const char *key = json_get_text(object, "key");
	struct store_key_parts parts;

	if (key == NULL || strlen(key) >= STORE_KEY_SIZE ||
	    !store_key_split(key, &parts, op->arena))
		return false;
	for (const char *c = key; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	op->key = arena_strdup(op->arena, key);
	op->key_length = strlen(key);
	return true;
}

/* is_known - what enumerations say; the rest is brought into its bounds */
static bool
is_known(const struct store_op *op)
{
	switch (op->verb) {
	case VERB_WINDOW:
		return op->ask.window.tiers <= STORE_TIERS;
	case VERB_ENTRY:
		return op->ask.entry.verb <= ENTRY_DELETE;
	case VERB_LEASE:
		return op->ask.lease.verb <= LEASE_GIVE_BACK &&
		       op->ask.lease.owner != NULL;
	default:
		return true;
	}
}

bool
store_wire_read(const struct json *object, struct store_op *op)
{
	const char *verb = json_get_text(object, "verb");
	int code = 0;

	while (verb != NULL && code < VERB_MAX &&
	       strcmp(verb, store_verb_names[code]) != 0)
		code++;
	if (verb == NULL || code == VERB_MAX || !read_key(object, op))
		return false;
	op->verb = (enum store_verb)code;
	get(asks[op->verb], &op->ask, object, op->arena);
	if (!is_known(op))
		return false;
	store_op_bound(op);
	return true;
}

struct json *
store_wire_answer(const struct store_op *op)
{
	struct json *object = json_new_object();

	json_add_text(object, "result", store_result_name(op->result));
	put(answers[op->verb], &op->answer, object);
	return object;
}

void
store_wire_take(const struct json *object, struct store_op *op)
{
	const char *result = json_get_text(object, "result");
	int code = STORE_OK;

	while (result != NULL && code < STORE_BROKEN &&
	       strcmp(result, store_result_name((enum store_result)code)) != 0)
		code++;
	op->result = result != NULL ? (enum store_result)code : STORE_BROKEN;
	get(answers[op->verb], &op->answer, object, op->arena);
	op->state = OP_DONE;
}
