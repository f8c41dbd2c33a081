/*
 * config_build - sections of the ini to instances of policies.
 *
 * Every policy of the registry has an instance, written or not: what is not
 * written is at its default. A policy with POLICY_INSTANCES may have named
 * ones ([name.instance]) as well; if it has, there is a plain one only if its
 * section is written. A policy that takes parts has one instance.
 *
 * The settings of a scope are a copy of the global ones with the scope's keys
 * laid over them, so that nobody has to look in two places; those of a policy
 * with POLICY_ALL_SCOPES, which does look, begin at the defaults.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policies/registry.h"
#include "session/config_work.h"

/* option_count - rows of a table, NULL is none */
static size_t
option_count(const struct option *options)
{
	size_t count = 0;

	while (options != NULL && options[count].name != NULL)
		count++;
	return count;
}

/* find_policy - its number in the registry, or -1 */
static int
find_policy(const char *name)
{
	for (int i = 0; policy_registry[i] != NULL; i++)
		if (strcmp(policy_registry[i]->name, name) == 0)
			return i;
	return -1;
}

/* is_core - whether a section is none of a policy */
static bool
is_core(const char *name)
{
	const struct core_section *core;

	for (core = config_core_sections; core->name != NULL; core++)
		if (strcmp(core->name, name) == 0)
			return true;
	return strcmp(name, "replies") == 0;
}

/* unknown_section - with the nearest of all that there are */
static void
unknown_section(struct work *work, const struct ini_section *section)
{
	const char *names[80];
	size_t count = 0;

	for (const struct core_section *c = config_core_sections;
	     c->name != NULL; c++)
		names[count++] = c->name;
	names[count++] = "replies";
	for (size_t i = 0; policy_registry[i] != NULL; i++)
		names[count++] = policy_registry[i]->name;
	config_unknown(work, section->at,
	    arena_printf(work->arena, "[%s]: no such section", section->name),
	    section->name, names, count);
}

/*
 * instance_name - whose section it is: "ratelimit.login", "greylist"; for a
 * part that of its policy
 */
static const char *
instance_name(struct arena *arena, const struct ini_section *section,
    const struct policy *policy)
{
	if (section->instance[0] == '\0' || policy->parts != NULL)
		return section->name;
	return arena_printf(arena, "%s.%s", section->name, section->instance);
}

/* find_instance - by its full name, or NULL */
static struct instance *
find_instance(struct config *config, const char *name)
{
	for (size_t i = 0; i < config->instance_count; i++)
		if (strcmp(config->instances[i].name, name) == 0)
			return &config->instances[i];
	return NULL;
}

/* add_instance - its room is there: see config_build() */
static void
add_instance(struct work *work, unsigned number, const char *name)
{
	struct config *config = work->config;
	struct instance *instance =
	    &config->instances[config->instance_count++];

	instance->policy = policy_registry[number];
	instance->common_rows =
	    config_common_rows(instance->policy, work->arena);
	instance->name = name;
	instance->number = number;
	instance->reason_base = config_reason_base(number);
}

/* note_section - a section's instance is there from now on */
static void
note_section(struct work *work, const struct ini_section *section)
{
	int number = find_policy(section->name);
	const struct policy *policy;
	const char *name;

	if (number < 0) {
		if (!is_core(section->name))
			unknown_section(work, section);
		else if (strcmp(section->head, section->name) != 0)
			problems_error(work->problems, section->at,
			    "[%s]: [%s] takes no instance and no scope",
			    section->head, section->name);
		return;
	}
	policy = policy_registry[number];
	if (section->instance[0] != '\0' && policy->parts == NULL &&
	    !(policy->flags & POLICY_INSTANCES)) {
		problems_error(work->problems, section->at,
		    "[%s]: %s has no named instances", section->head,
		    section->name);
		return;
	}
	name = instance_name(work->arena, section, policy);
	if (find_instance(work->config, name) == NULL)
		add_instance(work, (unsigned)number, name);
}

/* new_settings - room for a section's own settings and origins */
static void
new_settings(struct work *work, const struct instance *instance,
    struct section *section)
{
	const struct policy *policy = instance->policy;

	section->settings = arena_alloc(work->arena, policy->settings_size);
	section->origins =
	    arena_alloc(work->arena, (option_count(policy->options) +
					 option_count(instance->common_rows)) *
					 sizeof(*section->origins));
}

/* set_common - a common option that is written */
static bool
set_common(struct work *work, const struct option *row,
    const struct ini_entry *entry, struct section *section)
{
	if (section->scope != NULL &&
	    row->offset == offsetof(struct common, stage)) {
		problems_error(work->problems, entry->at,
		    "stage: not in a section with a scope: a policy is "
		    "judged at one step for all");
		return false;
	}
	if (!option_set(row, &section->common, entry->value, entry->at,
		&work->context))
		return false;
	if (row->offset == offsetof(struct common, action))
		return config_common_derive(&section->common, entry->at,
		    work->problems);
	return true;
}

/* apply - the keys of a section as written */
static void
apply(struct work *work, const struct instance *instance,
    const struct ini_section *written, struct section *section)
{
	const struct option *own = instance->policy->options;
	struct origin *origins = section->origins;
	const struct option *row;

	for (const struct ini_entry *e = written->entries; e != NULL;
	     e = e->next) {
		if ((row = option_find(own, e->key)) != NULL) {
			if (option_set(row, section->settings, e->value, e->at,
				&work->context))
				origins[row - own] = e->at;
		} else if ((row = option_find(instance->common_rows, e->key)) !=
			   NULL) {
			if (set_common(work, row, e, section))
				origins[option_count(own) +
					(size_t)(row - instance->common_rows)] =
				    e->at;
		} else {
			config_unknown_key(work, written, e, own,
			    instance->common_rows);
		}
	}
}

/* build_global - defaults, and what is written over them */
static void
build_global(struct work *work, struct instance *instance)
{
	const struct ini_section *written =
	    config_section(work->config, instance->name);
	struct section *global = &instance->global;

	new_settings(work, instance, global);
	global->scope_text = "";
	global->at = (struct origin){ .file = work->config->path };
	option_defaults(instance->policy->options, global->settings,
	    &work->context);
	option_defaults(instance->common_rows, &global->common, &work->context);
	if (instance->policy->stages == 0)
		global->common.stage = (int)instance->policy->stage;
	config_common_derive(&global->common, global->at, work->problems);
	if (written != NULL) {
		global->at = written->at;
		apply(work, instance, written, global);
	}
}

/* begin_scope - what a scope's settings are before its keys */
static void
begin_scope(struct work *work, const struct instance *instance,
    struct section *section)
{
	const struct policy *policy = instance->policy;
	const struct section *global = &instance->global;
	size_t own = option_count(policy->options);
	size_t common = option_count(instance->common_rows);

	new_settings(work, instance, section);
	option_copy(instance->common_rows, &section->common, &global->common,
	    sizeof(section->common));
	memcpy(section->origins + own, global->origins + own,
	    common * sizeof(*section->origins));
	if (policy->flags & POLICY_ALL_SCOPES) {
		option_defaults(policy->options, section->settings,
		    &work->context);
		return;
	}
	option_copy(policy->options, section->settings, global->settings,
	    policy->settings_size);
	memcpy(section->origins, global->origins,
	    own * sizeof(*section->origins));
}

/* is_new_scope - not one that the instance has already, in other words */
static bool
is_new_scope(struct work *work, const struct instance *instance,
    const struct section *section)
{
	for (size_t i = 0; i < instance->scope_count; i++) {
		const struct section *other = &instance->scopes[i];

		if (!config_scope_equal(other->scope, section->scope))
			continue;
		problems_error(work->problems, section->at,
		    "[%s %s]: the same scope as in %s:%u", instance->name,
		    section->scope_text, other->at.file, other->at.line);
		return false;
	}
	return true;
}

/* build_scope - the section of one scope */
static void
build_scope(struct work *work, struct instance *instance,
    const struct ini_section *written)
{
	struct section *section = &instance->scopes[instance->scope_count];

	*section = (struct section){
		.scope = config_scope_parse(work, written),
		.scope_text = written->scope,
		.at = written->at,
	};
	if (section->scope == NULL || !is_new_scope(work, instance, section))
		return;
	begin_scope(work, instance, section);
	apply(work, instance, written, section);
	for (size_t i = 0; i < section->scope->parts; i++)
		if (section->scope->part[i].subject <= SUBJECT_RCPT_DOMAIN)
			instance->scopes_by_recipient = true;
	instance->scope_count++;
}

/* is_scope_of - whether a section is a scope of that instance */
static bool
is_scope_of(const struct instance *instance, const struct ini_section *section)
{
	size_t length = strlen(section->name);

	if (section->scope[0] == '\0' ||
	    strncmp(instance->name, section->name, length) != 0)
		return false;
	if (section->instance[0] == '\0')
		return instance->name[length] == '\0';
	return instance->name[length] == '.' &&
	       strcmp(instance->name + length + 1, section->instance) == 0;
}

/* build_instance - global settings first, for scopes begin with them */
static void
build_instance(struct work *work, struct instance *instance)
{
	struct ini_section *sections = work->config->sections;
	size_t count = 0;

	build_global(work, instance);
	for (struct ini_section *s = sections; s != NULL; s = s->next)
		count += is_scope_of(instance, s);
	instance->scopes =
	    arena_alloc(work->arena, count * sizeof(*instance->scopes));
	for (struct ini_section *s = sections; s != NULL; s = s->next)
		if (is_scope_of(instance, s))
			build_scope(work, instance, s);
	if (instance->policy->parts != NULL)
		config_parts_build(work, instance);
}

/* has_instance - of a policy, under whatever name */
static bool
has_instance(const struct config *config, unsigned number)
{
	for (size_t i = 0; i < config->instance_count; i++)
		if (config->instances[i].number == number)
			return true;
	return false;
}

void
config_build(struct work *work)
{
	struct config *config = work->config;
	size_t room = 0;

	for (unsigned i = 0; policy_registry[i] != NULL; i++)
		room++;
	for (struct ini_section *s = config->sections; s != NULL; s = s->next)
		room++;
	config->instances =
	    arena_alloc(work->arena, room * sizeof(*config->instances));
	for (struct ini_section *s = config->sections; s != NULL; s = s->next)
		note_section(work, s);
	work->written = config->instance_count;
	for (unsigned i = 0; policy_registry[i] != NULL; i++)
		if (!has_instance(config, i))
			add_instance(work, i, policy_registry[i]->name);
	for (size_t i = 0; i < config->instance_count; i++)
		build_instance(work, &config->instances[i]);
}

/* release_section - the tables that it holds, and what was derived */
static void
release_section(const struct instance *instance, struct section *section)
{
	if (instance->policy->release != NULL)
		instance->policy->release(section->settings);
	option_release(instance->policy->options, section->settings);
	option_release(instance->common_rows, &section->common);
}

void
config_build_release(struct config *config)
{
	for (size_t i = 0; i < config->instance_count; i++) {
		struct instance *instance = &config->instances[i];

		release_section(instance, &instance->global);
		for (size_t k = 0; k < instance->scope_count; k++)
			release_section(instance, &instance->scopes[k]);
		config_parts_release(instance);
	}
}
