/*
 * store_embedded - the parts of the embedded store to one another, and what
 * tests and tools may ask of it.
 */
#ifndef MAILREEVE_STORE_EMBEDDED_H
#define MAILREEVE_STORE_EMBEDDED_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/store_backend.h"
#include "store/store_file.h"
#include "store/store_key.h"
#include "store/store_pending.h"

/* a reader for each shard, and these */
enum {
	READER_SCAN = PENDING_SHARDS, /* under scan_lock */
	READER_SWEEP,
	READERS
};

struct embedded {
	struct clock *clock;
	struct store_file *file;
	struct pending *pending;
	bool read_only;
	pthread_mutex_t scan_lock; /* the file is not being reopened */
	atomic_ullong operations;

	/* the writer; under write_lock */
	pthread_mutex_t write_lock;
	pthread_t thread;
	bool running;
	int wake; /* eventfd(2): to end */
	char sweep_cursor[STORE_KEY_SIZE];
	bool full;              /* size_max is reached */
	int64_t complain_at_ms; /* not before */
	int64_t tidy_at_ms;

	/* for store_stats() */
	atomic_ullong written, swept, evicted, failures;
	atomic_llong failing_since_s; /* 0: it writes */
};

/* store_writer_start - the thread that writes and sweeps. */
void store_writer_start(struct embedded *embedded);
/* store_writer_stop - after a last writing. */
void store_writer_stop(struct embedded *embedded);
/*
 * store_writer_round - write what is pending and sweep a part of the file;
 * false when it could not be written. Any thread.
 */
bool store_writer_round(struct embedded *embedded);

/* store_embedded_scan, store_embedded_forget - see store_backend.h. */
bool store_embedded_scan(void *self, const struct store_names *names,
    const char *policy, int64_t now_s,
    bool (*each)(void *context, const struct store_item *item), void *context);
int64_t store_embedded_forget(void *self, const struct store_names *names,
    const char *policy, const char *subject);

#endif
