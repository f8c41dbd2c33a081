/*
 * daemon_store - the store, when a policy that is in force needs it.
 *
 * Once open it stays so until the process ends: sessions may be using it, and
 * a policy that is switched off and on again should find its state. It is
 * never freed, since sessions that are cut off at a stop are never waited for.
 *
 * Diagnostics: a store that cannot be opened keeps the daemon from starting,
 * or the new configuration from coming in force.
 */
#include "daemon/daemon_store.h"

#include <sysexits.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"
#include "base/problem.h"
#include "store/store.h"
#include "session/config.h"

int
daemon_store_open(struct daemon *daemon, const struct config *config)
{
	char *why = NULL;

	if (!config_uses_store(config))
		return EX_OK;
	daemon->env.store =
	    store_new(&config->store.settings, daemon->env.clock, false, &why);
	if (daemon->env.store != NULL)
		return EX_OK;
	log_error("store: %s", why);
	mem_free(why);
	return EX_CANTCREAT;
}

bool
daemon_store_use(struct daemon *daemon, const struct config *config,
    struct problems *problems)
{
	const struct store_settings *settings = &config->store.settings;
	const struct origin at = { .file = daemon->path };
	char *why = NULL;

	if (daemon->env.store != NULL) {
		if (store_configure(daemon->env.store, settings, &why))
			return true;
		problems_warning(problems, at, "[store]: %s", why);
		mem_free(why);
		return true;
	}
	if (!config_uses_store(config))
		return true;
	daemon->env.store = store_new(settings, daemon->env.clock, false, &why);
	if (daemon->env.store != NULL)
		return true;
	problems_error(problems, at, "[store]: %s", why);
	mem_free(why);
	return false;
}

void
daemon_store_sync(struct daemon *daemon)
{
	if (daemon->env.store != NULL)
		store_sync(daemon->env.store);
}
