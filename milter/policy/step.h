/*
 * step - the steps of an SMTP session as a milter sees them.
 */
#ifndef MAILREEVE_STEP_H
#define MAILREEVE_STEP_H

#include "base/names.h"

enum step {
	STEP_CONNECT,
	STEP_HELO,
	STEP_MAIL,
	STEP_RCPT, /* once for each recipient */
	STEP_DATA,
	STEP_HEADER, /* once for each field; observed only */
	STEP_EOH,
	STEP_BODY, /* once for each chunk; observed only */
	STEP_EOM,
	STEP_UNKNOWN, /* an unknown or switched-off command */
	STEP_REFUSED, /* a recipient that the MTA refused; observed only */
	/*
	 * No steps of SMTP, observed only: we refused something or took a
	 * message (txn.decided); a transaction ends, however it does, and its
	 * facts are still there; the connection ends.
	 */
	STEP_DECIDED,
	STEP_END,
	STEP_CLOSE,
	STEP_MAX
};

#define STEP_BIT(step) (1u << (step))

/* "connect", "helo", ... as in the ini and the manual */
extern const struct name_code step_names[];
/* "CONNECT", "EHLO", "RCPT", "END-OF-MESSAGE": as Postfix logs them */
const char *step_log_name(enum step step);

#endif
