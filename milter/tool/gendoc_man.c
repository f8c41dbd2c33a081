/*
 * gendoc_man - fragments of the manual pages, from the tables.
 */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policies/registry.h"
#include "reply/reply.h"
#include "session/chain.h"
#include "tool/gendoc.h"

/* add_type - "A time in s, m, h, d or w. Default: 5m." */
static void
add_type(struct str *out, const struct option *row)
{
	struct str type = STR_INIT;

	if (gendoc_has_form(row)) {
		option_describe_type(row, &type);
		type.data[0] = (char)toupper((unsigned char)type.data[0]);
		str_add_char(&type, '.');
		gendoc_text(out, type.data);
		str_fini(&type);
	}
	if (row->fallback[0] == '\0')
		return;
	str_add(out, "Default:\n.Li");
	gendoc_word(out, row->fallback);
	str_add(out, " .\n");
}

/* add_row - one option */
static void
add_row(struct str *out, const struct option *row)
{
	str_addf(out, ".It Cm %s\n", row->name);
	gendoc_text(out, row->doc);
	add_type(out, row);
	if (row->example == NULL)
		return;
	str_add(out, "Example:\n.Li");
	gendoc_word(out, row->example);
	str_add(out, "\n");
}

/* add_rows - a table of options */
static void
add_rows(struct str *out, const struct option *rows)
{
	str_add(out, ".Bl -tag -width Ds\n");
	for (; rows->name != NULL; rows++)
		add_row(out, rows);
	str_add(out, ".El\n");
}

void
gendoc_core(struct str *out, struct arena *arena)
{
	(void)arena;
	for (const struct core_section *c = config_core_sections;
	     c->name != NULL; c++) {
		str_addf(out, ".Ss [%s]\n", c->name);
		gendoc_text(out, c->doc);
		add_rows(out, c->options);
	}
}

void
gendoc_common(struct str *out, struct arena *arena)
{
	(void)arena;
	add_rows(out, config_common_options);
}

void
gendoc_index(struct str *out, struct arena *arena)
{
	(void)arena;
	str_add(out, ".Bl -tag -width \"recipient\" -compact\n");
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		str_addf(out, ".It Sx %s\n", policy_registry[i]->name);
		gendoc_text(out, policy_registry[i]->summary);
	}
	str_add(out, ".El\n");
}

/* add_reasons - with their native replies */
static void
add_reasons(struct str *out, const struct reason *reasons)
{
	if (reasons->name == NULL) {
		str_add(out, "None: it refuses nothing.\n");
		return;
	}
	str_add(out, ".Bl -tag -width Ds\n");
	for (; reasons->name != NULL; reasons++) {
		str_addf(out, ".It Li %s\n", reasons->name);
		gendoc_text(out, reasons->doc);
		str_add(out, ".D1 Li");
		gendoc_word(out, reasons->reply);
		str_add_char(out, '\n');
	}
	str_add(out, ".El\n");
}

/* add_stage - when a policy is judged */
static void
add_stage(struct str *out, const struct option *common)
{
	const struct option *row = option_find(common, "stage");

	if (row == NULL)
		return;
	str_addf(out, "Judged at\n.Li %s ;\n.Cm stage\ntakes ", row->fallback);
	for (const struct name_code *n = row->names; n->name != NULL; n++)
		str_addf(out, "%s%s",
		    n == row->names     ? ""
		    : n[1].name == NULL ? " and "
					: ", ",
		    n->name);
	str_add(out, ".\n");
}

/* flags that the manual tells of; the others show in its text */
#define TOLD_FLAGS                                                 \
	(POLICY_OFF | POLICY_CLIENT_CHECK | POLICY_JUDGE_TRUSTED | \
	    POLICY_INSTANCES | POLICY_ALL_SCOPES)

/* add_flags - how a policy differs from the others */
static void
add_flags(struct str *out, const struct policy *policy)
{
	static const struct {
		enum policy_flag flag;
		const char *text;
	} flags[] = {
		{ POLICY_OFF, "Off unless enabled = yes is set." },
		{ POLICY_CLIENT_CHECK,
		    "Clients that have logged in are not judged, nor is mail "
		    "to postmaster and abuse of our domains." },
		{ POLICY_JUDGE_TRUSTED,
		    "Clients in trusted networks are judged as others are." },
		{ POLICY_INSTANCES,
		    "Takes named instances, each with its own settings." },
		{ POLICY_ALL_SCOPES,
		    "Looks at every scope that matches, not only at the "
		    "closest one." },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (policy->flags & flags[i].flag)
			gendoc_text(out, flags[i].text);
}

/* add_parts - the options of [policy.part] */
static void
add_parts(struct str *out, const struct policy *policy)
{
	str_addf(out, ".Pp\n.Em Options in [%s.%s] :\n", policy->name,
	    policy->parts->name);
	gendoc_text(out, policy->parts->doc);
	add_rows(out, policy->parts->options);
}

/* add_policy - always the same parts in the same order */
static void
add_policy(struct str *out, const struct policy *policy, struct arena *arena)
{
	str_addf(out, ".Ss %s\n", policy->name);
	gendoc_text(out, policy->doc);
	if (policy->stages != 0 || policy->flags & TOLD_FLAGS)
		str_add(out, ".Pp\n");
	add_stage(out, config_common_rows(policy, arena));
	add_flags(out, policy);
	if (policy->example != NULL) {
		str_add(out, ".Pp\n.Em Example :\n");
		gendoc_display(out, policy->example);
	}
	if (policy->options != NULL) {
		str_add(out, ".Pp\n.Em Options :\n");
		add_rows(out, policy->options);
	}
	if (policy->parts != NULL)
		add_parts(out, policy);
	str_add(out, ".Pp\n.Em Reasons and replies :\n");
	add_reasons(out, policy->reasons);
	if (policy->mta_notes != NULL) {
		str_add(out, ".Pp\n.Em With Postfix and Sendmail :\n");
		gendoc_text(out, policy->mta_notes);
	}
}

void
gendoc_policies(struct str *out, struct arena *arena)
{
	for (size_t i = 0; policy_registry[i] != NULL; i++)
		add_policy(out, policy_registry[i], arena);
}

void
gendoc_reasons(struct str *out, struct arena *arena)
{
	(void)arena;
	add_reasons(out, chain_reasons);
}

void
gendoc_values(struct str *out, struct arena *arena)
{
	(void)arena;
	str_add(out, ".Bl -tag -width Ds\n");
	for (int i = 0; i < VALUE_MAX; i++) {
		str_addf(out, ".It Li %%{%s}\n",
		    reply_value_name((enum reply_value)i));
		gendoc_text(out, reply_value_doc((enum reply_value)i));
	}
	str_add(out, ".El\n");
}
