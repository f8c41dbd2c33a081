/*
 * store_file - the file of the embedded store: keys and packed values.
 *
 * One writer at a time, in one process; readers at any time, in any process.
 * What is written in one call is there as a whole or not at all, also after
 * a crash of the process or the machine.
 */
#ifndef MAILREEVE_STORE_FILE_H
#define MAILREEVE_STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_file;

/*
 * store_file_open - in folder, which is made when it is missing. readers: so
 * many numbers for store_file_get() and store_file_walk(). NULL and *why (for
 * mem_free()) when it cannot be used, or when another process writes to it.
 * A file that is damaged is put aside, and a new one begun. read_only: a file
 * that is not there yet is an empty one.
 */
struct store_file *store_file_open(const char *folder, bool read_only,
    int64_t size_max, unsigned readers, char **why);
void store_file_close(struct store_file *file);
/* store_file_path - for messages; borrowed. */
const char *store_file_path(const struct store_file *file);

/*
 * store_file_get - the value of a key, until store_file_done(), which follows
 * in any case. False when there is none or the file cannot be read. A number
 * of a reader is used by one thread at a time.
 */
bool store_file_get(struct store_file *file, unsigned reader, const char *key,
    size_t key_length, const void **value, size_t *length);
void store_file_done(struct store_file *file, unsigned reader);

/*
 * store_file_walk - up to most keys that begin with prefix, in order, the first
 * behind *cursor (a text of the caller's for keys of STORE_KEY_SIZE; "" at
 * first), as one snapshot. each() must not use the file. *cursor becomes the
 * last key, or "" at the end. False when it cannot be read.
 */
bool store_file_walk(struct store_file *file, unsigned reader,
    const char *prefix, char *cursor, size_t most,
    void (*each)(void *context, const char *key, size_t key_length,
	const void *value, size_t length),
    void *context);

struct store_file_change {
	const char *key;
	size_t key_length;
	const void *value; /* length 0: delete */
	size_t length;
};
enum store_file_result {
	FILE_WRITTEN,
	FILE_FULL,   /* size_max */
	FILE_FAILED, /* disk full, input/output error */
	FILE_BROKEN, /* as FAILED, and now nothing works until it is reopened */
};
/*
 * store_file_write - all or nothing. Only deletions may use the last part of
 * size_max. Survives a crash of the process at once, of the machine when
 * store_file_sync() or the next write is done. *why is a text that lasts.
 */
enum store_file_result store_file_write(struct store_file *file,
    const struct store_file_change *changes, size_t count, const char **why);
enum store_file_result store_file_sync(struct store_file *file,
    const char **why);
/* store_file_reopen - after FILE_BROKEN, with no reader inside. */
bool store_file_reopen(struct store_file *file, char **why);
/* store_file_tidy - forget readers that died; now and then. */
void store_file_tidy(struct store_file *file);

struct store_file_use {
	uint64_t entries;
	uint64_t bytes_used; /* pages that hold keys and values */
	uint64_t bytes;      /* of the file, as long as it ever was */
	uint64_t bytes_max;
};
void store_file_use(struct store_file *file, struct store_file_use *use);

#endif
