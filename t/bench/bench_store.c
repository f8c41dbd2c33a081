/*
 * bench_store - what the embedded store costs with few and with many triplets.
 *
 *     bench_store            a thousand, ten thousand and a million
 *     bench_store 10000000   the sizes given
 *
 * For each size a store is filled with greylisted contacts, in random order as
 * mail comes, and then serves sessions, each with another client, sender and
 * recipient. A session asks what the policies greylist (its own triplet, new;
 * two counts of passes), ratelimit (a window with two tiers: a look, a charge),
 * abuse (two bans that are not there) and connlimit (two leases: taken, given
 * back) ask. After every 300 sessions the writer has its second.
 *
 * Shown: processor time of a session, all threads, with what the system does
 * for the writer; of that the writer's part; of single operations; memory of
 * the process that is not the file's; bytes of the file for each triplet.
 *
 * Exit status 1 when a session costs more than 35 us more with a million
 * triplets than with a thousand (a tenth of what libmilter takes for one), or
 * memory grows by more than 1 MB.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "store/store_file.h"
#include "store/store_value.h"
#include "t/lib/folder.h"

#define START 1790000000
#define SESSIONS 9000
#define A_SECOND 300
#define OPERATIONS 20000
#define LIMIT_US 35
#define LIMIT_KB 1024
#define CHUNK 20000 /* of a fill */

struct bench {
	struct folder folder;
	struct clock *clock;
	struct store *store;
	struct arena *arena;
	struct store_batch *batch;
	uint64_t size;
};

/* what one size comes to */
struct result {
	double session_us, writer_us, single_us[4], bytes;
	long memory_kb;
};

/* cpu_us - of this process so far, of all threads */
static double
cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

/* thread_us - of this thread so far */
static double
thread_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* anonymous_kb - memory that is not a file's */
static long
anonymous_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[128];
	long kb = -1;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kb;
}

/* scramble - number to number, one to one, in no order that a tree likes */
static uint64_t
scramble(uint64_t n)
{
	n = (n ^ n >> 31) * 0x7fb5d329728ea185u;
	n = (n ^ n >> 27) * 0x81dadef4bc2dd44du;
	return n ^ n >> 33;
}

/* subject, rest - of the n-th contact */
static const char *
subject_of(uint64_t n, char *out, size_t size)
{
	uint64_t r = scramble(n);

	snprintf(out, size, "%u.%u.%u.0/24", (unsigned)(r & 0xff),
	    (unsigned)(r >> 8 & 0xff), (unsigned)(r >> 16 & 0xff));
	return out;
}

static const char *
rest_of(uint64_t n, char *out, size_t size)
{
	snprintf(out, size, "user%llu@s%llu.test|rcpt%llu@example.test",
	    (unsigned long long)n, (unsigned long long)(scramble(n) % 100000),
	    (unsigned long long)(n % 1000));
	return out;
}

/* fill - so many triplets into the file, by large transactions */
static void
fill(struct bench *bench)
{
	struct store_file_change *changes = mem_array(CHUNK, sizeof(*changes));
	struct arena *arena = arena_new(1 << 20);
	struct store_value value = {
		.verb = VERB_TRIPLET,
		.expires_s = START + 86400,
		.is.triplet = { .first_s = START - 3600, .last_s = START },
	};
	unsigned char packed[STORE_PACKED_SIZE];
	size_t length = store_value_pack(&value, packed);
	struct store_file *file;
	const char *why_not = "";
	char *why = NULL, subject[64], rest[128];

	file = store_file_open(bench->folder.path, false, INT64_C(8) << 30, 1,
	    &why);
	if (file == NULL)
		log_fatal("%s", why);
	for (uint64_t n = 0; n < bench->size;) {
		size_t count = 0;

		for (; count < CHUNK && n < bench->size; n++, count++) {
			char *key = arena_printf(arena, "greylist:{%s}:%s",
			    subject_of(n, subject, sizeof(subject)),
			    rest_of(n, rest, sizeof(rest)));

			changes[count] = (struct store_file_change){
				.key = key,
				.key_length = strlen(key),
				.value = packed,
				.length = length,
			};
		}
		if (store_file_write(file, changes, count, &why_not) !=
		    FILE_WRITTEN)
			log_fatal("fill: %s", why_not);
		arena_reset(arena);
	}
	store_file_close(file);
	arena_free(arena);
	mem_free(changes);
}

/* open_store - the file that was filled */
static void
open_store(struct bench *bench)
{
	struct store_settings settings = {
		.backend = STORE_EMBEDDED,
		.path = bench->folder.path,
		.prefix = "mr",
		.hash_policies = "",
		.hash_secret = "",
		.size_max = INT64_C(8) << 30,
	};
	char *why = NULL;

	bench->store = store_new(&settings, bench->clock, false, &why);
	if (bench->store == NULL)
		log_fatal("%s", why);
}

/* add_passes - a count of passes, as greylist's auto-allow keeps them */
static void
add_passes(struct bench *bench, const char *subject, const char *rest)
{
	const struct store_triplet ask = {
		.key = { .policy = "greylist.allow",
		    .subject = subject,
		    .rest = rest },
		.window_s = 86400,
		.lifetime_s = 60 * 86400,
		.pass_interval_s = 3600,
		.only_look = true,
	};

	store_add_triplet(bench->batch, &ask);
}

/* add_triplet - of the n-th contact */
static struct store_op *
add_triplet(struct bench *bench, uint64_t n)
{
	char subject[64], rest[128];
	const struct store_triplet ask = {
		.key = { .policy = "greylist",
		    .subject = subject_of(n, subject, sizeof(subject)),
		    .rest = rest_of(n, rest, sizeof(rest)) },
		.delay_s = 120,
		.window_s = 86400,
		.lifetime_s = 60 * 86400,
		.pass_interval_s = 3600,
	};

	return store_add_triplet(bench->batch, &ask);
}

/* add_window - of a sender's limits */
static struct store_op *
add_window(struct bench *bench, const char *subject, bool only_look)
{
	const struct store_window ask = {
		.key = { .policy = "ratelimit.client", .subject = subject },
		.n = 1,
		.only_look = only_look,
		.tiers = 2,
		.tier = { { 3600, 300 }, { 86400, 3000 } },
	};

	return store_add_window(bench->batch, &ask);
}

/* add_entry - a ban that is not there */
static struct store_op *
add_entry(struct bench *bench, const char *subject)
{
	const struct store_entry ask = {
		.key = { .policy = "abuse", .subject = subject, .rest = "ban" },
	};

	return store_add_entry(bench->batch, &ask);
}

/* add_lease - taken or given back */
static struct store_op *
add_lease(struct bench *bench, const char *subject, enum store_lease_verb verb)
{
	const struct store_lease ask = {
		.key = { .policy = "connlimit", .subject = subject },
		.verb = verb,
		.owner = "mx1-0123456789ab",
		.places = 20,
		.ttl_s = 600,
	};

	return store_add_lease(bench->batch, &ask);
}

/* session - what the policies ask in the n-th */
static void
session(struct bench *bench, uint64_t n)
{
	char subject[64], rest[64];
	struct store_triplet_answer answer;
	struct store_op *op;

	bench->batch = store_batch_new(bench->store, bench->arena);
	subject_of(n, subject, sizeof(subject));
	snprintf(rest, sizeof(rest), "s%llu.test",
	    (unsigned long long)(scramble(n) % 100000));
	op = add_triplet(bench, n);
	add_passes(bench, subject, NULL);
	add_passes(bench, subject, rest);
	add_window(bench, subject, true);
	add_entry(bench, subject);
	add_entry(bench, rest);
	add_lease(bench, subject, LEASE_TAKE);
	add_lease(bench, rest, LEASE_TAKE);
	store_send(bench->batch);
	store_wait_triplet(op, 0, &answer, NULL);
	if (answer.state != TRIPLET_NEW)
		log_fatal("session %llu is not new", (unsigned long long)n);
	add_window(bench, subject, false);
	add_lease(bench, subject, LEASE_GIVE_BACK);
	add_lease(bench, rest, LEASE_GIVE_BACK);
	store_send(bench->batch);
	arena_reset(bench->arena);
}

/* a_second - the writer's turn; what it took of this thread */
static double
a_second(struct bench *bench)
{
	double begin = thread_us();

	clock_fake_advance(bench->clock, 1000);
	if (!store_sync(bench->store))
		log_fatal("the store cannot be written");
	return thread_us() - begin;
}

/* run_sessions - the cost of one, and of the writer for it */
static void
run_sessions(struct bench *bench, struct result *result)
{
	double begin, writer = 0;

	for (uint64_t n = 0; n < A_SECOND; n++) /* to be warm */
		session(bench, bench->size + n);
	a_second(bench);
	begin = cpu_us();
	for (uint64_t n = A_SECOND; n < SESSIONS + A_SECOND; n++) {
		session(bench, bench->size + n);
		if (n % A_SECOND == A_SECOND - 1)
			writer += a_second(bench);
	}
	result->session_us = (cpu_us() - begin) / SESSIONS;
	result->writer_us = writer / SESSIONS;
	result->memory_kb = anonymous_kb();
}

/* single - of one operation alone, ten in a batch, without the writer */
static double
single(struct bench *bench, unsigned kind)
{
	double begin = thread_us();
	char subject[64];

	for (uint64_t n = 0; n < OPERATIONS; n++) {
		uint64_t known = scramble(n + 77) % bench->size;

		if (n % 10 == 0) {
			arena_reset(bench->arena);
			bench->batch =
			    store_batch_new(bench->store, bench->arena);
		}
		subject_of(n, subject, sizeof(subject));
		if (kind == 0)
			add_triplet(bench, known); /* ready, once */
		else if (kind == 1)
			add_triplet(bench, bench->size + 10 * SESSIONS + n);
		else if (kind == 2)
			add_window(bench, subject, true);
		else
			add_entry(bench, subject);
		if (n % 10 == 9)
			store_send(bench->batch);
	}
	arena_reset(bench->arena);
	return (thread_us() - begin) / OPERATIONS;
}

/* bytes_each - of the file */
static double
bytes_each(struct bench *bench)
{
	struct json *object = json_new_object();
	int64_t bytes;

	store_stats(bench->store, object);
	bytes = json_get_int(json_get(object, "embedded"), "bytes_used", 0);
	json_free(object);
	return (double)bytes / (double)bench->size;
}

/* measure - the store that was filled */
static void
measure(struct bench *bench, struct result *result)
{
	bench->clock = clock_fake_new(START);
	open_store(bench);
	result->bytes = bytes_each(bench);
	bench->arena = arena_new(4096);
	run_sessions(bench, result);
	for (unsigned kind = 0; kind < 4; kind++)
		result->single_us[kind] = single(bench, kind);
	arena_free(bench->arena);
	store_free(bench->store);
	clock_fake_free(bench->clock);
}

/*
 * apart - in a process of its own, so that memory is what this needs; what it
 * found out, or nothing
 */
static void
apart(struct bench *bench, struct result *result)
{
	int pipes[2], status;
	pid_t child;

	if (pipe(pipes) != 0 || (child = fork()) < 0)
		log_fatal("no process for it");
	if (child == 0) {
		if (result == NULL) {
			fill(bench);
			_exit(0);
		}
		measure(bench, result);
		_exit(write(pipes[1], result, sizeof(*result)) !=
		      sizeof(*result));
	}
	if (waitpid(child, &status, 0) != child || status != 0 ||
	    (result != NULL &&
		read(pipes[0], result, sizeof(*result)) != sizeof(*result)))
		log_fatal("size %llu failed", (unsigned long long)bench->size);
	close(pipes[0]);
	close(pipes[1]);
}

/* run - one size, a line */
static struct result
run(uint64_t size)
{
	struct bench bench = { .size = size };
	struct result r = { .memory_kb = 0 };

	folder_make(&bench.folder);
	apart(&bench, NULL);
	apart(&bench, &r);
	folder_remove(&bench.folder);
	printf("%10llu %9.1f %9.1f %8.2f %8.2f %8.2f %8.2f %9ld %7.0f\n",
	    (unsigned long long)size, r.session_us, r.writer_us, r.single_us[0],
	    r.single_us[1], r.single_us[2], r.single_us[3], r.memory_kb,
	    r.bytes);
	fflush(stdout);
	return r;
}

int
main(int argc, char **argv)
{
	static const char *const usual[] = { "1000", "10000", "1000000" };
	const char *sizes[16];
	size_t count = 0;
	struct result first, last;

	for (int i = 1; i < argc && count < 16; i++)
		sizes[count++] = argv[i];
	for (size_t i = 0; argc == 1 && i < 3; i++)
		sizes[count++] = usual[i];
	printf(
	    "  triplets   session    writer    ready      new   window    "
	    "entry anonymous  each\n"
	    "                  us        us       us       us       us       "
	    "us        kB bytes\n");
	fflush(stdout);
	first = last = run(strtoull(sizes[0], NULL, 10));
	for (size_t i = 1; i < count; i++)
		last = run(strtoull(sizes[i], NULL, 10));
	printf("%s over %s: %+.1f us for a session, %+ld kB\n",
	    sizes[count - 1], sizes[0], last.session_us - first.session_us,
	    last.memory_kb - first.memory_kb);
	return last.session_us - first.session_us > LIMIT_US ||
	       last.memory_kb - first.memory_kb > LIMIT_KB;
}
