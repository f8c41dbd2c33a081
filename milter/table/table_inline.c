/*
 * table_inline - "inline:{a b=value c}": the list itself.
 *
 * Keys are those of a file table. Items stand between white space or commas;
 * a value that holds such is quoted, and may have a date and a note as in a
 * file: a="two words until=2026-12-31".
 */
#include "table/table_list.h"
#include "table/table_load.h"
#include "table/table_type.h"

/* load - texts and prefixes */
static void *
load(const struct table_source *source, struct problems *problems)
{
	return table_load(source, table_list_add, problems);
}

const struct table_type table_inline_type = {
	.name = "inline",
	.form = "inline:{a b=value}",
	.flags = TABLE_BRACES | TABLE_NO_NAME,
	.load = load,
	.find = table_list_find,
	.size = table_list_size,
	.each = table_list_each,
	.takes_addresses = table_list_has_prefixes,
	.free = table_list_free,
};
