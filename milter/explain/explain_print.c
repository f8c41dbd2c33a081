/*
 * explain_print - what explain found, for people or as JSON.
 *
 * For people a line a policy as it is heard; as JSON one object at the end,
 * {"steps": [{"step", "text", "policies": [...], "reply"}], "outcome"}.
 */
#include "explain/explain_print.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/output.h"
#include "base/str.h"
#include "reply/reply.h"
#include "service/json.h"
#include "service/option.h"
#include "session/chain.h"
#include "session/config.h"

struct explain_printer {
	bool colours;
	struct json *steps;    /* JSON: all; NULL for people */
	struct json *step;     /* JSON: the current one; belongs to steps */
	struct json *policies; /* of the current step; belongs to it */
	struct json *notes;
};

struct explain_printer *
explain_printer_new(bool json)
{
	struct explain_printer *printer = mem_alloc(sizeof(*printer));

	printer->colours = !json && output_colours(STDOUT_FILENO);
	if (json) {
		printer->steps = json_new_array();
		printer->notes = json_new_array();
	}
	return printer;
}

/* bold - a word that the eye should find, between two others */
static void
bold(const struct explain_printer *printer, const char *before,
    const char *text, const char *after)
{
	printf("%s%s%s%s%s", before, printer->colours ? "\033[1m" : "", text,
	    printer->colours ? "\033[0m" : "", after);
}

void
explain_print_step(struct explain_printer *printer, const char *step,
    const char *text)
{
	char shown[300];

	if (printer->steps == NULL) {
		bold(printer, "", step, "");
		printf("%s%s\n", text[0] != '\0' ? " " : "",
		    str_printable(shown, sizeof(shown), text));
		return;
	}
	printer->step = json_new_object();
	printer->policies = json_new_array();
	json_add_text(printer->step, "step", step);
	json_add_text(printer->step, "text", text);
	json_add(printer->step, "policies", printer->policies);
	json_append(printer->steps, printer->step);
}

/* skipped_name - why a policy was not asked */
static const char *
skipped_name(enum skipped skipped)
{
	static const char *const names[] = {
		[SKIPPED_NOT] = "",
		[SKIPPED_DISABLED] = "off (enabled = no)",
		[SKIPPED_TRUSTED] = "skipped (trusted network)",
		[SKIPPED_AUTHENTICATED] = "skipped (logged in)",
		[SKIPPED_POSTMASTER] = "skipped (postmaster or abuse)",
		[SKIPPED_EXEMPT] = "skipped (exempt)",
		[SKIPPED_ALLOWED] = "skipped (allow entry)",
		[SKIPPED_LOCAL] = "skipped (no SMTP client)",
	};

	return names[skipped];
}

/* option_origin - where the option that decided was set */
static struct origin
option_origin(const struct instance *instance, const struct section *section,
    const char *name)
{
	const struct option *own = instance->policy->options;
	size_t row = 0;

	for (; own != NULL && own[row].name != NULL; row++)
		if (strcmp(own[row].name, name) == 0)
			return section->origins[row];
	for (size_t i = 0; config_common_options[i].name != NULL; i++)
		if (strcmp(config_common_options[i].name, name) == 0)
			return section->origins[row + i];
	return (struct origin){ .file = NULL };
}

/* option_value - "key = value" as in force, "" for an unknown one */
static void
option_value(const struct instance *instance, const struct section *section,
    const char *name, struct str *out)
{
	const struct option *options = instance->policy->options;
	const struct option *option =
	    options != NULL ? option_find(options, name) : NULL;
	const void *settings = section->settings;

	if (option == NULL) {
		option = option_find(config_common_options, name);
		settings = &section->common;
	}
	if (option == NULL)
		return;
	str_addf(out, "%s = ", name);
	option_print(option, settings, out);
}

/* deciding_section - whose option it was: a policy may read all its scopes */
static const struct section *
deciding_section(const struct chain_trace_row *row)
{
	const struct instance *instance = row->instance;
	const void *settings = row->verdict->settings;

	if (settings == instance->global.settings)
		return &instance->global;
	for (size_t i = 0; i < instance->scope_count; i++)
		if (settings == instance->scopes[i].settings)
			return &instance->scopes[i];
	return row->section;
}

/* decided_by - "file:line: key = value", "default: key = value" */
static void
decided_by(const struct chain_trace_row *row, struct str *out)
{
	const struct section *section = deciding_section(row);
	const char *name = row->verdict->option;
	struct origin origin;

	if (name == NULL)
		return;
	origin = option_origin(row->instance, section, name);
	if (origin.file != NULL)
		str_addf(out, "%s:%u: ", origin.file, origin.line);
	else
		str_add(out, "default: ");
	option_value(row->instance, section, name, out);
}

/* print_inputs - "name=value" lines, set in */
static void
print_inputs(const char *inputs)
{
	char shown[300];

	while (*inputs != '\0') {
		size_t length = strcspn(inputs, "\n");
		char *line = mem_alloc(length + 1);

		memcpy(line, inputs, length);
		printf("      %s\n", str_printable(shown, sizeof(shown), line));
		mem_free(line);
		inputs += length + (inputs[length] == '\n');
	}
}

/* reason_name - of a refusal or a trouble; "" for neither */
static const char *
reason_name(const struct chain_trace_row *row)
{
	static const char *const troubles[] = {
		[TROUBLE_UNAVAILABLE] = "failure.unavailable",
		[TROUBLE_TEMPORARY] = "failure.temporary",
		[TROUBLE_INTERNAL] = "failure.internal",
		[TROUBLE_CONFIG] = "failure.config",
	};

	if (row->verdict == NULL)
		return "";
	if (row->verdict->kind == VERDICT_TROUBLE)
		return troubles[row->verdict->trouble];
	return row->verdict->kind == VERDICT_REFUSE
		   ? row->instance->policy->reasons[row->verdict->reason].name
		   : "";
}

/* print_verdict - what was said and what said so */
static void
print_verdict(struct explain_printer *printer,
    const struct chain_trace_row *row)
{
	const struct verdict *verdict = row->verdict;
	struct str text = STR_INIT;
	char shown[300];

	if (verdict->kind == VERDICT_NONE) {
		printf(" pass\n");
		return;
	}
	bold(printer, " ", row->outcome, "");
	printf(" %s\n", reason_name(row));
	decided_by(row, &text);
	if (text.length > 0)
		printf("      by %s\n", str_text(&text));
	if (verdict->entry.file != NULL)
		printf("      entry %s:%u\n", verdict->entry.file,
		    verdict->entry.line);
	if (verdict->detail != NULL)
		printf("      why %s\n",
		    str_printable(shown, sizeof(shown), verdict->detail));
	if (row->reply != NULL) {
		str_reset(&text);
		reply_text(row->reply, &text);
		printf("      reply %s\n", str_text(&text));
	}
	str_fini(&text);
}

/* add_verdict - the same as members of an object */
static void
add_verdict(struct json *object, const struct chain_trace_row *row)
{
	const struct verdict *verdict = row->verdict;
	struct str text = STR_INIT;

	json_add_text(object, "outcome", row->outcome);
	if (reason_name(row)[0] != '\0')
		json_add_text(object, "reason", reason_name(row));
	decided_by(row, &text);
	if (text.length > 0)
		json_add_text(object, "by", str_text(&text));
	str_reset(&text);
	if (verdict->entry.file != NULL) {
		str_addf(&text, "%s:%u", verdict->entry.file,
		    verdict->entry.line);
		json_add_text(object, "entry", str_text(&text));
	}
	json_add_text(object, "why", verdict->detail);
	if (row->reply != NULL) {
		str_reset(&text);
		reply_text(row->reply, &text);
		json_add_text(object, "reply", str_text(&text));
	}
	str_fini(&text);
}

/* add_inputs - what was looked at, an array of "name=value" */
static void
add_inputs(struct json *object, const char *inputs)
{
	struct json *all;
	size_t length;

	if (inputs[0] == '\0')
		return;
	all = json_new_array();
	for (; *inputs != '\0'; inputs += length + (inputs[length] == '\n')) {
		struct str line = STR_INIT;

		length = strcspn(inputs, "\n");
		str_add_n(&line, inputs, length);
		json_append_text(all, str_text(&line));
		str_fini(&line);
	}
	json_add(object, "inputs", all);
}

/* row_json - one policy's turn */
static void
row_json(struct explain_printer *printer, const struct chain_trace_row *row)
{
	struct json *object = json_new_object();

	json_add_text(object, "policy", row->instance->name);
	if (row->section->scope_text[0] != '\0')
		json_add_text(object, "scope", row->section->scope_text);
	if (row->verdict == NULL)
		json_add_text(object, "skipped", skipped_name(row->skipped));
	else
		add_verdict(object, row);
	add_inputs(object, row->inputs);
	json_append(printer->policies, object);
}

void
explain_print_row(void *context, const struct chain_trace_row *row)
{
	struct explain_printer *printer = context;

	if (printer->steps != NULL) {
		row_json(printer, row);
		return;
	}
	printf("  %-12s", row->instance->name);
	if (row->section->scope_text[0] != '\0')
		printf(" [%s]", row->section->scope_text);
	if (row->verdict == NULL)
		printf(" %s\n", skipped_name(row->skipped));
	else
		print_verdict(printer, row);
	print_inputs(row->inputs);
}

void
explain_print_answer(struct explain_printer *printer, const char *reply)
{
	if (printer->steps != NULL)
		json_add_text(printer->step, "reply", reply);
	else if (reply != NULL)
		bold(printer, "  => ", reply, "\n");
}

void
explain_print_note(struct explain_printer *printer, const char *what,
    const char *value)
{
	struct json *note;

	if (printer->steps == NULL) {
		printf("  %s: %s\n", what, value);
		return;
	}
	note = json_new_object();
	json_add_text(note, "what", what);
	json_add_text(note, "value", value);
	json_append(printer->notes, note);
}

void
explain_print_end(struct explain_printer *printer, const char *outcome)
{
	struct json *all;
	char *text;

	if (printer->steps == NULL) {
		bold(printer, "outcome: ", outcome, "\n");
	} else {
		all = json_new_object();
		json_add(all, "steps", printer->steps);
		json_add(all, "notes", printer->notes);
		json_add_text(all, "outcome", outcome);
		text = json_print(all);
		printf("%s\n", text);
		mem_free(text);
		json_free(all);
	}
	mem_free(printer);
}
