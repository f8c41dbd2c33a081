/*
 * daemon_notify - tell systemd how we are (Type=notify); else nothing.
 *
 * Without libsystemd, or when systemd did not start us, all of it is silent:
 * that nobody listens is no error.
 */
#include "daemon/daemon_notify.h"

#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

/* tell - lines of "KEY=value" for systemd, see sd_notify(3) */
static void
tell(const char *what, const char *status)
{
#if HAVE_SYSTEMD
	sd_notifyf(0, "%s=1\nSTATUS=%s", what, status);
#else
	(void)what;
	(void)status;
#endif
}

void
daemon_notify_ready(const char *status)
{
	tell("READY", status);
}

void
daemon_notify_reloading(void)
{
	tell("RELOADING", "reading the configuration");
}

void
daemon_notify_stopping(const char *status)
{
	tell("STOPPING", status);
}
