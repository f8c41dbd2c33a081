/*
 * table_load - a list out of a file's lines or of the items in braces.
 *
 * A line is "key rest", white space ends the key; an item is "key" or
 * "key=rest" (table_text.h). The rest is value, date and note in both
 * (table_entry.h).
 *
 * Diagnostics: each line or item that is wrong, with what is wrong; then
 * there is no list.
 */
#include <malloc.h>
#include <string.h>

#include "base/mem.h"
#include "table/table_entry.h"
#include "table/table_list.h"
#include "table/table_load.h"
#include "table/table_text.h"
#include "table/table_type.h"

#define WHITE " \t\v\f"
#define LARGE 10000 /* entries */

/* what a list is loaded with */
struct load {
	const struct table_source *source;
	table_add_fn *add;
	struct problems *problems;
	struct table_list *list;
};

/* add_entry - returns what is wrong, or NULL */
static const char *
add_entry(const struct load *load, const char *key, char *rest, unsigned line)
{
	struct entry entry = { .line = line };
	const char *wrong = entry_parse(rest, &entry);

	return wrong != NULL ? wrong : load->add(load->list, key, &entry);
}

/* load_lines - all lines of the file */
static bool
load_lines(const struct load *load)
{
	struct table_lines lines;
	char *line, *rest;
	const char *wrong;

	if (!table_lines_open(&lines, load->source, load->problems))
		return false;
	while ((line = table_lines_next(&lines)) != NULL) {
		rest = line + strcspn(line, WHITE);
		if (*rest != '\0')
			*rest++ = '\0';
		wrong = add_entry(load, line, rest, lines.at.line);
		if (wrong != NULL)
			table_lines_error(&lines, "%.60s: %s", line, wrong);
	}
	return table_lines_close(&lines);
}

/* load_items - all items between the braces */
static bool
load_items(const struct load *load)
{
	char *items = mem_strdup(load->source->name), *cursor = items;
	struct origin at = load->source->at;
	size_t errors = problems_errors(load->problems);
	const char *wrong;
	char *key, *rest;

	while ((key = table_item_next(&cursor, &rest, &wrong)) != NULL) {
		wrong = add_entry(load, key, rest, at.line);
		if (wrong != NULL)
			problems_error(load->problems, at, "%.60s: %s", key,
			    wrong);
	}
	if (wrong != NULL)
		problems_error(load->problems, at, "%s", wrong);
	mem_free(items);
	return problems_errors(load->problems) == errors;
}

/* table_load - the whole list, or none */
struct table_list *
table_load(const struct table_source *source, table_add_fn *add,
    struct problems *problems)
{
	struct load load = {
		.source = source,
		.add = add,
		.problems = problems,
		.list = table_list_new(
		    source->braces ? source->at.file : source->name),
	};
	bool good = source->braces ? load_items(&load) : load_lines(&load);

	if (!good) {
		table_list_free(load.list);
		return NULL;
	}
	table_list_finish(load.list, problems, source->at);
	/* what building took would stay with malloc(3), for a rare next time */
	if (table_list_size(load.list) > LARGE)
		malloc_trim(0);
	return load.list;
}
