/*
 * names - number to name and back, by a table that ends with a NULL name.
 *
 * A table may hold several names of one code ("yes", "on"): the first is the
 * one that is printed.
 */
#include <stddef.h>
#include <strings.h>

#include "base/names.h"

/* names_name - the first name of a code */
const char *
names_name(const struct name_code *table, int code, const char *fallback)
{
	for (; table->name != NULL; table++) {
		if (table->code == code)
			return table->name;
	}
	return fallback;
}

/* names_code - the code of a name */
bool
names_code(const struct name_code *table, const char *name, int *code)
{
	for (; table->name != NULL; table++) {
		if (strcasecmp(table->name, name) == 0) {
			*code = table->code;
			return true;
		}
	}
	return false;
}
