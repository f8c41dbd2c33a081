/*
 * test_netaddr - addresses and prefixes.
 */
#include "t/lib/unit.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>

#include "base/netaddr.h"

static void
parses_addresses(void **state)
{
	static const struct {
		const char *text;
		const char *canonical; /* NULL: not an address */
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:DB8::1", "2001:db8::1" },
		{ "2001:db8:0:0:0:0:0:1", "2001:db8::1" },
		{ "[IPv6:2001:db8::1]", "2001:db8::1" },
		{ "[ipv6:2001:db8::1]", "2001:db8::1" },
		{ "IPv6:2001:db8::1", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:201", "192.0.2.1" },
		{ "[IPv6:::ffff:192.0.2.1]", "192.0.2.1" },
		{ "::", "::" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888",
		    "1111:2222:3333:4444:5555:6666:7777:8888" },
		{ "[2001:db8::1]", NULL },
		{ "IPv6:192.0.2.1", NULL },
		{ "[IPv6:192.0.2.1]", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.01", NULL },
		{ "192.0.2.1.", NULL },
		{ " 192.0.2.1", NULL },
		{ "192.0.2.1/24", NULL },
		{ "fe80::1%eth0", NULL },
		{ "[192.0.2.1", NULL },
		{ "192.0.2.1]", NULL },
		{ "[]", NULL },
		{ "[", NULL },
		{ "", NULL },
		{ "3232235777", NULL },
		{ "11111111111111111111111111111111111111111111111111111111111"
		  "1111111111",
		    NULL },
	};
	char out[NETADDR_TEXT_SIZE];
	struct netaddr addr;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		bool ok = netaddr_parse(&addr, rows[i].text);

		assert_int_equal(ok, rows[i].canonical != NULL);
		if (ok)
			assert_string_equal(netaddr_format(&addr, out),
			    rows[i].canonical);
		else
			assert_string_equal(netaddr_format(&addr, out),
			    "unknown");
	}
}

static void
reads_sockaddrs(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(2525) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(25) };
	struct sockaddr local = { .sa_family = AF_UNIX };
	char out[NETADDR_TEXT_SIZE];
	struct netaddr addr;
	uint16_t port;

	(void)state;
	inet_pton(AF_INET, "192.0.2.7", &in.sin_addr);
	assert_true(
	    netaddr_from_sockaddr(&addr, (struct sockaddr *)&in, &port));
	assert_string_equal(netaddr_format(&addr, out), "192.0.2.7");
	assert_int_equal(port, 2525);
	inet_pton(AF_INET6, "::ffff:192.0.2.8", &in6.sin6_addr);
	assert_true(
	    netaddr_from_sockaddr(&addr, (struct sockaddr *)&in6, &port));
	assert_string_equal(netaddr_format(&addr, out), "192.0.2.8");
	inet_pton(AF_INET6, "2001:db8::8", &in6.sin6_addr);
	assert_true(
	    netaddr_from_sockaddr(&addr, (struct sockaddr *)&in6, &port));
	assert_string_equal(netaddr_format(&addr, out), "2001:db8::8");
	assert_int_equal(port, 25);
	assert_false(netaddr_from_sockaddr(&addr, &local, &port));
	assert_int_equal(addr.family, 0);
	assert_int_equal(port, 0);
	assert_false(netaddr_from_sockaddr(&addr, NULL, &port));
}

static void
knows_loopback(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "127.255.0.9", true },
		{ "::1", true },
		{ "::ffff:127.0.0.1", true },
		{ "128.0.0.1", false },
		{ "::2", false },
		{ "::", false },
	};
	struct netaddr addr, none = { .family = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_true(netaddr_parse(&addr, rows[i].text));
		assert_int_equal(netaddr_is_loopback(&addr), rows[i].loopback);
	}
	assert_false(netaddr_is_loopback(&none));
}

static void
knows_private(void **state)
{
	static const struct {
		const char *text;
		bool private;
	} rows[] = {
		{ "0.0.0.0", true },
		{ "9.255.255.255", false },
		{ "10.0.0.1", true },
		{ "11.0.0.0", false },
		{ "100.63.255.255", false },
		{ "100.64.0.1", true },
		{ "100.128.0.0", false },
		{ "127.0.0.2", true },
		{ "169.254.3.4", true },
		{ "172.15.0.1", false },
		{ "172.31.0.1", true },
		{ "172.32.0.1", false },
		{ "192.168.0.1", true },
		{ "192.0.2.1", false }, /* documentation: what tests use */
		{ "203.0.113.5", false },
		{ "::", true },
		{ "::1", true },
		{ "::2", false },
		{ "::ffff:10.0.0.1", true },
		{ "fd00::1", true },
		{ "fe80::1", true },
		{ "fec0::1", false },
		{ "2001:db8::1", false },
	};
	struct netaddr addr, none = { .family = 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(netaddr_parse(&addr, rows[i].text));
		if (netaddr_is_private(&addr) != rows[i].private)
			fail_msg("%s", rows[i].text);
	}
	assert_false(netaddr_is_private(&none));
}

static void
masks(void **state)
{
	static const struct {
		const char *text;
		unsigned bits;
		const char *masked;
	} rows[] = {
		{ "255.255.255.255", 0, "0.0.0.0" },
		{ "255.255.255.255", 1, "128.0.0.0" },
		{ "255.255.255.255", 20, "255.255.240.0" },
		{ "255.255.255.255", 24, "255.255.255.0" },
		{ "255.255.255.255", 32, "255.255.255.255" },
		{ "255.255.255.255", 200, "255.255.255.255" },
		{ "2001:db8:ffff:ffff:ffff::1", 64, "2001:db8:ffff:ffff::" },
		{ "2001:db8:ffff:ffff:ffff::1", 61, "2001:db8:ffff:fff8::" },
		{ "2001:db8::1", 128, "2001:db8::1" },
	};
	char out[NETADDR_TEXT_SIZE];
	struct netaddr addr;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_true(netaddr_parse(&addr, rows[i].text));
		netaddr_mask(&addr, rows[i].bits);
		assert_string_equal(netaddr_format(&addr, out), rows[i].masked);
	}
}

static void
reverses(void **state)
{
	struct netaddr addr, none = { .family = 0 };
	char out[64];

	(void)state;
	assert_true(netaddr_parse(&addr, "192.0.2.1"));
	assert_string_equal(netaddr_reversed(&addr, out), "1.2.0.192");
	assert_true(netaddr_parse(&addr, "255.100.99.10"));
	assert_string_equal(netaddr_format(&addr, out), "255.100.99.10");
	assert_string_equal(netaddr_reversed(&addr, out), "10.99.100.255");
	assert_true(netaddr_parse(&addr, "209.9.0.110"));
	assert_string_equal(netaddr_format(&addr, out), "209.9.0.110");
	assert_string_equal(netaddr_reversed(&addr, out), "110.0.9.209");
	assert_int_equal(netaddr_bits(&addr), 32);
	assert_true(netaddr_parse(&addr, "2001:db8:1:2:3:4:567:89ab"));
	assert_string_equal(netaddr_reversed(&addr, out),
	    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2");
	assert_int_equal(netaddr_bits(&addr), 128);
	assert_string_equal(netaddr_reversed(&none, out), "");
	assert_int_equal(netaddr_bits(&none), 0);
}

static void
parses_prefixes(void **state)
{
	static const struct {
		const char *text;
		bool ok, strict_only;
		const char *address;
		unsigned bits;
	} rows[] = {
		{ "192.0.2.0/24", true, false, "192.0.2.0", 24 },
		{ "192.0.2.1", true, false, "192.0.2.1", 32 },
		{ "0.0.0.0/0", true, false, "0.0.0.0", 0 },
		{ "192.0.2.1/32", true, false, "192.0.2.1", 32 },
		{ "2001:db8::/32", true, false, "2001:db8::", 32 },
		{ "2001:db8::1", true, false, "2001:db8::1", 128 },
		{ "::/0", true, false, "::", 0 },
		{ "::ffff:192.0.2.0/120", true, false, "192.0.2.0", 24 },
		{ "::ffff:0:0/96", true, false, "0.0.0.0", 0 },
		{ "::ffff:0:0/90", false, true, NULL, 0 },
		{ "192.0.2.1/24", false, true, NULL, 0 },
		{ "2001:db8::1/64", false, true, NULL, 0 },
		{ "192.0.2.0/33", false, false, NULL, 0 },
		{ "2001:db8::/129", false, false, NULL, 0 },
		{ "::ffff:192.0.2.0/129", false, false, NULL, 0 },
		{ "192.0.2.0/", false, false, NULL, 0 },
		{ "192.0.2.0/x", false, false, NULL, 0 },
		{ "192.0.2.0/-1", false, false, NULL, 0 },
		{ "192.0.2.0/24/8", false, false, NULL, 0 },
		{ "192.0.2.0/255.255.255.0", false, false, NULL, 0 },
		{ "192.0.2.0/00000024", false, false, NULL, 0 },
		{ "/24", false, false, NULL, 0 },
		{ "", false, false, NULL, 0 },
		{ "host.example", false, false, NULL, 0 },
	};
	char out[NETADDR_TEXT_SIZE];
	struct netprefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		bool strict_only;

		assert_int_equal(netprefix_parse(&prefix, rows[i].text,
				     &strict_only),
		    rows[i].ok);
		assert_int_equal(strict_only, rows[i].strict_only);
		if (!rows[i].ok)
			continue;
		assert_string_equal(netaddr_format(&prefix.addr, out),
		    rows[i].address);
		assert_int_equal(prefix.bits, rows[i].bits);
	}
}

static void
prefixes_have_addresses(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool has;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "203.0.113.1", false },
		{ "2001:db8:8000::/33", "2001:db8:8000::1", true },
		{ "2001:db8:8000::/33", "2001:db8:7fff::1", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
	};
	struct netaddr addr, none = { .family = 0 };
	struct netprefix prefix;
	bool strict_only;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_true(
		    netprefix_parse(&prefix, rows[i].prefix, &strict_only));
		assert_true(netaddr_parse(&addr, rows[i].address));
		assert_int_equal(netprefix_has(&prefix, &addr), rows[i].has);
		assert_false(netprefix_has(&prefix, &none));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_addresses),
		cmocka_unit_test(reads_sockaddrs),
		cmocka_unit_test(knows_loopback),
		cmocka_unit_test(knows_private),
		cmocka_unit_test(masks),
		cmocka_unit_test(reverses),
		cmocka_unit_test(parses_prefixes),
		cmocka_unit_test(prefixes_have_addresses),
	};

	return unit_run(tests);
}
