/*
 * table_load - a list out of a file's lines or of the items in braces.
 */
#ifndef MAILREEVE_TABLE_LOAD_H
#define MAILREEVE_TABLE_LOAD_H

struct entry;
struct problems;
struct table_list;
struct table_source;

/* how a key is added: table_list_add() or table_list_add_prefix() */
typedef const char *table_add_fn(struct table_list *list, const char *key,
    struct entry *entry);

/* table_load - NULL after an error went to problems. */
struct table_list *table_load(const struct table_source *source,
    table_add_fn *add, struct problems *problems);

#endif
