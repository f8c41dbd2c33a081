/*
 * storeplay - the store's Redis backend under load, from many threads.
 *
 *     storeplay [options of t/lib/redis_options.h] COMMAND
 *
 * The sessions of "load" may be carried out on the embedded store (--path).
 *
 *     window LIMIT TRIES THREADS   how many of TRIES fit into one window
 *     lease PLACES TRIES THREADS   how many of TRIES owners get a place; held
 *     fill COUNT                   so many new triplets
 *     load SECONDS RATE THREADS    sessions, RATE a second: each has a batch
 *                                  of a triplet, two windows, a lease; waits
 *     idle SECONDS                 nothing, over an open connection
 *     scan POLICY                  tell all items
 *
 * Prints one line of JSON. The log goes to standard error.
 */
#include <sys/resource.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store.h"
#include "t/lib/redis_options.h"

#define DEADLINE_MS 4000
#define SUBJECTS 50 /* of a load's windows */

static struct store_settings settings;
static struct store *store;
static atomic_llong results[STORE_BROKEN + 1], locals, taken, next_number;
static atomic_llong slowest_ms, sum_us;

/* number - an argument */
static long
number(const char *text)
{
	return strtol(text, NULL, 10);
}

/* now_us - for measuring */
static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* account - one result; what this host's store did is not Redis' */
static void
account(enum store_result result, bool was_local)
{
	atomic_fetch_add(was_local ? &locals : &results[result], 1);
}

/* ---- races ---- */

struct race {
	long most, tries;
	void (*try)(const struct race *race, struct store_batch *batch,
	    long number);
};

/* try_window - one more, if it fits */
static void
try_window(const struct race *race, struct store_batch *batch, long n)
{
	struct store_window window = {
		.key = { .policy = "race", .subject = "window" },
		.n = 1,
		.only_if_fits = true,
		.tiers = 1,
		.tier = { { .period_s = 3600, .limit = race->most } },
	};
	struct store_window_answer answer;
	struct store_op *op = store_add_window(batch, &window);
	enum store_result result;

	(void)n;
	result = store_wait_window(op,
	    clock_mono_ms(clock_system()) + DEADLINE_MS, &answer, NULL);
	account(result, false);
	atomic_fetch_add(&taken, result == STORE_OK && answer.fits);
}

/* try_lease - a place, for good */
static void
try_lease(const struct race *race, struct store_batch *batch, long n)
{
	char owner[64];
	struct store_lease lease = {
		.key = { .policy = "race", .subject = "lease" },
		.verb = LEASE_TAKE,
		.owner = owner,
		.places = race->most,
		.ttl_s = 600,
	};
	struct store_lease_answer answer;
	enum store_result result;

	snprintf(owner, sizeof(owner), "%ld-%ld", (long)getpid(), n);
	result = store_wait_lease(store_add_lease(batch, &lease),
	    clock_mono_ms(clock_system()) + DEADLINE_MS, &answer, NULL);
	account(result, false);
	if (result == STORE_OK && answer.count > race->most)
		log_error("%lld places are taken", (long long)answer.count);
	atomic_fetch_add(&taken, result == STORE_OK && answer.taken);
}

/* run_race - a thread */
static void *
run_race(void *context)
{
	const struct race *race = context;
	struct arena *arena = arena_new(1024);
	long n;

	while ((n = atomic_fetch_add(&next_number, 1)) < race->tries) {
		race->try(race, store_batch_new(store, arena), n);
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

/* ---- load ---- */

struct load {
	int64_t begin_us, end_us, every_us;
};

/* play_session - what a session asks for at RCPT */
static void
play_session(struct store_batch *batch, long n)
{
	char subject[64], rest[128], owner[64];
	struct store_triplet triplet = {
		.key = { "greylist", subject, rest, true },
		.delay_s = 120,
		.window_s = 86400,
		.lifetime_s = 86400 * 60,
		.pass_interval_s = 3600,
	};
	struct store_window window = {
		.key = { "ratelimit.load", subject, NULL, true },
		.n = 1,
		.tiers = 2,
		.tier = { { 3600, 0 }, { 86400, 0 } },
	};
	struct store_lease lease = {
		.key = { "connlimit", subject, NULL, true },
		.owner = owner,
		.places = 20,
		.ttl_s = 60,
	};
	struct store_op *op[4];
	struct store_triplet_answer triplet_answer;
	struct store_window_answer window_answer;
	struct store_lease_answer lease_answer;
	int64_t begin_us = now_us(), took_us, deadline_ms;
	enum store_result result;
	bool local;

	snprintf(subject, sizeof(subject), "load%ld", n % SUBJECTS);
	snprintf(rest, sizeof(rest), "sender%ld@a.test rcpt@b.test", n);
	snprintf(owner, sizeof(owner), "%ld-%ld", (long)getpid(), n);
	op[0] = store_add_triplet(batch, &triplet);
	op[1] = store_add_window(batch, &window);
	op[2] = store_add_lease(batch, &lease);
	store_send(batch);
	deadline_ms = clock_mono_ms(clock_system()) + DEADLINE_MS;
	result =
	    store_wait_triplet(op[0], deadline_ms, &triplet_answer, &local);
	account(result, local);
	result = store_wait_window(op[1], deadline_ms, &window_answer, &local);
	account(result, local);
	if (!local && window_answer.count[0] > 0)
		atomic_fetch_add(&taken, 1);
	result = store_wait_lease(op[2], deadline_ms, &lease_answer, &local);
	account(result, local);
	lease.verb = LEASE_GIVE_BACK;
	store_add_lease(batch, &lease);
	store_send(batch);
	took_us = now_us() - begin_us;
	atomic_fetch_add(&sum_us, took_us);
	if (took_us / 1000 > atomic_load(&slowest_ms))
		atomic_store(&slowest_ms, took_us / 1000);
}

/* run_load - a thread: takes the next session when its time has come */
static void *
run_load(void *context)
{
	const struct load *load = context;
	struct arena *arena = arena_new(4096);
	int64_t due_us;
	long n;

	for (;;) {
		n = atomic_fetch_add(&next_number, 1);
		due_us = load->begin_us + n * load->every_us;
		if (due_us > load->end_us)
			break;
		if (due_us > now_us())
			usleep((useconds_t)(due_us - now_us()));
		play_session(store_batch_new(store, arena), n);
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

/* ---- fill and scan ---- */

/* fill - new triplets, a hundred in a batch */
static void
fill(long count)
{
	struct arena *arena = arena_new(65536);
	struct store_batch *batch;
	struct store_op *op = NULL;
	struct store_triplet_answer answer;
	char subject[64], rest[128];
	struct store_triplet triplet = {
		.key = { "greylist", subject, rest, false },
		.delay_s = 120,
		.window_s = 86400,
		.lifetime_s = 86400 * 60,
		.pass_interval_s = 3600,
	};
	long i = 0;

	while (i < count) {
		batch = store_batch_new(store, arena);
		do {
			snprintf(subject, sizeof(subject), "198.%ld.%ld.0/24",
			    i / 250 % 250, i % 250);
			snprintf(rest, sizeof(rest),
			    "someone%ld@sender.test alice@example.test", i);
			op = store_add_triplet(batch, &triplet);
		} while (++i % 100 != 0 && i < count);
		account(store_wait_triplet(op,
			    clock_mono_ms(clock_system()) + DEADLINE_MS,
			    &answer, NULL),
		    false);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* print_item - one line for each */
static bool
print_item(void *context, const struct store_item *item)
{
	struct json *line = json_new_object();
	char *text, *fields = json_print(item->fields);

	(void)context;
	json_add_text(line, "verb", item->verb);
	json_add_text(line, "policy", item->policy);
	json_add_text(line, "subject", item->subject);
	json_add_text(line, "rest", item->rest);
	json_add_int(line, "ttl", item->ttl_s);
	json_add_text(line, "fields", fields);
	text = json_print(line);
	puts(text);
	mem_free(text);
	mem_free(fields);
	json_free(line);
	return true;
}

/* ---- running ---- */

/* run_threads - count of them, to their end */
static void
run_threads(long count, void *(*run)(void *), void *context)
{
	pthread_t *thread = mem_array((size_t)count, sizeof(*thread));
	long i;

	for (i = 0; i < count; i++)
		pthread_create(&thread[i], NULL, run, context);
	for (i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	mem_free(thread);
}

/* report - one line */
static void
report(void)
{
	struct json *json = json_new_object(), *stats = json_new_object();
	struct rusage usage;
	char *text;
	int result;

	for (result = 0; result <= STORE_BROKEN; result++)
		json_add_int(json, store_result_name((enum store_result)result),
		    atomic_load(&results[result]));
	json_add_int(json, "local", atomic_load(&locals));
	json_add_int(json, "taken", atomic_load(&taken));
	json_add_int(json, "slowest_ms", atomic_load(&slowest_ms));
	getrusage(RUSAGE_SELF, &usage);
	json_add_int(json, "memory_kb", usage.ru_maxrss);
	json_add_int(json, "sum_us", atomic_load(&sum_us));
	store_stats(store, stats);
	json_add(json, "stats", stats);
	text = json_print(json);
	puts(text);
	mem_free(text);
	json_free(json);
}

/* play - the command; false if it is none */
static bool
play(int count, char **word)
{
	struct race race = { .try = try_window };
	struct load load;

	if (count == 2 && strcmp(word[0], "fill") == 0) {
		fill(number(word[1]));
	} else if (count == 2 && strcmp(word[0], "scan") == 0) {
		if (!store_scan(store, word[1], print_item, NULL))
			return false;
	} else if (count == 2 && strcmp(word[0], "idle") == 0) {
		fill(1);
		sleep((unsigned)number(word[1]));
		fill(1);
	} else if (count != 4) {
		return false;
	} else if (strcmp(word[0], "load") == 0) {
		load.begin_us = now_us();
		load.end_us = load.begin_us + number(word[1]) * 1000000;
		load.every_us = 1000000 / number(word[2]);
		run_threads(number(word[3]), run_load, &load);
	} else {
		race.most = number(word[1]);
		race.tries = number(word[2]);
		if (strcmp(word[0], "lease") == 0)
			race.try = try_lease;
		run_threads(number(word[3]), run_race, &race);
	}
	return true;
}

int
main(int argc, char **argv)
{
	int first = redis_options(argc, argv, &settings);
	char *why;
	bool played;

	if (first < 0)
		return 2;
	log_open(LOG_TO_STDERR, "storeplay", "mail");
	store = store_new(&settings, clock_system(), false, &why);
	if (store == NULL)
		log_fatal("%s", why);
	played = play(argc - first, argv + first);
	if (played)
		report();
	store_free(store);
	return played ? 0 : 1;
}
