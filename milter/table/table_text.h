/*
 * table_text - the lines of a table's file, the items of an inline table.
 */
#ifndef MAILREEVE_TABLE_TEXT_H
#define MAILREEVE_TABLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct table_source;

#define TABLE_LINE_MAX 65536         /* bytes of a line */
#define TABLE_FILE_MAX (512ll << 20) /* bytes of a file */
#define TABLE_ERRORS_MAX 20          /* then the file is given up */

struct table_lines {
	int fd; /* -1: from memory */
	struct problems *problems;
	struct origin at; /* of the line that was given last */
	char *data;
	size_t size, start, end;
	bool at_end;
	size_t errors;
};

/* table_lines_open - false after an error went to problems. */
bool table_lines_open(struct table_lines *lines,
    const struct table_source *source, struct problems *problems);
/*
 * table_lines_next - the next line that holds something, white space before
 * it removed, for the caller to change; NULL at the end. Empty lines and
 * those that begin with "#" are passed over.
 */
char *table_lines_next(struct table_lines *lines);
/* table_lines_error - something is wrong with the current line. */
void table_lines_error(struct table_lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* table_lines_close - false when there was an error. */
bool table_lines_close(struct table_lines *lines);

/* table_open_regular - a plain file for reading; -1 and *why if it is none. */
int table_open_regular(const char *path, const char **why);

/*
 * table_item_next - the next item of a list in braces: items stand between
 * white space or commas, "key" or "key=rest"; rest may be quoted by '"'. The
 * text is changed. An item "until=DATE" belongs to the item before it and
 * comes with that. Returns the key, and the rest ("" if none); NULL at the
 * end, then *wrong tells what is wrong, or is NULL.
 */
char *table_item_next(char **cursor, char **rest, const char **wrong);

#endif
