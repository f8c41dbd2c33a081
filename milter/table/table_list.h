/*
 * table_list - entries in memory: texts in a hash, prefixes in ranges.
 *
 * The content of the types inline, file and cidr.
 */
#ifndef MAILREEVE_TABLE_LIST_H
#define MAILREEVE_TABLE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "table/table.h"

struct entry;
struct netprefix;
struct table_list;
struct table_query;

/* table_list_new - empty; file is where the entries stand, NULL: nowhere. */
struct table_list *table_list_new(const char *file);
/*
 * table_list_add - an entry by its key, a text or else a prefix; value, note,
 * date and line are the entry's. Returns NULL, or what is wrong with the key.
 */
const char *table_list_add(struct table_list *list, const char *key,
    struct entry *entry);
/* table_list_add_prefix - the same for keys that must be prefixes. */
const char *table_list_add_prefix(struct table_list *list, const char *key,
    struct entry *entry);
/* table_list_finish - after the last entry; warns of keys that stand twice. */
void table_list_finish(struct table_list *list, struct problems *problems,
    struct origin at);

/* table_list_find - as in table.h. */
enum lookup table_list_find(void *list, const struct table_query *query);
/* table_list_find_prefix - only prefixes, also for keys of other kinds. */
enum lookup table_list_find_prefix(void *list, const struct table_query *query);
void table_list_each(const void *list, table_visit *visit, void *context);
size_t table_list_size(const void *list);
bool table_list_has_prefixes(const void *list);
void table_list_free(void *list);

#endif
