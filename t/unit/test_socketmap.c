/*
 * test_socketmap - the protocol's words, and socketmap tables against a real
 * server in all its moods.
 */
#include "t/lib/unit.h"

#include <signal.h>
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
#include "base/str.h"
#include "table/socketmap.h"
#include "table/table.h"
#include "t/lib/folder.h"

#define PATIENCE_MS 5000

static struct folder folder;
static struct table_set *set;
static struct arena *arena;
static struct problems *problems;
static char server_path[512];
static pid_t server;

/* start_server - on where; out is the line that it says */
static void
start_server(const char *where, char *out, int size)
{
	int ends[2];
	FILE *stream;

	assert_int_equal(pipe(ends), 0);
	server = fork();
	if (server == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execl(server_path, "socketmapd", where,
		    folder_path(&folder, "answers"), (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	stream = fdopen(ends[0], "r");
	assert_non_null(fgets(out, size, stream));
	assert_int_equal(strncmp(out, "listening", 9), 0);
	fclose(stream);
}

static void
stop_server(void)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = 0;
}

static int
set_up(void **state)
{
	(void)state;
	folder_make(&folder);
	set = tables_new(clock_system());
	arena = arena_new(4096);
	problems = problems_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	stop_server();
	mem_free(log_captured());
	problems_free(problems);
	arena_free(arena);
	tables_free(set);
	folder_remove(&folder);
	return 0;
}

/* open_unix - a table on the server's Unix socket */
static struct table *
open_unix(void)
{
	struct origin at = { "test.ini", 1 };
	const char *spec = arena_printf(arena, "socketmap:unix:%s:map",
	    folder_path(&folder, "sock"));
	struct table *table = table_open(set, spec, at, problems);

	assert_non_null(table);
	return table;
}

/* start - a server with these answers, and a table that asks it */
static struct table *
start(const char *answers)
{
	char line[80], where[FOLDER_PATH + 8];

	folder_write(&folder, "answers", answers);
	snprintf(where, sizeof(where), "unix:%s", folder_path(&folder, "sock"));
	start_server(where, line, sizeof(line));
	return open_unix();
}

/* ask_for - a word, with this patience */
static enum lookup
ask_for(struct table *table, const char *key, int64_t patience_ms,
    struct table_answer *answer)
{
	int64_t deadline = clock_mono_ms(clock_system()) + patience_ms;

	return table_find_word(table, key, deadline, arena, answer);
}

/* netstrings, whole, in part and wrong */
static void
test_netstring(void **state)
{
	static const struct {
		const char *data;
		enum netstring what;
		const char *text;
	} rows[] = {
		{ "5:OK ab,", NETSTRING_WHOLE, "OK ab" },
		{ "0:,", NETSTRING_WHOLE, "" },
		{ "", NETSTRING_PART, NULL },
		{ "5", NETSTRING_PART, NULL },
		{ "5:", NETSTRING_PART, NULL },
		{ "5:OK ab", NETSTRING_PART, NULL },
		{ "100000:", NETSTRING_PART, NULL },
		{ "100001:", NETSTRING_BAD, NULL },
		{ "99999999999999999999:", NETSTRING_BAD, NULL },
		{ "5:OK abc", NETSTRING_BAD, NULL },
		{ "5:OK ab,x", NETSTRING_BAD, NULL },
		{ "05:OK ab,", NETSTRING_BAD, NULL },
		{ ":", NETSTRING_BAD, NULL },
		{ " 5:OK ab,", NETSTRING_BAD, NULL },
		{ "-1:,", NETSTRING_BAD, NULL },
		{ "OK ab", NETSTRING_BAD, NULL },
	};
	const char *text;
	size_t length, i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(netstring_read(rows[i].data,
				     strlen(rows[i].data), &text, &length),
		    rows[i].what);
		if (rows[i].text == NULL)
			continue;
		assert_int_equal(length, strlen(rows[i].text));
		assert_memory_equal(text, rows[i].text, length);
	}
}

/* what a reply says */
static void
test_reply(void **state)
{
	static const struct {
		const char *reply;
		enum lookup lookup;
		const char *text;
	} rows[] = {
		{ "OK value", LOOKUP_FOUND, "value" },
		{ "OK  two  words ", LOOKUP_FOUND, " two  words " },
		{ "OK ", LOOKUP_FOUND, "" },
		{ "OK", LOOKUP_FOUND, "" },
		{ "NOTFOUND ", LOOKUP_NOT_FOUND, "" },
		{ "NOTFOUND", LOOKUP_NOT_FOUND, "" },
		{ "TEMP busy now", LOOKUP_TEMPORARY, "busy now" },
		{ "TIMEOUT late", LOOKUP_TEMPORARY, "late" },
		{ "PERM bad", LOOKUP_CONFIG, "bad" },
		{ "", LOOKUP_BROKEN, "" },
		{ "OKAY", LOOKUP_BROKEN, "" },
		{ "ok value", LOOKUP_BROKEN, "value" },
		{ " OK", LOOKUP_BROKEN, "OK" },
	};
	const char *text;
	size_t length, i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(socketmap_reply(rows[i].reply,
				     strlen(rows[i].reply), &text, &length),
		    rows[i].lookup);
		assert_int_equal(length, strlen(rows[i].text));
		assert_memory_equal(text, rows[i].text, length);
	}
	assert_int_equal(socketmap_reply("OK a\0b", 6, &text, &length),
	    LOOKUP_BROKEN);
}

/* what each answer of a server comes to, on one connection or another */
static void
test_answers(void **state)
{
	static const struct {
		const char *key, *answer;
		enum lookup lookup;
		const char *value, *note;
	} rows[] = {
		{ "found", "OK value", LOOKUP_FOUND, "value", "" },
		{ "upper", "OK", LOOKUP_FOUND, "", "" },
		{ "noted", "OK v w until=2099-01-01 # why", LOOKUP_FOUND, "v w",
		    "why" },
		{ "over", "OK v until=2001-01-01", LOOKUP_NOT_FOUND, NULL,
		    NULL },
		{ "date", "OK v until=soon", LOOKUP_BROKEN, NULL, NULL },
		{ "none", "NOTFOUND ", LOOKUP_NOT_FOUND, NULL, NULL },
		{ "temp", "TEMP busy", LOOKUP_TEMPORARY, NULL, NULL },
		{ "late", "TIMEOUT x", LOOKUP_TEMPORARY, NULL, NULL },
		{ "perm", "PERM bad", LOOKUP_CONFIG, NULL, NULL },
		{ "close", "!close", LOOKUP_TEMPORARY, NULL, NULL },
		{ "garbage", "!garbage", LOOKUP_BROKEN, NULL, NULL },
		{ "more", "!raw 4:OK a,4:OK b,", LOOKUP_BROKEN, NULL, NULL },
		{ "huge", "!raw 100001:OK ", LOOKUP_BROKEN, NULL, NULL },
		{ "status", "WHAT ever", LOOKUP_BROKEN, NULL, NULL },
		{ "slow", "!slow 50 OK v", LOOKUP_FOUND, "v", "" },
	};
	struct str answers = STR_INIT;
	struct table_answer answer;
	struct table *table;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		str_addf(&answers, "map %s = %s\n", rows[i].key,
		    rows[i].answer);
	table = start(str_text(&answers));
	str_fini(&answers);
	for (i = 0; i < COUNT_OF(rows); i++) {
		enum lookup lookup =
		    ask_for(table, rows[i].key, PATIENCE_MS, &answer);

		if (lookup != rows[i].lookup)
			fail_msg("%s: %d", rows[i].key, lookup);
		if (lookup != LOOKUP_FOUND)
			continue;
		assert_string_equal(answer.value, rows[i].value);
		assert_string_equal(answer.note, rows[i].note);
		assert_string_equal(answer.key, rows[i].key);
	}
	assert_int_equal(ask_for(table, "FOUND", PATIENCE_MS, &answer),
	    LOOKUP_FOUND);
	table_unref(table);
}

/* the forms in which keys are asked; control bytes are not */
static void
test_forms(void **state)
{
	static const struct {
		const char *key, *asked;
	} rows[] = {
		{ "user+tag@a.b.test", "user+tag@a.b.test" },
		{ "user+tag@a.b.test", "user@a.b.test" },
		{ "user+tag@a.b.test", "user@" },
		{ "user+tag@a.b.test", "a.b.test" },
		{ "user+tag@a.b.test", "@a.b.test" },
		{ "user+tag@a.b.test", ".a.b.test" },
		{ "user+tag@a.b.test", ".b.test" },
		{ "user+tag@a.b.test", ".test" },
		{ "", "<>" },
		{ "a\001b@a.test", "@a.test" },
		{ "x@1.2.3.4.5.6.7.8.9.10.test", ".4.5.6.7.8.9.10.test" },
	};
	char line[128];
	struct table_answer answer;
	struct table *table = start("");
	struct mailaddr mail;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		snprintf(line, sizeof(line), "map %s = OK\n", rows[i].asked);
		folder_write(&folder, "answers", line);
		mailaddr_parse(&mail, rows[i].key, arena);
		assert_int_equal(table_find_mail(table, &mail,
				     clock_mono_ms(clock_system()) + 5000,
				     arena, &answer),
		    LOOKUP_FOUND);
		assert_string_equal(answer.key, rows[i].asked);
	}
	folder_write(&folder, "answers",
	    "map .3.4.5.6.7.8.9.10.test = OK\nmap a\001b = OK\n");
	mailaddr_parse(&mail, rows[10].key, arena);
	assert_int_equal(table_find_mail(table, &mail,
			     clock_mono_ms(clock_system()) + 5000, arena,
			     &answer),
	    LOOKUP_NOT_FOUND);
	assert_int_equal(ask_for(table, "a\001b", PATIENCE_MS, &answer),
	    LOOKUP_NOT_FOUND);
	table_unref(table);
}

/* an address is asked with the networks around it */
static void
test_addresses(void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7", "192.0.2.0/24" },
		{ "192.0.2.7", "192.0.0.0/16" },
		{ "192.0.2.7", "192.0.0.0/8" },
		{ "2001:db8:1:2::1", "2001:db8:1:2::1" },
		{ "2001:db8:1:2::1", "2001:db8:1:2::/64" },
		{ "2001:db8:1:2::1", "2001:db8:1::/48" },
		{ "2001:db8:1:2::1", "2001:db8::/32" },
	};
	struct table *table = start("");
	struct table_answer answer;
	struct netaddr addr;
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		snprintf(line, sizeof(line), "map %s = OK net\n", rows[i][1]);
		folder_write(&folder, "answers", line);
		assert_true(netaddr_parse(&addr, rows[i][0]));
		assert_int_equal(table_find_address(table, &addr,
				     clock_mono_ms(clock_system()) + 5000,
				     arena, &answer),
		    LOOKUP_FOUND);
		assert_string_equal(answer.key, rows[i][1]);
	}
	table_unref(table);
}

/* one connection serves many look-ups, a closed one is replaced */
static void
test_pool(void **state)
{
	struct table_answer answer;
	struct table *table = start("map n = !connections\n"
				    "map temp = TEMP busy\n"
				    "map close = !close\n");
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		assert_int_equal(ask_for(table, "n", PATIENCE_MS, &answer),
		    LOOKUP_FOUND);
		assert_string_equal(answer.value, "1");
		assert_int_equal(ask_for(table, "temp", PATIENCE_MS, &answer),
		    LOOKUP_TEMPORARY);
	}
	/* hung up on an idle one: tried again on a fresh one, not for ever */
	assert_int_equal(ask_for(table, "close", PATIENCE_MS, &answer),
	    LOOKUP_TEMPORARY);
	assert_int_equal(ask_for(table, "n", PATIENCE_MS, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "3");
	table_unref(table);
}

/* a server that was started anew costs nothing but a connection */
static void
test_restart(void **state)
{
	struct table_answer answer;
	struct table *table = start("map a = OK one\n"), *again;

	(void)state;
	assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
	    LOOKUP_FOUND);
	stop_server();
	assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
	    LOOKUP_UNAVAILABLE);
	again = start("map a = OK two\n");
	assert_ptr_equal(again, table);
	assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "two");
	table_unref(again);
	table_unref(table);
}

/* the deadline holds, and what comes too late answers nothing else */
static void
test_deadline(void **state)
{
	struct table_answer answer;
	struct table *table = start("map hang = !hang\n"
				    "map slow = !slow 400 OK wrong\n"
				    "map a = OK right\n");
	int64_t begin = clock_mono_ms(clock_system());

	(void)state;
	assert_int_equal(ask_for(table, "hang", 100, &answer),
	    LOOKUP_TEMPORARY);
	assert_int_equal(ask_for(table, "slow", 100, &answer),
	    LOOKUP_TEMPORARY);
	assert_int_equal(ask_for(table, "a", 0, &answer), LOOKUP_TEMPORARY);
	assert_in_range(clock_mono_ms(clock_system()) - begin, 200, 1500);
	assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "right");
	table_unref(table);
}

/* lines_of - of what was logged since the last call; they are freed */
static size_t
lines_of(const char *needle)
{
	char *log = log_captured();
	size_t lines = log[0] != '\0', found = 0;

	for (const char *at = log; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	found = strstr(log, needle) != NULL;
	mem_free(log);
	return found ? lines : 0;
}

/* nobody there; one warning, and one that nobody is asked any more */
static void
test_nobody(void **state)
{
	struct table *table = open_unix();
	struct table_answer answer;
	int i;

	(void)state;
	mem_free(log_captured());
	for (i = 0; i < 2; i++)
		assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
		    LOOKUP_UNAVAILABLE);
	assert_int_equal(lines_of(":map: cannot connect"), 1);
	for (i = 0; i < 5; i++)
		assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
		    LOOKUP_UNAVAILABLE);
	assert_int_equal(lines_of("cannot connect, 3 times in a row; not asked "
				  "until it works"),
	    1);
	table_unref(table);
}

/* ask_at - at the time of a clock that stands */
static enum lookup
ask_at(const struct clock *clock, struct table *table, const char *key,
    int64_t patience_ms)
{
	struct table_answer answer;

	return table_find_word(table, key, clock_mono_ms(clock) + patience_ms,
	    arena, &answer);
}

/* a server that hangs costs three look-ups their time; then one asks again */
static void
test_breaker(void **state)
{
	struct clock *clock = clock_fake_new(1790000000);
	struct table *table;
	int64_t begin;
	int i;

	(void)state;
	tables_free(set);
	set = tables_new(clock);
	table = start("map a = !hang\nmap temp = TEMP busy\n");
	mem_free(log_captured());
	/* so little time proves nothing, and what it says is an answer */
	for (i = 0; i < 4; i++) {
		assert_int_equal(ask_at(clock, table, "a", 5),
		    LOOKUP_TEMPORARY);
		assert_int_equal(ask_at(clock, table, "temp", PATIENCE_MS),
		    LOOKUP_TEMPORARY);
	}
	assert_int_equal(lines_of(":map: no answer in time"), 1);
	for (i = 0; i < 3; i++)
		assert_int_equal(ask_at(clock, table, "a", 110),
		    LOOKUP_TEMPORARY);
	assert_int_equal(lines_of("no answer in time, 3 times in a row"), 1);
	begin = clock_mono_ms(clock_system());
	for (i = 0; i < 50; i++)
		assert_int_equal(ask_at(clock, table, "a", PATIENCE_MS),
		    LOOKUP_UNAVAILABLE);
	assert_in_range(clock_mono_ms(clock_system()) - begin, 0, 4000);
	/* the probe fails, without a word; nobody else asks beside it */
	clock_fake_advance(clock, 2000);
	assert_int_equal(ask_at(clock, table, "a", 110), LOOKUP_TEMPORARY);
	assert_int_equal(ask_at(clock, table, "temp", 110), LOOKUP_UNAVAILABLE);
	clock_fake_advance(clock, 2000);
	assert_int_equal(ask_at(clock, table, "temp", PATIENCE_MS),
	    LOOKUP_TEMPORARY);
	assert_int_equal(lines_of("works again, after 4.0 s"), 1);
	assert_int_equal(ask_at(clock, table, "a", 110), LOOKUP_TEMPORARY);
	assert_int_equal(ask_at(clock, table, "temp", PATIENCE_MS),
	    LOOKUP_TEMPORARY);
	table_unref(table);
	tables_free(set);
	set = tables_new(clock_system());
	clock_fake_free(clock);
}

/* over TCP, by address and by name */
static void
test_inet(void **state)
{
	struct origin at = { "test.ini", 1 };
	struct table_answer answer;
	struct table *table;
	char line[80], spec[80];
	unsigned port;

	(void)state;
	folder_write(&folder, "answers", "map a = OK tcp\n");
	start_server("inet:127.0.0.1:0", line, sizeof(line));
	assert_int_equal(sscanf(line, "listening %u", &port), 1);
	snprintf(spec, sizeof(spec), "socketmap:inet:127.0.0.1:%u:map", port);
	table = table_open(set, spec, at, problems);
	assert_non_null(table);
	assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.value, "tcp");
	table_unref(table);
	/* ::1 comes first, where there is one, and refuses */
	snprintf(spec, sizeof(spec), "socketmap:inet:localhost:%u:map", port);
	table = table_open(set, spec, at, problems);
	assert_non_null(table);
	assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
	    LOOKUP_FOUND);
	table_unref(table);
	stop_server();
	snprintf(spec, sizeof(spec), "socketmap:inet:[::1]:%u:map", port);
	table = table_open(set, spec, at, problems);
	assert_non_null(table);
	assert_int_equal(ask_for(table, "a", PATIENCE_MS, &answer),
	    LOOKUP_UNAVAILABLE);
	table_unref(table);
}

int
main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_netstring),
		cmocka_unit_test(test_reply),
		TEST(test_answers),
		TEST(test_forms),
		TEST(test_addresses),
		TEST(test_pool),
		TEST(test_restart),
		TEST(test_deadline),
		TEST(test_nobody),
		TEST(test_breaker),
		TEST(test_inet),
	};
	const char *slash = strrchr(argv[0], '/');

	(void)argc;
	/* the server is built beside this program */
	snprintf(server_path, sizeof(server_path), "%.*ssocketmapd",
	    slash != NULL ? (int)(slash + 1 - argv[0]) : 0, argv[0]);
	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
