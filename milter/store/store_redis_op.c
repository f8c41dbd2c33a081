/*
 * store_redis_op - operations as Redis commands, and replies as answers.
 *
 * One command for each operation: EVALSHA, the script's name, its key, the
 * time and what the script wants; store_redis_script.c says what that is, and
 * what comes back. An answer is taken only if it can be one: all numbers in
 * their bounds. What only looks is a GET (store_redis_look.c), and some of
 * what has no answer a command of Redis' own.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_backend.h"
#include "store/store_redis_command.h"
#include "store/store_redis_look.h"
#include "store/store_redis_op.h"
#include "store/store_redis_resp.h"
#include "store/store_redis_script.h"

#define NUMBER_MAX (1LL << 53) /* that Lua's numbers hold exactly */

/* ---- commands ---- */

/* begin - words is how many arguments follow the time */
static void
begin(struct str *out, enum script script, bool with_text, const char *key,
    size_t key_length, int64_t now_s, size_t words)
{
	command_begin(out, words + 5);
	command_text(out, with_text ? "EVAL" : "EVALSHA");
	command_text(out,
	    with_text ? script_text(script) : script_name(script));
	command_text(out, "1");
	command_bytes(out, key, key_length);
	command_number(out, now_s);
}

/* within - a count that Lua's numbers hold */
static int64_t
within(int64_t number)
{
	return number < NUMBER_MAX ? number : NUMBER_MAX;
}

/* write_window - n, how, tiers */
static void
write_window(const struct store_window *ask, struct str *out)
{
	const char *how = "0";
	size_t i;

	if (ask->give_back)
		how = "3";
	else if (ask->only_if_fits)
		how = "1";
	command_number(out, within(ask->n));
	command_text(out, how);
	for (i = 0; i < ask->tiers; i++) {
		command_number(out, ask->tier[i].period_s);
		command_number(out, within(ask->tier[i].limit));
	}
}

/* write_triplet - times, and whether to look only */
static void
write_triplet(const struct store_triplet *ask, struct str *out)
{
	command_number(out, ask->delay_s);
	command_number(out, ask->window_s);
	command_number(out, ask->lifetime_s);
	command_number(out, ask->pass_interval_s);
	command_text(out, ask->only_look ? "1" : "0");
}

/* write_entry - verb, time to live, value */
static void
write_entry(const struct store_entry *ask, struct str *out)
{
	command_number(out, ask->verb);
	command_number(out, ask->ttl_s);
	command_text(out, ask->value);
}

/* write_lease - verb, owner, places, time to live */
static void
write_lease(const struct store_lease *ask, struct str *out)
{
	command_text(out, ask->verb == LEASE_GIVE_BACK ? "1" : "0");
	command_text(out, ask->owner);
	command_number(out, ask->places);
	command_number(out, ask->ttl_s);
}

/* write_score - what to add, half-life, whether it is something */
static void
write_score(const struct store_score *ask, struct str *out)
{
	char number[32];

	snprintf(number, sizeof number, "%.17g", ask->good);
	command_text(out, number);
	snprintf(number, sizeof number, "%.17g", ask->bad);
	command_text(out, number);
	command_number(out, ask->half_life_s);
	command_text(out, ask->good != 0 || ask->bad != 0 ? "1" : "0");
}

/* command_entry - the word under an entry's key: "e", end, blank, text */
static void
command_entry(struct str *out, int64_t ends_s, const char *text)
{
	struct str word = STR_INIT;

	str_addf(&word, "e%lld %s", (long long)ends_s, text);
	command_bytes(out, word.data, word.length);
	str_fini(&word);
}

void
redis_op_write(const struct store_op *op, const char *key, size_t key_length,
    bool with_text, struct str *out)
{
	static const struct {
		enum script script;
		size_t words;
	} verbs[VERB_MAX] = {
		[VERB_WINDOW] = { SCRIPT_WINDOW, 2 },
		[VERB_TRIPLET] = { SCRIPT_TRIPLET, 5 },
		[VERB_ENTRY] = { SCRIPT_ENTRY, 3 },
		[VERB_LEASE] = { SCRIPT_LEASE, 4 },
		[VERB_SCORE] = { SCRIPT_SCORE, 4 },
	};
	size_t words = verbs[op->verb].words;

	if (redis_look_is(op)) {
		command_begin(out, 2);
		command_text(out, "GET");
		command_bytes(out, key, key_length);
		return;
	}
	if (op->verb == VERB_WINDOW)
		words += 2 * op->ask.window.tiers;
	begin(out, verbs[op->verb].script, with_text, key, key_length,
	    op->now_s, words);
	if (op->verb == VERB_WINDOW)
		write_window(&op->ask.window, out);
	else if (op->verb == VERB_TRIPLET)
		write_triplet(&op->ask.triplet, out);
	else if (op->verb == VERB_ENTRY)
		write_entry(&op->ask.entry, out);
	else if (op->verb == VERB_LEASE)
		write_lease(&op->ask.lease, out);
	else
		write_score(&op->ask.score, out);
}

/* post_native - without a script; false: it needs one */
static bool
post_native(const struct store_op *op, const char *key, size_t key_length,
    struct str *out)
{
	const struct store_entry *entry = &op->ask.entry;

	if (op->verb == VERB_LEASE && op->ask.lease.verb == LEASE_GIVE_BACK) {
		command_begin(out, 3);
		command_text(out, "ZREM");
		command_bytes(out, key, key_length);
		command_text(out, op->ask.lease.owner);
		return true;
	}
	if (op->verb != VERB_ENTRY || entry->verb != ENTRY_PUT)
		return false;
	command_begin(out, 5);
	command_text(out, "SET");
	command_bytes(out, key, key_length);
	command_entry(out, op->now_s + entry->ttl_s, entry->value);
	command_text(out, "EX");
	command_number(out, entry->ttl_s);
	return true;
}

void
redis_post_write(const struct store_op *op, const char *key, size_t key_length,
    struct str *out)
{
	if (!post_native(op, key, key_length, out))
		redis_op_write(op, key, key_length, false, out);
}

void
redis_probe_write(const char *key, struct str *out)
{
	const struct store_entry probe = { .verb = ENTRY_PUT,
		.value = "",
		.ttl_s = 1 };

	begin(out, SCRIPT_ENTRY, false, key, strlen(key), 0, 3);
	write_entry(&probe, out);
}

void
redis_show_write(const char *key, size_t key_length, int64_t now_s,
    struct str *out)
{
	begin(out, SCRIPT_SHOW, false, key, key_length, now_s, 0);
}

/* ---- answers ---- */

/* read_window - fits, tier, wait, counts */
static bool
read_window(const struct store_window *ask, const struct resp *reply,
    struct store_window_answer *answer)
{
	int64_t number[3 + STORE_TIERS];
	size_t i;

	if (!resp_integers(reply, 3 + ask->tiers, number) || number[1] < 0 ||
	    number[1] >= (int64_t)ask->tiers || number[2] < 0)
		return false;
	*answer = (struct store_window_answer){
		.fits = number[0] != 0,
		.tier = (size_t)number[1],
		.wait_s = number[2],
	};
	for (i = 0; i < ask->tiers; i++)
		answer->count[i] = number[3 + i];
	return true;
}

/* read_triplet - state, first, last, passes, wait */
static bool
read_triplet(const struct resp *reply, struct store_triplet_answer *answer)
{
	int64_t number[5];

	if (!resp_integers(reply, 5, number) || number[0] < TRIPLET_NEW ||
	    number[0] > TRIPLET_TOO_LATE || number[3] < 0 || number[4] < 0)
		return false;
	*answer = (struct store_triplet_answer){
		.state = (enum store_triplet_state)number[0],
		.first_s = number[1],
		.last_s = number[2],
		.passes = number[3],
		.wait_s = number[4],
	};
	return true;
}

/* read_entry - found, time to live, value or nil */
static bool
read_entry(struct store_op *op, const struct resp *reply)
{
	const struct resp *value;
	const char *text;

	if (!resp_is_array(reply, 3) ||
	    reply->element[0]->kind != RESP_INTEGER ||
	    reply->element[1]->kind != RESP_INTEGER)
		return false;
	value = reply->element[2];
	text = resp_text(value);
	if (text == NULL && value->kind != RESP_NIL)
		return false;
	op->answer.entry = (struct store_entry_answer){
		.found = reply->element[0]->number != 0,
		.ttl_s = reply->element[1]->number,
		.value = arena_strdup(op->arena, text),
	};
	return true;
}

/* read_lease - taken, count */
static bool
read_lease(const struct resp *reply, struct store_lease_answer *answer)
{
	int64_t number[2];

	if (!resp_integers(reply, 2, number) || number[1] < 0)
		return false;
	answer->taken = number[0] != 0;
	answer->count = number[1];
	return true;
}

/* read_double - a number that is one */
static bool
read_double(const struct resp *reply, double *out)
{
	const char *text = resp_text(reply);
	char *end;

	if (text == NULL)
		return false;
	*out = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*out);
}

/* read_score - good, bad, events */
static bool
read_score(const struct resp *reply, struct store_score_answer *answer)
{
	if (!resp_is_array(reply, 3) ||
	    !read_double(reply->element[0], &answer->good) ||
	    !read_double(reply->element[1], &answer->bad) ||
	    reply->element[2]->kind != RESP_INTEGER)
		return false;
	answer->events = reply->element[2]->number;
	return true;
}

bool
redis_op_read(struct store_op *op, const struct resp *reply)
{
	if (redis_look_is(op))
		return redis_look_read(op, reply);
	if (reply->kind == RESP_ERROR)
		return false;
	switch (op->verb) {
	case VERB_WINDOW:
		return read_window(&op->ask.window, reply, &op->answer.window);
	case VERB_TRIPLET:
		return read_triplet(reply, &op->answer.triplet);
	case VERB_ENTRY:
		return read_entry(op, reply);
	case VERB_LEASE:
		return read_lease(reply, &op->answer.lease);
	case VERB_SCORE:
		return read_score(reply, &op->answer.score);
	default:
		return false;
	}
}
