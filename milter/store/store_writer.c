/*
 * store_writer - the thread of the embedded store that writes and sweeps.
 *
 * Once a second: what is pending goes to the file, by chunks, each a
 * transaction; the chunks bound the memory that LMDB takes for changed pages.
 * Then a part of the file is looked at, so that all of it is within about an
 * hour (a large one: within some hours), and what has ended is deleted.
 *
 * A file that cannot be written (disk full, size_max) is no trouble for mail:
 * changes stay pending, the next round tries again, and once a minute the log
 * says so. At size_max the sweep goes faster, and takes first contacts that
 * did not come back in the first half of their time as well: an attacker's,
 * almost all of them.
 *
 * Diagnostics: log lines as above; a system without eventfd(2) or threads
 * ends the process.
 */
#include <sys/eventfd.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store_embedded.h"
#include "store/store_value.h"

#define ROUND_MS 1000
#define CHUNK 128 /* changes of a transaction */
#define SWEEP_SHARE 3600
#define SWEEP_MIN 64
#define SWEEP_MAX 1024
#define SWEEP_FULL 65536 /* when there is no room */
#define COMPLAIN_MS 60000
#define TIDY_MS 60000

/* by_key - neighbours of a page are written together */
static int
by_key(const void *left, const void *right)
{
	const struct pending_taken *a = left, *b = right;
	size_t shorter =
	    a->key.length < b->key.length ? a->key.length : b->key.length;
	int order = memcmp(a->key.text, b->key.text, shorter);

	if (order != 0)
		return order;
	return (a->key.length > b->key.length) -
	       (a->key.length < b->key.length);
}

/* complain - not more than once a minute */
static void
complain(struct embedded *embedded, const char *why)
{
	int64_t now_ms = clock_mono_ms(embedded->clock);

	atomic_fetch_add(&embedded->failures, 1);
	if (atomic_load(&embedded->failing_since_s) == 0) {
		atomic_store(&embedded->failing_since_s,
		    clock_wall_s(embedded->clock));
		embedded->complain_at_ms = now_ms;
	}
	if (now_ms < embedded->complain_at_ms)
		return;
	embedded->complain_at_ms = now_ms + COMPLAIN_MS;
	log_error("store: cannot write %s: %s; what is new is kept in memory "
		  "and lost with the daemon",
	    store_file_path(embedded->file), why);
}

/* recovered - it writes again */
static void
recovered(struct embedded *embedded)
{
	if (atomic_exchange(&embedded->failing_since_s, 0) != 0)
		log_notice("store: %s is written again",
		    store_file_path(embedded->file));
}

/* repair - after FILE_BROKEN: the file anew */
static void
repair(struct embedded *embedded)
{
	char *why = NULL;

	pending_enter_all(embedded->pending);
	pthread_mutex_lock(&embedded->scan_lock);
	if (!store_file_reopen(embedded->file, &why)) {
		complain(embedded, why);
		mem_free(why);
	}
	pthread_mutex_unlock(&embedded->scan_lock);
	pending_leave_all(embedded->pending);
}

/* judge - what came of writing; true when it is written */
static bool
judge(struct embedded *embedded, enum store_file_result result, const char *why)
{
	if (result == FILE_WRITTEN)
		return true;
	complain(embedded, why);
	if (result == FILE_FULL)
		embedded->full = true;
	if (result == FILE_BROKEN)
		repair(embedded);
	return false;
}

/* write_chunk - some of what is pending; how many, -1: failed */
static int
write_chunk(struct embedded *embedded, struct arena *arena)
{
	struct pending_taken taken[CHUNK];
	struct store_file_change changes[CHUNK];
	enum store_file_result result;
	size_t count;
	const char *why;

	count = pending_take(embedded->pending, taken, CHUNK, arena);
	if (count == 0)
		return 0;
	qsort(taken, count, sizeof(taken[0]), by_key);
	for (size_t i = 0; i < count; i++)
		changes[i] = (struct store_file_change){
			.key = taken[i].key.text,
			.key_length = taken[i].key.length,
			.value = taken[i].value.bytes,
			.length = taken[i].value.length,
		};
	result = store_file_write(embedded->file, changes, count, &why);
	pending_settle(embedded->pending, taken, count, result == FILE_WRITTEN);
	if (!judge(embedded, result, why))
		return -1;
	embedded->full = false;
	atomic_fetch_add(&embedded->written, count);
	return (int)count;
}

/* write_pending - all of it; how many, -1: not all */
static int
write_pending(struct embedded *embedded)
{
	struct arena *arena = arena_new(CHUNK * 256);
	int count, total = 0;

	do {
		count = write_chunk(embedded, arena);
		total += count > 0 ? count : 0;
		arena_reset(arena);
	} while (count == CHUNK);
	arena_free(arena);
	return count < 0 ? -1 : total;
}

/* what a sweep found */
struct sweep {
	struct embedded *embedded;
	struct arena *arena;
	int64_t now_s;
	struct store_file_change gone[CHUNK];
	size_t count;
	size_t evicted;
};

/* look - at one key; those that ended are noted, others without a copy */
static void
look(void *context, const char *key, size_t key_length, const void *value,
    size_t length)
{
	struct sweep *sweep = context;
	int64_t expires_s;
	bool is_dull, ended, evict;

	if (sweep->count == CHUNK)
		return;
	ended = !store_value_head(value, length, sweep->now_s, &expires_s,
		    &is_dull) ||
		expires_s <= sweep->now_s;
	evict = !ended && is_dull && sweep->embedded->full;
	if (!ended && !evict)
		return;
	sweep->evicted += evict;
	sweep->gone[sweep->count++] = (struct store_file_change){
		.key = arena_strndup(sweep->arena, key, key_length),
		.key_length = key_length,
	};
}

/* delete - what a sweep noted; false: failed */
static bool delete (struct embedded *embedded, struct sweep *sweep)
{
	enum store_file_result result;
	const char *why;

	if (sweep->count == 0)
		return true;
	result =
	    store_file_write(embedded->file, sweep->gone, sweep->count, &why);
	if (!judge(embedded, result, why))
		return false;
	atomic_fetch_add(&embedded->swept, sweep->count);
	atomic_fetch_add(&embedded->evicted, sweep->evicted);
	return true;
}

/* sweep_part - up to CHUNK keys, all of which could be noted */
static bool
sweep_part(struct embedded *embedded, struct arena *arena, size_t *deleted)
{
	struct sweep sweep = {
		.embedded = embedded,
		.arena = arena,
		.now_s = clock_wall_s(embedded->clock),
	};

	if (!store_file_walk(embedded->file, READER_SWEEP, "",
		embedded->sweep_cursor, CHUNK, look, &sweep) ||
	    !delete (embedded, &sweep))
		return false;
	*deleted += sweep.count;
	return true;
}

/* sweep - a part of the file; how many were deleted, -1: failed */
static int
sweep(struct embedded *embedded)
{
	struct arena *arena;
	struct store_file_use use;
	uint64_t keys;
	size_t deleted = 0;
	bool good = true;

	store_file_use(embedded->file, &use);
	if (use.entries == 0)
		return 0;
	keys = use.entries / SWEEP_SHARE;
	keys = keys < SWEEP_MIN ? SWEEP_MIN : keys;
	keys = keys > SWEEP_MAX ? SWEEP_MAX : keys;
	if (embedded->full)
		keys = SWEEP_FULL;
	if (keys > use.entries)
		keys = use.entries;
	arena = arena_new(CHUNK * 128);
	for (uint64_t done = 0; good && done < keys; done += CHUNK) {
		good = sweep_part(embedded, arena, &deleted);
		arena_reset(arena);
	}
	arena_free(arena);
	return good ? (int)deleted : -1;
}

/* tidy - the table of readers and empty sets of leases, once a minute */
static void
tidy(struct embedded *embedded)
{
	int64_t now_ms = clock_mono_ms(embedded->clock);

	if (now_ms < embedded->tidy_at_ms)
		return;
	embedded->tidy_at_ms = now_ms + TIDY_MS;
	store_file_tidy(embedded->file);
	pending_expire(embedded->pending, clock_wall_s(embedded->clock));
}

/* finish - when something was written: have the disk hold it */
static bool
finish(struct embedded *embedded, int written, int deleted)
{
	const char *why;

	if (written < 0 || deleted < 0)
		return false;
	if (written + deleted > 0 &&
	    !judge(embedded, store_file_sync(embedded->file, &why), why))
		return false;
	recovered(embedded);
	return true;
}

bool
store_writer_round(struct embedded *embedded)
{
	int written, deleted;
	bool good;

	pthread_mutex_lock(&embedded->write_lock);
	written = write_pending(embedded);
	deleted = sweep(embedded);
	good = finish(embedded, written, deleted);
	tidy(embedded);
	pthread_mutex_unlock(&embedded->write_lock);
	return good;
}

/* run - the thread */
static void *
run(void *argument)
{
	struct embedded *embedded = argument;
	struct pollfd wake = { .fd = embedded->wake, .events = POLLIN };

	while (poll(&wake, 1, ROUND_MS) <= 0)
		store_writer_round(embedded);
	return NULL;
}

void
store_writer_start(struct embedded *embedded)
{
	int error;

	embedded->wake = eventfd(0, EFD_CLOEXEC);
	if (embedded->wake < 0)
		log_fatal("eventfd: %s", strerror(errno));
	error = pthread_create(&embedded->thread, NULL, run, embedded);
	if (error != 0)
		log_fatal("pthread_create: %s", strerror(error));
	embedded->running = true;
}

void
store_writer_stop(struct embedded *embedded)
{
	uint64_t one = 1;

	if (!embedded->running)
		return;
	if (write(embedded->wake, &one, sizeof(one)) != sizeof(one))
		log_fatal("eventfd: %s", strerror(errno));
	pthread_join(embedded->thread, NULL);
	close(embedded->wake);
	embedded->running = false;
	store_writer_round(embedded);
}
