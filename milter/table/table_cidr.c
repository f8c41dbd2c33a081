/*
 * table_cidr - "cidr:/path" and "cidr:{...}": addresses and prefixes only.
 *
 *     prefix [value ...] [until=YYYY-MM-DD] [# why]
 *
 * The longest prefix wins, whatever the order of the lines (unlike Postfix's
 * cidr_table(5), where the first does). What is no prefix, and a prefix with
 * bits set behind it, is an error. A word or a domain is looked up if it is
 * an address (a greeting as [192.0.2.1]); a mail address is never found.
 */
#include "table/table_list.h"
#include "table/table_load.h"
#include "table/table_type.h"

/* load - prefixes */
static void *
load(const struct table_source *source, struct problems *problems)
{
	return table_load(source, table_list_add_prefix, problems);
}

const struct table_type table_cidr_type = {
	.name = "cidr",
	.form = "cidr:/path or cidr:{192.0.2.0/24}",
	.flags = TABLE_IS_FILE | TABLE_BRACES,
	.load = load,
	.find = table_list_find_prefix,
	.size = table_list_size,
	.free = table_list_free,
};
