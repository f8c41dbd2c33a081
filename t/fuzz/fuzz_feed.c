/*
 * fuzz_feed - any bytes as a line of a log, and as a user name in one.
 *
 * Held to be true: whatever a stranger types as his name, or shows as a
 * password, a line tells of a login from his own address or of none.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "feed/login_line.h"
#include "feed/received.h"
#include "service/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENT "203.0.113.5"
#define DATE "Nov 21 10:20:01 mx "

/* what stands before the stranger's words, and behind them */
static const struct {
	const char *before, *behind;
} lines[] = {
	{ DATE "postfix/smtpd[1]: warning: h[" CLIENT "]: SASL PLAIN "
	       "authentication failed: x, sasl_username=",
	    "" },
	{ DATE "postfix/smtpd[1]: 4abc: client=h[" CLIENT "], "
	       "sasl_method=PLAIN, sasl_username=",
	    "" },
	{ DATE "postfix/smtpd[1]: NOQUEUE: reject: RCPT from h[" CLIENT "]: "
	       "554 5.7.1 no; proto=ESMTP helo=<",
	    ">" },
	{ DATE "sm-mta[1]: 6AL: AUTH failure (PLAIN): user not found (-20) "
	       "SASL(-13): user not found: no, user=",
	    ", relay=h [" CLIENT "]" },
	{ DATE "sm-mta[1]: AUTH=server, relay=h [" CLIENT "], authid=",
	    ", mech=PLAIN, bits=0" },
	{ DATE "dovecot: imap-login: Disconnected (auth failed, 1 attempts in "
	       "2 secs): user=<",
	    ">, method=PLAIN, rip=" CLIENT ", lip=192.0.2.1, session=<x>" },
	{ DATE "dovecot: imap-login: Login: user=<",
	    ">, method=PLAIN, rip=" CLIENT ", lip=192.0.2.1, TLS" },
	{ DATE "dovecot: auth: passwd-file(",
	    "," CLIENT ",<x>): Password mismatch" },
	{ DATE "dovecot: auth: passwd-file(a," CLIENT "): Password mismatch "
	       "(given password: ",
	    ")" },
	{ DATE "dovecot: auth: login(?," CLIENT "): Username character "
	       "disallowed by auth_username_chars: 0x2c (username: ",
	    ")" },
};

/* check - one line: from the client, or from nobody */
static void
check(const struct str *line, const struct netaddr *client)
{
	struct login_line got;

	if (login_line_read(str_text(line), line->length, &got) &&
	    (!netaddr_equal(&got.client, client) || got.count < 1 ||
		got.count > LOGIN_COUNT_MAX))
		abort();
}

/* add_word - as syslog writes it: no line ends */
static void
add_word(struct str *line, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		str_add_char(line,
		    data[i] == '\n' || data[i] == '\0' ? '?' : (char)data[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct networks none = { .count = 0 };
	struct str line = STR_INIT;
	struct netaddr client, got;
	struct login_line login;

	netaddr_parse(&client, CLIENT);
	login_line_read((const char *)data, size, &login);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		str_reset(&line);
		str_add(&line, lines[i].before);
		add_word(&line, data, size);
		str_add(&line, lines[i].behind);
		check(&line, &client);
	}
	str_reset(&line);
	str_add_n(&line, (const char *)data, size);
	received_client(str_text(&line), &none, &got);
	str_fini(&line);
	return 0;
}
