/*
 * store_file - the file of the embedded store: keys and packed values.
 *
 * LMDB: a tree of pages that are never changed in place. A transaction writes
 * new pages and then one of two heads, so there is nothing to repair after a
 * crash. With MDB_NOMETASYNC the head is not waited for: data is safe when
 * the next transaction, or store_file_sync(), is done. No MDB_WRITEMAP: a
 * full disk would be a bus error then.
 *
 * Readers. A transaction for reading is begun once for each reader's number
 * and then renewed and reset, which costs a fraction of a microsecond; it
 * never stays open longer than a look-up or a part of a walk, since an open
 * one keeps the pages it sees from being used again. MDB_NOTLS: the number,
 * not the thread, has it.
 *
 * Size. A transaction that deletes also needs new pages, so the last sixteenth
 * of the map is for those only. Pages that were given free are counted when
 * the file has once grown so far.
 *
 * Diagnostics: results and texts; the caller logs.
 */
#include <string.h>

#include "store/store_file_internal.h"
#include "store/store_key.h"

#define FREE_DBI 0 /* LMDB keeps its free pages in database 0 */
#define RESERVE 16 /* the part of the map for deletions */

const char *
store_file_path(const struct store_file *file)
{
	return file->path;
}

/* enter - the transaction of a reader, or NULL */
static MDB_txn *
enter(struct store_file *file, unsigned reader)
{
	MDB_txn **txn = &file->reader[reader];

	if (file->env == NULL)
		return NULL;
	if (*txn != NULL)
		return mdb_txn_renew(*txn) == MDB_SUCCESS ? *txn : NULL;
	if (mdb_txn_begin(file->env, NULL, MDB_RDONLY, txn) != MDB_SUCCESS)
		*txn = NULL;
	return *txn;
}

bool
store_file_get(struct store_file *file, unsigned reader, const char *key,
    size_t key_length, const void **value, size_t *length)
{
	/* mv_data is not const, though nothing is written there */
	MDB_val name = { .mv_size = key_length }, found;
	MDB_txn *txn = enter(file, reader);

	memcpy(&name.mv_data, &key, sizeof(key));
	if (txn == NULL ||
	    mdb_get(txn, file->dbi, &name, &found) != MDB_SUCCESS)
		return false;
	*value = found.mv_data;
	*length = found.mv_size;
	return true;
}

void
store_file_done(struct store_file *file, unsigned reader)
{
	if (file->reader[reader] != NULL)
		mdb_txn_reset(file->reader[reader]);
}

/* first_behind - position the walk; an error of LMDB */
static int
first_behind(MDB_cursor *place, const char *prefix, const char *cursor,
    MDB_val *key, MDB_val *value)
{
	const char *from = cursor[0] != '\0' ? cursor : prefix;
	int error;

	key->mv_size = strlen(from);
	memcpy(&key->mv_data, &from, sizeof(from));
	error = mdb_cursor_get(place, key, value,
	    key->mv_size > 0 ? MDB_SET_RANGE : MDB_FIRST);
	if (error == MDB_SUCCESS && cursor[0] != '\0' &&
	    key->mv_size == strlen(cursor) &&
	    memcmp(key->mv_data, cursor, key->mv_size) == 0)
		error = mdb_cursor_get(place, key, value, MDB_NEXT);
	return error;
}

/* walk - in a snapshot; an error of LMDB, MDB_NOTFOUND: the end */
static int
walk(MDB_cursor *place, const char *prefix, char *cursor, size_t most,
    void (*each)(void *, const char *, size_t, const void *, size_t),
    void *context)
{
	size_t length = strlen(prefix);
	MDB_val key, value;
	int error = first_behind(place, prefix, cursor, &key, &value);

	for (; error == MDB_SUCCESS && most > 0; most--) {
		if (key.mv_size < length || key.mv_size >= STORE_KEY_SIZE ||
		    memcmp(key.mv_data, prefix, length) != 0)
			return MDB_NOTFOUND;
		memcpy(cursor, key.mv_data, key.mv_size);
		cursor[key.mv_size] = '\0';
		each(context, cursor, key.mv_size, value.mv_data,
		    value.mv_size);
		error = mdb_cursor_get(place, &key, &value, MDB_NEXT);
	}
	return error;
}

bool
store_file_walk(struct store_file *file, unsigned reader, const char *prefix,
    char *cursor, size_t most,
    void (*each)(void *context, const char *key, size_t key_length,
	const void *value, size_t length),
    void *context)
{
	MDB_txn *txn = enter(file, reader);
	MDB_cursor *place;
	int error;

	if (txn == NULL) {
		cursor[0] = '\0';
		return file->env == NULL && file->read_only; /* none yet */
	}
	error = mdb_cursor_open(txn, file->dbi, &place);
	if (error == MDB_SUCCESS) {
		error = walk(place, prefix, cursor, most, each, context);
		mdb_cursor_close(place);
	}
	store_file_done(file, reader);
	if (error == MDB_NOTFOUND)
		cursor[0] = '\0';
	return error == MDB_SUCCESS || error == MDB_NOTFOUND;
}

/* free_pages - that a transaction could use again */
static uint64_t
free_pages(struct store_file *file)
{
	MDB_txn *txn = enter(file, file->readers);
	MDB_val key, value;
	MDB_cursor *place;
	uint64_t pages = 0;
	size_t count;

	if (txn == NULL ||
	    mdb_cursor_open(txn, FREE_DBI, &place) != MDB_SUCCESS)
		return 0;
	while (mdb_cursor_get(place, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
		if (value.mv_size < sizeof(count))
			continue;
		memcpy(&count, value.mv_data, sizeof(count));
		pages += count;
	}
	mdb_cursor_close(place);
	store_file_done(file, file->readers);
	return pages;
}

/* has_room - the reserve is untouched; it is larger than any transaction */
static bool
has_room(struct store_file *file)
{
	uint64_t pages = (uint64_t)file->size_max / file->page, used;
	uint64_t most = pages - pages / RESERVE;
	MDB_envinfo info;

	if (mdb_env_info(file->env, &info) != MDB_SUCCESS)
		return false;
	used = info.me_last_pgno + 1;
	return used <= most || used - free_pages(file) <= most;
}

/* change - one key; an error of LMDB */
static int
change(struct store_file *file, MDB_txn *txn,
    const struct store_file_change *change)
{
	MDB_val key = { .mv_size = change->key_length };
	MDB_val value = { .mv_size = change->length };
	int error;

	memcpy(&key.mv_data, &change->key, sizeof(change->key));
	memcpy(&value.mv_data, &change->value, sizeof(change->value));
	if (change->length > 0)
		return mdb_put(txn, file->dbi, &key, &value, 0);
	error = mdb_del(txn, file->dbi, &key, NULL);
	return error == MDB_NOTFOUND ? MDB_SUCCESS : error;
}

/* result_of - an error of LMDB in our words */
static enum store_file_result
result_of(int error, const char **why)
{
	*why = mdb_strerror(error);
	switch (error) {
	case MDB_SUCCESS:
		return FILE_WRITTEN;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
		*why = "size_max is reached";
		return FILE_FULL;
	case MDB_PANIC:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_BAD_TXN:
		return FILE_BROKEN;
	default:
		return FILE_FAILED;
	}
}

enum store_file_result
store_file_write(struct store_file *file,
    const struct store_file_change *changes, size_t count, const char **why)
{
	size_t puts = 0;
	MDB_txn *txn;
	int error;

	if (file->env == NULL)
		return result_of(MDB_PANIC, why);
	for (size_t i = 0; i < count; i++)
		puts += changes[i].length > 0;
	if (puts > 0 && !has_room(file))
		return result_of(MDB_MAP_FULL, why);
	error = mdb_txn_begin(file->env, NULL, 0, &txn);
	if (error != MDB_SUCCESS)
		return result_of(error, why);
	for (size_t i = 0; error == MDB_SUCCESS && i < count; i++)
		error = change(file, txn, &changes[i]);
	if (error == MDB_SUCCESS)
		error = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	return result_of(error, why);
}

enum store_file_result
store_file_sync(struct store_file *file, const char **why)
{
	return result_of(file->env != NULL ? mdb_env_sync(file->env, 1)
					   : MDB_PANIC,
	    why);
}

void
store_file_tidy(struct store_file *file)
{
	int dead;

	if (file->env != NULL)
		mdb_reader_check(file->env, &dead);
}

void
store_file_use(struct store_file *file, struct store_file_use *use)
{
	MDB_envinfo info;
	MDB_stat tree;

	*use = (struct store_file_use){ .bytes_max = (uint64_t)file->size_max };
	if (file->env == NULL || mdb_env_stat(file->env, &tree) != 0 ||
	    mdb_env_info(file->env, &info) != 0)
		return;
	use->entries = tree.ms_entries;
	use->bytes_used = (tree.ms_branch_pages + tree.ms_leaf_pages +
			      tree.ms_overflow_pages) *
			  tree.ms_psize;
	use->bytes = (info.me_last_pgno + 1) * tree.ms_psize;
	if (file->read_only)
		use->bytes_max = info.me_mapsize;
}
