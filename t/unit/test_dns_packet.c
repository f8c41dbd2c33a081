/*
 * test_dns_packet - names, packets, zone texts and lists of servers.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "dns/dns_packet.h"
#include "dns/dns_parse.h"
#include "dns/dns_servers.h"
#include "dns/dns_zone.h"
#include "t/lib/folder.h"

#define LABEL63 \
	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"
#define LABEL61 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg"
#define LONGEST LABEL63 "." LABEL63 "." LABEL63 "." LABEL61

static void
names_fold(void **state)
{
	static const struct {
		const char *name, *folded; /* NULL: no name */
	} rows[] = {
		{ "Example.TEST", "example.test" },
		{ "example.test.", "example.test" },
		{ "_DMARC.a", "_dmarc.a" },
		{ "-a.b-", "-a.b-" },
		{ "*.a", "*.a" },
		{ "a b.c", "a\\032b.c" },
		{ "a\\046b.c", "a\\046b.c" },
		{ "\\065.c", "a.c" },
		{ "a\tb", "a\\009b" },
		{ "\\255.c", "\\255.c" },
		{ "stra\xc3\x9f"
		  "e.test",
		    "xn--strae-oqa.test" },
		{ "b\xc3\x9c"
		  "cher\xe3\x80\x82test",
		    "xn--bcher-kva.test" },
		{ LABEL63 ".a", LABEL63 ".a" },
		{ LONGEST, LONGEST },
		{ LONGEST ".", LONGEST },
		{ LONGEST "h", NULL },
		{ LONGEST ".h", NULL },
		{ LABEL63 "h.a", NULL },
		{ "\\256.c", NULL },
		{ "\\25.c", NULL },
		{ "a\\", NULL },
		{ "", NULL },
		{ ".", NULL },
		{ "a..b", NULL },
		{ ".a", NULL },
		{ "a..", NULL },
		{ "\xff.test", NULL },
	};
	struct arena *arena = arena_new(512);
	char folded[DNS_NAME_SIZE], again[DNS_NAME_SIZE];
	uint8_t wire[DNS_NAME_WIRE];
	size_t length, at;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool good = dns_name_fold(folded, rows[i].name, arena);

		assert_int_equal(good, rows[i].folded != NULL);
		if (!good)
			continue;
		assert_string_equal(folded, rows[i].folded);
		length = dns_name_write(wire, folded);
		at = 0;
		assert_true(dns_name_read(wire, length, &at, again));
		assert_int_equal(at, length);
		assert_string_equal(again, folded);
		at = 0;
		assert_false(dns_name_read(wire, length - 1, &at, again));
	}
	arena_free(arena);
}

static void
the_longest_names_fit(void **state)
{
	struct arena *arena = arena_new(512);
	char name[1100] = "", folded[DNS_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < 250; i++) {
		if (i > 0 && i % 63 == 0)
			strcat(name, ".");
		strcat(name, "\\001");
	}
	assert_true(dns_name_fold(folded, name, arena));
	assert_string_equal(folded, name);
	strcat(name, "\\001");
	assert_false(dns_name_fold(folded, name, arena));
	arena_free(arena);
}

static void
names_are_read_with_care(void **state)
{
	static const struct {
		const char *bytes;
		size_t length, at, end; /* end 0: cannot be read */
		const char *name;
	} rows[] = {
		{ "\1a\0", 3, 0, 3, "a" },
		{ "\0", 1, 0, 1, "" },
		{ "\1a\0\1b\xc0\0", 7, 3, 7, "b.a" },
		{ "\1a\0\xc0\0\1c\xc0\3", 9, 5, 9, "c.a" },
		{ "\1a\0\xc0\3", 5, 3, 0, "" },      /* to itself */
		{ "\1a\xc0\0", 4, 2, 0, "" },        /* a.a.a... */
		{ "\1a\xc0\4\xc0\0", 6, 4, 0, "" },  /* in a circle */
		{ "\1a\0\xc0\5\1b\0", 8, 3, 0, "" }, /* forward */
		{ "\1a\0\xc0", 4, 3, 0, "" },
		{ "\x40"
		  "a\0",
		    3, 0, 0, "" },
		{ "\x80"
		  "a\0",
		    3, 0, 0, "" },
		{ "\5abc\0", 5, 0, 0, "" },
		{ "\1a", 2, 0, 0, "" },
		{ "", 0, 0, 0, "" },
	};
	char name[DNS_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		/* an allocation as long as the packet: reading on is seen */
		uint8_t *packet =
		    malloc(rows[i].length > 0 ? rows[i].length : 1);
		size_t at = rows[i].at;

		memcpy(packet, rows[i].bytes, rows[i].length);
		assert_int_equal(dns_name_read(packet, rows[i].length, &at,
				     name),
		    rows[i].end > 0);
		if (rows[i].end > 0) {
			assert_int_equal(at, rows[i].end);
			assert_string_equal(name, rows[i].name);
		}
		free(packet);
	}
}

/* a packet that is made by hand */
struct packet {
	uint8_t data[4096];
	size_t length;
};

/* begin - the header and the question for "a.test" */
static struct packet
begin(enum dns_type type, unsigned flags)
{
	struct packet packet;

	packet.length = dns_packet_query(packet.data, 1, "a.test", type, false);
	dns_put16(packet.data + 2, DNS_FLAG_ANSWER | flags);
	return packet;
}

/* put - a record; section 6: answer, 8: authority */
static void
put(struct packet *packet, size_t section, const char *owner, unsigned type,
    uint32_t ttl, const char *data, size_t length)
{
	uint8_t *at = packet->data + packet->length;

	dns_put16(packet->data + section,
	    dns_get16(packet->data + section) + 1U);
	at += dns_name_write(at, owner);
	dns_put16(at, type);
	dns_put16(at + 2, DNS_CLASS_IN);
	dns_put32(at + 4, ttl);
	dns_put16(at + 8, (unsigned)length);
	memcpy(at + DNS_RR_FIXED, data, length);
	packet->length = (size_t)(at - packet->data) + DNS_RR_FIXED + length;
}

#define PUT(packet, section, owner, type, ttl, data) \
	put(packet, section, owner, type, ttl, data, sizeof data - 1)

/* what there is to look at */
struct outcome {
	enum dns_result result;
	bool has_ttl;
	unsigned ttl_s;
	size_t count;
};

/* parse - for the question of begin() */
static struct outcome
parse(const struct packet *packet, enum dns_type type)
{
	uint8_t *exact = malloc(packet->length);
	struct dns_outcome outcome;
	struct outcome seen;

	memcpy(exact, packet->data, packet->length);
	outcome = dns_parse(exact, packet->length, "a.test", type);
	seen = (struct outcome){ outcome.result, outcome.has_ttl, outcome.ttl_s,
		outcome.count };
	dns_outcome_fini(&outcome);
	free(exact);
	return seen;
}

#define ANSWER 6
#define AUTHORITY 8
#define A1 "\xc0\x00\x02\x01"
#define B_TEST "\1b\4test\0"
#define C_TEST "\1c\4test\0"
#define SOA(minimum) "\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" minimum

static void
chains_in_any_order(void **state)
{
	struct packet packet = begin(DNS_A, 0);
	struct outcome seen;

	(void)state;
	PUT(&packet, ANSWER, "c.test", DNS_A, 50, A1);
	PUT(&packet, ANSWER, "b.test", DNS_CNAME, 20, C_TEST);
	PUT(&packet, ANSWER, "x.test", DNS_A, 1, A1);
	PUT(&packet, ANSWER, "a.test", DNS_CNAME, 30, B_TEST);
	PUT(&packet, ANSWER, "a.test", 46, 2, "signature");
	seen = parse(&packet, DNS_A);
	assert_int_equal(seen.result, DNS_FOUND);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.ttl_s, 20);
	/* two that contradict each other */
	PUT(&packet, ANSWER, "b.test", DNS_CNAME, 20, B_TEST);
	assert_int_equal(parse(&packet, DNS_A).result, DNS_INVALID);
}

static void
nothing_is_taken_for_granted(void **state)
{
	static const struct {
		const char *owner;
		enum dns_type type;
		const char *data;
		size_t length;
		enum dns_result result;
	} rows[] = {
#define ROW(owner, type, data, result) \
	{ owner, type, data, sizeof data - 1, result }
		ROW("a.test", DNS_A, A1, DNS_FOUND),
		ROW("A.TEST", DNS_A, A1, DNS_FOUND),
		ROW("a.test", DNS_A, "\1\2\3", DNS_INVALID),
		ROW("a.test", DNS_A, "\1\2\3\4\5", DNS_INVALID),
		ROW("b.test", DNS_A, A1, DNS_INVALID),
		ROW("a.test", DNS_AAAA, "0123456789abcdef", DNS_FOUND),
		ROW("a.test", DNS_AAAA, A1, DNS_INVALID),
		ROW("a.test", DNS_TXT, "\3abc", DNS_FOUND),
		ROW("a.test", DNS_TXT, "\0", DNS_FOUND),
		ROW("a.test", DNS_TXT, "", DNS_INVALID),
		ROW("a.test", DNS_TXT, "\4abc", DNS_INVALID),
		ROW("a.test", DNS_TXT, "\3abc\1", DNS_INVALID),
		ROW("a.test", DNS_PTR, B_TEST, DNS_FOUND),
		ROW("a.test", DNS_PTR, B_TEST "x", DNS_INVALID),
		ROW("a.test", DNS_PTR, "", DNS_INVALID),
		ROW("a.test", DNS_PTR, "\1b", DNS_INVALID),
		ROW("a.test", DNS_MX, "\0\12" B_TEST, DNS_FOUND),
		ROW("a.test", DNS_MX, "\0\0\0", DNS_NULL_MX),
		ROW("a.test", DNS_MX, "\0\12\0", DNS_INVALID),
		ROW("a.test", DNS_MX, "\0\12", DNS_INVALID),
		ROW("a.test", DNS_MX, "\0", DNS_INVALID),
		ROW("a.test", DNS_CNAME, B_TEST, DNS_FOUND),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct packet packet = begin(rows[i].type, 0);

		put(&packet, ANSWER, rows[i].owner, rows[i].type, 60,
		    rows[i].data, rows[i].length);
		assert_int_equal(parse(&packet, rows[i].type).result,
		    rows[i].result);
		/* without its last byte it is cut */
		packet.length--;
		assert_int_equal(parse(&packet, rows[i].type).result,
		    DNS_INVALID);
		packet.length++;
		/* no such name, and yet records */
		packet.data[3] |= DNS_CODE_NO_NAME;
		assert_int_equal(parse(&packet, rows[i].type).result,
		    rows[i].owner[0] == 'b' ? DNS_NO_NAME : DNS_INVALID);
	}
}

static void
heads_are_looked_at(void **state)
{
	static const struct {
		unsigned flags;
		enum dns_result result;
	} rows[] = {
		{ 0, DNS_FOUND },
		{ DNS_FLAG_CAN_RECURSE | 0x0400, DNS_FOUND },
		{ DNS_FLAG_TRUNCATED, DNS_INVALID },
		{ 0x2800, DNS_INVALID },
		{ DNS_CODE_FORMAT, DNS_TEMPORARY },
		{ DNS_CODE_FAILED, DNS_TEMPORARY },
		{ DNS_CODE_NOT_DONE, DNS_TEMPORARY },
		{ DNS_CODE_REFUSED, DNS_TEMPORARY },
		{ 15, DNS_TEMPORARY },
	};
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		packet = begin(DNS_A, rows[i].flags);
		PUT(&packet, ANSWER, "a.test", DNS_A, 60, A1);
		assert_int_equal(parse(&packet, DNS_A).result, rows[i].result);
		assert_int_equal(parse(&packet, DNS_AAAA).result, DNS_INVALID);
	}
	packet = begin(DNS_A, 0);
	PUT(&packet, ANSWER, "a.test", DNS_A, 0x80000000, A1);
	assert_int_equal(parse(&packet, DNS_A).ttl_s, 0); /* RFC 2181 8 */
}

static void
what_is_not_there(void **state)
{
	static const struct {
		const char *owner;
		unsigned type;
		uint32_t ttl;
		const char *data;
		size_t length;
		bool has_ttl;
		unsigned ttl_s;
	} rows[] = {
#define NO(owner, type, ttl, data, has_ttl, ttl_s) \
	{ owner, type, ttl, data, sizeof data - 1, has_ttl, ttl_s }
		NO("test", DNS_TYPE_SOA, 300, SOA("\x78"), true, 120),
		NO("test", DNS_TYPE_SOA, 60, SOA("\x78"), true, 60),
		NO("", DNS_TYPE_SOA, 300, SOA("\x78"), true, 120),
		NO("a.test", DNS_TYPE_SOA, 300, SOA("\x78"), true, 120),
		NO("other.test", DNS_TYPE_SOA, 300, SOA("\x78"), false, 0),
		NO("b.a.test", DNS_TYPE_SOA, 300, SOA("\x78"), false, 0),
		NO("test", DNS_TYPE_SOA, 300, "short", false, 0),
	};
	struct packet packet;
	struct outcome seen;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		for (unsigned code = 0; code <= 3; code += 3) {
			packet = begin(DNS_A, code);
			put(&packet, AUTHORITY, rows[i].owner, rows[i].type,
			    rows[i].ttl, rows[i].data, rows[i].length);
			seen = parse(&packet, DNS_A);
			assert_int_equal(seen.result,
			    code == 0 ? DNS_NO_DATA : DNS_NO_NAME);
			assert_int_equal(seen.has_ttl, rows[i].has_ttl);
			assert_int_equal(seen.ttl_s, rows[i].ttl_s);
		}
	}
	/* a referral says nothing; beside a SOA it is none */
	packet = begin(DNS_A, 0);
	PUT(&packet, AUTHORITY, "test", DNS_TYPE_NS, 300, B_TEST);
	assert_int_equal(parse(&packet, DNS_A).result, DNS_TEMPORARY);
	PUT(&packet, AUTHORITY, "test", DNS_TYPE_SOA, 300, SOA("\x78"));
	assert_int_equal(parse(&packet, DNS_A).result, DNS_NO_DATA);
	packet.length -= 5;
	assert_int_equal(parse(&packet, DNS_A).result, DNS_INVALID);
	/* the end of a chain does not exist */
	packet = begin(DNS_A, DNS_CODE_NO_NAME);
	PUT(&packet, ANSWER, "a.test", DNS_CNAME, 30, B_TEST);
	PUT(&packet, AUTHORITY, "test", DNS_TYPE_SOA, 300, SOA("\x78"));
	seen = parse(&packet, DNS_A);
	assert_int_equal(seen.result, DNS_NO_NAME);
	assert_int_equal(seen.ttl_s, 30);
}

static void
lists_of_servers(void **state)
{
	static const struct {
		const char *text, *shown; /* NULL: wrong */
	} rows[] = {
		{ "", "" },
		{ "192.0.2.1", "192.0.2.1 " },
		{ " 192.0.2.1:53,192.0.2.2:5353 ",
		    "192.0.2.1 192.0.2.2:5353 " },
		{ "2001:db8::1 [2001:db8::2] [2001:db8::3]:5353",
		    "2001:db8::1 2001:db8::2 [2001:db8::3]:5353 " },
		{ "::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1",
		    "::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1 " },
		{ "::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1", NULL },
		{ "192.0.2.1:", NULL },
		{ "192.0.2.1:0", NULL },
		{ "192.0.2.1:65536", NULL },
		{ "192.0.2.1:5x", NULL },
		{ "[192.0.2.1]:53", NULL },
		{ "[2001:db8::1", NULL },
		{ "[2001:db8::1]x", NULL },
		{ "[2001:db8::1]:", NULL },
		{ "2001:db8::1%eth0", NULL },
		{ "dns.example.test", NULL },
		{ "111111111111111111111111111111111111111111111111111111111",
		    NULL },
	};
	char out[DNS_SERVER_TEXT];
	struct dns_servers servers;
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct str shown = STR_INIT;
		bool good = dns_servers_parse(&servers, rows[i].text, &why);

		assert_int_equal(good, rows[i].shown != NULL);
		for (size_t j = 0; good && j < servers.count; j++)
			str_addf(&shown, "%s ",
			    dns_server_print(&servers.server[j], out));
		if (good)
			assert_string_equal(str_text(&shown), rows[i].shown);
		str_fini(&shown);
	}
}

static void
the_systems_servers(void **state)
{
	static const struct {
		const char *file, *shown;
	} rows[] = {
		{ "# nameserver 192.0.2.9\n"
		  "search test\n"
		  "nameserver 192.0.2.1\n"
		  "nameserver\t 2001:db8::1 \n"
		  "nameserver fe80::1%eth0\n"
		  "nameserver name\n"
		  "nameservers 192.0.2.8\n"
		  "options edns0\n"
		  "nameserver 192.0.2.3",
		    "192.0.2.1 2001:db8::1 192.0.2.3 " },
		{ "search test\n", "127.0.0.1 " },
		{ "", "127.0.0.1 " },
	};
	char out[DNS_SERVER_TEXT];
	struct dns_servers servers;
	struct folder folder;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_path(&folder, "resolv.conf");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct str shown = STR_INIT;

		folder_write(&folder, "resolv.conf", rows[i].file);
		dns_servers_system(&servers, path);
		for (size_t j = 0; j < servers.count; j++)
			str_addf(&shown, "%s ",
			    dns_server_print(&servers.server[j], out));
		assert_string_equal(str_text(&shown), rows[i].shown);
		str_fini(&shown);
	}
	folder_remove(&folder);
	dns_servers_system(&servers, path);
	assert_int_equal(servers.count, 1);
}

static void
zone_texts(void **state)
{
	static const struct {
		const char *text, *why; /* NULL: good */
	} rows[] = {
		{ "", NULL },
		{ "; nothing\n\n \t\n", NULL },
		{ "a.test A 192.0.2.1 ; one\r\n", NULL },
		{ "a.test. 60 IN a 192.0.2.1\n", NULL },
		{ ". SOA 60\n*. ANY !SERVFAIL\n", NULL },
		{ "a TXT \"\" \"a;b\" c\\\n", NULL },
		{ "a AAAA ::ffff:192.0.2.1\n", NULL },
		{ "a ANY !garbage loop\n", NULL },
		{ "\na A\n", "line 2: no data" },
		{ "a\n", "line 1: unknown type" },
		{ "a B c\n", "line 1: unknown type" },
		{ "a..b A 192.0.2.1\n", "line 1: not a name" },
		{ "a A 2001:db8::1\n",
		    "line 1: the data does not fit the type" },
		{ "a AAAA 192.0.2\n",
		    "line 1: the data does not fit the type" },
		{ "a MX a\n", "line 1: the data does not fit the type" },
		{ "a MX 70000 a\n", "line 1: the data does not fit the type" },
		{ "a PTR a b\n", "line 1: the data does not fit the type" },
		{ "a ANY x\n", "line 1: the data does not fit the type" },
		{ "a SOA x\n", "line 1: the data does not fit the type" },
		{ "a A !BAD\n", "line 1: unknown fault" },
		{ "a A !DELAY\n", "line 1: unknown fault" },
		{ "a A !GARBAGE bin\n", "line 1: unknown fault" },
		{ "a TXT \"b\n",
		    "line 1: a quote is open, or there are too many words" },
		{ "$TTL x\n", "line 1: not a number of seconds" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct str why = STR_INIT;
		struct dns_zone *zone = dns_zone_parse(rows[i].text, &why);

		assert_int_equal(zone != NULL, rows[i].why == NULL);
		assert_string_equal(str_text(&why),
		    rows[i].why != NULL ? rows[i].why : "");
		dns_zone_free(zone);
		str_fini(&why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fold),
		cmocka_unit_test(the_longest_names_fit),
		cmocka_unit_test(names_are_read_with_care),
		cmocka_unit_test(chains_in_any_order),
		cmocka_unit_test(nothing_is_taken_for_granted),
		cmocka_unit_test(heads_are_looked_at),
		cmocka_unit_test(what_is_not_there),
		cmocka_unit_test(lists_of_servers),
		cmocka_unit_test(the_systems_servers),
		cmocka_unit_test(zone_texts),
	};

	return unit_run(tests);
}
