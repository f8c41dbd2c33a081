/*
 * test_login_line - logins in real lines of logs, and lines that pretend.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "feed/feed_tally.h"
#include "feed/login_line.h"

#define DATE "Nov 21 10:20:01 mx "
#define PF DATE "postfix/smtpd[4242]: "
#define SM DATE "sm-mta[4243]: "
#define DC DATE "dovecot: "

static const struct {
	const char *line;
	const char *client; /* NULL: tells of no login */
	int64_t count;      /* 0: a good one */
} rows[] = {
	/* Postfix, with Dovecot and with Cyrus behind it */
	{ PF "warning: mail.remote.test[203.0.113.5]: SASL PLAIN "
	     "authentication failed: (reason unavailable), "
	     "sasl_username=alice@example.test",
	    "203.0.113.5", 1 },
	{ PF "warning: localhost[127.0.0.1]: SASL PLAIN authentication "
	     "failed: authentication failure, sasl_username=alice",
	    "127.0.0.1", 1 },
	{ PF "warning: unknown[198.51.100.7]: SASL LOGIN authentication "
	     "failed: UGFzc3dvcmQ6",
	    "198.51.100.7", 1 },
	{ PF "warning: six.remote.test[2001:db8::25]: SASL CRAM-MD5 "
	     "authentication failed: x, sasl_username=a",
	    "2001:db8::25", 1 },
	{ PF "warning: unknown[203.0.113.5]:50123: SASL PLAIN authentication "
	     "failed: x, sasl_username=a",
	    "203.0.113.5", 1 },
	{ PF "warning: h[203.0.113.5]: SASL PLAIN authentication failed: bad "
	     "protocol / cancel, sasl_username=(unavailable)",
	    "203.0.113.5", 1 },
	{ PF "warning: h[203.0.113.5]: SASL PLAIN authentication failed",
	    "203.0.113.5", 1 },
	{ "2026-11-21T10:20:01.123456+01:00 mx postfix/submission/smtpd[7]: "
	  "warning: h[203.0.113.5]: SASL PLAIN authentication failed: x",
	    "203.0.113.5", 1 },
	{ "<22>Nov  1 10:20:01 mx postfix-in/smtpd[7]: warning: "
	  "h[203.0.113.5]: SASL PLAIN authentication failed: x",
	    "203.0.113.5", 1 },
	{ "postfix/smtpd[7]: warning: h[203.0.113.5]: SASL PLAIN "
	  "authentication failed: x",
	    "203.0.113.5", 1 },
	{ PF "message repeated 3 times: [ warning: h[203.0.113.5]: SASL LOGIN "
	     "authentication failed: x, sasl_username=a]",
	    "203.0.113.5", 3 },
	/* not the client's fault, or no try */
	{ PF "warning: h[203.0.113.5]: SASL PLAIN authentication failed: "
	     "generic failure, sasl_username=a",
	    NULL, 0 },
	{ PF "warning: h[203.0.113.5]: SASL PLAIN authentication failed: "
	     "Connection lost to authentication server, sasl_username=a",
	    NULL, 0 },
	{ PF "warning: h[203.0.113.5]: SASL FOOBAR authentication failed: no "
	     "mechanism available, sasl_username=(unavailable)",
	    NULL, 0 },
	{ PF "warning: h[203.0.113.5]: SASL LOGIN authentication aborted", NULL,
	    0 },
	{ PF "warning: SASL authentication failure: Password verification "
	     "failed",
	    NULL, 0 },
	{ PF "connect from h[203.0.113.5]", NULL, 0 },
	{ PF "lost connection after AUTH from h[203.0.113.5]", NULL, 0 },
	/* good ones */
	{ PF "89993A720D8: client=unknown[203.0.113.5], sasl_method=PLAIN, "
	     "sasl_username=alice@example.test",
	    "203.0.113.5", 0 },
	{ PF "disconnect from h[203.0.113.5] ehlo=1 auth=1 quit=1 commands=3",
	    "203.0.113.5", 0 },
	{ PF "disconnect from h[203.0.113.5] ehlo=1 auth=1/3 commands=3/5",
	    "203.0.113.5", 0 },
	{ PF "disconnect from h[203.0.113.5] ehlo=1 auth=0/2 mail=1 rcpt=1/2 "
	     "quit=1 commands=4/7",
	    NULL, 0 },
	{ PF "disconnect from h[203.0.113.5] ehlo=1 quit=1 commands=2", NULL,
	    0 },
	{ PF "89993A720D8: client=unknown[203.0.113.5]", NULL, 0 },
	/* Sendmail */
	{ SM "6AL9abcd000123: AUTH failure (PLAIN): authentication failure "
	     "(-13) SASL(-13): authentication failure: Password verification "
	     "failed, user=alice@example.test, relay=mail.remote.test "
	     "[203.0.113.5]",
	    "203.0.113.5", 1 },
	{ SM "6AL9abcd000123: AUTH failure (PLAIN): user not found (-20) "
	     "SASL(-13): user not found: Password verification failed, "
	     "user=nouser@example.test, relay=[198.51.100.7]",
	    "198.51.100.7", 1 },
	{ DATE "sendmail[1]: 6AL9abcd000123: AUTH failure (LOGIN): "
	       "authentication failure (-13) SASL(-13): x, user=a, "
	       "relay=six.remote.test [IPv6:2001:db8:0:0:0:0:0:25]",
	    "2001:db8::25", 1 },
	{ SM "6AL9abcd000123: AUTH failure (PLAIN): authentication failure "
	     "(-13) SASL(-13): x, user=a, relay=forged.test [203.0.113.5] "
	     "(may be forged)",
	    "203.0.113.5", 1 },
	{ SM "6AL9abcd000123: AUTH failure (PLAIN): generic failure (-1) "
	     "SASL(-1): x, user=a, relay=h [203.0.113.5]",
	    NULL, 0 },
	{ SM "6AL9abcd000123: AUTH=server, relay=localhost [127.0.0.1], "
	     "authid=alice, mech=PLAIN, bits=0",
	    "127.0.0.1", 0 },
	{ SM "AUTH=server, relay=mail.remote.test [203.0.113.5], "
	     "authid=x, relay=[198.51.100.1], authid=y, mech=PLAIN, bits=0",
	    "203.0.113.5", 0 },
	{ SM "AUTH=client, relay=h [203.0.113.5], mech=PLAIN, bits=0", NULL,
	    0 },
	{ SM "6AL9abcd000123: localhost [127.0.0.1]: possible SMTP attack: "
	     "command=AUTH, count=4",
	    NULL, 0 },
	/* Dovecot: its authentication service, login services, own files */
	{ DC "auth: passwd-file(alice@example.test,203.0.113.5): Password "
	     "mismatch",
	    "203.0.113.5", 1 },
	{ "auth: Info: passwd-file(alice@example.test,203.0.113.5): Password "
	  "mismatch",
	    "203.0.113.5", 1 },
	{ "Nov 21 10:20:01 auth: Info: passwd-file(nouser@example.test,"
	  "203.0.113.5): unknown user",
	    "203.0.113.5", 1 },
	{ DC "auth: sql(alice,203.0.113.5,<AbC+/=>): Password mismatch (SHA1 "
	     "of given password: 2fd4e1)",
	    "203.0.113.5", 1 },
	{ DC "auth-worker(123): pam(alice,203.0.113.5): pam_authenticate() "
	     "failed: Authentication failure (Password mismatch?)",
	    "203.0.113.5", 1 },
	{ DC "auth-worker(123): conn unix:auth-worker (pid=12,uid=0): "
	     "auth-worker<7>: pam(alice,2001:db8::5,<x>): unknown user",
	    "2001:db8::5", 1 },
	{ DC "auth: ldap(alice,203.0.113.5): bind() failed: no server", NULL,
	    0 },
	{ DC "imap-login: Disconnected (auth failed, 3 attempts in 9 secs): "
	     "user=<alice>, method=PLAIN, rip=203.0.113.5, lip=192.0.2.1, "
	     "TLS, session=<abc>",
	    "203.0.113.5", 3 },
	{ DC "pop3-login: Disconnected: Connection closed (auth failed, 1 "
	     "attempts in 2 secs): user=<a>, method=PLAIN, rip=2001:db8::5, "
	     "lip=::1, session=<abc>",
	    "2001:db8::5", 1 },
	{ DC "submission-login: Login aborted: Connection closed (auth "
	     "failed, 1 attempts in 2 secs) (auth_failed): user=<a>, "
	     "method=PLAIN, rip=203.0.113.5, lip=192.0.2.1, session=<abc>",
	    "203.0.113.5", 1 },
	{ DC "imap-login: Aborted login (auth failed, 2 attempts): user=<a>, "
	     "method=PLAIN, rip=203.0.113.5, lip=192.0.2.1",
	    "203.0.113.5", 2 },
	{ "2026-11-21 10:20:01 imap-login: Info: Aborted login (auth failed, "
	  "2 attempts): user=<a>, method=PLAIN, rip=203.0.113.5, lip=::1",
	    "203.0.113.5", 2 },
	{ DC "imap-login: Login: user=<alice>, method=PLAIN, "
	     "rip=203.0.113.5, lip=192.0.2.1, mpid=77, TLS, session=<abc>",
	    "203.0.113.5", 0 },
	{ DC "imap-login: Logged in: user=<alice>, method=PLAIN, "
	     "rip=203.0.113.5, lip=192.0.2.1",
	    "203.0.113.5", 0 },
	{ DC "imap-login: Disconnected (no auth attempts in 2 secs): user=<>, "
	     "rip=203.0.113.5, lip=192.0.2.1",
	    NULL, 0 },
	{ DC "imap(alice)<7><x>: Logged out in=1 out=2", NULL, 0 },
	/* words of strangers that want somebody else banned, or protected */
	{ PF "warning: h[203.0.113.5]: SASL PLAIN authentication failed: x, "
	     "sasl_username=a[198.51.100.1]: SASL PLAIN authentication "
	     "failed: y",
	    "203.0.113.5", 1 },
	{ PF "NOQUEUE: reject: RCPT from h[203.0.113.5]: 554 5.7.1 no; "
	     "helo=<warning: h[198.51.100.1]: SASL PLAIN authentication "
	     "failed: x>",
	    NULL, 0 },
	{ PF "warning: a b[198.51.100.1]: SASL PLAIN authentication failed",
	    NULL, 0 },
	{ SM "6AL9abcd000123: AUTH failure (PLAIN): user not found (-20) "
	     "SASL(-13): x, user=a, relay=[198.51.100.1], relay=h "
	     "[203.0.113.5]",
	    "203.0.113.5", 1 },
	{ SM "6AL9abcd000123: from=<AUTH failure (PLAIN): x (-13), "
	     "relay=[198.51.100.1]>, relay=[198.51.100.1]",
	    NULL, 0 },
	{ DC "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): "
	     "user=<x>, method=PLAIN, rip=198.51.100.1, lip=>, "
	     "method=PLAIN, rip=203.0.113.5, lip=192.0.2.1",
	    "203.0.113.5", 1 },
	{ DC "imap-login: Disconnected (no auth attempts): user=<: user=<(auth"
	     " failed, 9 attempts>, rip=203.0.113.5, lip=192.0.2.1",
	    NULL, 0 },
	{ DC "auth: passwd-file(x,198.51.100.1,203.0.113.5): unknown user",
	    "203.0.113.5", 1 },
	{ DC "auth: passwd-file(x,198.51.100.1): unknown user,203.0.113.5): "
	     "unknown user",
	    NULL, 0 },
	{ DC "auth: passwd-file(x,203.0.113.5): Password mismatch (given "
	     "password: y,198.51.100.1): unknown user)",
	    NULL, 0 },
	{ DC "auth: login(?,203.0.113.5): Username character disallowed by "
	     "auth_username_chars: 0x2c (username: x,198.51.100.1): unknown "
	     "user)",
	    NULL, 0 },
	{ DATE "other[1]: warning: h[203.0.113.5]: SASL PLAIN authentication "
	       "failed: x",
	    NULL, 0 },
	{ DATE "kernel: postfix/smtpd[1]: warning: h[203.0.113.5]: SASL PLAIN "
	       "authentication failed: x",
	    NULL, 0 },
	{ PF "warning: h[203.0.113.500]: SASL PLAIN authentication failed: x",
	    NULL, 0 },
	{ PF "warning: h[]: SASL PLAIN authentication failed: x", NULL, 0 },
	{ "", NULL, 0 },
	{ "<22", NULL, 0 },
	{ "Nov 21 10:20:01", NULL, 0 },
	{ DC "imap-login: Disconnected (auth failed, 99999999999999999999999 "
	     "attempts): user=<a>, rip=203.0.113.5",
	    "203.0.113.5", LOGIN_COUNT_MAX },
};

static void
lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *line = rows[i].line;
		struct login_line got;
		char text[NETADDR_TEXT_SIZE];
		bool read = login_line_read(line, strlen(line), &got);

		if (read != (rows[i].client != NULL))
			fail_msg("%s: read=%d", line, read);
		if (!read)
			continue;
		assert_string_equal(netaddr_format(&got.client, text),
		    rows[i].client);
		assert_int_equal(got.good ? 0 : got.count, rows[i].count);
	}
}

/* add - a line of a client; whether there was room */
static bool
add(struct feed_tally *tally, const char *client, int64_t count,
    bool by_auth_service, int64_t now_ms)
{
	struct login_line line = {
		.good = count == 0,
		.count = count,
		.by_auth_service = by_auth_service,
	};

	assert_true(netaddr_parse(&line.client, client));
	return feed_tally_add(tally, &line, NULL, now_ms);
}

/* failures - taken of a tally that has one client */
static int64_t
failures(struct feed_tally *tally)
{
	static struct feed_count counts[FEED_TALLY_MOST];
	size_t count = feed_tally_take(tally, counts);

	assert_in_range(count, 0, 1);
	return count == 0 ? 0 : counts[0].failed;
}

static void
twice_told(void **state)
{
	struct feed_tally *tally = feed_tally_new();

	(void)state;
	assert_true(add(tally, "203.0.113.5", 1, true, 1000));
	assert_true(add(tally, "203.0.113.5", 1, false, 2000));
	assert_int_equal(failures(tally), 1);
	/* told three times, then by the login service when the client goes */
	for (int i = 0; i < 3; i++)
		assert_true(add(tally, "203.0.113.5", 1, true, 3000));
	assert_int_equal(failures(tally), 3);
	assert_true(add(tally, "203.0.113.5", 4, false, 4000));
	assert_int_equal(failures(tally), 1);
	assert_true(add(tally, "203.0.113.5", 1, true, 5000));
	assert_true(add(tally, "203.0.113.5", 1, false, 5000 + 300001));
	assert_int_equal(failures(tally), 2);
	feed_tally_free(tally);
}

static void
tally(void **state)
{
	static struct feed_count counts[FEED_TALLY_MOST];
	struct feed_tally *t = feed_tally_new();
	char text[32];

	(void)state;
	/* a /64 is one client */
	assert_true(add(t, "2001:db8:0:1::5", 2, false, 0));
	assert_true(add(t, "2001:db8:0:1:ffff::6", 3, false, 0));
	assert_int_equal(failures(t), 5);
	assert_int_equal(feed_tally_take(t, counts), 0);
	for (int i = 0; i < FEED_TALLY_MOST; i++) {
		snprintf(text, sizeof(text), "10.1.%d.%d", i / 256, i % 256);
		assert_true(add(t, text, i % 2, false, 0));
	}
	assert_false(add(t, "203.0.113.5", 1, false, 0));
	assert_true(add(t, "10.1.0.1", 1, false, 0));
	assert_int_equal(feed_tally_take(t, counts), FEED_TALLY_MOST);
	for (int i = 0; i < FEED_TALLY_MOST; i++)
		assert_true(feed_tally_put_back(t, &counts[i]));
	assert_int_equal(feed_tally_take(t, counts), FEED_TALLY_MOST);
	feed_tally_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(twice_told),
		cmocka_unit_test(tally),
	};

	return unit_run(tests);
}
