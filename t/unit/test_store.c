/*
 * test_store - the contract of the store on the embedded one, and what only
 * that has: a file, a writer, crashes, a disk that is full.
 */
#include "t/lib/unit.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "store/store_embedded.h"
#include "t/lib/folder.h"
#include "t/lib/store_contract.h"

#define START 1790000000
#define SIZE_MAX_TEST (64 << 20)

/* ---- the contract ---- */

static struct folder contract_folder;

static struct store *
contract_open(void *self, struct store_settings settings, struct clock *clock)
{
	char *why = NULL;
	struct store *store;

	(void)self;
	folder_make(&contract_folder);
	settings.backend = STORE_EMBEDDED;
	settings.path = contract_folder.path;
	settings.size_max = SIZE_MAX_TEST;
	store = store_new(&settings, clock, false, &why);
	if (store == NULL)
		fail_msg("%s", why);
	return store;
}

static void
contract_close(void *self, struct store *store)
{
	(void)self;
	store_free(store);
	folder_remove(&contract_folder);
}

static const struct store_maker embedded_maker = {
	.name = "embedded",
	.open = contract_open,
	.close = contract_close,
};

/* the same with a writer that is at work all the time */
static atomic_bool busy_stop;
static pthread_t busy_thread;

static void *
busy_writer(void *store)
{
	while (!atomic_load(&busy_stop)) {
		store_sync(store);
		usleep(100);
	}
	return NULL;
}

static struct store *
busy_open(void *self, struct store_settings settings, struct clock *clock)
{
	struct store *store = contract_open(self, settings, clock);

	atomic_store(&busy_stop, false);
	pthread_create(&busy_thread, NULL, busy_writer, store);
	return store;
}

static void
busy_close(void *self, struct store *store)
{
	atomic_store(&busy_stop, true);
	pthread_join(busy_thread, NULL);
	contract_close(self, store);
}

static const struct store_maker busy_maker = {
	.name = "embedded, writing",
	.open = busy_open,
	.close = busy_close,
};

/* ---- the file ---- */

struct place {
	struct folder folder;
	struct clock *clock;
	struct store *store;
	struct arena *arena;
	int64_t size_max;
};

static int
set_up(void **state)
{
	struct place *place = mem_alloc(sizeof(*place));

	folder_make(&place->folder);
	place->clock = clock_fake_new(START);
	place->arena = arena_new(4096);
	place->size_max = SIZE_MAX_TEST;
	log_open(LOG_TO_CAPTURE, "test", "mail");
	*state = place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;

	arena_free(place->arena);
	store_free(place->store);
	mem_free(log_captured());
	clock_fake_free(place->clock);
	folder_remove(&place->folder);
	mem_free(place);
	return 0;
}

/* try_open - NULL and *why when it cannot be */
static struct store *
try_open(struct place *place, bool read_only, char **why)
{
	struct store_settings settings = {
		.backend = STORE_EMBEDDED,
		.path = place->folder.path,
		.prefix = "mr",
		.hash_policies = "",
		.hash_secret = "",
		.size_max = place->size_max,
	};

	return store_new(&settings, place->clock, read_only, why);
}

/* must_open - a store of the place */
static struct store *
must_open(struct place *place, bool read_only)
{
	char *why = NULL;
	struct store *store = try_open(place, read_only, &why);

	if (store == NULL)
		fail_msg("%s", why);
	return store;
}

/* look_at - whether an entry is there; changes it when verb says so */
static bool
entry(struct store *store, const char *subject, enum store_entry_verb verb,
    int64_t ttl_s)
{
	struct arena *arena = arena_new(1024);
	struct store_batch *batch = store_batch_new(store, arena);
	struct store_entry ask = {
		.key = { .policy = "abuse", .subject = subject },
		.verb = verb,
		.value = "value",
		.ttl_s = ttl_s,
	};
	struct store_entry_answer answer = { .found = false };
	enum store_result result =
	    store_wait_entry(store_add_entry(batch, &ask), INT64_MAX, &answer,
		NULL);

	arena_free(arena);
	assert_int_equal(result, STORE_OK);
	return answer.found;
}

/* put_many - entries NAME0, NAME1, ... */
static void
put_many(struct store *store, const char *name, int count, int64_t ttl_s)
{
	char subject[64];

	for (int i = 0; i < count; i++) {
		snprintf(subject, sizeof(subject), "%s%d", name, i);
		entry(store, subject, ENTRY_PUT, ttl_s);
	}
}

/* stat_of - one number of the embedded store's */
static int64_t
stat_of(struct store *store, const char *name)
{
	struct json *object = json_new_object();
	int64_t number;

	store_stats(store, object);
	number = json_get_int(json_get(object, "embedded"), name, -1);
	json_free(object);
	return number;
}

static void
test_survives_restart(void **state)
{
	struct place *place = *state;

	place->store = must_open(place, false);
	put_many(place->store, "a", 500, 1000);
	entry(place->store, "a7", ENTRY_DELETE, 0);
	store_free(place->store);
	place->store = must_open(place, false);
	assert_true(entry(place->store, "a499", ENTRY_GET, 0));
	assert_false(entry(place->store, "a7", ENTRY_GET, 0));
	assert_int_equal(stat_of(place->store, "entries"), 499);
	assert_int_equal(stat_of(place->store, "pending"), 0);
}

static void
test_leases_end_with_daemon(void **state)
{
	struct place *place = *state;
	struct store_lease ask = {
		.key = { .policy = "connlimit", .subject = "a" },
		.owner = "mx1-1",
		.places = 1,
		.ttl_s = 1000,
	};
	struct store_lease_answer answer;

	for (int i = 0; i < 2; i++) {
		struct store_batch *batch;

		place->store = must_open(place, false);
		batch = store_batch_new(place->store, place->arena);
		assert_int_equal(store_wait_lease(store_add_lease(batch, &ask),
				     0, &answer, NULL),
		    STORE_OK);
		assert_true(answer.taken);
		ask.owner = "mx1-2";
		store_sync(place->store);
		assert_int_equal(stat_of(place->store, "lease_keys"), 1);
		arena_reset(place->arena);
		store_free(place->store);
	}
	place->store = must_open(place, false);
}

/*
 * killed_child - writes pairs of entries in rounds until it is killed; tells
 * through a pipe how many rounds were flushed.
 */
static void
killed_child(struct place *place, int tell)
{
	struct store *store = must_open(place, false);
	char name[32];

	for (int round = 0;; round++) {
		snprintf(name, sizeof(name), "r%d-", round);
		put_many(store, name, 20, 100000);
		if (!store_sync(store) ||
		    write(tell, &round, sizeof(round)) != sizeof(round))
			_exit(1);
	}
}

static void
test_kill(void **state)
{
	struct place *place = *state;
	char subject[64], *log;
	int pipes[2], round, last, status;
	pid_t child;

	for (int run = 0; run < 5; run++) {
		assert_int_equal(pipe(pipes), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			close(pipes[0]);
			killed_child(place, pipes[1]);
		}
		close(pipes[1]);
		/* the first round, on however busy a machine */
		assert_int_equal(read(pipes[0], &last, sizeof(last)),
		    sizeof(last));
		usleep(30000 * (unsigned)run);
		kill(child, SIGKILL);
		while (read(pipes[0], &round, sizeof(round)) == sizeof(round))
			last = round;
		close(pipes[0]);
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		/* what it was told is written is there, and it goes on */
		place->store = must_open(place, false);
		for (round = 0; round <= last; round++)
			for (int i = 0; i < 20; i++) {
				snprintf(subject, sizeof(subject), "r%d-%d",
				    round, i);
				assert_true(
				    entry(place->store, subject, ENTRY_GET, 0));
			}
		entry(place->store, "afterwards", ENTRY_PUT, 10);
		store_free(place->store);
		place->store = NULL;
	}
	log = log_captured();
	assert_string_equal(log, "");
	mem_free(log);
}

static void
test_one_daemon(void **state)
{
	struct place *place = *state;
	struct str expected = STR_INIT;
	char *why = NULL;

	place->store = must_open(place, false);
	assert_null(try_open(place, false, &why));
	str_addf(&expected, "%s is in use by another mailreeve",
	    place->folder.path);
	assert_string_equal(why, str_text(&expected));
	mem_free(why);
	str_fini(&expected);
}

static bool
count_all(void *context, const struct store_item *item)
{
	(void)item;
	++*(int *)context;
	return true;
}

static void
test_cannot_open(void **state)
{
	struct place *place = *state;
	char *why = NULL;

	folder_write(&place->folder, "file", "");
	snprintf(place->folder.path + strlen(place->folder.path), 6, "/file");
	assert_null(try_open(place, false, &why));
	assert_non_null(strstr(why, "Not a directory"));
	mem_free(why);
	why = NULL;
	unlink(place->folder.path);
	*strrchr(place->folder.path, '/') = '\0';
	place->store = must_open(place, true); /* nothing is stored yet */
	assert_true(store_scan(place->store, NULL, count_all, NULL));
	assert_false(entry(place->store, "a", ENTRY_GET, 0));
	store_free(place->store);
	place->store = NULL;
	rmdir(place->folder.path);
	assert_null(try_open(place, true, &why));
	assert_non_null(strstr(why, "state.mdb: No such file"));
	mem_free(why);
}

static void
test_makes_folder(void **state)
{
	struct place *place = *state;
	struct stat info;

	rmdir(place->folder.path);
	place->store = must_open(place, false);
	assert_int_equal(stat(folder_path(&place->folder, "state.mdb"), &info),
	    0);
	assert_int_equal(info.st_mode & 0777, 0600);
	/* no holes in what LMDB writes through memory: see reserve_readers() */
	assert_int_equal(stat(folder_path(&place->folder, "state.mdb-lock"),
			     &info),
	    0);
	assert_true(info.st_blocks * 512 >= info.st_size);
	assert_int_equal(stat(place->folder.path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
}

static void
test_damaged(void **state)
{
	struct place *place = *state;
	char junk[16384], *log;

	memset(junk, 'x', sizeof(junk));
	folder_write_n(&place->folder, "state.mdb", junk, sizeof(junk));
	place->store = must_open(place, false);
	log = log_captured();
	assert_non_null(strstr(log, "is damaged"));
	mem_free(log);
	entry(place->store, "a", ENTRY_PUT, 10);
	assert_true(store_sync(place->store));
	assert_int_equal(
	    access(folder_path(&place->folder, "state.mdb.damaged"), F_OK), 0);
}

static void
test_strange_values(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = {
		{ "", 0 }, { "\x10", 1 }, /* no end */
		{ "\x10\xff", 2 },        /* a number without end */
		{ "\x20\x01", 2 },        /* another schema */
		{ "\x13\x01", 2 },        /* a lease */
		{ "\x11\x81\xff\xff\xff\x7f\x01\x01", 8 }, /* half a triplet */
		{ "\x10\x81\xff\xff\xff\x7f\x05", 7 },     /* five tiers */
		{ "\x10\x81\xff\xff\xff\x7f\x01\x3c\x3d", 9 }, /* 61 buckets */
		{ "\x14\x81\xff\xff\xff\x7f-------", 13 },     /* short */
	};
	struct place *place = *state;
	struct store_file_change change[COUNT_OF(rows)];
	char name[COUNT_OF(rows)][16], *why = NULL;
	struct store_file *file;
	const char *text;
	int count = 0;

	file =
	    store_file_open(place->folder.path, false, SIZE_MAX_TEST, 1, &why);
	assert_non_null(file);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		snprintf(name[i], sizeof(name[i]), "abuse:{a%zu}", i);
		change[i] = (struct store_file_change){
			.key = name[i],
			.key_length = strlen(name[i]),
			.value = rows[i].bytes,
			.length = rows[i].length,
		};
	}
	assert_int_equal(store_file_write(file, change + 1, COUNT_OF(rows) - 1,
			     &text),
	    FILE_WRITTEN);
	store_file_close(file);
	place->store = must_open(place, false);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		snprintf(name[i], sizeof(name[i]), "a%zu", i);
		assert_false(entry(place->store, name[i], ENTRY_GET, 0));
		entry(place->store, name[i], ENTRY_PUT, 10);
		assert_true(entry(place->store, name[i], ENTRY_GET, 0));
		count++;
	}
	assert_int_equal(count, COUNT_OF(rows));
}

static void
test_sweep(void **state)
{
	struct place *place = *state;

	place->store = must_open(place, false);
	put_many(place->store, "short", 1000, 100);
	put_many(place->store, "long", 300, 100000);
	store_sync(place->store);
	assert_int_equal(stat_of(place->store, "entries"), 1300);
	clock_fake_advance(place->clock, 100 * 1000);
	entry(place->store, "short1", ENTRY_PUT, 1000); /* lives again */
	for (int i = 0; i < 30; i++)
		assert_true(store_sync(place->store));
	assert_int_equal(stat_of(place->store, "entries"), 301);
	assert_int_equal(stat_of(place->store, "swept"), 999);
	assert_true(entry(place->store, "short1", ENTRY_GET, 0));
	assert_true(entry(place->store, "long299", ENTRY_GET, 0));
}

/* fill_up - first contacts until the writer says it is full; how many */
static int
fill_up(struct place *place)
{
	int count = 0;

	for (int round = 0; round < 1000; round++) {
		struct arena *arena = arena_new(4096);
		struct store_batch *batch =
		    store_batch_new(place->store, arena);

		for (int i = 0; i < 100; i++) {
			char subject[64];
			struct store_triplet ask = {
				.key = { .policy = "greylist",
				    .subject = subject },
				.delay_s = 60,
				.window_s = 4000,
				.lifetime_s = 4000,
			};

			snprintf(subject, sizeof(subject), "t%d-%d", round, i);
			store_add_triplet(batch, &ask);
			count++;
		}
		store_send(batch);
		arena_free(arena);
		if (!store_sync(place->store))
			break;
	}
	return count;
}

static void
test_full(void **state)
{
	struct place *place = *state;
	int count;
	char *log;

	place->size_max = 4 << 20;
	place->store = must_open(place, false);
	entry(place->store, "old", ENTRY_PUT, 100000);
	count = fill_up(place);
	assert_in_range(count, 20000, 80000);
	log = log_captured();
	assert_non_null(strstr(log, "size_max is reached"));
	mem_free(log);
	/* still served, from memory and from the file */
	put_many(place->store, "new", 100, 100000);
	assert_true(entry(place->store, "new99", ENTRY_GET, 0));
	assert_true(entry(place->store, "old", ENTRY_GET, 0));
	assert_false(store_sync(place->store));
	log = log_captured();
	assert_string_equal(log, ""); /* once a minute */
	mem_free(log);
	/* in the second half of their time those who did not come back go */
	clock_fake_advance(place->clock, 3000 * 1000);
	for (int i = 0; i < 3; i++)
		store_sync(place->store);
	assert_true(store_sync(place->store));
	assert_true(stat_of(place->store, "evicted") > 1000);
	assert_int_equal(stat_of(place->store, "pending"), 0);
	log = log_captured();
	assert_non_null(strstr(log, "is written again"));
	mem_free(log);
	assert_int_equal(stat_of(place->store, "lost"), 0);
	assert_true(stat_of(place->store, "bytes") <= 4 << 20);
	store_free(place->store);
	place->store = must_open(place, false);
	assert_true(entry(place->store, "old", ENTRY_GET, 0));
	assert_true(entry(place->store, "new99", ENTRY_GET, 0));
}

static void
test_disk_full(void **state)
{
	struct place *place = *state;
	struct rlimit limit, before;
	char *log;

	signal(SIGXFSZ, SIG_IGN);
	place->store = must_open(place, false);
	put_many(place->store, "a", 1000, 100000);
	assert_true(store_sync(place->store));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)stat_of(place->store, "bytes");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	put_many(place->store, "b", 3000, 100000);
	assert_false(store_sync(place->store));
	log = log_captured();
	/* LMDB says so of a write that came short, else "File too large" */
	assert_non_null(strstr(log, "cannot write"));
	mem_free(log);
	assert_true(entry(place->store, "b2999", ENTRY_GET, 0));
	assert_true(entry(place->store, "a999", ENTRY_GET, 0));
	assert_false(store_sync(place->store));
	clock_fake_advance(place->clock, 60 * 1000);
	assert_false(store_sync(place->store));
	log = log_captured();
	assert_non_null(strstr(log, "cannot write")); /* once a minute */
	mem_free(log);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(store_sync(place->store));
	assert_int_equal(stat_of(place->store, "pending"), 0);
	store_free(place->store);
	place->store = must_open(place, false);
	assert_int_equal(stat_of(place->store, "entries"), 4000);
	signal(SIGXFSZ, SIG_DFL);
}

static void
test_memory_ends(void **state)
{
	struct place *place = *state;
	struct pending *pending = pending_new(1 << 20);
	struct pending_value value = { .length = 100 };
	struct pending_counts counts;
	unsigned char bytes[100] = { 1 };
	char text[32];
	int kept = 0;

	(void)place;
	value.bytes = bytes;
	for (int i = 0; i < 100000; i++) {
		struct pending_key key;
		unsigned shard;

		snprintf(text, sizeof(text), "key%d", i);
		key = pending_key(pending, text, strlen(text));
		shard = pending_enter(pending, &key);
		pending_put(pending, shard, &key, &value);
		pending_leave(pending, shard);
	}
	pending_count(pending, &counts);
	assert_in_range(counts.bytes, 1 << 19, 1 << 20);
	assert_int_equal(counts.lost + counts.values, 100000);
	/* the youngest are there */
	for (int i = 99000; i < 100000; i++) {
		struct pending_key key;
		unsigned shard;

		snprintf(text, sizeof(text), "key%d", i);
		key = pending_key(pending, text, strlen(text));
		shard = pending_enter(pending, &key);
		kept += pending_find(pending, shard, &key, &value);
		pending_leave(pending, shard);
	}
	assert_int_equal(kept, 1000);
	pending_free(pending);
}

static void
test_reader_beside(void **state)
{
	struct place *place = *state;
	struct store *reader;
	struct arena *arena = arena_new(512);
	struct store_batch *batch;
	struct store_entry ask = {
		.key = { .policy = "abuse", .subject = "a1" },
		.verb = ENTRY_DELETE,
	};
	struct store_entry_answer answer;

	place->store = must_open(place, false);
	put_many(place->store, "a", 10, 100000);
	store_sync(place->store);
	reader = must_open(place, true);
	assert_true(entry(reader, "a9", ENTRY_GET, 0));
	assert_false(entry(reader, "b9", ENTRY_GET, 0));
	put_many(place->store, "b", 10, 100000);
	store_sync(place->store);
	assert_true(entry(reader, "b9", ENTRY_GET, 0));
	batch = store_batch_new(reader, arena);
	assert_int_equal(store_wait_entry(store_add_entry(batch, &ask), 0,
			     &answer, NULL),
	    STORE_UNAVAILABLE);
	assert_int_equal(store_forget(reader, "abuse", "a1"), -1);
	assert_true(entry(reader, "a1", ENTRY_GET, 0));
	arena_free(arena);
	store_free(reader);
	/* without a daemon it leaves no files that it would own */
	store_free(place->store);
	place->store = NULL;
	unlink(folder_path(&place->folder, "state.mdb-lock"));
	reader = must_open(place, true);
	assert_true(entry(reader, "b9", ENTRY_GET, 0));
	store_free(reader);
	assert_int_not_equal(
	    access(folder_path(&place->folder, "state.mdb-lock"), F_OK), 0);
}

static void
test_killed_readers(void **state)
{
	struct place *place = *state;
	int status, count = 0;
	pid_t child;

	place->store = must_open(place, false);
	put_many(place->store, "a", 2000, 100000);
	store_sync(place->store);
	for (int i = 0; i < 5; i++) {
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct store *reader = must_open(place, true);

			for (;;)
				if (!store_scan(reader, NULL, count_all,
					&count))
					_exit(1);
		}
		for (int round = 0; round < 20; round++) {
			put_many(place->store, "a", 100, 100000 + round);
			assert_true(store_sync(place->store));
			usleep(2000);
		}
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		clock_fake_advance(place->clock, 60 * 1000);
	}
	/* what they held is used again: the file has not grown by much */
	assert_true(stat_of(place->store, "bytes") < 2 << 20);
}

#define FILE_TEST(name, function)                       \
	{                                               \
		name, function, set_up, tear_down, NULL \
	}

int
main(void)
{
	static const struct CMUnitTest file_tests[] = {
		FILE_TEST("state survives a restart", test_survives_restart),
		FILE_TEST("leases end with the daemon",
		    test_leases_end_with_daemon),
		FILE_TEST("kill -9 loses nothing that was written", test_kill),
		FILE_TEST("one daemon at a time", test_one_daemon),
		FILE_TEST("a place that cannot be used", test_cannot_open),
		FILE_TEST("the folder is made", test_makes_folder),
		FILE_TEST("a damaged file is put aside", test_damaged),
		FILE_TEST("strange values are no values", test_strange_values),
		FILE_TEST("what has ended is swept", test_sweep),
		FILE_TEST("size_max", test_full),
		FILE_TEST("a full disk", test_disk_full),
		FILE_TEST("memory for what cannot be written ends",
		    test_memory_ends),
		FILE_TEST("a reader beside the daemon", test_reader_beside),
		FILE_TEST("readers that are killed", test_killed_readers),
	};
	struct CMUnitTest tests[2 * STORE_CONTRACT_ROOM +
				COUNT_OF(file_tests)] = { { .name = NULL } };
	size_t count = store_contract(&embedded_maker, tests);

	count += store_contract(&busy_maker, tests + count);
	memcpy(tests + count, file_tests, sizeof(file_tests));
	return unit_run(tests);
}
