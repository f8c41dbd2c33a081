/*
 * test_table - inline, file and cidr tables: which keys match, what comes
 * back, what is wrong with a file.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "table/table.h"
#include "t/lib/folder.h"

/* how a key is asked */
enum kind { WORD, DOMAIN, MAIL, ADDRESS };

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
	/* 2026-11-21 12:00 UTC */
	fake = clock_fake_new(1795262400);
	set = tables_new(fake);
	arena = arena_new(4096);
	problems = problems_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	problems_free(problems);
	arena_free(arena);
	tables_free(set);
	clock_fake_free(fake);
	folder_remove(&folder);
	return 0;
}

/* open_ini - a table as an ini in the folder has it */
static struct table *
open_ini(const char *spec)
{
	struct origin at = { folder_path(&folder, "mailreeve.ini"), 7 };

	return table_open(set, spec, at, problems);
}

/* open_good - one that must be without fault */
static struct table *
open_good(const char *spec)
{
	struct table *table = open_ini(spec);
	bool is_error;

	if (problems_count(problems) > 0)
		print_error("%s\n", problems_line(problems, 0, &is_error));
	assert_non_null(table);
	assert_int_equal(problems_count(problems), 0);
	return table;
}

/* ask - any kind of key */
static enum lookup
ask(struct table *table, enum kind kind, const char *key,
    struct table_answer *answer)
{
	struct mailaddr mail;
	struct netaddr addr;

	switch (kind) {
	case WORD:
		return table_find_word(table, key, 1000, arena, answer);
	case DOMAIN:
		return table_find_domain(table, key, 1000, arena, answer);
	case MAIL:
		mailaddr_parse(&mail, key, arena);
		return table_find_mail(table, &mail, 1000, arena, answer);
	default:
		assert_true(netaddr_parse(&addr, key));
		return table_find_address(table, &addr, 1000, arena, answer);
	}
}

/* one key and what it must come to; found NULL: nothing */
struct row {
	enum kind kind;
	const char *key;
	const char *found; /* the form of the key that matches */
	const char *value;
};

/* check_rows - all rows against a table */
static void
check_rows(struct table *table, const struct row *rows, size_t count)
{
	struct table_answer answer;
	enum lookup found;
	size_t i;

	for (i = 0; i < count; i++) {
		memset(&answer, 0, sizeof(answer));
		found = ask(table, rows[i].kind, rows[i].key, &answer);
		if ((found == LOOKUP_FOUND) != (rows[i].found != NULL))
			fail_msg("%s: \"%s\": %d, as \"%s\"", table_spec(table),
			    rows[i].key, found, answer.key);
		if (rows[i].found == NULL) {
			assert_int_equal(found, LOOKUP_NOT_FOUND);
			continue;
		}
		assert_string_equal(answer.key, rows[i].found);
		assert_string_equal(answer.value,
		    rows[i].value != NULL ? rows[i].value : "");
	}
}

/* the same entries in three spellings of a table */
static const char entries_file[] =
    "# a comment\n"
    "\n"
    "google.com\n"
    "  .Example.TEST   sub domains \n"
    "Bad@Sender.test\tREJECT   # known since March\n"
    "carol@  any\n"
    "@whole.test\n"
    "<>  null\n"
    "bücher.example  books\n"
    ".müller.example\n"
    "dave@straße.example\n"
    "192.0.2.7\n"
    "198.51.100.0/24  net\n"
    "2001:db8::/32\n"
    "final.test.\n"
    "word   # why\n";

static const char entries_inline[] =
    "inline:{google.com .Example.TEST=\"sub domains\", "
    "Bad@Sender.test=REJECT carol@=any,@whole.test <>=null "
    "bücher.example=books\n.müller.example dave@straße.example "
    "192.0.2.7 198.51.100.0/24=net 2001:db8::/32 final.test. word}";

static const struct row entries_rows[] = {
	{ DOMAIN, "google.com", "google.com", NULL },
	{ DOMAIN, "Google.COM.", "google.com", NULL },
	{ DOMAIN, "gle.com", NULL, NULL },
	{ DOMAIN, "www.google.com", NULL, NULL },
	{ DOMAIN, "agoogle.com", NULL, NULL },
	{ DOMAIN, "com", NULL, NULL },
	{ DOMAIN, "a.example.test", ".example.test", "sub domains" },
	{ DOMAIN, "b.a.example.test", ".example.test", "sub domains" },
	{ DOMAIN, "example.test", ".example.test", "sub domains" },
	{ DOMAIN, "badexample.test", NULL, NULL },
	{ DOMAIN, "xn--bcher-kva.example", "xn--bcher-kva.example", "books" },
	{ DOMAIN, "BÜCHER.example", "xn--bcher-kva.example", "books" },
	{ DOMAIN, "a.xn--mller-kva.example", ".xn--mller-kva.example", NULL },
	{ DOMAIN, "final.test", "final.test", NULL },
	{ DOMAIN, "", NULL, NULL },
	{ DOMAIN, ".", NULL, NULL },
	{ DOMAIN, "[192.0.2.7]", "192.0.2.7", NULL },
	{ DOMAIN, "[198.51.100.7]", NULL, NULL },
	{ MAIL, "<bad@sender.test>", "bad@sender.test", "REJECT" },
	{ MAIL, "<BAD@SENDER.TEST>", "bad@sender.test", "REJECT" },
	{ MAIL, "<bad+tag@sender.test>", "bad@sender.test", "REJECT" },
	{ MAIL, "<notbad@sender.test>", NULL, NULL },
	{ MAIL, "<bad@sub.sender.test>", NULL, NULL },
	{ MAIL, "<carol@anywhere.test>", "carol@", "any" },
	{ MAIL, "<carol+x@anywhere.test>", "carol@", "any" },
	{ MAIL, "<carol>", "carol@", "any" },
	{ MAIL, "<xcarol@anywhere.test>", NULL, NULL },
	{ MAIL, "<x@whole.test>", "@whole.test", NULL },
	{ MAIL, "<x@not.whole.test>", NULL, NULL },
	{ MAIL, "<x@google.com>", "google.com", NULL },
	{ MAIL, "<x@gle.com>", NULL, NULL },
	{ MAIL, "<x@a.example.test>", ".example.test", "sub domains" },
	{ MAIL, "<dave@xn--strae-oqa.example>", "dave@xn--strae-oqa.example",
	    NULL },
	{ MAIL, "<x@[192.0.2.7]>", "192.0.2.7", NULL },
	{ MAIL, "<>", "<>", "null" },
	{ MAIL, "<+x@nowhere.test>", NULL, NULL },
	{ ADDRESS, "192.0.2.7", "192.0.2.7", NULL },
	{ ADDRESS, "192.0.2.8", NULL, NULL },
	{ ADDRESS, "198.51.100.255", "198.51.100.0/24", "net" },
	{ ADDRESS, "::ffff:198.51.100.1", "198.51.100.0/24", "net" },
	{ ADDRESS, "2001:db8:1::1", "2001:db8::/32", NULL },
	{ ADDRESS, "2001:db9::1", NULL, NULL },
	{ WORD, "WORD", "word", NULL },
	{ WORD, "192.0.2.7", "192.0.2.7", NULL },
	{ WORD, "198.51.100.7", NULL, NULL },
	{ WORD, "x.example.test", NULL, NULL },
	{ WORD, ".example.test", ".example.test", "sub domains" },
	{ WORD, "carol@", "carol@", "any" },
	{ WORD, "", NULL, NULL },
};

static void
test_keys_of_file(void **state)
{
	struct table *table;

	(void)state;
	folder_write(&folder, "list", entries_file);
	table = open_good("file:list");
	check_rows(table, entries_rows, COUNT_OF(entries_rows));
	assert_int_equal(table_size(table), 14);
	assert_true(table_takes_addresses(table));
	table_unref(table);
}

static void
test_keys_of_inline(void **state)
{
	struct table *table;

	(void)state;
	table = open_good(entries_inline);
	check_rows(table, entries_rows, COUNT_OF(entries_rows));
	assert_int_equal(table_size(table), 14);
	assert_true(table_takes_addresses(table));
	table_unref(table);
	table = open_good("inline:{a b}");
	assert_false(table_takes_addresses(table));
	table_unref(table);
}

/* what an entry brings with it */
static void
test_answer(void **state)
{
	struct table_answer answer;
	struct table *table;

	(void)state;
	folder_write(&folder, "list", entries_file);
	table = open_good("file:list");
	assert_int_equal(ask(table, MAIL, "<bad@sender.test>", &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.note, "known since March");
	assert_string_equal(answer.at.file, folder_path(&folder, "list"));
	assert_int_equal(answer.at.line, 5);
	assert_int_equal(ask(table, DOMAIN, "google.com", &answer),
	    LOOKUP_FOUND);
	assert_string_equal(answer.note, "");
	assert_int_equal(answer.at.line, 3);
	assert_int_equal(ask(table, WORD, "word", &answer), LOOKUP_FOUND);
	assert_string_equal(answer.note, "why");
	table_unref(table);
	table = open_good("inline:{a=\"b c until=2026-12-31 # why not\"}");
	assert_int_equal(ask(table, WORD, "a", &answer), LOOKUP_FOUND);
	assert_string_equal(answer.value, "b c");
	assert_string_equal(answer.note, "why not");
	assert_string_equal(answer.at.file,
	    folder_path(&folder, "mailreeve.ini"));
	assert_int_equal(answer.at.line, 7);
	table_unref(table);
}

/* the longest prefix wins, whatever the order */
static void
test_cidr(void **state)
{
	static const struct row rows[] = {
		{ ADDRESS, "10.0.0.1", "10.0.0.0/8", "eight" },
		{ ADDRESS, "10.1.0.1", "10.1.0.0/16", "sixteen" },
		{ ADDRESS, "10.1.2.0", "10.1.2.0/24", "first" },
		{ ADDRESS, "10.1.2.3", "10.1.2.3", "one" },
		{ ADDRESS, "10.1.2.4", "10.1.2.0/24", "first" },
		{ ADDRESS, "10.1.3.0", "10.1.0.0/16", "sixteen" },
		{ ADDRESS, "10.255.255.255", "10.0.0.0/8", "eight" },
		{ ADDRESS, "11.0.0.0", NULL, NULL },
		{ ADDRESS, "9.255.255.255", NULL, NULL },
		{ ADDRESS, "0.0.0.0", "0.0.0.0", "zero" },
		{ ADDRESS, "0.0.0.1", NULL, NULL },
		{ ADDRESS, "255.255.255.255", "255.255.255.252/30", "last" },
		{ ADDRESS, "2001:db8::1", "2001:db8::1", "six" },
		{ ADDRESS, "2001:db8::2", "::/0", "all" },
		{ ADDRESS, "ffff::", "::/0", "all" },
		{ WORD, "10.1.2.3", "10.1.2.3", "one" },
		{ WORD, "[10.1.2.4]", "10.1.2.0/24", "first" },
		{ DOMAIN, "[IPv6:2001:db8::1]", "2001:db8::1", "six" },
		{ DOMAIN, "ten.test", NULL, NULL },
		{ MAIL, "<x@[10.1.2.3]>", NULL, NULL },
	};
	struct table *table;
	bool is_error;

	(void)state;
	folder_write(&folder, "nets",
	    "255.255.255.252/30 last\n"
	    "10.1.2.3 one\n"
	    "::/0 all\n"
	    "10.1.2.0/24 first\n"
	    "2001:db8::1/128 six\n"
	    "10.0.0.0/8 eight\n"
	    "10.1.2.0/24 second\n"
	    "0.0.0.0 zero\n"
	    "10.1.0.0/16 sixteen\n");
	table = open_ini("cidr:nets");
	assert_non_null(table);
	assert_int_equal(problems_count(problems), 1);
	assert_non_null(strstr(problems_line(problems, 0, &is_error),
	    "/nets:7: warning: the prefix stands there twice, the first "
	    "(line 4) counts"));
	check_rows(table, rows, COUNT_OF(rows));
	table_unref(table);
}

#define RANDOM_PREFIXES 3000

/* how random prefixes lie: few in all, spread, crowded, in one /64 */
static const struct shape {
	size_t count;
	uint8_t family, fixed; /* bytes that are the same in all */
	unsigned variety;      /* values of the next byte */
} shapes[] = {
	{ 50, 4, 0, 256 },
	{ RANDOM_PREFIXES, 4, 0, 256 },
	{ RANDOM_PREFIXES, 4, 1, 2 },
	{ 50, 6, 0, 256 },
	{ RANDOM_PREFIXES, 6, 0, 256 },
	{ RANDOM_PREFIXES, 6, 3, 2 },
	{ RANDOM_PREFIXES, 6, 8, 3 },
};

/* random_address - within a shape */
static struct netaddr
random_address(const struct shape *shape)
{
	struct netaddr addr = { .family = shape->family };
	unsigned i, bytes = netaddr_bits(&addr) / 8;

	for (i = 0; i < bytes; i++)
		addr.byte[i] = i < shape->fixed ? 0x20 : (uint8_t)random();
	addr.byte[shape->fixed] =
	    (uint8_t)((unsigned)random() % shape->variety);
	return addr;
}

/* write_random - a file of prefixes within a shape, most of them long */
static void
write_random(const struct shape *shape, struct netprefix *list)
{
	FILE *file = fopen(folder_path(&folder, "random"), "w");
	char text[NETADDR_TEXT_SIZE];
	unsigned bits;

	for (size_t i = 0; i < shape->count; i++) {
		list[i].addr = random_address(shape);
		bits = netaddr_bits(&list[i].addr) - (unsigned)random() % 12;
		if (i % 4 == 0)
			bits = (unsigned)random() % (bits + 1);
		netaddr_mask(&list[i].addr, bits);
		list[i].bits = (uint8_t)bits;
		fprintf(file, "%s/%u\n", netaddr_format(&list[i].addr, text),
		    bits);
	}
	fclose(file);
}

/* check_random - the longest prefix by a search through all of them */
static void
check_random(struct table *table, const struct netaddr *addr,
    const struct netprefix *list, size_t count)
{
	const struct netprefix *best = NULL;
	struct table_answer answer = { .key = "" };
	char text[NETADDR_TEXT_SIZE], wanted[64] = "";
	enum lookup found;

	for (size_t i = 0; i < count; i++)
		if (netprefix_has(&list[i], addr) &&
		    (best == NULL || list[i].bits > best->bits))
			best = &list[i];
	found = table_find_address(table, addr, 0, arena, &answer);
	assert_int_equal(found, best != NULL ? LOOKUP_FOUND : LOOKUP_NOT_FOUND);
	if (best != NULL)
		snprintf(wanted, sizeof(wanted),
		    best->bits == netaddr_bits(addr) ? "%s" : "%s/%d",
		    netaddr_format(&best->addr, text), best->bits);
	assert_string_equal(answer.key, wanted);
}

static void
test_cidr_random(void **state)
{
	struct netprefix *list = mem_array(RANDOM_PREFIXES, sizeof(*list));

	(void)state;
	srandom(4711);
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		const struct shape *shape = &shapes[i];
		struct netaddr addr = { .family = shape->family };
		struct table *table;

		write_random(shape, list);
		table = open_ini("cidr:random");
		assert_non_null(table);
		check_random(table, &addr, list, shape->count);
		memset(addr.byte, 0xff, netaddr_bits(&addr) / 8);
		check_random(table, &addr, list, shape->count);
		for (size_t round = 0; round < 3000; round++) {
			addr = list[(size_t)random() % shape->count].addr;
			if (round % 2 == 0)
				addr = random_address(shape);
			if (round % 5 == 0)
				addr.byte[round % 4] ^= 1;
			check_random(table, &addr, list, shape->count);
		}
		table_unref(table);
	}
	mem_free(list);
}

/* many texts: every one is found, and no other */
static void
test_many(void **state)
{
	struct table_answer answer;
	struct table *table;
	char key[64];
	FILE *file;
	int i;

	(void)state;
	file = fopen(folder_path(&folder, "many"), "w");
	for (i = 0; i < 20000; i++)
		fprintf(file, "user%d@host%d.test value%d\n", i, i % 7, i);
	fclose(file);
	table = open_good("file:many");
	for (i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "user%d@host%d.test", i, i % 7);
		assert_int_equal(ask(table, WORD, key, &answer), LOOKUP_FOUND);
		assert_int_equal(answer.at.line, i + 1);
		snprintf(key, sizeof(key), "user%d@host%d.test", i, i % 7 + 1);
		assert_int_equal(ask(table, WORD, key, &answer),
		    LOOKUP_NOT_FOUND);
	}
	table_unref(table);
}

/* until=: the day itself counts, then the next entry with the key does */
static void
test_until(void **state)
{
	static const struct row before[] = {
		{ WORD, "soon", "soon", "a b" },
		{ WORD, "over", NULL, NULL },
		{ WORD, "again", "again", "first" },
		{ WORD, "third", "third", "1" },
		{ DOMAIN, "x.down.test", ".x.down.test", "near" },
		{ ADDRESS, "10.1.1.1", "10.1.1.0/24", "near" },
		{ ADDRESS, "10.2.1.1", "10.2.0.0/16", "one" },
	};
	static const struct row after[] = {
		{ WORD, "soon", NULL, NULL },
		{ WORD, "over", NULL, NULL },
		{ WORD, "again", "again", "second" },
		{ WORD, "third", "third", "3" },
		{ DOMAIN, "x.down.test", ".down.test", "far" },
		{ ADDRESS, "10.1.1.1", "10.0.0.0/8", "far" },
		{ ADDRESS, "10.2.1.1", "10.2.0.0/16", "two" },
	};
	struct table *table;

	(void)state;
	folder_write(&folder, "dated",
	    "soon a until=2026-11-21 b # note\n"
	    "over until=2026-11-20\n"
	    "again first until=2026-11-21\n"
	    "again second\n"
	    "third 1 until=2026-11-21\n"
	    "third 2 until=2026-11-21\n"
	    "third 3 until=2036-11-21\n"
	    ".down.test far\n"
	    ".x.down.test near until=2026-11-21\n"
	    "10.0.0.0/8 far\n"
	    "10.1.1.0/24 near until=2026-11-21\n"
	    "10.2.0.0/16 one until=2026-11-21\n"
	    "10.2.0.0/16 two\n");
	table = open_good("file:dated");
	check_rows(table, before, COUNT_OF(before));
	clock_fake_advance(fake, 86400000);
	check_rows(table, after, COUNT_OF(after));
	table_unref(table);
	table = open_good("inline:{a=x until=2026-11-22 b=\"y z\","
			  "until=2026-11-21 c until=2026-11-30}");
	assert_int_equal(table_size(table), 3);
	check_rows(table,
	    (const struct row[]){
		{ WORD, "a", "a", "x" },
		{ WORD, "b", NULL, NULL },
		{ WORD, "c", "c", "" },
	    },
	    3);
	table_unref(table);
}

/* ways of writing that are wrong, and what is said about them */
static const struct {
	const char *spec, *text; /* text is that of the file "list" */
	const char *error;
} wrong[] = {
	{ "list", "",
	    "mailreeve.ini:7: error: a table is written type:name, "
	    "as file:/etc/mailreeve/list" },
	{ "/etc/list", "", "as file:/etc/list" },
	{ "fil:list", "", "unknown type of table \"fil\": try file:/path" },
	{ "hash:list", "", "try lmdb:/path" },
	{ "regexp:list", "", "try pcre:/path" },
	{ "zzzzzz:x", "",
	    "there are inline, file, cidr, pcre, lmdb, "
	    "socketmap" },
	{ "file:lsit", "", "did you mean list?" },
	{ "file:", "", "a table file is written file:/path" },
	{ "file:{a}", "", "a table file is written file:/path" },
	{ "inline:a", "", "a table inline is written inline:{a b=value}" },
	{ "inline:{a", "", "a table inline is written" },
	{ "inline:{a=\"b}", "",
	    "mailreeve.ini:7: error: a quote is not "
	    "closed" },
	{ "inline:{a=\"b\"c}", "", "behind a closing quote" },
	{ "inline:{=b}", "", "a key is missing" },
	{ "inline:{10.0.0.1/8}", "",
	    "10.0.0.1/8: bits are set behind the "
	    "prefix" },
	{ "inline:{a until=2026-13-01}", "",
	    "a: until= wants a date as "
	    "2026-12-31" },
	{ "cidr:{10.0.0.0/8 x}", "", "x: not an address or a prefix" },
	{ "cidr:list", "10.0.0.0/8\n\nhost.test\n",
	    "/list:3: error: "
	    "host.test: not an" },
	{ "cidr:list", "10.0.0.0/33\n", "/list:1: error: 10.0.0.0/33: not" },
	{ "file:list", "10.0.0.0/33\n", "10.0.0.0/33: not a prefix" },
	{ "file:list", "a\n2001:db8::1/32\n",
	    "/list:2: error: "
	    "2001:db8::1/32: bits are set" },
	{ "file:list", "a until=soon\n", "/list:1: error: a: until= wants" },
	{ "file:list", "a until=2026-11-01 until=2026-11-02\n", "twice" },
	{ "file:list", "*.example.test\n", "write .domain" },
	{ "file:list", "*@example.test\n", "write @domain" },
	{ "file:list", "x@.example.test\n", "write .domain" },
	{ "pcre:list", "/a\n", "/list:1: error: the pattern is not closed" },
	{ "pcre:list", "#\n/(a/\n",
	    "/list:2: error: at byte 2 of the "
	    "pattern: missing closing parenthesis" },
	{ "pcre:list", "/a/q\n", "unknown flag q: i m s x U" },
	{ "pcre:list", "abc\n", "a pattern is written /pattern/" },
	{ "pcre:list", "/a/ $1\n", "names a group that is not there" },
	{ "pcre:list", "/a/ $x\n", "behind $ comes a number" },
	{ "pcre:list", "!/(a)/ $1\n", "needs a match" },
	{ "pcre:list", "/a\\C/\n", "pattern: using \\C is disabled" },
	{ "pcre:list", "/a/ until=x\n", "until= wants" },
	{ "lmdb:list", "not a database", "/list: MDB_INVALID" },
	{ "lmdb:list", "", "/list: " },
	{ "socketmap:x", "", "written unix:/path:map or inet:host:port:map" },
	{ "socketmap:unix:x:map", "", "written unix:/path:map" },
	{ "socketmap:inet:127.0.0.1:map", "", "written unix:/path:map" },
	{ "socketmap:inet:127.0.0.1:x:map", "", "unknown port" },
};

static void
test_wrong(void **state)
{
	bool is_error;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(wrong); i++) {
		folder_write(&folder, "list", wrong[i].text);
		if (open_ini(wrong[i].spec) != NULL)
			fail_msg("%s %s opens", wrong[i].spec, wrong[i].text);
		assert_int_equal(problems_errors(problems), 1);
		if (strstr(problems_line(problems, 0, &is_error),
			wrong[i].error) == NULL)
			fail_msg("%s: %s", wrong[i].spec,
			    problems_line(problems, 0, &is_error));
		problems_free(problems);
		problems = problems_new();
	}
}

/* files that are no lists */
static void
test_odd_files(void **state)
{
	static const char tail[13] = "\n*.x.test\nyyy";
	char *line = malloc(3 << 20);
	struct table *table;
	bool is_error;

	(void)state;
	assert_null(open_ini("file:."));
	assert_non_null(
	    strstr(problems_line(problems, 0, &is_error), "it is a folder"));
	assert_int_equal(mkfifo(folder_path(&folder, "fifo"), 0600), 0);
	assert_null(open_ini("file:fifo"));
	assert_non_null(strstr(problems_line(problems, 1, &is_error),
	    "it is not a plain file"));
	folder_write_n(&folder, "nul", "a\nb\0c\nd\n", 8);
	assert_null(open_ini("file:nul"));
	assert_non_null(strstr(problems_line(problems, 2, &is_error),
	    "/nul:2: error: the line holds a NUL byte"));
	memset(line, 'x', 3 << 20);
	line[0] = 'a';
	line[1] = '\n';
	line[2 + (1 << 20)] = '\n';
	memcpy(line + (3 << 20) - sizeof(tail), tail, sizeof(tail));
	folder_write_n(&folder, "long", line, 3 << 20);
	assert_null(open_ini("file:long"));
	assert_int_equal(problems_errors(problems), 6);
	assert_non_null(strstr(problems_line(problems, 3, &is_error),
	    "/long:2: error: the line is longer than 65536 bytes"));
	assert_non_null(strstr(problems_line(problems, 4, &is_error),
	    "/long:3: error: the line is longer"));
	assert_non_null(strstr(problems_line(problems, 5, &is_error),
	    "/long:4: error: *.x.test"));
	free(line);
	assert_int_equal(truncate(folder_path(&folder, "long"), 600ll << 20),
	    0);
	assert_null(open_ini("file:long"));
	assert_non_null(strstr(problems_line(problems, 6, &is_error),
	    "the file has 600 MB"));
	problems_free(problems);
	problems = problems_new();
	/* BOM, CRLF, no break at the end, white space, nothing at all */
	folder_write(&folder, "dos",
	    "\xef\xbb\xbf"
	    "first value\r\n\r\n  \r\n#x\r\nlast");
	table = open_good("file:dos");
	check_rows(table,
	    (const struct row[]){
		{ WORD, "first", "first", "value" },
		{ WORD, "last", "last", "" },
	    },
	    2);
	assert_int_equal(table_size(table), 2);
	table_unref(table);
	folder_write(&folder, "empty", "");
	table = open_good("file:empty");
	assert_int_equal(table_size(table), 0);
	check_rows(table,
	    (const struct row[]){ { WORD, "x", NULL, NULL },
		{ ADDRESS, "192.0.2.1", NULL, NULL } },
	    2);
	table_unref(table);
}

/* too many errors end the reading */
static void
test_many_errors(void **state)
{
	FILE *file = fopen(folder_path(&folder, "bad"), "w");
	bool is_error;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		fprintf(file, "*.x%d.test\n", i);
	fclose(file);
	assert_null(open_ini("file:bad"));
	assert_int_equal(problems_count(problems), 21);
	assert_non_null(strstr(problems_line(problems, 20, &is_error),
	    "/bad:20: error: too many errors"));
}

/* keys of strangers: long ones, deep ones */
static void
test_long_keys(void **state)
{
	char key[4000], deep[260] = "";
	struct table_answer answer;
	struct table *table;
	int i;

	(void)state;
	table = open_good("inline:{.example.test a@}");
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	assert_int_equal(ask(table, WORD, key, &answer), LOOKUP_NOT_FOUND);
	assert_int_equal(ask(table, DOMAIN, key, &answer), LOOKUP_NOT_FOUND);
	memcpy(key + 3000, "@example.test", 14);
	/* the domain of an address is found, however long the local part */
	assert_int_equal(ask(table, MAIL, key, &answer), LOOKUP_FOUND);
	memcpy(key + 3000, "@elsewhere.te", 14);
	assert_int_equal(ask(table, MAIL, key, &answer), LOOKUP_NOT_FOUND);
	for (i = 0; i < 120; i++)
		strcat(deep, "d.");
	strcat(deep, "example.test");
	assert_int_equal(ask(table, DOMAIN, deep, &answer), LOOKUP_FOUND);
	table_unref(table);
}

/* the same spec is the same table, as long as somebody has it */
static void
test_shared(void **state)
{
	struct table *a, *b, *c;

	(void)state;
	folder_write(&folder, "list", "a\n");
	a = open_good("file:list");
	b = open_good("file:list");
	c = open_good("inline:{a}");
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_string_equal(table_spec(a), "file:list");
	table_unref(a);
	folder_write(&folder, "list", "a\nb\n");
	a = open_good("file:list");
	assert_ptr_equal(a, b);
	/* opening it again is enough to see the change */
	assert_int_equal(table_size(a), 2);
	assert_ptr_equal(table_ref(a), a);
	table_unref(a);
	table_unref(a);
	table_unref(b);
	table_unref(c);
	table_unref(NULL);
	a = open_good("file:list");
	table_unref(a);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_keys_of_file),
		TEST(test_keys_of_inline),
		TEST(test_answer),
		TEST(test_cidr),
		TEST(test_cidr_random),
		TEST(test_many),
		TEST(test_until),
		TEST(test_wrong),
		TEST(test_odd_files),
		TEST(test_many_errors),
		TEST(test_long_keys),
		TEST(test_shared),
	};

	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
