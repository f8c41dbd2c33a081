/*
 * esmtp - the parameters behind the path of MAIL and RCPT.
 */
#ifndef MAILREEVE_ESMTP_H
#define MAILREEVE_ESMTP_H

#include <stdbool.h>

/*
 * esmtp_parameter - the value of parameter name (case ignored) in args, the
 * NULL-terminated list behind the path: "" for a parameter without a value,
 * NULL when absent.
 */
const char *esmtp_parameter(const char *const *args, const char *name);
/*
 * esmtp_parameter_is_valid - RFC 5321 4.1.2 esmtp-param, and for those with a
 * known form (SIZE, BODY, RET, ENVID, NOTIFY, ORCPT, AUTH, SMTPUTF8,
 * MT-PRIORITY, HOLDFOR/HOLDUNTIL, BY, REQUIRETLS) that form. mail tells MAIL
 * from RCPT: a known one at the wrong command is not valid.
 */
bool esmtp_parameter_is_valid(const char *parameter, bool mail);

#endif
