/*
 * table_content - what a table holds now, and its exchange when the file
 * changes.
 */
#ifndef MAILREEVE_TABLE_CONTENT_H
#define MAILREEVE_TABLE_CONTENT_H

#include <sys/types.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "table/table_type.h"

/* one content; counted, and never changed */
struct content {
	const struct table_type *type;
	void *data;
	atomic_uint refs;
};

/* what is looked at to see that a file changed */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

/* the place of a table's contents, one after the other */
struct table_content {
	const struct table_type *type;
	struct table_source source; /* borrowed, as are its texts */
	const char *spec;           /* for the log */
	pthread_rwlock_t lock;      /* current */
	struct content *current;
	pthread_mutex_t refresh; /* stamp, missing */
	struct stamp stamp;
	bool missing;
};

void table_content_init(struct table_content *place,
    const struct table_type *type, const struct table_source *source,
    const char *spec);
void table_content_fini(struct table_content *place);
/* table_content_load - the first one; false after an error. */
bool table_content_load(struct table_content *place, struct problems *problems);
/*
 * table_content_refresh - a new one if the file changed. What is wrong with it
 * is a warning in problems or, if that is NULL, in the log.
 */
void table_content_refresh(struct table_content *place,
    struct problems *problems);
/* table_content_take - the one in force; give it back with content_drop(). */
struct content *table_content_take(struct table_content *place);
void content_drop(struct content *content);

#endif
