/*
 * test_mailaddr - paths of the envelope and addresses of header fields.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mailaddr.h"
#include "base/mem.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define D60 "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd."

static void
parses_paths(void **state)
{
	static const struct {
		const char *path;
		enum mailaddr_problem problem;
		const char *local, *domain, *address;
	} rows[] = {
		/* well-formed */
		{ "<a@sender.test>", MAILADDR_OK, "a", "sender.test",
		    "a@sender.test" },
		{ "<Alice.B@Sender.TEST>", MAILADDR_OK, "Alice.B",
		    "sender.test", "alice.b@sender.test" },
		{ "a@sender.test", MAILADDR_OK, "a", "sender.test",
		    "a@sender.test" },
		{ " <a@b.test> ", MAILADDR_OK, "a", "b.test", "a@b.test" },
		{ "<!#$%&'*+-/=?^_`{|}~@b.test>", MAILADDR_OK,
		    "!#$%&'*+-/=?^_`{|}~", "b.test",
		    "!#$%&'*+-/=?^_`{|}~@b.test" },
		{ "<a@localhost>", MAILADDR_OK, "a", "localhost",
		    "a@localhost" },
		{ "<a@under_score.test>", MAILADDR_OK, "a", "under_score.test",
		    "a@under_score.test" },
		/* quotes */
		{ "<\"quo ted\"@sender.test>", MAILADDR_OK, "\"quo ted\"",
		    "sender.test", "\"quo ted\"@sender.test" },
		{ "<\"Bob\"@b.test>", MAILADDR_OK, "\"Bob\"", "b.test",
		    "bob@b.test" },
		{ "<\"B\\ob\"@b.test>", MAILADDR_OK, "\"B\\ob\"", "b.test",
		    "bob@b.test" },
		{ "<\"a\\ b\\\"\"@b.test>", MAILADDR_OK, "\"a\\ b\\\"\"",
		    "b.test", "\"a b\\\"\"@b.test" },
		{ "<\"a@b\"@c.test>", MAILADDR_OK, "\"a@b\"", "c.test",
		    "\"a@b\"@c.test" },
		{ "<\"<\"@c.test>", MAILADDR_OK, "\"<\"", "c.test",
		    "\"<\"@c.test" },
		{ "<\"\"@c.test>", MAILADDR_OK, "\"\"", "c.test",
		    "\"\"@c.test" },
		/* routes */
		{ "<@relay.test:a@sender.test>", MAILADDR_OK, "a",
		    "sender.test", "a@sender.test" },
		{ "<@a.test,@b.test:c@d.test>", MAILADDR_OK, "c", "d.test",
		    "c@d.test" },
		{ "<@a.test,b.test:c@d.test>", MAILADDR_SYNTAX, "c", "d.test",
		    "c@d.test" },
		{ "<@:c@d.test>", MAILADDR_SYNTAX, "c", "d.test", "c@d.test" },
		{ "<@a.test,,@b:c@d.test>", MAILADDR_SYNTAX, "c", "d.test",
		    "c@d.test" },
		{ "<@a.test>", MAILADDR_SYNTAX, "", "a.test", "@a.test" },
		/* literals */
		{ "<a@[192.0.2.1]>", MAILADDR_OK, "a", "[192.0.2.1]",
		    "a@[192.0.2.1]" },
		{ "<a@[ipv6:2001:DB8:0::1]>", MAILADDR_OK, "a",
		    "[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]" },
		{ "<a@[2001:db8::1]>", MAILADDR_SYNTAX, "a", "[2001:db8::1]",
		    "a@[2001:db8::1]" },
		{ "<a@[192.0.2.1>", MAILADDR_UNBALANCED, "a", "[192.0.2.1",
		    "a@[192.0.2.1" },
		{ "<a@[]>", MAILADDR_SYNTAX, "a", "[]", "a@[]" },
		/* RFC 6531 */
		{ "<j\xc3\xbcrgen@b\xc3\xbc"
		  "cher.test>",
		    MAILADDR_OK, "j\xc3\xbcrgen", "xn--bcher-kva.test",
		    "j\xc3\xbcrgen@xn--bcher-kva.test" },
		{ "<j\xfcrgen@b.test>", MAILADDR_SYNTAX, "j\xfcrgen", "b.test",
		    "j\xfcrgen@b.test" },
		{ "<\xc0\xae@b.test>", MAILADDR_SYNTAX, "\xc0\xae", "b.test",
		    "\xc0\xae@b.test" },
		{ "<\xed\xa0\x80@b.test>", MAILADDR_SYNTAX, "\xed\xa0\x80",
		    "b.test", "\xed\xa0\x80@b.test" },
		{ "<\xf0\x9f\x93\xa7@b.test>", MAILADDR_OK, "\xf0\x9f\x93\xa7",
		    "b.test", "\xf0\x9f\x93\xa7@b.test" },
		{ "<\"\xe2\x82\xac x\"@b.test>", MAILADDR_OK,
		    "\"\xe2\x82\xac x\"", "b.test",
		    "\"\xe2\x82\xac x\"@b.test" },
		/* brackets and quotes that do not pair */
		{ "<a@b.test", MAILADDR_UNBALANCED, "a", "b.test", "a@b.test" },
		{ "a@b.test>", MAILADDR_UNBALANCED, "a", "b.test", "a@b.test" },
		{ "<a@b.test>>", MAILADDR_UNBALANCED, "a", "b.test>",
		    "a@b.test>" },
		{ "<\"a@b.test>", MAILADDR_UNBALANCED, "\"a@b.test", "",
		    "\"a@b.test" },
		{ "<(a@b.test>", MAILADDR_UNBALANCED, "(a", "b.test",
		    "(a@b.test" },
		{ "<", MAILADDR_UNBALANCED, "", "", "" },
		{ ">", MAILADDR_UNBALANCED, "", "", "" },
		{ "<a)(@b.test>", MAILADDR_UNBALANCED, "a)(", "b.test",
		    "a)(@b.test" },
		/* wrong forms */
		{ "<<a@b.test>>", MAILADDR_SYNTAX, "<a", "b.test>",
		    "<a@b.test>" },
		{ "<a b@c.test>", MAILADDR_SYNTAX, "a b", "c.test",
		    "a b@c.test" },
		{ "<a..b@c.test>", MAILADDR_SYNTAX, "a..b", "c.test",
		    "a..b@c.test" },
		{ "<.a@c.test>", MAILADDR_SYNTAX, ".a", "c.test", ".a@c.test" },
		{ "<a.@c.test>", MAILADDR_SYNTAX, "a.", "c.test", "a.@c.test" },
		{ "<a@b@c.test>", MAILADDR_SYNTAX, "a@b", "c.test",
		    "a@b@c.test" },
		{ "<\"a\"b@c.test>", MAILADDR_SYNTAX, "\"a\"b", "c.test",
		    "\"a\"b@c.test" },
		{ "<a(x)@c.test>", MAILADDR_SYNTAX, "a(x)", "c.test",
		    "a(x)@c.test" },
		{ "<a\\b@c.test>", MAILADDR_SYNTAX, "a\\b", "c.test",
		    "a\\b@c.test" },
		{ "<a@c.test.>", MAILADDR_SYNTAX, "a", "c.test", "a@c.test" },
		{ "<a@c..test>", MAILADDR_SYNTAX, "a", "c..test", "a@c..test" },
		{ "<a@-c.test>", MAILADDR_SYNTAX, "a", "-c.test", "a@-c.test" },
		{ "<a@c test>", MAILADDR_SYNTAX, "a", "c test", "a@c test" },
		{ "<a\x01@c.test>", MAILADDR_SYNTAX, "a\x01", "c.test",
		    "a\x01@c.test" },
		{ "<a@c\r\n.test>", MAILADDR_SYNTAX, "a", "c\r\n.test",
		    "a@c\r\n.test" },
		{ "<@>", MAILADDR_SYNTAX, "", "", "" },
		{ "Name <a@b.test>", MAILADDR_SYNTAX, "Name <a", "b.test>",
		    "name <a@b.test>" },
		/* no domain */
		{ "<postmaster>", MAILADDR_NO_DOMAIN, "postmaster", "",
		    "postmaster" },
		{ "<a@>", MAILADDR_NO_DOMAIN, "a", "", "a" },
		{ "a", MAILADDR_NO_DOMAIN, "a", "", "a" },
		/* lengths: 64 and 65, 256 and 257 */
		{ "<" X60 "xxxx@b.test>", MAILADDR_OK, X60 "xxxx", "b.test",
		    X60 "xxxx@b.test" },
		{ "<" X60 "xxxxx@b.test>", MAILADDR_TOO_LONG, X60 "xxxxx",
		    "b.test", X60 "xxxxx@b.test" },
		{ "<" X10 "@" D60 D60 D60 D60 ">", MAILADDR_SYNTAX, X10,
		    D60 D60 D60
		    "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		    "ddd",
		    X10 "@" D60 D60 D60
			"dddddddddddddddddddddddddddddddddddddddddddddddddddd"
			"dddddddd" },
		{ "<" X10 "@" D60 D60 D60 X60 ">", MAILADDR_OK, X10,
		    D60 D60 D60 X60, X10 "@" D60 D60 D60 X60 },
		{ "<" X10 "@" D60 D60 D60 X60 "x>", MAILADDR_TOO_LONG, X10,
		    D60 D60 D60 X60 "x", X10 "@" D60 D60 D60 X60 "x" },
	};
	struct mailaddr got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new(256);

		mailaddr_parse(&got, rows[i].path, arena);
		if (got.problem != rows[i].problem)
			fail_msg("%s: problem %d", rows[i].path,
			    (int)got.problem);
		assert_false(got.is_null);
		assert_string_equal(got.local, rows[i].local);
		assert_string_equal(got.domain, rows[i].domain);
		assert_string_equal(got.address, rows[i].address);
		arena_free(arena);
	}
}

static void
keeps_what_was_given(void **state)
{
	struct arena *arena = arena_new(256);
	struct mailaddr got;

	(void)state;
	mailaddr_parse(&got, "<@R.test:A@B.test>", arena);
	assert_string_equal(got.raw, "@R.test:A@B.test");
	assert_true(got.has_brackets);
	mailaddr_parse(&got, "<A@B.test", arena);
	assert_string_equal(got.raw, "A@B.test");
	assert_false(got.has_brackets);
	mailaddr_parse(&got, "A@B.test>", arena);
	assert_string_equal(got.raw, "A@B.test");
	assert_false(got.has_brackets);
	mailaddr_parse(&got, "A@B.test", arena);
	assert_string_equal(got.raw, "A@B.test");
	assert_false(got.has_brackets);
	mailaddr_parse(&got, "<>", arena);
	assert_true(got.is_null);
	assert_true(got.has_brackets);
	assert_int_equal(got.problem, MAILADDR_OK);
	assert_string_equal(got.raw, "");
	assert_string_equal(got.local, "");
	assert_string_equal(got.domain, "");
	assert_string_equal(got.address, "");
	mailaddr_parse(&got, "", arena);
	assert_true(got.is_null);
	assert_false(got.has_brackets);
	arena_free(arena);
}

static void
reads_header_fields(void **state)
{
	static const struct {
		const char *field;
		const char *addresses[4]; /* NULL ends */
	} rows[] = {
		{ "a@b.test", { "a@b.test" } },
		{ "<a@b.test>", { "a@b.test" } },
		{ "Name <A@B.test>", { "a@b.test" } },
		{ "a@b.test (comment)", { "a@b.test" } },
		{ "(x@y.test) a@b.test", { "a@b.test" } },
		{ "(c \\) (nested, <x@y>) ) \"N, <x@y>\" <a@b.test>, c@d.test",
		    { "a@b.test", "c@d.test" } },
		{ "=?utf-8?q?x=40y?= <a@b.test>", { "a@b.test" } },
		{ "ceo@bank.test <a@b.test>", { "a@b.test" } },
		{ "a@b.test, c@d.test , e@f.test",
		    { "a@b.test", "c@d.test", "e@f.test" } },
		{ ",, a@b.test,,", { "a@b.test" } },
		{ "Group: a@b.test, N <c@d.test>; e@f.test",
		    { "a@b.test", "c@d.test", "e@f.test" } },
		{ "undisclosed-recipients:;", { NULL } },
		{ "\"Group: x\": a@b.test;", { "a@b.test" } },
		{ "mailto:a@b.test", { "a@b.test" } },
		{ "x@bank.test: a@b.test", { "x@bank.test", "a@b.test" } },
		/* folded, and with white space that is obsolete */
		{ "Name\r\n <a@b.test>", { "a@b.test" } },
		{ "a . b @ c (x) . test", { "a.b@c.test" } },
		{ "< a (x) @ b.test >", { "a@b.test" } },
		{ "<@r.test,@s.test:a@b.test>", { "a@b.test" } },
		{ "\"a\r\n b\"@c.test", { "\"a b\"@c.test" } },
		{ "\"a,b\"@c.test, d@e.test",
		    { "\"a,b\"@c.test", "d@e.test" } },
		{ "a@[192.0.2.1], b@[IPv6:2001:db8::1]",
		    { "a@[192.0.2.1]", "b@[IPv6:2001:db8::1]" } },
		{ "[Team] Name <a@b.test>", { "a@b.test" } },
		{ "J\xc3\xbcrgen <j@b\xc3\xbc"
		  "cher.test>",
		    { "j@xn--bcher-kva.test" } },
		/* no address, or less */
		{ "", { NULL } },
		{ " \r\n ", { NULL } },
		{ "(only a comment)", { NULL } },
		{ "<>", { "" } },
		{ "Name <>, a@b.test", { "", "a@b.test" } },
		{ "root", { "root" } },
		{ "John Doe", { "john doe" } },
		/* made to deceive */
		{ "<a@b.test> <c@d.test>", { "a@b.test", "c@d.test" } },
		{ "<a@b.test> x@y.test, c@d.test", { "a@b.test", "c@d.test" } },
		{ "\"Bank <a@b.test>", { "a@b.test" } },
		{ "(Bank <a@b.test>, c@d.test", { "a@b.test", "c@d.test" } },
		{ "x (a) (b <a@b.test>", { "a@b.test" } },
		{ "<a@b.test", { "a@b.test" } },
		{ "a@b.test>", { "a@b.test" } },
		{ "[Bank <a@b.test>", { "a@b.test" } },
		{ "Name \\\"<a@b.test>", { "a@b.test" } },
	};
	struct mailaddr got;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct mailaddr_list list = { .rest = rows[i].field };
		struct arena *arena = arena_new(256);

		for (n = 0; rows[i].addresses[n] != NULL; n++) {
			if (!mailaddr_next(&list, &got, arena))
				fail_msg("%s: no %zu", rows[i].field, n);
			if (strcmp(got.address, rows[i].addresses[n]) != 0)
				fail_msg("%s: <%s>", rows[i].field,
				    got.address);
		}
		if (mailaddr_next(&list, &got, arena))
			fail_msg("%s: also <%s>", rows[i].field, got.address);
		arena_free(arena);
	}
}

static void
tells_what_is_wrong_in_a_field(void **state)
{
	static const struct {
		const char *field;
		enum mailaddr_problem problem;
		bool has_brackets;
	} rows[] = {
		{ "Name <a@b.test>", MAILADDR_OK, true },
		{ "a@b.test (c)", MAILADDR_OK, false },
		{ "Name (c <a@b.test>", MAILADDR_UNBALANCED, true },
		{ "\"Name <a@b.test>", MAILADDR_UNBALANCED, true },
		{ "Name <a@b.test", MAILADDR_UNBALANCED, true },
		{ "a b@c.test", MAILADDR_SYNTAX, false },
		{ "a@b.test c", MAILADDR_SYNTAX, false },
		{ "root", MAILADDR_NO_DOMAIN, false },
	};
	struct arena *arena = arena_new(256);
	struct mailaddr got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct mailaddr_list list = { .rest = rows[i].field };

		assert_true(mailaddr_next(&list, &got, arena));
		assert_int_equal(got.problem, rows[i].problem);
		assert_int_equal(got.has_brackets, rows[i].has_brackets);
	}
	arena_free(arena);
}

/* walk - all addresses of a field of a megabyte that repeats a piece */
static size_t
walk(const char *piece, const char *end)
{
	size_t length = strlen(piece), size = 1 << 20, at, count = 0;
	char *field = mem_alloc(size + strlen(end) + 1);
	struct mailaddr_list list = { .rest = field };
	struct arena *arena = arena_new(4096);
	struct mailaddr got;

	for (at = 0; at + length < size; at += length)
		memcpy(field + at, piece, length);
	memcpy(field + at, end, strlen(end));
	while (mailaddr_next(&list, &got, arena)) {
		count++;
		arena_reset(arena);
	}
	arena_free(arena);
	mem_free(field);
	return count;
}

/* each of these takes hours if the time is not proportional to the length */
static void
is_linear(void **state)
{
	static const struct {
		const char *piece, *end;
		size_t least;
	} rows[] = {
		{ "(", " a@b.test", 1 },
		{ "(", "", 1 },
		{ "a@b(,", "", 200000 },
		{ "\"", " a@b.test", 1 },
		{ "\\\"", "", 1 },
		{ "\"a\\", "", 1 },
		{ "[", "", 1 },
		{ "<", "", 1 },
		{ "<>", "", 500000 },
		{ "<(", "", 1 },
		{ ",", "", 0 },
		{ ":", "", 0 },
		{ "a@b,", "", 200000 },
		{ "a@b (c),", "", 100000 },
		{ "@", "", 1 },
		{ "()", " a@b.test", 1 },
		{ "a", "@b.test", 1 },
		{ " ", "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_true(walk(rows[i].piece, rows[i].end) >= rows[i].least);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_paths),
		cmocka_unit_test(keeps_what_was_given),
		cmocka_unit_test(reads_header_fields),
		cmocka_unit_test(tells_what_is_wrong_in_a_field),
		cmocka_unit_test(is_linear),
	};

	return unit_run(tests);
}
