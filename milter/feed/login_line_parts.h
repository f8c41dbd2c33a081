/*
 * login_line_parts - the parts of login_line.c to one another.
 *
 * Each gets what stands behind the program's name and fills in what it finds;
 * false when the text tells of no login.
 */
#ifndef MAILREEVE_LOGIN_LINE_PARTS_H
#define MAILREEVE_LOGIN_LINE_PARTS_H

#include "feed/login_line.h"
#include "feed/slice.h"

/* login_line_postfix - of smtpd. */
bool login_line_postfix(struct slice text, struct login_line *out);
/*
 * login_line_sendmail - "AUTH failure (PLAIN): ..., user=u, relay=h [a]" and
 * "AUTH=server, relay=h [a], authid=u, ...".
 */
bool login_line_sendmail(struct slice text, struct login_line *out);
/*
 * login_line_dovecot - "SERVICE: " or "SERVICE(PID): ", a level perhaps, and
 * what the service says.
 */
bool login_line_dovecot(struct slice text, struct login_line *out);

#endif
