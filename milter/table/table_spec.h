/*
 * table_spec - "type:name" taken apart.
 */
#ifndef MAILREEVE_TABLE_SPEC_H
#define MAILREEVE_TABLE_SPEC_H

#include <stdbool.h>

#include "base/problem.h"

struct table_type;

struct table_spec {
	const struct table_type *type;
	char *name;  /* the caller's to free: an absolute path, a text, ... */
	bool braces; /* name stood between { and } */
};

/* table_spec_read - false after an error went to problems. */
bool table_spec_read(struct table_spec *out, const char *spec, struct origin at,
    struct problems *problems);

#endif
