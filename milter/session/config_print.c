/*
 * config_print - what is in force, as an ini that gives the same.
 *
 * Without defaults the sections and keys that were written, in the order of
 * the ini; with them every key of every section, policies in the order in
 * which they are asked.
 */
#include <string.h>

#include "base/str.h"
#include "session/config_work.h"

/* what is printed of a section */
struct print {
	const struct ini_section *written; /* NULL: nothing is */
	bool defaults;
	struct str *out;
};

/* is_written - whether a section as read has that key */
static bool
is_written(const struct ini_section *section, const char *key)
{
	if (section == NULL)
		return false;
	for (const struct ini_entry *e = section->entries; e != NULL;
	     e = e->next)
		if (strcmp(e->key, key) == 0)
			return true;
	return false;
}

/* print_head - with an empty line before all but the first */
static void
print_head(struct str *out, const char *name, const char *scope)
{
	str_addf(out, "%s[%s%s%s]\n", out->length > 0 ? "\n" : "", name,
	    scope[0] != '\0' ? " " : "", scope);
}

/* print_key - "name = value", or "name =" for nothing */
static void
print_key(struct str *out, const char *name, const struct str *value)
{
	const char *text = str_text(value);

	str_addf(out, "%s =%s%s\n", name, text[0] != '\0' ? " " : "", text);
}

/* print_rows - values of a table of options */
static void
print_rows(const struct print *print, const struct option *rows,
    const void *settings)
{
	struct str value = STR_INIT;

	for (; rows != NULL && rows->name != NULL; rows++) {
		if (!print->defaults && !is_written(print->written, rows->name))
			continue;
		str_reset(&value);
		option_print(rows, settings, &value);
		print_key(print->out, rows->name, &value);
	}
	str_fini(&value);
}

/* print_core - a section that is no policy's */
static void
print_core(const struct config *config, const struct core_section *core,
    const struct print *print)
{
	print_head(print->out, core->name, "");
	print_rows(print, core->options, (const char *)config + core->offset);
}

/* print_common - all but what a scope may not set */
static void
print_common(const struct print *print, const struct instance *instance,
    const struct section *section)
{
	for (const struct option *row = instance->common_rows;
	     row->name != NULL; row++) {
		const struct option one[] = { *row, { .name = NULL } };

		if (section->scope == NULL ||
		    row->offset != offsetof(struct common, stage))
			print_rows(print, one, &section->common);
	}
}

/* print_section - of a policy */
static void
print_section(const struct instance *instance, const struct section *section,
    const struct print *print)
{
	print_head(print->out, instance->name, section->scope_text);
	print_common(print, instance, section);
	print_rows(print, instance->policy->options, section->settings);
}

/* print_part - a section [policy.part] */
static void
print_part(const struct instance *instance, const struct part *part,
    const struct print *print)
{
	const struct policy *policy = instance->policy;
	struct str head = STR_INIT;

	str_addf(&head, "%s.%s", policy->name, part->name);
	print_head(print->out, str_text(&head), "");
	print_rows(print, policy->parts->options, part->settings);
	str_fini(&head);
}

/* print_replies - as written; they were checked as they are */
static void
print_replies(const struct ini_section *section, struct str *out)
{
	struct str value = STR_INIT;

	print_head(out, section->name, "");
	for (const struct ini_entry *e = section->entries; e != NULL;
	     e = e->next) {
		str_reset(&value);
		ini_escape(e->value, &value);
		print_key(out, e->key, &value);
	}
	str_fini(&value);
}

/* find_section - what was made of a section as read */
static const struct section *
find_section(const struct config *config, const struct ini_section *written,
    const struct instance **of)
{
	for (size_t i = 0; i < config->instance_count; i++) {
		const struct instance *instance = &config->instances[i];

		*of = instance;
		if (strcmp(written->head, instance->name) == 0)
			return &instance->global;
		for (size_t k = 0; k < instance->scope_count; k++)
			if (instance->scopes[k].scope_text == written->scope)
				return &instance->scopes[k];
	}
	return NULL;
}

/* find_part - what was made of a section as read, or NULL */
static const struct part *
find_part(const struct config *config, const struct ini_section *written,
    const struct instance **of)
{
	for (size_t i = 0; i < config->instance_count; i++) {
		const struct instance *instance = &config->instances[i];

		if (strcmp(instance->name, written->name) != 0)
			continue;
		*of = instance;
		for (size_t k = 0; k < instance->part_count; k++)
			if (strcmp(instance->parts[k].name,
				written->instance) == 0)
				return &instance->parts[k];
	}
	return NULL;
}

/* print_written - the sections as read, values as understood */
static void
print_written(const struct config *config, struct str *out)
{
	for (const struct ini_section *s = config->sections; s != NULL;
	     s = s->next) {
		const struct print print = { .written = s, .out = out };
		const struct core_section *core = config_core_sections;
		const struct instance *instance;
		const struct section *section;
		const struct part *part;

		while (core->name != NULL && strcmp(core->name, s->name) != 0)
			core++;
		section = find_section(config, s, &instance);
		if (core->name != NULL)
			print_core(config, core, &print);
		else if (section != NULL)
			print_section(instance, section, &print);
		else if ((part = find_part(config, s, &instance)) != NULL)
			print_part(instance, part, &print);
		else
			print_replies(s, out);
	}
}

/* print_all - every section with every key */
static void
print_all(const struct config *config, struct str *out)
{
	const struct print print = { .defaults = true, .out = out };
	const struct ini_section *replies = config_section(config, "replies");
	const struct core_section *core;

	for (core = config_core_sections; core->name != NULL; core++)
		print_core(config, core, &print);
	if (replies != NULL)
		print_replies(replies, out);
	for (size_t i = 0; i < config->instance_count; i++) {
		const struct instance *instance = &config->instances[i];

		print_section(instance, &instance->global, &print);
		for (size_t k = 0; k < instance->scope_count; k++)
			print_section(instance, &instance->scopes[k], &print);
		for (size_t k = 0; k < instance->part_count; k++)
			print_part(instance, &instance->parts[k], &print);
	}
}

void
config_print(const struct config *config, bool defaults, struct str *out)
{
	if (defaults)
		print_all(config, out);
	else
		print_written(config, out);
}
