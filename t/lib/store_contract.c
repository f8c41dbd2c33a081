/*
 * store_contract - what every store has to do, as tests.
 *
 * Tables of steps: so many seconds later, this operation, that answer. Each
 * test has a store of its own (another prefix) and a clock that it moves.
 */
#include "t/lib/store_contract.h"

#include <math.h>
#include <pthread.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"

#define START 1790000000 /* September 2026 */
#define WAIT_MS 20000    /* a server on a busy machine */
#define THREADS 8
#define TRIES 125 /* of each thread */

struct contract {
	const struct store_maker *maker;
	struct clock *clock;
	struct store *store;
	struct arena *arena;
	struct store_batch *batch;
	char prefix[64];
};

static int
set_up_with(void **state, const char *hash_policies)
{
	static unsigned counter;
	struct contract *c = mem_alloc(sizeof(*c));
	unsigned random;

	clock_random(&random, sizeof(random));
	snprintf(c->prefix, sizeof(c->prefix), "t%ld-%u-%x", (long)getpid(),
	    counter++, random);
	c->maker = *state;
	c->clock = clock_fake_new(START);
	c->store = c->maker->open(c->maker->self,
	    (struct store_settings){
		.prefix = c->prefix,
		.hash_policies = hash_policies,
		.hash_secret = "a secret",
	    },
	    c->clock);
	assert_non_null(c->store);
	c->arena = arena_new(4096);
	c->batch = store_batch_new(c->store, c->arena);
	*state = c;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_with(state, "");
}

static int
set_up_hashed(void **state)
{
	return set_up_with(state, "greylist ratelimit");
}

static int
tear_down(void **state)
{
	struct contract *c = *state;

	arena_free(c->arena);
	c->maker->close(c->maker->self, c->store);
	clock_fake_free(c->clock);
	mem_free(c);
	return 0;
}

/* later - move the clock */
static void
later(struct contract *c, int64_t seconds)
{
	clock_fake_advance(c->clock, seconds * 1000);
}

/* deadline - far enough */
static int64_t
deadline(const struct clock *clock)
{
	return clock_mono_ms(clock) + WAIT_MS;
}

/* one operation of each kind, asked and waited for */
static struct store_window_answer
window(struct contract *c, const struct store_window *ask)
{
	struct store_window_answer answer;
	bool was_local = true;

	assert_int_equal(store_wait_window(store_add_window(c->batch, ask),
			     deadline(c->clock), &answer, &was_local),
	    STORE_OK);
	assert_false(was_local);
	return answer;
}

static struct store_triplet_answer
triplet(struct contract *c, const struct store_triplet *ask)
{
	struct store_triplet_answer answer;

	assert_int_equal(store_wait_triplet(store_add_triplet(c->batch, ask),
			     deadline(c->clock), &answer, NULL),
	    STORE_OK);
	return answer;
}

static struct store_entry_answer
entry(struct contract *c, const char *subject, enum store_entry_verb verb,
    const char *value, int64_t ttl_s)
{
	struct store_entry ask = {
		.key = { .policy = "abuse", .subject = subject, .rest = "ban" },
		.verb = verb,
		.value = value,
		.ttl_s = ttl_s,
	};
	struct store_entry_answer answer;

	assert_int_equal(store_wait_entry(store_add_entry(c->batch, &ask),
			     deadline(c->clock), &answer, NULL),
	    STORE_OK);
	return answer;
}

static struct store_lease_answer
lease(struct contract *c, enum store_lease_verb verb, const char *owner,
    int64_t places, int64_t ttl_s)
{
	struct store_lease ask = {
		.key = { .policy = "connlimit", .subject = "192.0.2.1" },
		.verb = verb,
		.owner = owner,
		.places = places,
		.ttl_s = ttl_s,
	};
	struct store_lease_answer answer;

	assert_int_equal(store_wait_lease(store_add_lease(c->batch, &ask),
			     deadline(c->clock), &answer, NULL),
	    STORE_OK);
	return answer;
}

static struct store_score_answer
score(struct contract *c, double good, double bad, int64_t half_life_s)
{
	struct store_score ask = {
		.key = { .policy = "reputation", .subject = "192.0.2.1" },
		.good = good,
		.bad = bad,
		.half_life_s = half_life_s,
	};
	struct store_score_answer answer;

	assert_int_equal(store_wait_score(store_add_score(c->batch, &ask),
			     deadline(c->clock), &answer, NULL),
	    STORE_OK);
	return answer;
}

/* ---- window ---- */

/* add, only if it fits, only look, give back */
enum { ADD, FITS, LOOK, BACK };

struct window_step {
	int64_t later_s;
	int how;
	int64_t n;
	bool fits;
	int64_t count, wait_s;
};

/* walk_window - one tier, through a table */
static void
walk_window(struct contract *c, int64_t period_s, int64_t limit,
    const struct window_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct window_step *step = &steps[i];
		struct store_window ask = {
			.key = {
			    .policy = "ratelimit.login",
			    .subject = "alice@example.test",
			},
			.n = step->n,
			.only_if_fits = step->how == FITS,
			.only_look = step->how == LOOK,
			.give_back = step->how == BACK,
			.tiers = 1,
			.tier = { { period_s, limit } },
		};
		struct store_window_answer answer;

		later(c, step->later_s);
		answer = window(c, &ask);
		if (answer.fits != step->fits ||
		    answer.count[0] != step->count ||
		    answer.wait_s != step->wait_s || answer.tier != 0)
			fail_msg("step %zu: fits %d count %lld wait %lld", i,
			    answer.fits, (long long)answer.count[0],
			    (long long)answer.wait_s);
	}
}

#define WALK_WINDOW(c, period_s, limit, steps) \
	walk_window(c, period_s, limit, steps, COUNT_OF(steps))

static void
test_window_burst(void **state)
{
	static const struct window_step steps[] = {
		{ 0, LOOK, 1, true, 0, 0 },
		{ 0, FITS, 4, true, 4, 0 },
		{ 0, FITS, 6, true, 10, 0 },
		{ 0, FITS, 1, false, 10, 3600 },
		{ 1, LOOK, 1, false, 10, 3599 },
		{ 3598, FITS, 1, false, 10, 1 },
		{ 1, FITS, 11, false, 0, 3600 }, /* never */
		{ 0, FITS, 10, true, 10, 0 },
	};

	WALK_WINDOW(*state, 3600, 10, steps);
}

static void
test_window_slides(void **state)
{
	static const struct window_step steps[] = {
		{ 0, FITS, 3, true, 3, 0 },    /* from 0 */
		{ 59, FITS, 1, true, 4, 0 },   /* into the same bucket */
		{ 1, FITS, 2, true, 6, 0 },    /* 60: another one */
		{ 600, FITS, 4, true, 10, 0 }, /* from 660 */
		{ 0, FITS, 4, false, 10, 2940 },
		{ 0, FITS, 5, false, 10, 3000 }, /* the second has to go too */
		{ 0, FITS, 7, false, 10, 3600 },
		{ 2939, FITS, 4, false, 10, 1 },
		{ 1, FITS, 4, true, 10, 0 }, /* 3600: 4 are gone */
		{ 59, LOOK, 1, false, 10, 1 },
		{ 1, LOOK, 1, true, 8, 0 }, /* 3660 */
		{ 7200, LOOK, 1, true, 0, 0 },
	};

	WALK_WINDOW(*state, 3600, 10, steps);
}

static void
test_window_counts(void **state)
{
	static const struct window_step steps[] = {
		{ 0, ADD, 5, true, 5, 0 },
		{ 0, ADD, 0, true, 5, 0 },
		{ 0, ADD, 1000000000000, true, 1000000000005, 0 },
		{ 59, LOOK, 9, true, 1000000000005, 0 },
		{ 1, LOOK, 9, true, 0, 0 },
	};

	WALK_WINDOW(*state, 60, 0, steps);
}

static void
test_window_adds_over(void **state)
{
	static const struct window_step steps[] = {
		{ 0, ADD, 9, true, 9, 0 },
		{ 10, ADD, 3, false, 12, 50 }, /* did not fit, was added */
		{ 0, ADD, 0, false, 12, 50 },  /* over the limit as it is */
		{ 50, ADD, 0, true, 3, 0 },
	};

	WALK_WINDOW(*state, 60, 10, steps);
}

static void
test_window_gives_back(void **state)
{
	static const struct window_step steps[] = {
		{ 0, BACK, 1, true, 0, 0 },  /* of nothing */
		{ 0, FITS, 5, true, 5, 0 },  /* from 0 */
		{ 70, FITS, 3, true, 8, 0 }, /* from 70 */
		{ 0, BACK, 2, true, 6, 0 },
		{ 10, BACK, 3, true, 3, 0 }, /* the rest of it from the first */
		{ 0, FITS, 8, false, 3, 3520 },
		{ 3519, LOOK, 1, true, 3, 0 },
		{ 1, LOOK, 1, true, 0, 0 }, /* 3600 */
		{ 0, FITS, 10, true, 10, 0 },
		{ 0, FITS, 1, false, 10, 3600 },
		{ 0, BACK, 10, false, 0, 3600 }, /* and there is room */
		{ 0, FITS, 10, true, 10, 0 },
	};

	WALK_WINDOW(*state, 3600, 10, steps);
}

static void
test_window_gives_back_tiers(void **state)
{
	struct contract *c = *state;
	struct store_window ask = {
		.key = { .policy = "ratelimit", .subject = "back" },
		.n = 4,
		.tiers = 2,
		.tier = { { 60, 0 }, { 3600, 0 } },
	};
	struct store_window_answer answer;

	window(c, &ask);
	later(c, 60);
	window(c, &ask);
	ask.n = 5;
	ask.give_back = true;
	answer = window(c, &ask);
	assert_int_equal(answer.count[0], 0);
	assert_int_equal(answer.count[1], 3);
	/* a look only is no more than that */
	ask.only_look = true;
	answer = window(c, &ask);
	assert_int_equal(answer.count[1], 3);
}

static void
test_window_sixty_buckets(void **state)
{
	struct contract *c = *state;
	struct store_window ask = {
		.key = { .policy = "ratelimit", .subject = "x" },
		.n = 1,
		.tiers = 1,
		.tier = { { 60, 0 } },
	};

	/* one a second, for more than the period: always the last 60 */
	for (int i = 1; i <= 130; i++) {
		assert_int_equal(window(c, &ask).count[0], i < 60 ? i : 60);
		later(c, 1);
	}
}

static void
test_window_odd_periods(void **state)
{
	static const int64_t periods[] = { 1, 2, 59, 61, 90, 86400 };
	struct contract *c = *state;

	for (size_t i = 0; i < COUNT_OF(periods); i++) {
		struct store_window ask = {
			.key = { .policy = "ratelimit", .subject = "odd" },
			.only_if_fits = true,
			.n = 1,
			.tiers = 1,
			.tier = { { periods[i], 1 } },
		};

		assert_true(window(c, &ask).fits);
		later(c, periods[i] - 1);
		assert_int_equal(window(c, &ask).wait_s, 1);
		later(c, 1);
		assert_true(window(c, &ask).fits);
		later(c, 1);
	}
}

static void
test_window_tiers(void **state)
{
	struct contract *c = *state;
	struct store_window ask = {
		.key = { .policy = "ratelimit", .subject = "x" },
		.n = 5,
		.only_if_fits = true,
		.tiers = 3,
		.tier = { { 60, 6 }, { 3600, 9 }, { 86400, 0 } },
	};
	struct store_window_answer answer = window(c, &ask);

	assert_true(answer.fits);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(answer.count[i], 5);
	/* neither the minute nor the hour: the longer wait counts */
	answer = window(c, &ask);
	assert_false(answer.fits);
	assert_int_equal(answer.tier, 0);
	assert_int_equal(answer.wait_s, 3600);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(answer.count[i], 5);
	later(c, 60);
	answer = window(c, &ask);
	assert_false(answer.fits);
	assert_int_equal(answer.tier, 1);
	assert_int_equal(answer.wait_s, 3540);
	assert_int_equal(answer.count[0], 0);
	assert_int_equal(answer.count[1], 5);
	later(c, 3540);
	answer = window(c, &ask);
	assert_true(answer.fits);
	assert_int_equal(answer.count[1], 5);
	assert_int_equal(answer.count[2], 10);
}

static void
test_window_other_tiers(void **state)
{
	struct contract *c = *state;
	struct store_window ask = {
		.key = { .policy = "ratelimit", .subject = "x" },
		.n = 1,
		.tiers = 4,
		.tier = { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 } },
	};
	struct store_window_answer answer;

	window(c, &ask);
	/* a look through others leaves them */
	ask.only_look = true;
	ask.tier[0].period_s = 50;
	answer = window(c, &ask);
	assert_int_equal(answer.count[0], 0);
	assert_int_equal(answer.count[1], 1);
	/* those of the same period stay, in another order as well */
	ask.only_look = false;
	ask.tiers = 2;
	ask.tier[0].period_s = 40;
	ask.tier[1].period_s = 10;
	answer = window(c, &ask);
	assert_int_equal(answer.count[0], 2);
	assert_int_equal(answer.count[1], 2);
	/* that was all that was kept */
	ask.tier[1].period_s = 20;
	answer = window(c, &ask);
	assert_int_equal(answer.count[0], 3);
	assert_int_equal(answer.count[1], 1);
}

/* ---- triplet ---- */

struct triplet_step {
	int64_t later_s;
	bool only_look;
	enum store_triplet_state state;
	int64_t wait_s, passes;
	int64_t first_s, last_s; /* from the start */
};

static const struct store_triplet greylist = {
	.key = {
	    .policy = "greylist",
	    .subject = "192.0.2.0/24",
	    .rest = "a@sender.test|b@example.test",
	},
	.delay_s = 120,
	.window_s = 1000,
	.lifetime_s = 5000,
	.pass_interval_s = 100,
};

/* walk_triplet - through a table */
static void
walk_triplet(struct contract *c, const struct store_triplet *how,
    const struct triplet_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct triplet_step *step = &steps[i];
		struct store_triplet ask = *how;
		struct store_triplet_answer answer;

		ask.only_look = step->only_look;
		later(c, step->later_s);
		answer = triplet(c, &ask);
		if (answer.state != step->state ||
		    answer.wait_s != step->wait_s ||
		    answer.passes != step->passes ||
		    answer.first_s != START + step->first_s ||
		    answer.last_s != START + step->last_s)
			fail_msg("step %zu: state %d wait %lld passes %lld "
				 "first %lld last %lld",
			    i, (int)answer.state, (long long)answer.wait_s,
			    (long long)answer.passes,
			    (long long)answer.first_s - START,
			    (long long)answer.last_s - START);
	}
}

static void
test_triplet(void **state)
{
	static const struct triplet_step steps[] = {
		{ 0, true, TRIPLET_NEW, 120, 0, 0, 0 },
		{ 5, true, TRIPLET_NEW, 120, 0, 5, 5 },
		{ 5, false, TRIPLET_NEW, 120, 0, 10, 10 },
		{ 30, false, TRIPLET_EARLY, 90, 0, 10, 40 },
		{ 10, true, TRIPLET_EARLY, 80, 0, 10, 40 },
		{ 79, false, TRIPLET_EARLY, 1, 0, 10, 129 },
		{ 1, true, TRIPLET_READY, 0, 0, 10, 129 },
		{ 0, false, TRIPLET_READY, 0, 1, 10, 130 },
		{ 0, false, TRIPLET_KNOWN, 0, 1, 10, 130 },
		{ 99, false, TRIPLET_KNOWN, 0, 1, 10, 130 },
		{ 1, true, TRIPLET_KNOWN, 0, 1, 10, 130 },
		{ 0, false, TRIPLET_KNOWN, 0, 2, 10, 230 },
		{ 4999, false, TRIPLET_KNOWN, 0, 3, 10, 5229 }, /* renewed */
		{ 4999, true, TRIPLET_KNOWN, 0, 3, 10, 5229 },
		{ 1, true, TRIPLET_NEW, 120, 0, 10229, 10229 },
		{ 0, false, TRIPLET_NEW, 120, 0, 10229, 10229 },
	};

	walk_triplet(*state, &greylist, steps, COUNT_OF(steps));
}

static void
test_triplet_too_late(void **state)
{
	static const struct triplet_step steps[] = {
		{ 0, false, TRIPLET_NEW, 120, 0, 0, 0 },
		{ 1000, true, TRIPLET_READY, 0, 0, 0, 0 },
		{ 1, true, TRIPLET_TOO_LATE, 120, 0, 0, 0 },
		{ 0, false, TRIPLET_TOO_LATE, 120, 0, 1001, 1001 },
		{ 10, false, TRIPLET_EARLY, 110, 0, 1001, 1011 },
		{ 1239, true, TRIPLET_TOO_LATE, 120, 0, 1001, 1011 },
		{ 1, false, TRIPLET_NEW, 120, 0, 2251, 2251 },
		{ 1000, false, TRIPLET_READY, 0, 1, 2251, 3251 },
	};

	walk_triplet(*state, &greylist, steps, COUNT_OF(steps));
}

static void
test_triplet_counter(void **state)
{
	static const struct triplet_step steps[] = {
		{ 0, true, TRIPLET_READY, 0, 0, 0, 0 },
		{ 7, false, TRIPLET_READY, 0, 1, 7, 7 },
		{ 99, false, TRIPLET_KNOWN, 0, 1, 7, 7 },
		{ 1, false, TRIPLET_KNOWN, 0, 2, 7, 107 },
		{ 5000, false, TRIPLET_READY, 0, 1, 5107, 5107 },
	};
	struct store_triplet counter = greylist;

	counter.delay_s = 0;
	walk_triplet(*state, &counter, steps, COUNT_OF(steps));
}

/* ---- entry ---- */

static void
test_entry(void **state)
{
	struct contract *c = *state;
	struct store_entry_answer answer;

	assert_false(entry(c, "a", ENTRY_GET, NULL, 0).found);
	assert_false(entry(c, "a", ENTRY_DELETE, NULL, 0).found);
	answer = entry(c, "a", ENTRY_PUT, "one", 100);
	assert_false(answer.found);
	assert_int_equal(answer.ttl_s, 100);
	later(c, 40);
	answer = entry(c, "a", ENTRY_GET, NULL, 0);
	assert_true(answer.found);
	assert_string_equal(answer.value, "one");
	assert_int_equal(answer.ttl_s, 60);
	answer = entry(c, "a", ENTRY_PUT_NEW, "two", 500);
	assert_true(answer.found);
	assert_string_equal(answer.value, "one");
	assert_int_equal(answer.ttl_s, 60);
	answer = entry(c, "a", ENTRY_PUT, "three", 50);
	assert_true(answer.found);
	assert_int_equal(answer.ttl_s, 50);
	assert_string_equal(entry(c, "a", ENTRY_GET, NULL, 0).value, "three");
	assert_true(entry(c, "a", ENTRY_DELETE, NULL, 0).found);
	assert_false(entry(c, "a", ENTRY_GET, NULL, 0).found);
	assert_false(entry(c, "a", ENTRY_PUT_NEW, "four", 50).found);
	assert_string_equal(entry(c, "a", ENTRY_GET, NULL, 0).value, "four");
}

static void
test_entry_ends(void **state)
{
	struct contract *c = *state;

	entry(c, "a", ENTRY_PUT, "x", 100);
	later(c, 99);
	assert_int_equal(entry(c, "a", ENTRY_GET, NULL, 0).ttl_s, 1);
	later(c, 1);
	assert_false(entry(c, "a", ENTRY_GET, NULL, 0).found);
	assert_false(entry(c, "a", ENTRY_PUT_NEW, "y", 100).found);
	/* renewed by a look */
	later(c, 90);
	assert_int_equal(entry(c, "a", ENTRY_GET, NULL, 300).ttl_s, 300);
	later(c, 299);
	assert_int_equal(entry(c, "a", ENTRY_GET, NULL, 0).ttl_s, 1);
	later(c, 1);
	assert_false(entry(c, "a", ENTRY_GET, NULL, 300).found);
	/* without an end */
	entry(c, "a", ENTRY_PUT, "z", 0);
	later(c, 9LL * 365 * 86400);
	assert_true(entry(c, "a", ENTRY_GET, NULL, 0).found);
	later(c, 365LL * 86400);
	assert_false(entry(c, "a", ENTRY_GET, NULL, 0).found);
}

static void
test_entry_values(void **state)
{
	struct contract *c = *state;
	char every[256], longest[STORE_VALUE_MAX + 2];
	struct store_entry_answer answer;

	for (int i = 1; i < 256; i++)
		every[i - 1] = (char)i;
	every[255] = '\0';
	entry(c, "a", ENTRY_PUT, every, 10);
	answer = entry(c, "a", ENTRY_GET, NULL, 0);
	assert_string_equal(answer.value, every);
	entry(c, "a", ENTRY_PUT, "", 10);
	answer = entry(c, "a", ENTRY_GET, NULL, 0);
	assert_true(answer.found);
	assert_string_equal(answer.value, "");
	memset(longest, 'x', sizeof(longest));
	longest[STORE_VALUE_MAX + 1] = '\0';
	entry(c, "a", ENTRY_PUT, longest, 10);
	longest[STORE_VALUE_MAX] = '\0';
	answer = entry(c, "a", ENTRY_GET, NULL, 0);
	assert_string_equal(answer.value, longest);
	/* numbers are texts */
	entry(c, "a", ENTRY_PUT, "0017", 10);
	assert_string_equal(entry(c, "a", ENTRY_GET, NULL, 0).value, "0017");
}

/* ---- lease ---- */

static void
test_lease(void **state)
{
	static const struct {
		int64_t later_s;
		enum store_lease_verb verb;
		const char *owner;
		int64_t places;
		bool taken;
		int64_t count;
	} steps[] = {
		{ 0, LEASE_TAKE, "a", 2, true, 1 },
		{ 0, LEASE_TAKE, "b", 2, true, 2 },
		{ 0, LEASE_TAKE, "c", 2, false, 2 },
		{ 0, LEASE_TAKE, "a", 2, true, 2 }, /* has it */
		{ 0, LEASE_RENEW, "c", 2, false, 2 },
		{ 0, LEASE_GIVE_BACK, "c", 2, false, 2 },
		{ 0, LEASE_GIVE_BACK, "a", 2, true, 1 },
		{ 0, LEASE_GIVE_BACK, "a", 2, false, 1 },
		{ 0, LEASE_TAKE, "c", 2, true, 2 },
		{ 50, LEASE_RENEW, "c", 2, true, 2 },
		{ 49, LEASE_TAKE, "d", 2, false, 2 },
		{ 1, LEASE_TAKE, "d", 2, true, 2 },   /* b has ended */
		{ 0, LEASE_TAKE, "e", 1, false, 2 },  /* fewer than before */
		{ 50, LEASE_RENEW, "b", 2, true, 2 }, /* c has ended */
		{ 0, LEASE_TAKE, "f", 0, true, 3 },   /* only counted */
		{ 100, LEASE_GIVE_BACK, "f", 2, false, 0 },
	};
	struct contract *c = *state;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct store_lease_answer answer;

		later(c, steps[i].later_s);
		answer = lease(c, steps[i].verb, steps[i].owner,
		    steps[i].places, 100);
		if (answer.taken != steps[i].taken ||
		    answer.count != steps[i].count)
			fail_msg("step %zu: taken %d count %lld", i,
			    answer.taken, (long long)answer.count);
	}
}

static void
test_lease_many(void **state)
{
	struct contract *c = *state;
	char owner[32];

	for (int i = 0; i < 300; i++) {
		snprintf(owner, sizeof(owner), "mx1-%d", i);
		assert_int_equal(lease(c, LEASE_TAKE, owner, 300, 60 + i).count,
		    i + 1);
	}
	assert_false(lease(c, LEASE_TAKE, "one", 300, 60).taken);
	later(c, 60 + 99);
	assert_int_equal(lease(c, LEASE_GIVE_BACK, "mx1-299", 300, 60).count,
	    199);
	assert_int_equal(lease(c, LEASE_GIVE_BACK, "mx1-99", 300, 60).count,
	    199);
}

/* ---- score ---- */

static void
test_score(void **state)
{
	struct contract *c = *state;
	struct store_score_answer answer = score(c, 0, 0, 3600);

	assert_true(answer.good == 0 && answer.bad == 0 && answer.events == 0);
	answer = score(c, 8, 0.5, 3600);
	assert_true(fabs(answer.good - 8) < 1e-6);
	assert_int_equal(answer.events, 1);
	later(c, 1800);
	answer = score(c, 0, 0, 3600);
	assert_true(fabs(answer.good - 8 * M_SQRT1_2) < 1e-6);
	later(c, 1800);
	answer = score(c, 0, 1, 3600);
	assert_true(fabs(answer.good - 4) < 1e-6);
	assert_true(fabs(answer.bad - 1.25) < 1e-6);
	assert_int_equal(answer.events, 2);
	later(c, 10 * 3600 - 1);
	assert_int_equal(score(c, 0, 0, 3600).events, 2);
	later(c, 1);
	assert_int_equal(score(c, 0, 0, 3600).events, 0);
}

/* ---- keys ---- */

static void
test_hostile_keys(void **state)
{
	static const struct {
		const char *policy, *subject, *rest;
	} keys[] = {
		{ "p", "a", "b:c" },
		{ "p", "a:b", "c" },
		{ "p", "a}:b", "c" },
		{ "p", "a", "b}:c" },
		{ "p", "{a}", "c" },
		{ "p", "a", NULL },
		{ "p", "", "a" },
		{ "p", "", NULL },
		{ "p.a", "", NULL },
		{ "p", "%41", NULL },
		{ "p", "A", NULL },
		{ "p", "*", NULL },
		{ "p", "a*", NULL },
		{ "p", "[a]", NULL },
		{ "p", "a\\*", NULL },
		{ "p", "a b", NULL },
		{ "p", "a\r\nDEL x", NULL },
		{ "p", "~a", NULL },
		{ "p", "\xff\xfe\x80", NULL },
		{ "p",
		    "b\xc3\xbc"
		    "cher",
		    NULL },
		{ "p", "\001", "\177" },
	};
	struct contract *c = *state;

	/* none of these is another one */
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct store_window ask = {
			.key = { .policy = keys[i].policy,
			    .subject = keys[i].subject,
			    .rest = keys[i].rest },
			.n = (int64_t)i + 1,
			.tiers = 1,
			.tier = { { 60, 0 } },
		};

		assert_int_equal(window(c, &ask).count[0], i + 1);
		assert_int_equal(window(c, &ask).count[0], 2 * (i + 1));
	}
}

static void
test_long_keys(void **state)
{
	static const size_t sizes[] = { 66, 67, 197, 198, 199, 200, 201, 600,
		5000 };
	static const char bytes[] = { 'x', '%', '\001' };
	struct contract *c = *state;
	char text[2][5002];

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t b = 0; b < COUNT_OF(bytes); b++)
			for (size_t end = 0; end < 2; end++) {
				size_t size = sizes[i];
				struct store_window ask = {
					.key = {
					    .policy = "p",
					    .subject = text[end],
					    .rest = text[1 - end],
					},
					.n = 1,
					.tiers = 1,
					.tier = { { 60, 0 } },
				};

				memset(text, bytes[b], sizeof(text));
				text[0][size] = text[1][size + 1] = '\0';
				assert_int_equal(window(c, &ask).count[0], 1);
				assert_int_equal(window(c, &ask).count[0], 2);
			}
}

static void
test_verbs_apart(void **state)
{
	struct contract *c = *state;
	struct store_key key = { .policy = "abuse",
		.subject = "a",
		.rest = "ban" };
	struct store_window add = {
		.key = key,
		.n = 1,
		.tiers = 1,
		.tier = { { 60, 0 } },
	};
	struct store_triplet meet = greylist;

	meet.key = key;
	entry(c, "a", ENTRY_PUT, "text", 1000);
	assert_int_equal(window(c, &add).count[0], 1);
	assert_false(entry(c, "a", ENTRY_GET, NULL, 0).found);
	assert_int_equal(triplet(c, &meet).state, TRIPLET_NEW);
	assert_int_equal(triplet(c, &meet).state, TRIPLET_EARLY);
	if (!c->maker->hides_triplets)
		assert_int_equal(window(c, &add).count[0], 1);
	entry(c, "a", ENTRY_PUT, "text", 1000);
	assert_int_equal(window(c, &add).count[0], 1);
}

/* ---- scan and forget ---- */

/* told - each item as a line */
static bool
told(void *context, const struct store_item *item)
{
	struct str *out = context;
	char *fields = json_print(item->fields);

	str_addf(out, "%s %s %s|%s %lld %s\n", item->verb, item->policy,
	    item->subject, item->rest, (long long)item->ttl_s, fields);
	mem_free(fields);
	return true;
}

/* is_hidden - what a store does not tell, or otherwise */
static bool
is_hidden(const struct contract *c, const char *line)
{
	return (c->maker->hides_leases && strncmp(line, "lease ", 6) == 0) ||
	       (c->maker->hides_triplets && strncmp(line, "triplet ", 8) == 0);
}

/* told_openly - each item that is not hidden */
static bool
told_openly(void *context, const struct store_item *item)
{
	return strcmp(item->verb, "triplet") == 0 || told(context, item);
}

/* assert_told - a scan says these lines, in whatever order */
static void
assert_told(struct contract *c, const char *policy, const char *const *lines,
    size_t count)
{
	struct str out = STR_INIT;
	size_t length = 0;

	assert_true(store_scan(c->store, policy,
	    c->maker->hides_triplets ? told_openly : told, &out));
	for (size_t i = 0; i < count; i++) {
		if (is_hidden(c, lines[i]))
			continue;
		if (strstr(str_text(&out), lines[i]) == NULL)
			fail_msg("no %s in\n%s", lines[i], str_text(&out));
		length += strlen(lines[i]);
	}
	if (length != out.length)
		fail_msg("more than was meant:\n%s", str_text(&out));
	str_fini(&out);
}

/* fill - one of each verb */
static void
fill(struct contract *c)
{
	struct store_window add = {
		.key = { .policy = "ratelimit.login", .subject = "al ice" },
		.n = 3,
		.tiers = 2,
		.tier = { { 60, 0 }, { 3600, 0 } },
	};
	struct store_triplet known = greylist;

	window(c, &add);
	triplet(c, &known);
	known.key.rest = "known";
	known.delay_s = 0;
	triplet(c, &known);
	entry(c, "2001:db8::/64", ENTRY_PUT, "too \"many\"", 500);
	lease(c, LEASE_TAKE, "mx1-a", 5, 30);
	lease(c, LEASE_TAKE, "mx1-b", 5, 20);
	score(c, 1, 2.5, 100);
}

static void
test_scan(void **state)
{
	static const char *const all[] = {
		"window ratelimit.login al ice| 3600 {\"tiers\":"
		"[{\"period\":60,\"count\":3},"
		"{\"period\":3600,\"count\":3}]}\n",
		"triplet greylist 192.0.2.0/24|a@sender.test|b@example.test "
		"1250 {\"first\":1790000000,\"last\":1790000000,"
		"\"passes\":0}\n",
		"triplet greylist 192.0.2.0/24|known 5000 "
		"{\"first\":1790000000,\"last\":1790000000,"
		"\"passes\":1}\n",
		"entry abuse 2001:db8::/64|ban 500 "
		"{\"value\":\"too \\\"many\\\"\"}\n",
		"lease connlimit 192.0.2.1| 30 "
		"{\"count\":2,\"owners\":[\"mx1-a\",\"mx1-b\"]}\n",
		"score reputation 192.0.2.1| 1000 {\"good\":\"1.000\","
		"\"bad\":\"2.500\",\"events\":1}\n",
	};
	static const char *const after[] = {
		"window ratelimit.login al ice| 3500 {\"tiers\":"
		"[{\"period\":60,\"count\":0},"
		"{\"period\":3600,\"count\":3}]}\n",
		"triplet greylist 192.0.2.0/24|a@sender.test|b@example.test "
		"1150 {\"first\":1790000000,\"last\":1790000000,"
		"\"passes\":0}\n",
		"triplet greylist 192.0.2.0/24|known 4900 "
		"{\"first\":1790000000,\"last\":1790000000,"
		"\"passes\":1}\n",
		"entry abuse 2001:db8::/64|ban 400 "
		"{\"value\":\"too \\\"many\\\"\"}\n",
		"score reputation 192.0.2.1| 900 {\"good\":\"0.500\","
		"\"bad\":\"1.250\",\"events\":1}\n",
	};
	struct contract *c = *state;

	assert_told(c, NULL, all, 0);
	fill(c);
	assert_told(c, NULL, all, COUNT_OF(all));
	assert_told(c, "ratelimit", all, 1);
	assert_told(c, "ratelimit.login", all, 1);
	assert_told(c, "rate", all, 0);
	assert_told(c, "greylist", all + 1, 2);
	later(c, 100);
	assert_told(c, NULL, after, COUNT_OF(after));
	later(c, 5000);
	assert_told(c, NULL, after, 0);
}

/* stop_at_third - each() that has enough */
static bool
stop_at_third(void *context, const struct store_item *item)
{
	int *count = context;

	(void)item;
	return ++*count < 3;
}

/* count_them - each() */
static bool
count_them(void *context, const struct store_item *item)
{
	int *count = context;

	(void)item;
	++*count;
	return true;
}

static void
test_scan_many(void **state)
{
	struct contract *c = *state;
	struct store_entry_answer answer;
	struct store_op *ops[100];
	char subject[32];
	int count = 0;

	for (int i = 0; i < 1000; i++) {
		struct store_entry put = {
			.key = { .policy = "abuse", .subject = subject },
			.verb = ENTRY_PUT,
			.ttl_s = 100,
		};

		snprintf(subject, sizeof(subject), "s%d", i);
		ops[i % 100] = store_add_entry(c->batch, &put);
		for (int k = 0; i % 100 == 99 && k < 100; k++)
			assert_int_equal(store_wait_entry(ops[k],
					     deadline(c->clock), &answer, NULL),
			    STORE_OK);
	}
	entry(c, "last", ENTRY_PUT, "", 1);
	assert_true(store_scan(c->store, "abuse", count_them, &count));
	assert_int_equal(count, 1001);
	count = 0;
	assert_true(store_scan(c->store, NULL, stop_at_third, &count));
	assert_int_equal(count, 3);
}

static void
test_forget(void **state)
{
	struct contract *c = *state;
	struct store_triplet other = greylist;
	int count = 0;

	fill(c);
	other.key.subject = "192.0.2.0/2"; /* begins as the other */
	triplet(c, &other);
	assert_int_equal(store_forget(c->store, "greylist", "none"), 0);
	assert_int_equal(store_forget(c->store, "greylist", "192.0.2.0/24"), 2);
	assert_int_equal(store_forget(c->store, "greylist", "192.0.2.0/24"), 0);
	assert_int_equal(triplet(c, &greylist).state, TRIPLET_NEW);
	assert_int_equal(triplet(c, &other).state, TRIPLET_EARLY);
	assert_int_equal(store_forget(c->store, "ratelimit", "al ice"), 0);
	assert_int_equal(store_forget(c->store, "ratelimit.login", "al ice"),
	    1);
	assert_int_equal(store_forget(c->store, "connlimit", "192.0.2.1"), 1);
	assert_true(store_scan(c->store, NULL, count_them, &count));
	assert_int_equal(count, 4);
	assert_int_equal(lease(c, LEASE_TAKE, "mx1-z", 5, 30).count, 1);
}

static void
test_hashed(void **state)
{
	static const char *const lines[] = {
		"window ratelimit.login | 3600 {\"tiers\":"
		"[{\"period\":60,\"count\":3},"
		"{\"period\":3600,\"count\":3}]}\n",
		"triplet greylist | 1250 {\"first\":1790000000,"
		"\"last\":1790000000,\"passes\":0}\n",
		"triplet greylist | 5000 {\"first\":1790000000,"
		"\"last\":1790000000,\"passes\":1}\n",
		"entry abuse 2001:db8::/64|ban 500 "
		"{\"value\":\"too \\\"many\\\"\"}\n",
		"lease connlimit 192.0.2.1| 30 "
		"{\"count\":2,\"owners\":[\"mx1-a\",\"mx1-b\"]}\n",
		"score reputation 192.0.2.1| 1000 {\"good\":\"1.000\","
		"\"bad\":\"2.500\",\"events\":1}\n",
	};
	struct contract *c = *state;

	fill(c);
	assert_told(c, NULL, lines, COUNT_OF(lines));
	assert_int_equal(triplet(c, &greylist).state, TRIPLET_EARLY);
	assert_int_equal(store_forget(c->store, "greylist", "192.0.2.0/24"), 2);
}

/* ---- batches ---- */

static void
test_batch(void **state)
{
	struct contract *c = *state;
	struct store_window add = {
		.key = { .policy = "ratelimit", .subject = "x" },
		.n = 1,
		.tiers = 1,
		.tier = { { 60, 0 } },
	};
	struct store_op *ops[20], *late, *never;
	struct store_window_answer answer;

	for (size_t i = 0; i < COUNT_OF(ops); i++) {
		/* every other one of one key, which keep their order */
		add.key.rest = i % 2 == 0 ? "same" : "other";
		ops[i] = store_add_window(c->batch, &add);
	}
	store_send(c->batch);
	late = store_add_window(c->batch, &add);
	for (size_t i = COUNT_OF(ops); i-- > 0;) {
		assert_int_equal(store_wait_window(ops[i], deadline(c->clock),
				     &answer, NULL),
		    STORE_OK);
		assert_int_equal(answer.count[0], i / 2 + 1);
	}
	assert_int_equal(store_wait_window(late, deadline(c->clock), &answer,
			     NULL),
	    STORE_OK);
	assert_int_equal(answer.count[0], 11);
	/* a second time the same */
	assert_int_equal(store_wait_window(late, deadline(c->clock), &answer,
			     NULL),
	    STORE_OK);
	assert_int_equal(answer.count[0], 11);
	never = store_add_window(c->batch, &add);
	assert_non_null(never);
	store_send(c->batch);
	store_send(c->batch); /* nothing to send */
}

/* counted - wait until a window holds so much: nobody says when it will */
static void
counted(struct contract *c, struct store_window *window_of, int64_t count)
{
	int64_t there = -1;

	window_of->only_look = true;
	for (int i = 0; i < 200 && there != count; i++) {
		there = window(c, window_of).count[0];
		if (there != count)
			poll(NULL, 0, 10);
	}
	assert_int_equal(there, count);
}

static void
test_post(void **state)
{
	struct contract *c = *state;
	struct store_window add = {
		.key = { .policy = "ratelimit", .subject = "posted" },
		.n = 1,
		.tiers = 1,
		.tier = { { 60, 0 } },
	};
	struct store_op *first, *second;
	struct store_window_answer answer;

	/* also when nobody sends anything for a while */
	for (int i = 0; i < 30; i++) {
		struct arena *arena = arena_new(512);
		struct store_batch *batch = store_batch_new(c->store, arena);

		store_add_window(batch, &add);
		store_add_window(batch, &add);
		store_post(batch);
		store_post(batch); /* nothing more */
		arena_free(arena);
		if (i == 9)
			poll(NULL, 0, 200);
	}
	counted(c, &add, 60);
	add.only_look = false;
	first = store_add_window(c->batch, &add);
	second = store_add_window(c->batch, &add);
	assert_true(store_withdraw(second));
	assert_false(store_withdraw(second));
	assert_int_equal(store_wait_window(first, deadline(c->clock), &answer,
			     NULL),
	    STORE_OK);
	assert_false(store_withdraw(first));
	counted(c, &add, 61);
}

static void
test_batch_ends_early(void **state)
{
	struct contract *c = *state;
	struct store_window add = {
		.key = { .policy = "ratelimit", .subject = "x" },
		.n = 1,
		.tiers = 1,
		.tier = { { 60, 0 } },
	};

	/* sent counts, though nobody waits; only added does not */
	for (int i = 0; i < 30; i++) {
		struct arena *arena = arena_new(512);
		struct store_batch *batch = store_batch_new(c->store, arena);

		add.key.rest = i % 3 == 0 ? "a" : "b";
		store_add_window(batch, &add);
		store_send(batch);
		store_add_window(batch, &add);
		arena_free(arena);
	}
	/* servers may still be busy with it */
	add.only_look = true;
	for (int i = 0; i < 100; i++) {
		add.key.rest = "b";
		if (window(c, &add).count[0] == 20)
			break;
		usleep(20000);
	}
	assert_int_equal(window(c, &add).count[0], 20);
	add.key.rest = "a";
	assert_int_equal(window(c, &add).count[0], 10);
}

/* ---- many at once ---- */

struct crowd {
	struct store *store;
	const struct clock *clock;
	int number;
	int admitted; /* windows */
	int places;   /* leases */
	int64_t most; /* leases ever seen */
	int first;    /* entries that were new */
	int new;      /* triplets that were */
	int bad;
};

/* crowd_step - all four, in one exchange */
static void
crowd_step(struct crowd *crowd, struct store_batch *batch, int try)
{
	char owner[32];
	struct store_window add = {
		.key = { .policy = "ratelimit", .subject = "crowd" },
		.n = 1,
		.only_if_fits = true,
		.tiers = 2,
		.tier = { { 60, 100 }, { 3600, 5000 } },
	};
	struct store_lease take = {
		.key = { .policy = "connlimit", .subject = "crowd" },
		.owner = owner,
		.places = 20,
		.ttl_s = 60,
	};
	struct store_entry put = {
		.key = { .policy = "abuse", .subject = "crowd" },
		.verb = ENTRY_PUT_NEW,
		.ttl_s = 60,
	};
	struct store_triplet meet = greylist;
	struct store_op *op[4];
	struct store_window_answer window_answer;
	struct store_lease_answer lease_answer;
	struct store_entry_answer entry_answer;
	struct store_triplet_answer triplet_answer;
	int64_t until = deadline(crowd->clock);

	snprintf(owner, sizeof(owner), "%d-%d", crowd->number, try);
	op[0] = store_add_window(batch, &add);
	op[1] = store_add_lease(batch, &take);
	op[2] = store_add_entry(batch, &put);
	op[3] = store_add_triplet(batch, &meet);
	store_send(batch);
	if (store_wait_window(op[0], until, &window_answer, NULL) != STORE_OK ||
	    store_wait_lease(op[1], until, &lease_answer, NULL) != STORE_OK ||
	    store_wait_entry(op[2], until, &entry_answer, NULL) != STORE_OK ||
	    store_wait_triplet(op[3], until, &triplet_answer, NULL) !=
		STORE_OK) {
		crowd->bad++;
		return;
	}
	crowd->admitted += window_answer.fits;
	crowd->places += lease_answer.taken;
	if (lease_answer.count > crowd->most)
		crowd->most = lease_answer.count;
	crowd->first += !entry_answer.found;
	crowd->new += triplet_answer.state == TRIPLET_NEW;
	/* every second one is given back, so that places change hands */
	if (lease_answer.taken && try % 2 == 0) {
		take.verb = LEASE_GIVE_BACK;
		op[0] = store_add_lease(batch, &take);
		if (store_wait_lease(op[0], until, &lease_answer, NULL) !=
			STORE_OK ||
		    !lease_answer.taken)
			crowd->bad++;
		else
			crowd->places--;
	}
}

/* crowd_thread - its tries, each a session */
static void *
crowd_thread(void *argument)
{
	struct crowd *crowd = argument;

	for (int try = 0; try < TRIES; try++) {
		struct arena *arena = arena_new(2048);

		crowd_step(crowd, store_batch_new(crowd->store, arena), try);
		arena_free(arena);
	}
	return NULL;
}

/* run_crowd - threads on stores that are one */
static void
run_crowd(struct contract *c, struct store *const *stores, size_t count)
{
	struct crowd crowd[THREADS], sum = { .store = c->store };
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++) {
		crowd[i] = (struct crowd){
			.store = stores[(size_t)i % count],
			.clock = c->clock,
			.number = i,
		};
		assert_int_equal(pthread_create(&thread[i], NULL, crowd_thread,
				     &crowd[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		sum.admitted += crowd[i].admitted;
		sum.places += crowd[i].places;
		sum.first += crowd[i].first;
		sum.new += crowd[i].new;
		sum.bad += crowd[i].bad;
		if (crowd[i].most > sum.most)
			sum.most = crowd[i].most;
	}
	assert_int_equal(sum.bad, 0);
	assert_int_equal(sum.admitted, 100);
	assert_int_equal(sum.places, 20);
	assert_int_equal(sum.most, 20);
	assert_int_equal(sum.first, 1);
	assert_int_equal(sum.new, 1);
}

static void
test_crowd(void **state)
{
	struct contract *c = *state;

	run_crowd(c, &c->store, 1);
}

static void
test_crowd_of_two(void **state)
{
	struct contract *c = *state;
	struct store *stores[2] = { c->store };

	stores[1] = c->maker->open(c->maker->self,
	    (struct store_settings){
		.prefix = c->prefix,
		.hash_policies = "",
		.hash_secret = "a secret",
	    },
	    c->clock);
	run_crowd(c, stores, 2);
	c->maker->close(c->maker->self, stores[1]);
}

static void
test_pretend(void **state)
{
	struct contract *c = *state;
	struct store_window add = {
		.key = { .policy = "ratelimit.login", .subject = "al ice" },
		.n = 2,
		.tiers = 1,
		.tier = { { 3600, 4 } },
	};
	int count = 0;

	fill(c);
	store_pretend(c->store);
	for (int i = 0; i < 2; i++) {
		assert_false(window(c, &add).fits);
		assert_int_equal(triplet(c, &greylist).state, TRIPLET_EARLY);
		assert_false(entry(c, "a", ENTRY_PUT, "x", 100).found);
		assert_true(
		    entry(c, "2001:db8::/64", ENTRY_DELETE, "", 0).found);
		assert_int_equal(lease(c, LEASE_TAKE, "x", 3, 100).count, 3);
		assert_true(lease(c, LEASE_TAKE, "x", 3, 100).taken);
		assert_false(lease(c, LEASE_TAKE, "x", 2, 100).taken);
		assert_int_equal(score(c, 1, 1, 100).events, 1);
	}
	assert_true(store_scan(c->store, NULL, count_them, &count));
	assert_int_equal(count, c->maker->hides_leases ? 5 : 6);
}

static void
test_no_store(void **state)
{
	struct contract *c = *state;
	struct store_batch *batch = store_batch_new(NULL, c->arena);
	struct store_window add = {
		.key = { .policy = "p", .subject = "s", .local = true },
		.tiers = 1,
	};
	struct store_op *op = store_add_window(batch, &add);
	struct store_window_answer answer;
	bool was_local = true;

	store_send(batch);
	assert_int_equal(store_wait_window(op, 0, &answer, &was_local),
	    STORE_UNAVAILABLE);
	assert_false(was_local);
	op = store_add_window(batch, &add);
	assert_int_equal(store_wait_window(op, 0, &answer, NULL),
	    STORE_UNAVAILABLE);
}

static void
test_stats(void **state)
{
	struct contract *c = *state;
	struct json *object = json_new_object();

	entry(c, "a", ENTRY_PUT, "x", 10);
	store_stats(c->store, object);
	assert_int_equal(json_get_int(object, "ok", -1), 1);
	assert_non_null(json_get(object, json_get_text(object, "backend")));
	json_free(object);
}

enum { PLAIN, HASHED, SHARED };
static const struct {
	const char *name;
	CMUnitTestFunction test;
	int kind;
} tests_of_contract[] = {
	{ "a burst counts for exactly the period", test_window_burst, PLAIN },
	{ "a window slides by buckets", test_window_slides, PLAIN },
	{ "a window without limit counts", test_window_counts, PLAIN },
	{ "a window adds over its limit if told to", test_window_adds_over,
	    PLAIN },
	{ "a window gives back", test_window_gives_back, PLAIN },
	{ "a window gives back in all tiers", test_window_gives_back_tiers,
	    PLAIN },
	{ "sixty buckets at most", test_window_sixty_buckets, PLAIN },
	{ "periods that 60 does not divide", test_window_odd_periods, PLAIN },
	{ "all tiers or none", test_window_tiers, PLAIN },
	{ "tiers by their periods", test_window_other_tiers, PLAIN },
	{ "a triplet's life", test_triplet, PLAIN },
	{ "a triplet that is too late", test_triplet_too_late, PLAIN },
	{ "a triplet without delay counts passes", test_triplet_counter,
	    PLAIN },
	{ "entries", test_entry, PLAIN },
	{ "entries end", test_entry_ends, PLAIN },
	{ "values of entries", test_entry_values, PLAIN },
	{ "leases", test_lease, PLAIN },
	{ "many leases", test_lease_many, PLAIN },
	{ "scores", test_score, PLAIN },
	{ "hostile keys", test_hostile_keys, PLAIN },
	{ "long keys", test_long_keys, PLAIN },
	{ "verbs do not meet", test_verbs_apart, PLAIN },
	{ "scan", test_scan, PLAIN },
	{ "scan of many", test_scan_many, PLAIN },
	{ "forget", test_forget, PLAIN },
	{ "hashed addresses", test_hashed, HASHED },
	{ "a batch", test_batch, PLAIN },
	{ "what is posted", test_post, PLAIN },
	{ "a batch that ends early", test_batch_ends_early, PLAIN },
	{ "a crowd gets what the limit allows", test_crowd, PLAIN },
	{ "two daemons share one store", test_crowd_of_two, SHARED },
	{ "a store that pretends", test_pretend, PLAIN },
	{ "no store", test_no_store, PLAIN },
	{ "stats", test_stats, PLAIN },
};

size_t
store_contract(const struct store_maker *maker,
    struct CMUnitTest tests[STORE_CONTRACT_ROOM])
{
	static char names[8][STORE_CONTRACT_ROOM][80];
	static size_t makers;
	size_t count = 0, number = makers++;

	for (size_t i = 0; i < COUNT_OF(tests_of_contract); i++) {
		void *state;

		if (tests_of_contract[i].kind == SHARED && !maker->shared)
			continue;
		memcpy(&state, &maker, sizeof(state)); /* only read */
		snprintf(names[number][count], sizeof(names[0][0]), "%s: %s",
		    maker->name, tests_of_contract[i].name);
		tests[count] = (struct CMUnitTest){
			.name = names[number][count],
			.test_func = tests_of_contract[i].test,
			.setup_func = tests_of_contract[i].kind == HASHED
					  ? set_up_hashed
					  : set_up,
			.teardown_func = tear_down,
			.initial_state = state,
		};
		count++;
	}
	return count;
}
