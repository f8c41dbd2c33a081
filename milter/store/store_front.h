/*
 * store_front - the front of the store, for store.c and store_batch.c.
 */
#ifndef MAILREEVE_STORE_FRONT_H
#define MAILREEVE_STORE_FRONT_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/store_backend.h"

#define STORE_RESULTS (STORE_BROKEN + 1)

/* key makers of former settings */
struct old_names {
	struct old_names *next;
	struct store_names *names;
};

struct store {
	struct clock *clock;
	const struct store_backend *backend;
	void *self;     /* of backend */
	void *embedded; /* of the embedded backend; may be self */
	int kind;
	bool pretend;
	char *path;
	_Atomic(struct store_names *) names;
	pthread_mutex_t configure_lock;
	struct old_names *old;
	atomic_ullong results[STORE_RESULTS]; /* by enum store_result */
	atomic_ullong batches, posts, local;
};

#endif
