/*
 * login_line - logins in the logs of Postfix, Sendmail and Dovecot.
 *
 * A line begins as syslog writes it: perhaps "<13>", a date ("Nov 21
 * 10:20:00", "2026-11-21T10:20:00.1+01:00") or none, perhaps the host, then
 * "PROGRAM[PID]: ". Dovecot's own log files have no host and no program but
 * that of the service ("imap-login: Info: ").
 *
 * User names, passwords and greetings stand in these lines, and whoever types
 * them wants an address of his choice banned. So an address is only taken
 * where the program itself wrote it, counted from that end of the line that no
 * stranger can move: Postfix writes the user last, Sendmail and the login
 * services of Dovecot before the address. A line that can be read in two ways
 * is not read.
 */
#ifndef MAILREEVE_LOGIN_LINE_H
#define MAILREEVE_LOGIN_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/netaddr.h"

/* more in one line is not believed */
#define LOGIN_COUNT_MAX 1000

struct login_line {
	struct netaddr client;
	bool good;
	int64_t count; /* logins that the line tells of */
	/*
	 * By Dovecot's authentication service, of whom another server asked:
	 * that server may tell of the same login in a line of its own.
	 */
	bool by_auth_service;
};

/* login_line_read - false when the line tells of no login from an address. */
bool login_line_read(const char *line, size_t length, struct login_line *out);

#endif
