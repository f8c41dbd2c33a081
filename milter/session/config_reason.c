/*
 * config_reason - the numbers of all reasons of the program.
 *
 * The chain's own come first, then those of the policies in the order of the
 * registry. The numbers hold for the life of the process: counters and the
 * book of replies use them.
 */
#include "base/log.h"
#include "base/mem.h"
#include "policies/registry.h"
#include "session/chain.h"
#include "session/config_work.h"

/* count_reasons - rows of a table */
static unsigned
count_reasons(const struct reason *reasons)
{
	unsigned count = 0;

	while (reasons[count].name != NULL)
		count++;
	return count;
}

unsigned
config_reason_base(unsigned policy)
{
	unsigned base = count_reasons(chain_reasons);

	for (unsigned i = 0; i < policy; i++)
		base += count_reasons(policy_registry[i]->reasons);
	return base;
}

/* count_policies - in the registry */
static unsigned
count_policies(void)
{
	unsigned count = 0;

	while (policy_registry[count] != NULL)
		count++;
	return count;
}

unsigned
config_reason_count(void)
{
	return config_reason_base(count_policies());
}

const struct reason *
config_reason(unsigned number)
{
	const struct reason *reasons = chain_reasons;
	unsigned left = number, count;

	for (unsigned i = 0;; i++) {
		count = count_reasons(reasons);
		if (left < count)
			return &reasons[left];
		left -= count;
		if (policy_registry[i] == NULL)
			log_fatal("there is no reason %u", number);
		reasons = policy_registry[i]->reasons;
	}
}

const struct reason_table *
config_reason_tables(struct arena *arena, size_t *count)
{
	unsigned policies = count_policies();
	struct reason_table *tables =
	    arena_alloc(arena, (policies + 1) * sizeof(*tables));

	tables[0] = (struct reason_table){ .reasons = chain_reasons };
	for (unsigned i = 0; i < policies; i++)
		tables[i + 1] = (struct reason_table){
			.reasons = policy_registry[i]->reasons,
			.base = config_reason_base(i),
		};
	*count = policies + 1;
	return tables;
}
