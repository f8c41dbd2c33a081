/*
 * test_domain - names of domains and hosts, ESMTP parameters.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/domain.h"
#include "base/esmtp.h"
#include "base/generic_name.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/regdomain.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
folds(void **state)
{
	static const struct {
		const char *domain, *folded; /* NULL: not valid */
	} rows[] = {
		{ "Example.TEST", "example.test" },
		{ "example.test.", "example.test" },
		{ "localhost", "localhost" },
		{ "_dmarc.example.test", "_dmarc.example.test" },
		{ "XN--BCHER-KVA.test", "xn--bcher-kva.test" },
		{ "b\xc3\xbc"
		  "cher.test",
		    "xn--bcher-kva.test" },
		{ "B\xc3\x9c"
		  "CHER.test",
		    "xn--bcher-kva.test" },
		{ "bu\xcc\x88"
		  "cher.test",
		    "xn--bcher-kva.test" },
		{ "fa\xc3\x9f.test", "xn--fa-hia.test" },
		{ "\xef\xbd\x87oogle.test", "google.test" },
		{ "a\xe3\x80\x82test", "a.test" },
		{ "b\xc3\xbc"
		  "cher.test.",
		    "xn--bcher-kva.test" },
		{ L63 ".test", L63 ".test" },
		{ L63 "." L63 "." L63 "." L63, L63 "." L63 "." L63 "." L63 },
		{ L63 "." L63 "." L63 "." L63 ".a", NULL },
		{ L63 "a.test", NULL }, { "", NULL }, { ".", NULL },
		{ "a..test", NULL }, { ".test", NULL }, { "test..", NULL },
		{ "-a.test", NULL }, { "a-.test", NULL }, { "a b.test", NULL },
		{ "a@b.test", NULL }, { "[192.0.2.1]", NULL },
		{ "a\n.test", NULL },
		{ "b\xfc"
		  "cher.test",
		    NULL },
		{ "\xe2\x80\x8b.test", NULL },
		{ "a\xef\xbc\xa0"
		  "b.test",
		    NULL }, /* wide "@" */
	};
	struct arena *arena = arena_new(256);
	char large[5000];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		const char *got = domain_fold(rows[i].domain, arena);

		if ((got == NULL) != (rows[i].folded == NULL))
			fail_msg("%s: %s", rows[i].domain, got ? got : "-");
		if (got != NULL)
			assert_string_equal(got, rows[i].folded);
	}
	memset(large, 'a', sizeof large);
	large[sizeof large - 1] = '\0';
	assert_null(domain_fold(large, arena));
	large[0] = '\xc3';
	large[1] = '\xbc';
	assert_null(domain_fold(large, arena));
	large[1000] = '\0';
	assert_null(domain_fold(large, arena));
	arena_free(arena);
}

static void
checks_the_form(void **state)
{
	(void)state;
	assert_true(domain_is_valid("a.b-c.test", false));
	assert_true(domain_is_valid("1.2.3.4", false));
	assert_false(domain_is_valid("a_b.test", false));
	assert_true(domain_is_valid("a_b.test", true));
	assert_false(domain_is_valid("a.test.", true));
	assert_false(domain_is_valid("", true));
	assert_false(domain_is_valid("b\xc3\xbc"
				     "cher.test",
	    true));
}

static void
goes_by_labels(void **state)
{
	static const struct {
		const char *name, *parent;
		bool under;
	} rows[] = {
		{ "google.test", "google.test", true },
		{ "mail.google.test", "google.test", true },
		{ "a.b.Google.TEST", "google.test", true },
		{ "google.test", "gle.test", false },
		{ "xgoogle.test", "google.test", false },
		{ "test", "google.test", false },
		{ "google.test", "test", true },
		{ "google.test", "", false },
		{ "", "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(domain_is_under(rows[i].name, rows[i].parent),
		    rows[i].under);
	assert_string_equal(domain_parent("a.b.c"), "b.c");
	assert_null(domain_parent("c"));
	assert_null(domain_parent("c."));
	assert_null(domain_parent(""));
}

static void
finds_parameters(void **state)
{
	static const char *const args[] = { "SIZE=100", "body=8BITMIME",
		"SMTPUTF8", "SIZEX=3", NULL };
	static const char *const none[] = { NULL };

	(void)state;
	assert_string_equal(esmtp_parameter(args, "size"), "100");
	assert_string_equal(esmtp_parameter(args, "BODY"), "8BITMIME");
	assert_string_equal(esmtp_parameter(args, "SMTPUTF8"), "");
	assert_null(esmtp_parameter(args, "SIZ"));
	assert_null(esmtp_parameter(args, "RET"));
	assert_null(esmtp_parameter(none, "SIZE"));
	assert_null(esmtp_parameter(NULL, "SIZE"));
}

static void
checks_parameters(void **state)
{
	enum { NOWHERE, MAIL, RCPT, BOTH };
	static const struct {
		const char *parameter;
		int valid;
	} rows[] = {
		{ "SIZE=0", MAIL },
		{ "size=12345678901234567890", MAIL },
		{ "SIZE=123456789012345678901", NOWHERE },
		{ "SIZE=", NOWHERE },
		{ "SIZE", NOWHERE },
		{ "SIZE=-1", NOWHERE },
		{ "SIZE=1k", NOWHERE },
		{ "BODY=7bit", MAIL },
		{ "BODY=8BITMIME", MAIL },
		{ "BODY=BINARYMIME", MAIL },
		{ "BODY=9BIT", NOWHERE },
		{ "BODY", NOWHERE },
		{ "RET=FULL", MAIL },
		{ "RET=hdrs", MAIL },
		{ "RET=BOTH", NOWHERE },
		{ "ENVID=abc123", MAIL },
		{ "ENVID=a+2Bb", MAIL },
		{ "ENVID=a+2", NOWHERE },
		{ "ENVID=a+zz", NOWHERE },
		{ "ENVID=\xc3\xbc", NOWHERE },
		{ "AUTH=<>", MAIL },
		{ "AUTH=alice@example.test", MAIL },
		{ "AUTH=a+3Db", MAIL },
		{ "AUTH=a=b", NOWHERE },
		{ "AUTH", NOWHERE },
		{ "SMTPUTF8", MAIL },
		{ "SMTPUTF8=1", NOWHERE },
		{ "REQUIRETLS", MAIL },
		{ "MT-PRIORITY=0", MAIL },
		{ "MT-PRIORITY=-9", MAIL },
		{ "MT-PRIORITY=9", MAIL },
		{ "MT-PRIORITY=-0", NOWHERE },
		{ "MT-PRIORITY=10", NOWHERE },
		{ "MT-PRIORITY=-", NOWHERE },
		{ "HOLDFOR=3600", MAIL },
		{ "HOLDFOR=1234567890", NOWHERE },
		{ "HOLDUNTIL=2026-11-21T10:20:00Z", MAIL },
		{ "HOLDUNTIL=2026-11-21T10:20:00.5Z", MAIL },
		{ "HOLDUNTIL=2026-11-21", NOWHERE },
		{ "HOLDUNTIL=2026-11-21T10:20:00", NOWHERE },
		{ "HOLDUNTIL=2026-11-21T10:20:00.Z", NOWHERE },
		{ "BY=120;R", MAIL },
		{ "BY=-120;NT", MAIL },
		{ "BY=+1;n", MAIL },
		{ "BY=120", NOWHERE },
		{ "BY=;R", NOWHERE },
		{ "BY=120;X", NOWHERE },
		{ "BY=1234567890;R", NOWHERE },
		{ "NOTIFY=NEVER", RCPT },
		{ "NOTIFY=success,FAILURE,delay", RCPT },
		{ "NOTIFY=NEVER,DELAY", NOWHERE },
		{ "NOTIFY=DELAY,", NOWHERE },
		{ "NOTIFY=", NOWHERE },
		{ "ORCPT=rfc822;bob@example.test", RCPT },
		{ "ORCPT=rfc822;b+2Bob@example.test", RCPT },
		{ "ORCPT=utf-8;b\xc3\xbc@example.test", RCPT },
		{ "ORCPT=utf-8;", NOWHERE },
		{ "ORCPT=rfc822;b\xc3\xbc@example.test", NOWHERE },
		{ "ORCPT=rfc822;", NOWHERE },
		{ "ORCPT=bob@example.test", NOWHERE },
		{ "ORCPT=rfc/822;bob", NOWHERE },
		{ "X-FOO=bar", BOTH },
		{ "XFOO", BOTH },
		{ "8X", BOTH },
		{ "XFOO=", NOWHERE },
		{ "XFOO=a=b", NOWHERE },
		{ "XFOO=a b", NOWHERE },
		{ "XFOO=a\x7f", NOWHERE },
		{ "-X", NOWHERE },
		{ "X_FOO=1", NOWHERE },
		{ "=1", NOWHERE },
		{ "", NOWHERE },
		{ "\xc3\xbc=1", NOWHERE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		int valid =
		    (esmtp_parameter_is_valid(rows[i].parameter, true) ? MAIL
								       : 0) |
		    (esmtp_parameter_is_valid(rows[i].parameter, false) ? RCPT
									: 0);

		if (valid != rows[i].valid)
			fail_msg("%s: %d", rows[i].parameter, valid);
	}
}

static void
finds_the_registered(void **state)
{
	static const struct {
		const char *domain, *registered; /* NULL: there is none */
	} rows[] = {
		{ "example.com", "example.com" },
		{ "mx1.mail.example.com", "example.com" },
		{ "mail.example.co.uk", "example.co.uk" },
		{ "co.uk", NULL },
		{ "com", NULL },
		{ "user.github.io", "user.github.io" },
		{ "www.user.github.io", "user.github.io" },
		{ "github.io", NULL },
		{ "mx.xn--85x722f.com.cn", "xn--85x722f.com.cn" },
		{ "mail.remote.test", "remote.test" },
		{ "remote.test", "remote.test" },
		{ "test", NULL },
		{ "192.0.2.1", NULL },
		{ "[192.0.2.1]", NULL },
		{ "[IPv6:2001:db8::1.2.3.4]", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *found = regdomain(rows[i].domain);

		if (rows[i].registered == NULL)
			assert_null(found);
		else
			assert_string_equal(found, rows[i].registered);
	}
}

static void
knows_generic_names(void **state)
{
	static const struct {
		const char *name, *address;
		bool generic;
	} rows[] = {
		{ "mail.example.com", "198.51.100.7", false },
		{ "mx7-100.example.com", "198.51.100.7", false },
		{ "198-51-100-7.example.com", "198.51.100.7", true },
		{ "static.7.100.51.198.example.com", "198.51.100.7", true },
		{ "host-051-100-007.example.com", "198.51.100.7", true },
		{ "xc6336407x.example.com", "198.51.100.7", true },
		{ "ip198051100007.example.com", "198.51.100.7", true },
		{ "h3325256711.example.com", "198.51.100.7", true },
		{ "198-51-100-7.com", "198.51.100.7", false },
		{ "mail7.dsl.example.com", "203.0.113.5", true },
		{ "pool4-dynamic.example.com", "203.0.113.5", true },
		{ "dslam.example.com", "203.0.113.5", false },
		{ "mail.dsl.com", "203.0.113.5", false },
		{ "mail.example.com", "2001:db8::1:2:3:4", false },
		{ "2001-0db8-0-0-0001-0002-0003-0004.example.com",
		    "2001:db8::1:2:3:4", true },
		{ "x.0001000200030004.example.com", "2001:db8::1:2:3:4", true },
		{ "localhost", "127.0.0.1", false },
		{ "", "203.0.113.5", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct netaddr addr;

		assert_true(netaddr_parse(&addr, rows[i].address));
		if (generic_name(rows[i].name, &addr) != rows[i].generic)
			fail_msg("%s", rows[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds),
		cmocka_unit_test(checks_the_form),
		cmocka_unit_test(goes_by_labels),
		cmocka_unit_test(finds_the_registered),
		cmocka_unit_test(knows_generic_names),
		cmocka_unit_test(finds_parameters),
		cmocka_unit_test(checks_parameters),
	};

	return unit_run(tests);
}
