/*
 * config_parts - the parts of a policy: sections [policy.part].
 *
 * A part has no scopes and none of the common options: those are the
 * policy's. Its settings begin at the defaults.
 */
#include <string.h>

#include "base/mem.h"
#include "session/config_work.h"

/* is_part_of - whether a section is a part of that policy */
static bool
is_part_of(const struct policy *policy, const struct ini_section *section)
{
	return section->instance[0] != '\0' &&
	       strcmp(section->name, policy->name) == 0;
}

/* count_parts - how many sections there are for parts, good or not */
static size_t
count_parts(const struct config *config, const struct policy *policy)
{
	size_t count = 0;

	for (struct ini_section *s = config->sections; s != NULL; s = s->next)
		count += is_part_of(policy, s);
	return count;
}

/* apply - the keys of a part as written; written[] is by option row */
static void
apply(struct work *work, const struct ini_section *section,
    const struct option *options, void *settings, struct origin *written)
{
	for (const struct ini_entry *e = section->entries; e != NULL;
	     e = e->next) {
		const struct option *row = option_find(options, e->key);

		if (row == NULL)
			config_unknown_key(work, section, e, options, NULL);
		else if (option_set(row, settings, e->value, e->at,
			     &work->context))
			written[row - options] = e->at;
	}
}

/* build_part - one of them, ready for hooks */
static void
build_part(struct work *work, const struct policy *policy,
    const struct ini_section *section, struct part *part)
{
	const struct policy_parts *parts = policy->parts;
	struct part_facts facts = {
		.policy = policy->name,
		.name = section->instance,
		.env = work->config->env,
		.arena = work->arena,
		.at = section->at,
	};
	struct origin *written;
	size_t rows = 0;

	while (parts->options[rows].name != NULL)
		rows++;
	written = arena_alloc(work->arena, rows * sizeof(*written));
	*part = (struct part){
		.name = section->instance,
		.settings = arena_alloc(work->arena, parts->settings_size),
		.at = section->at,
	};
	option_defaults(parts->options, part->settings, &work->context);
	apply(work, section, parts->options, part->settings, written);
	facts.written = written;
	if (parts->prepare != NULL)
		parts->prepare(part->settings, &facts, work->problems);
}

void
config_parts_build(struct work *work, struct instance *instance)
{
	const struct policy *policy = instance->policy;
	size_t room = count_parts(work->config, policy);

	instance->parts = arena_alloc(work->arena, room * sizeof(struct part));
	for (struct ini_section *s = work->config->sections; s != NULL;
	     s = s->next) {
		if (!is_part_of(policy, s))
			continue;
		if (s->scope[0] != '\0')
			problems_error(work->problems, s->at,
			    "[%s]: a part of %s takes no scope", s->head,
			    policy->name);
		else
			build_part(work, policy, s,
			    &instance->parts[instance->part_count++]);
	}
}

void
config_parts_release(struct instance *instance)
{
	const struct policy_parts *parts = instance->policy->parts;

	for (size_t i = 0; i < instance->part_count; i++) {
		if (parts->release != NULL)
			parts->release(instance->parts[i].settings);
		option_release(parts->options, instance->parts[i].settings);
	}
}
