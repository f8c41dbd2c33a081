/*
 * store_file_open - open, close, and put a damaged file aside.
 *
 * FOLDER/state.mdb, beside it LMDB's table of readers (state.mdb-lock), and
 * state.lock, on which the one writing process holds a lock (of the open
 * file: it goes with the process, however that ends).
 *
 * Diagnostics: texts for the operator; a damaged file in the log.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"
#include "store/store_file_internal.h"

#define SPARE_READERS 62  /* of other processes */
#define READER_BYTES 64   /* of LMDB's table, a line of the cache each */
#define READERS_HEAD 4096 /* what stands before them, and more */
#define FILE_MODE 0600

/* failed - *why, and false */
static bool __attribute__((format(printf, 2, 3)))
failed(char **why, const char *format, ...)
{
	struct str text = STR_INIT;
	va_list list;

	va_start(list, format);
	str_addv(&text, format, list);
	va_end(list);
	*why = text.data;
	return false;
}

/* take_lock - be the only writer */
static bool
take_lock(struct store_file *file, char **why)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	file->lock =
	    open(file->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (file->lock < 0)
		return failed(why, "cannot write in %s: %s", file->folder,
		    strerror(errno));
	if (fcntl(file->lock, F_OFD_SETLK, &lock) == 0)
		return true;
	if (errno == EAGAIN || errno == EACCES)
		return failed(why, "%s " STORE_IN_USE, file->folder);
	return failed(why, "cannot lock %s: %s", file->lock_path,
	    strerror(errno));
}

/* has_writer - whether some process has the lock */
static bool
has_writer(const struct store_file *file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(file->lock_path, O_RDWR | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return errno != ENOENT;
	held = fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
	close(fd);
	return held;
}

/*
 * open_flags - a tool that comes first must not make the table of readers:
 * it may be root's then. Without a writer none is needed.
 */
static unsigned
open_flags(const struct store_file *file)
{
	unsigned flags = MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD;

	if (!file->read_only)
		return flags | MDB_NOMETASYNC;
	return flags | MDB_RDONLY | (has_writer(file) ? 0 : MDB_NOLOCK);
}

/* open_tree - the one database; made by the first writer */
static int
open_tree(struct store_file *file)
{
	unsigned flags = file->read_only ? MDB_RDONLY : 0;
	MDB_txn *txn;
	int error = mdb_txn_begin(file->env, NULL, flags, &txn);

	if (error != MDB_SUCCESS)
		return error;
	error = mdb_dbi_open(txn, NULL, 0, &file->dbi);
	if (error == MDB_SUCCESS)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return error;
}

/* readers_path - LMDB's table of readers */
static void
readers_path(const struct store_file *file, struct str *path)
{
	str_addf(path, "%s-lock", file->path);
}

/*
 * reserve_readers - LMDB makes the table of readers a file with holes and
 * writes it through memory: where the disk has become full meanwhile, the
 * first reader in a hole is a bus error. So it gets its blocks before. Only
 * before: LMDB holds POSIX locks on it, which a close(2) of ours would end. An
 * error number, 0: done.
 */
static int
reserve_readers(const struct store_file *file)
{
	const off_t size =
	    (file->readers + SPARE_READERS) * READER_BYTES + READERS_HEAD;
	struct str path = STR_INIT;
	int fd, error;

	readers_path(file, &path);
	fd = open(str_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	str_fini(&path);
	if (fd < 0)
		return errno;
	error = posix_fallocate(fd, 0, size);
	close(fd);
	return error;
}

/* open_env - an error of LMDB */
static int
open_env(struct store_file *file)
{
	MDB_stat info;
	int error = file->read_only ? 0 : reserve_readers(file);

	if (error == 0)
		error = mdb_env_create(&file->env);
	if (error != MDB_SUCCESS)
		return error;
	if (!file->read_only)
		mdb_env_set_mapsize(file->env, (size_t)file->size_max);
	mdb_env_set_maxreaders(file->env, file->readers + SPARE_READERS);
	error =
	    mdb_env_open(file->env, file->path, open_flags(file), FILE_MODE);
	if (error == MDB_SUCCESS)
		error = open_tree(file);
	if (error == MDB_SUCCESS)
		error = mdb_env_stat(file->env, &info);
	if (error == MDB_SUCCESS) {
		file->page = info.ms_psize;
		return error;
	}
	mdb_env_close(file->env);
	file->env = NULL;
	return error;
}

/* put_aside - a file that is none, or damaged; false: nothing to try again */
static bool
put_aside(const struct store_file *file, int error)
{
	struct str other = STR_INIT;
	bool done;

	if (file->read_only ||
	    (error != MDB_INVALID && error != MDB_CORRUPTED &&
		error != MDB_PAGE_NOTFOUND && error != MDB_VERSION_MISMATCH))
		return false;
	str_addf(&other, "%s.damaged", file->path);
	done = rename(file->path, str_text(&other)) == 0;
	if (done)
		log_error("store: %s is damaged (%s): it is now %s, and a new "
			  "one begins",
		    file->path, mdb_strerror(error), str_text(&other));
	str_fini(&other);
	return done;
}

/* is_new - a tool came before the first daemon: nothing is stored */
static bool
is_new(const struct store_file *file, int error)
{
	return file->read_only && error == ENOENT &&
	       access(file->folder, X_OK) == 0;
}

/* open_file - a second time after a damaged one was put aside */
static bool
open_file(struct store_file *file, char **why)
{
	int error = open_env(file);

	if (error != MDB_SUCCESS && put_aside(file, error))
		error = open_env(file);
	if (error == MDB_SUCCESS || is_new(file, error))
		return true;
	return failed(why, "cannot open %s: %s", file->path,
	    mdb_strerror(error));
}

/* make_folder - when it is missing, for us alone */
static bool
make_folder(const struct store_file *file, char **why)
{
	if (file->read_only || mkdir(file->folder, 0700) == 0 ||
	    errno == EEXIST)
		return true;
	return failed(why, "cannot make the folder %s: %s", file->folder,
	    strerror(errno));
}

/*
 * give_away - root, in a folder that is somebody else's (mailreevectl, while
 * no daemon runs): the files are to be his as well
 */
static void
give_away(const struct store_file *file)
{
	struct str readers = STR_INIT;
	struct stat folder;

	readers_path(file, &readers);
	if (geteuid() == 0 && !file->read_only &&
	    stat(file->folder, &folder) == 0 && folder.st_uid != 0 &&
	    (chown(file->path, folder.st_uid, folder.st_gid) != 0 ||
		chown(file->lock_path, folder.st_uid, folder.st_gid) != 0 ||
		chown(str_text(&readers), folder.st_uid, folder.st_gid) != 0))
		log_warning("cannot give %s to the owner of its folder: %s",
		    file->path, strerror(errno));
	str_fini(&readers);
}

/* path_in - of a file in the folder */
static char *
path_in(const char *folder, const char *name)
{
	struct str path = STR_INIT;

	str_addf(&path, "%s/%s", folder, name);
	return path.data;
}

struct store_file *
store_file_open(const char *folder, bool read_only, int64_t size_max,
    unsigned readers, char **why)
{
	struct store_file *file = mem_alloc(sizeof(*file));

	file->folder = mem_strdup(folder);
	file->path = path_in(folder, "state.mdb");
	file->lock_path = path_in(folder, "state.lock");
	file->read_only = read_only;
	file->size_max = size_max;
	file->lock = -1;
	file->readers = readers;
	file->reader = mem_array(readers + 1, sizeof(*file->reader));
	if (make_folder(file, why) && (read_only || take_lock(file, why)) &&
	    open_file(file, why)) {
		give_away(file);
		return file;
	}
	store_file_close(file);
	return NULL;
}

/* close_env - readers with it */
static void
close_env(struct store_file *file)
{
	for (unsigned i = 0; i <= file->readers; i++) {
		if (file->reader[i] != NULL)
			mdb_txn_abort(file->reader[i]);
		file->reader[i] = NULL;
	}
	if (file->env != NULL)
		mdb_env_close(file->env);
	file->env = NULL;
}

void
store_file_close(struct store_file *file)
{
	close_env(file);
	if (file->lock >= 0)
		close(file->lock);
	mem_free(file->reader);
	mem_free(file->lock_path);
	mem_free(file->path);
	mem_free(file->folder);
	mem_free(file);
}

bool
store_file_reopen(struct store_file *file, char **why)
{
	close_env(file);
	return open_file(file, why);
}
