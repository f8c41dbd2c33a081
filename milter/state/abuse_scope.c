/*
 * abuse_scope - the settings of the policy abuse that hold for an address.
 */
#include "state/abuse_scope.h"

#include <string.h>

#include "policy/txn.h"
#include "session/config.h"
#include "session/scope.h"

/* the_instance - of the policy; it has one */
static const struct instance *
the_instance(const struct config *config)
{
	for (size_t i = 0; i < config->instance_count; i++)
		if (config->instances[i].policy == &abuse_policy)
			return &config->instances[i];
	return NULL;
}

bool
abuse_scope_is_on(const struct config *config)
{
	const struct instance *instance = the_instance(config);
	bool on = instance != NULL && instance->global.common.enabled;

	for (size_t i = 0; instance != NULL && i < instance->scope_count; i++)
		on = on || instance->scopes[i].common.enabled;
	return on;
}

const struct abuse_settings *
abuse_scope(const struct config *config, const struct netaddr *address)
{
	const struct txn txn = {
		.connection = {
		    .client = *address,
		    .listener = "",
		    .listener_addr = "",
		},
	};
	const struct instance *instance = the_instance(config);
	const struct section *section;

	if (instance == NULL || networks_have(&config->milter.trusted, address))
		return NULL;
	section = scope_section(instance, &txn);
	return section->common.enabled ? section->settings : NULL;
}

bool
abuse_scope_read(const char *word, struct netaddr *client,
    char out[ABUSE_SUBJECT_SIZE])
{
	struct netprefix prefix;
	bool strict_only;

	if (netaddr_parse(client, word)) {
		abuse_subject(client, out);
		return true;
	}
	if (netprefix_parse(&prefix, word, &strict_only)) {
		*client = prefix.addr;
		if (prefix.bits == (client->family == 6 ? 64 : 32)) {
			abuse_subject(client, out);
			return true;
		}
		if (prefix.bits == (client->family == 6 ? 48 : 24)) {
			abuse_network(client, out);
			return true;
		}
	}
	return false;
}

bool
abuse_scope_is_network(const struct netaddr *client, const char *subject)
{
	char network[ABUSE_SUBJECT_SIZE];

	return strcmp(subject, abuse_network(client, network)) == 0;
}
