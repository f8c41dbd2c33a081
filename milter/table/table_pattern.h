/*
 * table_pattern - one pattern of PCRE2, looked for in texts of any length.
 *
 * Written "/pattern/flags", or without delimiters: then all of it is the
 * pattern. Flags i m s x U as in tables (table.h); case is ignored always,
 * unless the pattern begins with (?-i).
 *
 * A pattern and a text can be such that a search takes for ever. So each
 * position of the text has a number of steps for it, positions are tried in
 * portions, and between portions the clock is looked at.
 */
#ifndef MAILREEVE_TABLE_PATTERN_H
#define MAILREEVE_TABLE_PATTERN_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct clock;
struct table_pattern;

enum table_matched {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_FAILED, /* too many steps, too long, out of memory of its own */
};

/*
 * table_pattern_new - compiled; NULL and *wrong, perhaps in the arena, when
 * it is none. The text ends at NUL, or at end if that is not NULL; then *end
 * becomes what is behind the flags, which is white space or NUL.
 */
struct table_pattern *table_pattern_new(const char *text, const char **end,
    struct arena *arena, const char **wrong);
void table_pattern_free(struct table_pattern *pattern); /* NULL is legal */

/* where a pattern was found */
struct table_span {
	size_t from, length;
};

/*
 * table_pattern_find - the first match in a text of UTF-8, before the
 * deadline (monotonic ms). span may be NULL.
 */
enum table_matched table_pattern_find(const struct table_pattern *pattern,
    const char *text, size_t length, const struct clock *clock,
    int64_t deadline_ms, struct table_span *span);

#endif
