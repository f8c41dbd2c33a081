/*
 * names - number to name and back, by a table that ends with a NULL name.
 */
#ifndef MAILREEVE_NAMES_H
#define MAILREEVE_NAMES_H

#include <stdbool.h>

struct name_code {
	const char *name;
	int code;
};

/* names_name - the first name of code, or fallback. */
const char *names_name(const struct name_code *table, int code,
    const char *fallback);
/* names_code - the code of name (ASCII case ignored); false if unknown. */
bool names_code(const struct name_code *table, const char *name, int *code);

#endif
