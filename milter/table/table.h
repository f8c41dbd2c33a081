/*
 * table - lookup tables in Postfix's manner: "type:name".
 *
 *   inline:{a b=value c}   the list itself; a value with white space is quoted
 *   file:/path             one entry a line: "key [value...] [until=DATE]
 *                          [# why]"; key "user@domain", "user@", "@domain",
 *                          "domain", ".domain" (subdomains too), an address
 *                          or prefix
 *   cidr:/path             "prefix [value]"; longest prefix wins.
 *                          cidr:{10.0.0.0/8 2001:db8::/32} inline
 *   pcre:/path             "/pattern/flags [value]", first match wins; it sees
 *                          the whole key once; "!/pattern/"; $1 in the value
 *   lmdb:/path             a database as postmap(1) or our tools make it; path
 *                          or path.lmdb
 *   socketmap:unix:/path:name, socketmap:inet:host:port:name
 *                          sendmail's socket map protocol (socketmap_table(5));
 *                          of the prefixes of an address only /24 /16 /8, /64
 *                          /56 /48 /32 are asked, of a domain's parents eight
 *
 * Of two entries with one key the first counts, and there is a warning. An
 * entry whose date has passed is not there. Date and note may stand in the
 * value of every type.
 *
 * Tables that are files are read again when they change, by the thread of
 * the set, never by a session; a file that does not parse leaves the old
 * content in force and is logged once. Lookups of a million entries cost what
 * ten cost: hash, sorted ranges, compiled patterns.
 *
 * A table set outlives configurations: a table with the same spec is shared
 * by the old and the new snapshot, so a reload does not read it again.
 * All functions are thread-safe; no lock is held while waiting.
 */
#ifndef MAILREEVE_TABLE_H
#define MAILREEVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

struct arena;
struct clock;
struct mailaddr;
struct netaddr;
struct table;
struct table_set;

/* the world's answers; never a guess */
enum lookup {
	LOOKUP_FOUND,
	LOOKUP_NOT_FOUND,
	LOOKUP_TEMPORARY,   /* asked, no answer now: time-out, TEMP reply */
	LOOKUP_UNAVAILABLE, /* nobody there to ask: connection refused */
	LOOKUP_BROKEN,      /* an answer that makes no sense */
	LOOKUP_CONFIG,      /* PERM reply, match limit, file gone at run time */
};

struct table_answer {
	const char *value; /* "" for an entry without a value; in the arena */
	const char *key;   /* the form of the key that matched */
	const char *note;  /* the "# why" of the line, or "" */
	struct origin at;  /* where the entry stands, if it is in a file */
};

struct table_set *tables_new(struct clock *clock);
/* tables_watch - look for changed files each interval_s (0: never). */
void tables_watch(struct table_set *set, unsigned interval_s);
/* tables_refresh - look for changed files now. */
void tables_refresh(struct table_set *set);
/* tables_free - after all tables have been given back. */
void tables_free(struct table_set *set);

/*
 * table_open - a reference to the table of that spec; NULL and an error at
 * `at` when the spec is unknown (nearest type named) or the file unreadable.
 * Relative paths are relative to the folder of at.file.
 */
struct table *table_open(struct table_set *set, const char *spec,
    struct origin at, struct problems *problems);
struct table *table_ref(struct table *table);
void table_unref(struct table *table);
/* table_spec - as written. table_size - entries, 0 if not known. */
const char *table_spec(const struct table *table);
size_t table_size(const struct table *table);
/*
 * table_each - show every entry of a list of ours (inline, file) to visit();
 * nothing of other tables. The texts are borrowed for the call.
 */
typedef void table_visit(void *context, const struct table_answer *entry);
void table_each(const struct table *table, table_visit *visit, void *context);
/* table_takes_addresses - whether a key of address kind makes sense. */
bool table_takes_addresses(const struct table *table);

/*
 * The three kinds of keys. answer is filled when LOOKUP_FOUND. deadline_ms is
 * monotonic time (clock_mono_ms) for tables that ask somebody.
 *
 * table_find_word    the key as it is, ASCII case ignored
 * table_find_domain  "a.b.c", then ".b.c", ".c" (".a.b.c" matches too)
 * table_find_mail    "user+tag@domain", "user@domain", "user@", then the
 *                    domain as above, with "@domain" as a spelling; the null
 *                    sender is the key "<>"
 * table_find_address the address, then prefixes (longest first)
 */
enum lookup table_find_word(struct table *table, const char *key,
    int64_t deadline_ms, struct arena *arena, struct table_answer *answer);
enum lookup table_find_domain(struct table *table, const char *domain,
    int64_t deadline_ms, struct arena *arena, struct table_answer *answer);
enum lookup table_find_mail(struct table *table, const struct mailaddr *key,
    int64_t deadline_ms, struct arena *arena, struct table_answer *answer);
enum lookup table_find_address(struct table *table, const struct netaddr *key,
    int64_t deadline_ms, struct arena *arena, struct table_answer *answer);

#endif
