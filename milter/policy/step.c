/*
 * step - the names of the steps, as the ini and as Postfix's log write them.
 */
#include <stddef.h>

#include "base/log.h"
#include "policy/step.h"

const struct name_code step_names[] = {
	{ "connect", STEP_CONNECT },
	{ "helo", STEP_HELO },
	{ "mail", STEP_MAIL },
	{ "rcpt", STEP_RCPT },
	{ "data", STEP_DATA },
	{ "header", STEP_HEADER },
	{ "eoh", STEP_EOH },
	{ "body", STEP_BODY },
	{ "eom", STEP_EOM },
	{ "unknown", STEP_UNKNOWN },
	{ "refused", STEP_REFUSED },
	{ "decided", STEP_DECIDED },
	{ "end", STEP_END },
	{ "close", STEP_CLOSE },
	{ NULL, 0 },
};

/* as in Postfix's "milter-reject: STEP from" lines */
static const char *const log_names[STEP_MAX] = {
	[STEP_CONNECT] = "CONNECT",
	[STEP_HELO] = "EHLO",
	[STEP_MAIL] = "MAIL",
	[STEP_RCPT] = "RCPT",
	[STEP_DATA] = "DATA",
	[STEP_HEADER] = "HEADER",
	[STEP_EOH] = "END-OF-HEADERS",
	[STEP_BODY] = "BODY",
	[STEP_EOM] = "END-OF-MESSAGE",
	[STEP_UNKNOWN] = "UNKNOWN",
	[STEP_REFUSED] = "RCPT",
	[STEP_DECIDED] = "DECIDED",
	[STEP_END] = "END",
	[STEP_CLOSE] = "CLOSE",
};

/* step_log_name - as Postfix logs a step */
const char *
step_log_name(enum step step)
{
	if ((unsigned)step >= STEP_MAX)
		log_fatal("step_log_name: step %d", (int)step);
	return log_names[step];
}
