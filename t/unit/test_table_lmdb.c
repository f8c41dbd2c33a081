/*
 * test_table_lmdb - databases as postmap(1) and others write them, and what
 * happens while they are written.
 */
#include "t/lib/unit.h"

#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "table/table.h"
#include "t/lib/folder.h"

static struct folder folder;
static struct clock *fake;
static struct table_set *set;
static struct arena *arena;
static struct problems *problems;

static int
set_up(void **state)
{
	(void)state;
	folder_make(&folder);
	fake = clock_fake_new(1795262400); /* 2026-11-21 12:00 UTC */
	set = tables_new(fake);
	arena = arena_new(4096);
	problems = problems_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	mem_free(log_captured());
	problems_free(problems);
	arena_free(arena);
	tables_free(set);
	clock_fake_free(fake);
	folder_remove(&folder);
	return 0;
}

/* must - an LMDB call that cannot fail here */
static void
must(int error)
{
	if (error != MDB_SUCCESS)
		fail_msg("%s", mdb_strerror(error));
}

/*
 * write_pairs - key, value, ..., NULL into a database; nul: with a NUL byte
 * behind each, as postmap(1) does.
 */
static void
write_pairs(const char *name, unsigned flags, size_t nul,
    const char *const *pairs)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	must(mdb_env_create(&env));
	must(mdb_env_open(env, folder_path(&folder, name), MDB_NOSUBDIR | flags,
	    0644));
	must(mdb_txn_begin(env, NULL, 0, &txn));
	must(mdb_dbi_open(txn, NULL, 0, &dbi));
	for (; *pairs != NULL; pairs += 2) {
		char *text[2] = { mem_strdup(pairs[0]), mem_strdup(pairs[1]) };
		MDB_val key = { strlen(text[0]) + nul, text[0] };
		MDB_val value = { strlen(text[1]) + nul, text[1] };

		must(mdb_put(txn, dbi, &key, &value, 0));
		mem_free(text[0]);
		mem_free(text[1]);
	}
	must(mdb_txn_commit(txn));
	mdb_env_close(env);
}

static const char *const pairs[] = { "bad@sender.test", "REJECT",
	"example.test", "", ".example.test", "sub # why", "carol@", "any", "<>",
	"null", "192.0.2.7", "one", "198.51.100.0/22", "net", "2001:db8::/33",
	"six", "soon", "x until=2026-11-21", "date", "x until=never", NULL };

/* open_map - lmdb:map in the folder */
static struct table *
open_map(void)
{
	struct origin at = { "", 1 };
	bool is_error;
	struct table *table;

	at.file = arena_printf(arena, "%s/x.ini", folder.path);
	table = table_open(set, "lmdb:map", at, problems);
	if (table == NULL)
		fail_msg("%s", problems_line(problems, 0, &is_error));
	return table;
}

/* find_mail - by an address as the client gives it */
static enum lookup
find_mail(struct table *table, const char *path, struct table_answer *answer)
{
	struct mailaddr mail;

	mailaddr_parse(&mail, path, arena);
	return table_find_mail(table, &mail, 1000, arena, answer);
}

/* find_addr - by a client's address */
static enum lookup
find_addr(struct table *table, const char *text, struct table_answer *answer)
{
	struct netaddr addr;

	assert_true(netaddr_parse(&addr, text));
	return table_find_address(table, &addr, 1000, arena, answer);
}

/* check_pairs - every kind of key against the pairs */
static void
check_pairs(struct table *table)
{
	static const struct {
		const char *path, *key, *value;
	} rows[] = {
		{ "<Bad+tag@sender.test>", "bad@sender.test", "REJECT" },
		{ "<x@example.test>", "example.test", "" },
		{ "<x@a.b.example.test>", ".example.test", "sub" },
		{ "<carol@x.test>", "carol@", "any" },
		{ "<>", "<>", "null" },
	};
	struct table_answer answer;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(find_mail(table, rows[i].path, &answer),
		    LOOKUP_FOUND);
		assert_string_equal(answer.key, rows[i].key);
		assert_string_equal(answer.value, rows[i].value);
		assert_string_equal(answer.note, i == 2 ? "why" : "");
	}
	assert_int_equal(find_mail(table, "<x@y.test>", &answer),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(find_addr(table, "192.0.2.7", &answer), LOOKUP_FOUND);
	assert_int_equal(find_addr(table, "192.0.2.8", &answer),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(find_addr(table, "198.51.103.255", &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.key, "198.51.100.0/22");
	assert_int_equal(find_addr(table, "2001:db8:7fff::1", &answer),
	    LOOKUP_FOUND);
	assert_int_equal(find_addr(table, "2001:db8:8000::1", &answer),
	    LOOKUP_NOT_FOUND);
}

/* as postmap(1) writes them: with NUL bytes, in map.lmdb, without locks */
static void
test_postmap(void **state)
{
	struct table *table;

	(void)state;
	write_pairs("map.lmdb", MDB_NOLOCK, 1, pairs);
	table = open_map();
	assert_int_equal(table_size(table), 10);
	check_pairs(table);
	table_unref(table);
}

/* as other programs write them: no NUL bytes, with LMDB's own lock file */
static void
test_plain(void **state)
{
	struct table *table;

	(void)state;
	write_pairs("map", 0, 0, pairs);
	assert_int_equal(access(folder_path(&folder, "map-lock"), W_OK), 0);
	table = open_map();
	check_pairs(table);
	table_unref(table);
}

/* values with a date, good and bad; keys that are too long for LMDB */
static void
test_values(void **state)
{
	struct table_answer answer;
	struct table *table;
	char key[900];

	(void)state;
	write_pairs("map", MDB_NOLOCK, 1, pairs);
	table = open_map();
	assert_int_equal(table_find_word(table, "soon", 1000, arena, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "x");
	clock_fake_advance(fake, 86400000);
	assert_int_equal(table_find_word(table, "soon", 9e7, arena, &answer),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(table_find_word(table, "date", 9e7, arena, &answer),
	    LOOKUP_CONFIG);
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	assert_int_equal(table_find_word(table, key, 9e7, arena, &answer),
	    LOOKUP_NOT_FOUND);
	table_unref(table);
}

/* what a writer adds in place is seen at once, a new file when looked for */
static void
test_changes(void **state)
{
	static const char *const more[] = { "new", "1", NULL };
	static const char *const other[] = { "other", "2", NULL };
	struct table_answer answer;
	struct table *table;
	char old[FOLDER_PATH];

	(void)state;
	write_pairs("map.lmdb", MDB_NOLOCK, 1, pairs);
	table = open_map();
	assert_int_equal(table_find_word(table, "new", 1000, arena, &answer),
	    LOOKUP_NOT_FOUND);
	write_pairs("map.lmdb", MDB_NOLOCK, 1, more);
	assert_int_equal(table_find_word(table, "new", 1000, arena, &answer),
	    LOOKUP_FOUND);
	write_pairs("next", MDB_NOLOCK, 1, other);
	strcpy(old, folder_path(&folder, "next"));
	assert_int_equal(rename(old, folder_path(&folder, "map.lmdb")), 0);
	tables_refresh(set);
	assert_int_equal(table_find_word(table, "new", 1000, arena, &answer),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(table_find_word(table, "other", 1000, arena, &answer),
	    LOOKUP_FOUND);
	table_unref(table);
}

/* cut short in place: no bus error, then the new content */
static void
test_cut_short(void **state)
{
	static const char *const other[] = { "other", "2", NULL };
	struct table_answer answer;
	struct table *table;
	char *log;

	(void)state;
	write_pairs("map", MDB_NOLOCK, 1, pairs);
	table = open_map();
	assert_int_equal(truncate(folder_path(&folder, "map"), 0), 0);
	assert_int_equal(table_find_word(table, "soon", 1000, arena, &answer),
	    LOOKUP_TEMPORARY);
	tables_refresh(set);
	log = log_captured();
	assert_non_null(strstr(log, "the file became shorter"));
	assert_non_null(strstr(log, "keeps its old content"));
	mem_free(log);
	assert_int_equal(table_find_word(table, "soon", 1000, arena, &answer),
	    LOOKUP_TEMPORARY);
	write_pairs("map", MDB_NOLOCK, 1, other);
	tables_refresh(set);
	assert_int_equal(table_find_word(table, "other", 1000, arena, &answer),
	    LOOKUP_FOUND);
	table_unref(table);
}

/* a writer's exclusive lock, as Postfix takes it, keeps us out for a while */
static void
test_writer_lock(void **state)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct table_answer answer;
	struct table *table;
	int to_child[2], from_child[2];
	char byte = 'x';
	pid_t child;

	(void)state;
	write_pairs("map", MDB_NOLOCK, 1, pairs);
	table = open_map();
	assert_int_equal(pipe(to_child), 0);
	assert_int_equal(pipe(from_child), 0);
	child = fork();
	if (child == 0) {
		int fd = open(folder_path(&folder, "map"), O_RDWR);

		if (fcntl(fd, F_SETLKW, &lock) != 0 ||
		    write(from_child[1], &byte, 1) != 1 ||
		    read(to_child[0], &byte, 1) != 1)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(read(from_child[0], &byte, 1), 1);
	assert_int_equal(table_find_word(table, "soon", 20, arena, &answer),
	    LOOKUP_TEMPORARY);
	assert_int_equal(write(to_child[1], &byte, 1), 1);
	waitpid(child, NULL, 0);
	assert_int_equal(table_find_word(table, "soon", 20, arena, &answer),
	    LOOKUP_FOUND);
	close(to_child[0]);
	close(to_child[1]);
	close(from_child[0]);
	close(from_child[1]);
	table_unref(table);
}

static atomic_bool stop;

/* keep_asking - a session's thread */
static void *
keep_asking(void *argument)
{
	struct table *table = argument;
	struct arena *own = arena_new(1024);
	struct table_answer answer;
	enum lookup found;

	while (!atomic_load(&stop)) {
		found = table_find_word(table, "bad@sender.test", 1000, own,
		    &answer);
		if (found != LOOKUP_FOUND ||
		    strcmp(answer.value, "REJECT") != 0)
			abort();
		arena_reset(own);
	}
	arena_free(own);
	return NULL;
}

/* many threads, while the file is written in place and replaced */
static void
test_threads(void **state)
{
	static const char *const more[] = { "new", "1", NULL };
	pthread_t thread[3];
	struct table *table;
	char old[FOLDER_PATH];
	size_t i;

	(void)state;
	write_pairs("map", MDB_NOLOCK, 1, pairs);
	table = open_map();
	atomic_store(&stop, false);
	for (i = 0; i < COUNT_OF(thread); i++)
		pthread_create(&thread[i], NULL, keep_asking, table);
	for (i = 0; i < 20; i++) {
		unlink(folder_path(&folder, "next"));
		write_pairs("next", MDB_NOLOCK, 1, pairs);
		write_pairs("next", MDB_NOLOCK, 1, more);
		strcpy(old, folder_path(&folder, "next"));
		assert_int_equal(rename(old, folder_path(&folder, "map")), 0);
		tables_refresh(set);
	}
	atomic_store(&stop, true);
	for (i = 0; i < COUNT_OF(thread); i++)
		pthread_join(thread[i], NULL);
	table_unref(table);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_postmap),
		TEST(test_plain),
		TEST(test_values),
		TEST(test_changes),
		TEST(test_cut_short),
		TEST(test_writer_lock),
		TEST(test_threads),
	};

	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
