/*
 * test_table_reload - files that change, break, vanish and come back, while
 * many threads ask.
 */
#include "t/lib/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "table/table.h"
#include "t/lib/folder.h"

static struct folder folder;
static struct table_set *set;
static struct arena *arena;
static struct problems *problems;

static int
set_up(void **state)
{
	(void)state;
	folder_make(&folder);
	set = tables_new(clock_system());
	arena = arena_new(4096);
	problems = problems_new();
	mem_free(log_captured());
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
	folder_remove(&folder);
	return 0;
}

/* open_list - the file "list" of the folder */
static struct table *
open_list(const char *type)
{
	struct origin at = { .line = 1 };

	at.file = arena_printf(arena, "%s/x.ini", folder.path);
	return table_open(set, arena_printf(arena, "%s:list", type), at,
	    problems);
}

/* has - whether a word is in the table now */
static bool
has(struct table *table, const char *word)
{
	struct table_answer answer;

	return table_find_word(table, word, 0, arena, &answer) == LOOKUP_FOUND;
}

/* refresh - look for changes; the log must hold text, or nothing if NULL */
static void
refresh(const char *text)
{
	char *log;

	tables_refresh(set);
	log = log_captured();
	if (text == NULL)
		assert_string_equal(log, "");
	else if (strstr(log, text) == NULL)
		fail_msg("\"%s\" not in \"%s\"", text, log);
	mem_free(log);
}

/* each kind of change, and what becomes of the content */
static void
test_changes(void **state)
{
	char away[FOLDER_PATH];
	struct table *table;

	(void)state;
	folder_write(&folder, "list", "one\n");
	table = open_list("file");
	assert_true(has(table, "one"));
	refresh(NULL);
	folder_write(&folder, "list", "two\n");
	refresh("table file:list: read again");
	assert_false(has(table, "one"));
	assert_true(has(table, "two"));
	/* broken: the old content stays, and that is said once */
	folder_write(&folder, "list", "three\nfour until=x\n*.five\n");
	refresh("keeps its old content");
	assert_true(has(table, "two"));
	assert_false(has(table, "three"));
	refresh(NULL);
	folder_write(&folder, "list", "three until=x\n");
	refresh("/list:1: error: three: until= wants a date");
	refresh(NULL);
	/* a configuration that opens it now is told, and gets the old one */
	folder_write(&folder, "list", "four until=x\n");
	assert_ptr_equal(open_list("file"), table);
	assert_int_equal(problems_errors(problems), 0);
	assert_int_equal(problems_count(problems), 1);
	assert_true(has(table, "two"));
	table_unref(table);
	/* gone: said once; back as it was: no reason to read it */
	folder_write(&folder, "list", "six\n");
	refresh("read again");
	strcpy(away, folder_path(&folder, "away"));
	assert_int_equal(rename(folder_path(&folder, "list"), away), 0);
	refresh("keeps its old content: the file is gone");
	refresh(NULL);
	assert_true(has(table, "six"));
	folder_write(&folder, "list", "seven\n");
	refresh("read again");
	assert_true(has(table, "seven"));
	/* a folder in its place */
	unlink(folder_path(&folder, "list"));
	assert_int_equal(mkdir(folder_path(&folder, "list"), 0700), 0);
	refresh("it is a folder");
	assert_true(has(table, "seven"));
	table_unref(table);
}

/* what a good file still deserves to hear */
static void
test_warnings(void **state)
{
	struct table *table;

	(void)state;
	folder_write(&folder, "list", "one\n");
	table = open_list("file");
	folder_write(&folder, "list", "one\ntwo\none\n");
	refresh("/list:3: warning: one stands there twice");
	table_unref(table);
}

/* the thread of the set finds a change by itself */
static void
test_watch(void **state)
{
	struct table *table;
	int i;

	(void)state;
	folder_write(&folder, "list", "one\n");
	table = open_list("file");
	tables_watch(set, 60);
	tables_watch(set, 0);
	tables_watch(set, 1);
	folder_write(&folder, "list", "two\n");
	for (i = 0; i < 300 && !has(table, "two"); i++)
		usleep(10000);
	assert_true(has(table, "two"));
	table_unref(table);
}

static atomic_bool stop;
static atomic_int asked;

/*
 * keep_asking - a session's thread. Value and note of a version are the same
 * word, and all versions are of one size: each look-up must see one, whole.
 */
static void *
keep_asking(void *argument)
{
	struct table *table = argument;
	struct arena *own = arena_new(1024);
	struct table_answer answer;
	struct netaddr addr;

	netaddr_parse(&addr, "192.0.2.1");
	while (!atomic_load(&stop)) {
		if (table_find_address(table, &addr, 0, own, &answer) !=
			LOOKUP_FOUND ||
		    strcmp(answer.value, answer.note) != 0 ||
		    table_size(table) != 1001)
			abort();
		arena_reset(own);
		atomic_fetch_add(&asked, 1);
	}
	arena_free(own);
	return NULL;
}

/* write_version - a thousand entries, and one that tells which version */
static void
write_version(int version)
{
	char *text = mem_alloc(64 * 1024), *end = text;
	int i;

	for (i = 0; i < 1000; i++)
		end += sprintf(end, "10.%d.%d.0/24\n", i / 256, i % 256);
	sprintf(end, "192.0.2.0/24 v%d # v%d\n", version, version);
	folder_write(&folder, "list", text);
	mem_free(text);
}

/* run_threads - ask from three threads while versions come and go */
static void
run_threads(const char *type)
{
	pthread_t thread[3];
	struct table *table, *again;
	size_t i;

	write_version(0);
	table = open_list(type);
	atomic_store(&stop, false);
	atomic_store(&asked, 0);
	for (i = 0; i < COUNT_OF(thread); i++)
		pthread_create(&thread[i], NULL, keep_asking, table);
	for (i = 1; i < 40 || atomic_load(&asked) < 1000; i++) {
		if (i % 5 == 0)
			folder_write(&folder, "list", "10.0.0.0/99\n");
		else
			write_version((int)i);
		if (i % 3 == 0) {
			again = open_list(type);
			assert_ptr_equal(again, table);
			table_unref(again);
		} else {
			tables_refresh(set);
		}
	}
	atomic_store(&stop, true);
	for (i = 0; i < COUNT_OF(thread); i++)
		pthread_join(thread[i], NULL);
	table_unref(table);
}

static void
test_threads(void **state)
{
	(void)state;
	run_threads("file");
	run_threads("cidr");
}

/* references come and go on many threads, with the last one in between */
static void *
keep_opening(void *argument)
{
	struct origin at = { argument, 1 };
	struct problems *own = problems_new();
	struct table *table;
	int i;

	for (i = 0; i < 200; i++) {
		table = table_open(set, "file:list", at, own);
		if (table == NULL)
			abort();
		table_unref(table_ref(table));
		table_unref(table);
	}
	problems_free(own);
	return NULL;
}

static void
test_references(void **state)
{
	char ini[FOLDER_PATH];
	pthread_t thread[3];
	size_t i;

	(void)state;
	folder_write(&folder, "list", "one\n");
	strcpy(ini, folder_path(&folder, "x.ini"));
	tables_watch(set, 1);
	for (i = 0; i < COUNT_OF(thread); i++)
		pthread_create(&thread[i], NULL, keep_opening, ini);
	for (i = 0; i < 50; i++)
		tables_refresh(set);
	for (i = 0; i < COUNT_OF(thread); i++)
		pthread_join(thread[i], NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_changes),
		TEST(test_warnings),
		TEST(test_watch),
		TEST(test_threads),
		TEST(test_references),
	};

	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
