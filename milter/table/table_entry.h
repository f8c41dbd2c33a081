/*
 * table_entry - the right-hand side of an entry, and entries packed in memory.
 */
#ifndef MAILREEVE_TABLE_ENTRY_H
#define MAILREEVE_TABLE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock;

struct entry {
	const char *key;   /* NULL for a prefix */
	uint8_t bits;      /* of a prefix */
	const char *value; /* never NULL */
	const char *note;  /* never NULL */
	uint32_t until;    /* the last second that it holds; 0: always */
	unsigned line;
};

/*
 * entry_parse - "value words until=DATE # why", into out's value, until and
 * note, which point into text; text is changed. Returns NULL, or what is
 * wrong.
 */
const char *entry_parse(char *text, struct entry *out);
/* entry_is_over - whether its last day has passed. */
bool entry_is_over(const struct entry *entry, const struct clock *clock);

/*
 * Entries in one piece of memory, each with a number; 0 is none. Start it with
 * zeros.
 */
struct entry_store {
	unsigned char *data;
	size_t used, size;
};

/* entry_store_add - returns its number; 0 when 2 GB are full. */
uint32_t entry_store_add(struct entry_store *store, const struct entry *entry);
/* entry_store_get - out points into the store. */
void entry_store_get(const struct entry_store *store, uint32_t number,
    struct entry *out);
/* entry_store_key_is - whether the entry has this key. */
bool entry_store_key_is(const struct entry_store *store, uint32_t number,
    const char *key, size_t length);
/* entry_store_first, entry_store_after - all with a key in order, then 0;
 * among them may be prefixes. */
uint32_t entry_store_first(const struct entry_store *store);
uint32_t entry_store_after(const struct entry_store *store, uint32_t number);
/*
 * entry_store_next - the entry that holds when this one is over, or 0: only
 * entries with a date have one. entry_store_set_next - false without a date.
 */
uint32_t entry_store_next(const struct entry_store *store, uint32_t number);
bool entry_store_set_next(struct entry_store *store, uint32_t number,
    uint32_t next);
/* entry_store_trim - give back what is not used. */
void entry_store_trim(struct entry_store *store);
void entry_store_fini(struct entry_store *store);

#endif
