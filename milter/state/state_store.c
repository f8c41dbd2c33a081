/*
 * state_store - the store of a configuration, for tools.
 *
 * Redis is asked directly. The file of the embedded store is read directly;
 * changes are the daemon's, or ours while there is none.
 */
#include "state/state_store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "session/config.h"
#include "state/control_client.h"
#include "state/store_remote.h"
#include "store/store.h"

/* complain - and no store */
static struct store *
complain(char *why)
{
	fprintf(stderr, "mailreevectl: store: %s\n", why);
	mem_free(why);
	return NULL;
}

/* open_to_change - the file, if no daemon has it; else by the daemon */
static struct store *
open_to_change(const struct config *config, struct clock *clock, char **why)
{
	const struct store_settings *settings = &config->store.settings;
	struct store *store;

	/* its folder is the daemon's to make, with its owner */
	if (access(settings->path, X_OK) != 0)
		return store_new(settings, clock, true, why);
	store = store_new(settings, clock, false, why);
	if (store != NULL || strstr(*why, STORE_IN_USE) == NULL)
		return store;
	mem_free(*why);
	*why = NULL;
	return store_remote_new(settings, config->milter.control, clock, why);
}

/* refresh - have a daemon that runs write what it has in memory */
static void
refresh(const struct config *config)
{
	struct json *request = json_new_object();
	struct str error = STR_INIT;

	json_add_text(request, "command", "store");
	json_free(
	    control_client_request(config->milter.control, request, &error));
	str_fini(&error);
	json_free(request);
}

struct store *
state_store_open(const struct config *config, const struct env *env,
    bool change)
{
	const struct store_settings *settings = &config->store.settings;
	bool direct = settings->backend != STORE_EMBEDDED;
	struct store *store;
	char *why = NULL;

	if (!change && !direct)
		refresh(config);
	if (change && !direct)
		store = open_to_change(config, env->clock, &why);
	else
		store = store_new(settings, env->clock, true, &why);
	return store != NULL ? store : complain(why);
}
