/*
 * problem - what is wrong with what the operator wrote.
 *
 * Everything that reads the operator's files puts its complaints here, with
 * file and line, and goes on, so that one run of "mailreeve -n" shows them
 * all. Nothing here is a trouble of the network or of ours.
 */
#ifndef MAILREEVE_PROBLEM_H
#define MAILREEVE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

struct problems;

/* where something was written; file NULL = nowhere (a default) */
struct origin {
	const char *file;
	unsigned line;
};

struct problems *problems_new(void);
void problems_free(struct problems *problems);
/* problems_error - a mistake: the file cannot be used. */
void problems_error(struct problems *problems, struct origin at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* problems_warning - likely not what was meant; the file can be used. */
void problems_warning(struct problems *problems, struct origin at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* problems_errors - number of errors so far, warnings not counted. */
size_t problems_errors(const struct problems *problems);
size_t problems_count(const struct problems *problems);
/*
 * problems_line - the n-th (from 0) as "file:line: error: text" (or
 * "warning:"); borrowed, valid until problems_free().
 */
const char *problems_line(const struct problems *problems, size_t n,
    bool *is_error);

#endif
