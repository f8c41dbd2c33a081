/*
 * abuse_scope - the settings of the policy abuse that hold for an address.
 */
#include "tool/abuse_scope.h"

#include "policies/abuse.h"
#include "policy/txn.h"
#include "session/config.h"
#include "session/scope.h"

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
	const struct section *section;

	if (networks_have(&config->milter.trusted, address))
		return NULL;
	for (size_t i = 0; i < config->instance_count; i++) {
		if (config->instances[i].policy != &abuse_policy)
			continue;
		section = scope_section(&config->instances[i], &txn);
		return section->common.enabled ? section->settings : NULL;
	}
	return NULL;
}
