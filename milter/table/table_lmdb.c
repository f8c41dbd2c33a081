/*
 * table_lmdb - "lmdb:/path": a database as postmap(1) makes it.
 *
 * The file is /path, or /path.lmdb as Postfix names it. Keys and values may
 * end in a NUL byte or not (Postfix asks for both), and values are read as in
 * a file table. Forms of keys are those of a file table; of an address all
 * prefixes are asked, the longest first. All questions of a look-up are asked
 * of one snapshot of the database.
 *
 * Locks. A session may run on another thread at each step, and many at once,
 * so nothing may be tied to a thread. With LMDB's own lock file that is
 * MDB_NOTLS: a reader's slot then belongs to its transaction. Postfix uses no
 * lock file but MDB_NOLOCK, and keeps writer and readers apart by fcntl(2) on
 * the database: readers hold a shared lock while they read, a writer takes an
 * exclusive one before it reuses pages (Postfix dict_lmdb.c). So: where
 * PATH-lock stands and may be written to, it is used; else MDB_NOLOCK. The
 * shared lock is taken always, as a lock of the open file (F_OFD_SETLK),
 * since that of a process would end for all threads when the first one is
 * done; readers are counted and the last one gives it back. A transaction
 * lives as long as one look-up and so never keeps pages from being reused.
 *
 * A database that is replaced is opened anew by table.c; one that was cut
 * short behind our back (cp onto it) would be a bus error, so its size is
 * looked at before each look-up. Replace it with mv(1) or write to it with
 * postmap(1).
 *
 * Diagnostics: LOOKUP_TEMPORARY while a writer keeps us out or the database
 * is being exchanged, LOOKUP_CONFIG for one that cannot be read.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <lmdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "table/table_entry.h"
#include "table/table_key.h"
#include "table/table_text.h"
#include "table/table_type.h"

#define RETRY_MS 2
#define READERS_MAX 1000    /* threads that read at once, with a lock file */
#define MAP_MIN (64u << 20) /* room to grow before it is opened anew */

struct database {
	const char *file;
	MDB_env *env;
	MDB_dbi dbi;
	size_t entries;
	off_t size;           /* of the file when it was opened */
	pthread_mutex_t lock; /* readers, and the lock of the file */
	unsigned readers;
	atomic_bool complained;
};

/* complain - once for each time that it was opened */
static void
complain(struct database *database, const char *what)
{
	if (!atomic_exchange(&database->complained, true))
		log_warning("table lmdb:%s: %s", database->file, what);
}

/* file_lock - lock or unlock the file of the database; false: not now */
static bool
file_lock(struct database *database, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	mdb_filehandle_t fd;

	return mdb_env_get_fd(database->env, &fd) == MDB_SUCCESS &&
	       fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* try_enter - become a reader; false while a writer has the file */
static bool
try_enter(struct database *database)
{
	bool good;

	pthread_mutex_lock(&database->lock);
	good = database->readers > 0 || file_lock(database, F_RDLCK);
	database->readers += good;
	pthread_mutex_unlock(&database->lock);
	return good;
}

/* enter - become a reader before the deadline */
static bool
enter(struct database *database, const struct table_query *query)
{
	int64_t left = query->deadline_ms - clock_mono_ms(query->clock);

	while (!try_enter(database)) {
		left -= RETRY_MS;
		if (left <= 0)
			return false;
		poll(NULL, 0, RETRY_MS);
	}
	return true;
}

/* leave - be a reader no more */
static void
leave(struct database *database)
{
	pthread_mutex_lock(&database->lock);
	if (--database->readers == 0)
		file_lock(database, F_UNLCK);
	pthread_mutex_unlock(&database->lock);
}

/* is_whole - whether the file is as long as what is mapped of it */
static bool
is_whole(const struct database *database)
{
	mdb_filehandle_t fd;
	struct stat info;

	return mdb_env_get_fd(database->env, &fd) == MDB_SUCCESS &&
	       fstat(fd, &info) == 0 && info.st_size >= database->size;
}

/* take_value - the answer of a value that was found */
static enum lookup
take_value(struct database *database, const struct key_form *form,
    const MDB_val *value, const struct table_query *query)
{
	struct entry entry;
	char *text =
	    arena_strndup(query->arena, value->mv_data, value->mv_size);

	if (entry_parse(text, &entry) != NULL) {
		complain(database, "an entry has a bad until=");
		return LOOKUP_CONFIG;
	}
	if (entry_is_over(&entry, query->clock))
		return LOOKUP_NOT_FOUND;
	*query->answer = (struct table_answer){
		.value = entry.value,
		.key = arena_strndup(query->arena, form->text, form->length),
		.note = entry.note,
		.at = { .file = database->file },
	};
	return LOOKUP_FOUND;
}

/* ask - one form of the key, with a NUL byte and without */
static enum lookup
ask(struct database *database, MDB_txn *txn, const struct key_form *form,
    const struct table_query *query)
{
	char text[TABLE_KEY_SIZE];
	MDB_val key = { .mv_data = text }, value;
	int error = MDB_NOTFOUND;
	size_t nul;

	memcpy(text, form->text, form->length);
	text[form->length] = '\0';
	for (nul = 0; nul < 2 && error == MDB_NOTFOUND; nul++) {
		key.mv_size = form->length + 1 - nul;
		if (key.mv_size > (size_t)mdb_env_get_maxkeysize(database->env))
			return LOOKUP_NOT_FOUND;
		error = mdb_get(txn, database->dbi, &key, &value);
	}
	if (error == MDB_NOTFOUND)
		return LOOKUP_NOT_FOUND;
	if (error == MDB_SUCCESS)
		return take_value(database, form, &value, query);
	complain(database, mdb_strerror(error));
	return LOOKUP_CONFIG;
}

/* ask_forms - the forms of a text */
static enum lookup
ask_forms(struct database *database, MDB_txn *txn,
    const struct table_query *query)
{
	struct key_walk walk;
	struct key_form form;
	enum lookup found = LOOKUP_NOT_FOUND;

	key_walk_begin(&walk, query);
	while (found == LOOKUP_NOT_FOUND && key_walk_next(&walk, &form))
		found = ask(database, txn, &form, query);
	return found;
}

/* ask_address - the address and all prefixes of it */
static enum lookup
ask_address(struct database *database, MDB_txn *txn,
    const struct table_query *query)
{
	char text[TABLE_PREFIX_SIZE];
	struct key_form form = { .text = text, .class = KEY_PLAIN };
	unsigned bits = netaddr_bits(query->addr) + 1;
	enum lookup found = LOOKUP_NOT_FOUND;

	if (query->addr->family == 0)
		return LOOKUP_NOT_FOUND;
	while (found == LOOKUP_NOT_FOUND && bits-- > 0) {
		form.length = table_key_prefix(query->addr, bits, text);
		found = ask(database, txn, &form, query);
	}
	return found;
}

/* ask_snapshot - all questions of a look-up, in one transaction */
static enum lookup
ask_snapshot(struct database *database, const struct table_query *query)
{
	enum lookup found;
	MDB_txn *txn;
	int error;

	if (!is_whole(database)) {
		complain(database, "the file became shorter: use mv, not cp");
		return LOOKUP_TEMPORARY;
	}
	error = mdb_txn_begin(database->env, NULL, MDB_RDONLY, &txn);
	if (error != MDB_SUCCESS) {
		complain(database, mdb_strerror(error));
		return LOOKUP_TEMPORARY;
	}
	found = query->kind == KEY_ADDRESS ? ask_address(database, txn, query)
					   : ask_forms(database, txn, query);
	mdb_txn_abort(txn);
	return found;
}

/* find - as in table.h */
static enum lookup
find(void *content, const struct table_query *query)
{
	struct database *database = content;
	enum lookup found;

	if (!enter(database, query))
		return LOOKUP_TEMPORARY;
	found = ask_snapshot(database, query);
	leave(database);
	return found;
}

/* free_database - the end of it */
static void
free_database(void *content)
{
	struct database *database = content;

	mdb_env_close(database->env);
	pthread_mutex_destroy(&database->lock);
	mem_free(database);
}

/* open_flags - how to share the file with its writers, see above */
static unsigned
open_flags(const char *path)
{
	struct str lock = STR_INIT;
	bool has_lock;

	str_addf(&lock, "%s-lock", path);
	has_lock = access(str_text(&lock), R_OK | W_OK) == 0;
	str_fini(&lock);
	return MDB_RDONLY | MDB_NOSUBDIR | (has_lock ? MDB_NOTLS : MDB_NOLOCK);
}

/* open_tree - the unnamed database in the file, and how many entries it has */
static int
open_tree(struct database *database)
{
	MDB_stat info;
	MDB_txn *txn;
	int error = mdb_txn_begin(database->env, NULL, MDB_RDONLY, &txn);

	if (error != MDB_SUCCESS)
		return error;
	error = mdb_dbi_open(txn, NULL, 0, &database->dbi);
	if (error == MDB_SUCCESS)
		error = mdb_stat(txn, database->dbi, &info);
	if (error != MDB_SUCCESS) {
		mdb_txn_abort(txn);
		return error;
	}
	database->entries = info.ms_entries;
	/* the number of the database outlives a transaction that commits */
	return mdb_txn_commit(txn);
}

/* open_database - returns an error of LMDB */
static int
open_database(struct database *database)
{
	mdb_filehandle_t fd;
	struct stat info = { .st_size = 0 };
	int error;

	stat(database->file, &info);
	mdb_env_set_mapsize(database->env, (size_t)info.st_size * 4 + MAP_MIN);
	mdb_env_set_maxreaders(database->env, READERS_MAX);
	error = mdb_env_open(database->env, database->file,
	    open_flags(database->file), 0600);
	if (error != MDB_SUCCESS)
		return error;
	if (mdb_env_get_fd(database->env, &fd) == MDB_SUCCESS &&
	    fstat(fd, &info) == 0)
		database->size = info.st_size;
	return open_tree(database);
}

/* load - open it */
static void *
load(const struct table_source *source, struct problems *problems)
{
	struct database *database;
	const char *why;
	int fd = table_open_regular(source->name, &why), error;

	if (fd < 0) {
		problems_error(problems, source->at, "cannot read %s: %s",
		    source->name, why);
		return NULL;
	}
	close(fd);
	database = mem_alloc(sizeof *database);
	database->file = source->name;
	pthread_mutex_init(&database->lock, NULL);
	error = mdb_env_create(&database->env);
	if (error == MDB_SUCCESS)
		error = open_database(database);
	if (error == MDB_SUCCESS)
		return database;
	problems_error(problems, source->at, "%s: %s", source->name,
	    mdb_strerror(error));
	free_database(database);
	return NULL;
}

/* size - entries when it was opened */
static size_t
size(const void *content)
{
	const struct database *database = content;

	return database->entries;
}

const struct table_type table_lmdb_type = {
	.name = "lmdb",
	.form = "lmdb:/path",
	.flags = TABLE_IS_FILE | TABLE_IS_LIVE,
	.suffix = ".lmdb",
	.load = load,
	.find = find,
	.size = size,
	.free = free_database,
};
