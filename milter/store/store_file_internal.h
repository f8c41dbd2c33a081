/*
 * store_file_internal - an open file, for the sources of store_file.h.
 */
#ifndef MAILREEVE_STORE_FILE_INTERNAL_H
#define MAILREEVE_STORE_FILE_INTERNAL_H

#include <lmdb.h>

#include "store/store_file.h"

struct store_file {
	char *folder, *path, *lock_path;
	bool read_only;
	int64_t size_max;
	int lock; /* the descriptor, or -1 */
	MDB_env *env;
	MDB_dbi dbi;
	unsigned readers;
	MDB_txn **reader; /* reset; NULL: not begun; the last is ours */
	size_t page;      /* bytes */
};

#endif
