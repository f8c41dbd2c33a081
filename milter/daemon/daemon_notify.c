/*
 * daemon_notify - tell systemd how we are (Type=notify); else nothing.
 *
 * libsystemd is loaded only when systemd started us and wants to be told: with
 * what it brings along it would take a megabyte of every daemon's memory, also
 * where there is no systemd.
 */
#include "daemon/daemon_notify.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

#define LIBRARY "libsystemd.so.0"

/* sd_notify(3), or NULL when nobody wants to be told */
static int (*notify)(int unset_environment, const char *state);

/* load - once, before the first word */
static void
load(void)
{
	void *library, *symbol;

	if (getenv("NOTIFY_SOCKET") == NULL)
		return;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	symbol = library != NULL ? dlsym(library, "sd_notify") : NULL;
	if (symbol == NULL) {
		log_warning("systemd cannot be told that we are ready: %s",
		    dlerror());
		return;
	}
	/* what dlsym gives is a function, which C has no cast for */
	memcpy(&notify, &symbol, sizeof(notify));
}

/* tell - lines of "KEY=value" for systemd, see sd_notify(3) */
static void
tell(const char *what, const char *status)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct str state = STR_INIT;

	pthread_once(&once, load);
	if (notify == NULL)
		return;
	str_addf(&state, "%s=1\nSTATUS=%s", what, status);
	notify(0, str_text(&state));
	str_fini(&state);
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
