/*
 * table_file - "file:/path": one entry a line.
 *
 *     key [value ...] [until=YYYY-MM-DD] [# why]
 *
 * A key is "user@domain", "user@", "@domain", "domain", ".domain", "<>", a
 * word, an address or a prefix. Lines that begin with "#" are comments.
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

const struct table_type table_file_type = {
	.name = "file",
	.form = "file:/path",
	.flags = TABLE_IS_FILE,
	.load = load,
	.find = table_list_find,
	.size = table_list_size,
	.each = table_list_each,
	.free = table_list_free,
};
