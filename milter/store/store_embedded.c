/*
 * store_embedded - the store of one host: a file, and over it what is new.
 *
 * Reading goes to the file directly (store_file.c: memory-mapped, so a look
 * costs a microsecond whatever its size, and its pages are the system's, not
 * ours). Writing goes to memory (store_pending.c) and from there, once a
 * second, to the file (store_writer.c): a session never waits for a disk, and
 * what a crash takes is the last second.
 *
 * An operation has the lock of its key's shard while it reads, decides and
 * puts. Everything is answered when send() returns.
 *
 * read_only: a tool beside the daemon. It sees what the daemon has written,
 * so at most a second old, and no leases, which are in the daemon only.
 *
 * Diagnostics: see store_writer.c.
 */
#include "store/store_embedded.h"

#include "base/clock.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store_leases.h"
#include "store/store_value.h"

#define PENDING_MOST (64 << 20) /* bytes while the file cannot be written */

/* embedded_open - see store_backend.h, as those below */
static void *
embedded_open(const struct store_settings *settings, struct clock *clock,
    bool read_only, char **why)
{
	struct embedded *embedded;
	struct store_file *file;

	file = store_file_open(settings->path, read_only, settings->size_max,
	    READERS, why);
	if (file == NULL)
		return NULL;
	embedded = mem_alloc(sizeof(*embedded));
	embedded->clock = clock;
	embedded->file = file;
	embedded->read_only = read_only;
	embedded->pending = pending_new(PENDING_MOST);
	pthread_mutex_init(&embedded->scan_lock, NULL);
	pthread_mutex_init(&embedded->write_lock, NULL);
	if (!read_only)
		store_writer_start(embedded);
	return embedded;
}

/* embedded_close - after what is pending was written */
static void
embedded_close(void *self)
{
	struct embedded *embedded = self;

	store_writer_stop(embedded);
	pending_free(embedded->pending);
	store_file_close(embedded->file);
	pthread_mutex_destroy(&embedded->scan_lock);
	pthread_mutex_destroy(&embedded->write_lock);
	mem_free(embedded);
}

/* embedded_configure - nothing of it can change while the file is open */
static bool
embedded_configure(void *self, const struct store_settings *settings,
    char **why)
{
	(void)self;
	(void)settings;
	(void)why;
	return true;
}

/* read_value - what lies under a key of our shard; store_file_done() follows */
static void
read_value(struct embedded *embedded, unsigned shard,
    const struct pending_key *key, struct store_value *value)
{
	struct pending_value held;
	const void *bytes = NULL;
	size_t length = 0;

	if (pending_find(embedded->pending, shard, key, &held)) {
		bytes = held.bytes;
		length = held.length;
	} else {
		store_file_get(embedded->file, shard, key->text, key->length,
		    &bytes, &length);
	}
	store_value_unpack(bytes, length, value);
}

/* put_value - as it was left; an empty one deletes */
static void
put_value(struct embedded *embedded, unsigned shard,
    const struct pending_key *key, const struct store_value *value)
{
	unsigned char packed[STORE_PACKED_SIZE];
	struct pending_value held = { .length = 0 };

	if (value != NULL) {
		held.bytes = packed;
		held.length = store_value_pack(value, packed);
	}
	pending_put(embedded->pending, shard, key, &held);
}

/* change_value - an operation that is no lease, in its shard */
static enum store_result
change_value(struct embedded *embedded, unsigned shard,
    const struct pending_key *key, struct store_op *op)
{
	struct store_value value;
	enum store_change change;

	read_value(embedded, shard, key, &value);
	change = store_apply(op, &value);
	/* before the file is left: an entry's text is there */
	if (change != STORE_SAME && !embedded->read_only)
		put_value(embedded, shard, key,
		    change == STORE_DELETED ? NULL : &value);
	store_file_done(embedded->file, shard);
	return change != STORE_SAME && embedded->read_only ? STORE_UNAVAILABLE
							   : STORE_OK;
}

/* change_leases - a lease, in its shard */
static enum store_result
change_leases(struct embedded *embedded, unsigned shard,
    const struct pending_key *key, struct store_op *op)
{
	struct lease_set *set;

	/* they are the daemon's; a tool that only looks sees none */
	if (embedded->read_only)
		return op->ask.lease.verb == LEASE_GIVE_BACK
			   ? STORE_OK
			   : STORE_UNAVAILABLE;
	set = pending_leases(embedded->pending, shard, key);
	leases_apply(set, op);
	if (op->answer.lease.count == 0)
		pending_drop_leases(embedded->pending, shard, key);
	return STORE_OK;
}

/* carry_out - one operation, at once */
static void
carry_out(struct embedded *embedded, struct store_op *op)
{
	struct pending_key key = pending_key(embedded->pending,
	    op->key + op->prefix_length, op->key_length - op->prefix_length);
	unsigned shard = pending_enter(embedded->pending, &key);

	op->result = op->verb == VERB_LEASE
			 ? change_leases(embedded, shard, &key, op)
			 : change_value(embedded, shard, &key, op);
	pending_leave(embedded->pending, shard);
	op->state = OP_DONE;
	atomic_fetch_add_explicit(&embedded->operations, 1,
	    memory_order_relaxed);
}

/* embedded_send - and answer */
static void *
embedded_send(void *self, struct store_op *first, struct arena *arena)
{
	(void)arena;
	for (struct store_op *op = first; op != NULL; op = op->next)
		carry_out(self, op);
	return NULL;
}

/* embedded_post - is no different */
static void
embedded_post(void *self, struct store_op *first)
{
	embedded_send(self, first, NULL);
}

/* embedded_wait - never called: nothing is under way */
static void
embedded_wait(void *self, struct store_op *op, int64_t deadline_ms)
{
	(void)self;
	(void)op;
	(void)deadline_ms;
}

/* embedded_end - as embedded_wait() */
static void
embedded_end(void *self, void *sending)
{
	(void)self;
	(void)sending;
}

/* embedded_stats - of memory, file and writer */
static void
embedded_stats(void *self, struct json *object)
{
	struct embedded *embedded = self;
	struct pending_counts counts;
	struct store_file_use use;
	char since[32] = "";
	int64_t since_s = atomic_load(&embedded->failing_since_s);

	pending_count(embedded->pending, &counts);
	pthread_mutex_lock(&embedded->scan_lock);
	store_file_use(embedded->file, &use);
	pthread_mutex_unlock(&embedded->scan_lock);
	if (since_s != 0)
		clock_date(since_s, since, sizeof(since));
	json_add_text(object, "file", store_file_path(embedded->file));
	json_add_int(object, "entries", (int64_t)use.entries);
	json_add_int(object, "bytes_used", (int64_t)use.bytes_used);
	json_add_int(object, "bytes", (int64_t)use.bytes);
	json_add_int(object, "bytes_max", (int64_t)use.bytes_max);
	json_add_int(object, "operations",
	    (int64_t)atomic_load(&embedded->operations));
	json_add_int(object, "pending", (int64_t)counts.values);
	json_add_int(object, "pending_bytes", (int64_t)counts.bytes);
	json_add_int(object, "lease_keys", (int64_t)counts.leases);
	json_add_int(object, "written",
	    (int64_t)atomic_load(&embedded->written));
	json_add_int(object, "swept", (int64_t)atomic_load(&embedded->swept));
	json_add_int(object, "evicted",
	    (int64_t)atomic_load(&embedded->evicted));
	json_add_int(object, "lost", (int64_t)counts.lost);
	json_add_int(object, "failures",
	    (int64_t)atomic_load(&embedded->failures));
	json_add_text(object, "failing_since", since);
}

const struct store_backend store_embedded_backend = {
	.name = "embedded",
	.open = embedded_open,
	.configure = embedded_configure,
	.send = embedded_send,
	.wait = embedded_wait,
	.end = embedded_end,
	.post = embedded_post,
	.scan = store_embedded_scan,
	.forget = store_embedded_forget,
	.stats = embedded_stats,
	.close = embedded_close,
};
