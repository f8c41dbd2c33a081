/*
 * table_key - keys in one spelling, and the forms in which a key is asked.
 */
#ifndef MAILREEVE_TABLE_KEY_H
#define MAILREEVE_TABLE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/netaddr.h"

struct table_query;

/*
 * A key longer than this is in no table (RFC 5321 4.5.3.1: a path has 256
 * bytes, a domain 255); only patterns are still tried on it, and the domain of
 * an address that is longer.
 */
#define TABLE_KEY_MAX 1000
#define TABLE_KEY_SIZE (TABLE_KEY_MAX + 1)

/*
 * table_key_fold - the one spelling of a key: ASCII in lower case, a domain
 * as A-labels, without its final dot. *length is that of out, which is
 * terminated. False when key is too long.
 */
bool table_key_fold(const char *key, char out[TABLE_KEY_SIZE], size_t *length);

/* table_key_address - whether a key is an address, also in brackets. */
bool table_key_address(const char *key, struct netaddr *out);

#define TABLE_PREFIX_SIZE (NETADDR_TEXT_SIZE + 4)

/*
 * table_key_prefix - "192.0.2.0/24", the prefix of an address of that many
 * bits; with all bits the address alone. Returns the length of out.
 */
size_t table_key_prefix(const struct netaddr *addr, unsigned bits,
    char out[TABLE_PREFIX_SIZE]);

/* the forms of keys, as classes of what can stand in a table */
enum key_class {
	KEY_PLAIN = 1 << 0,     /* "domain", "word", "<>" */
	KEY_USER_AT = 1 << 1,   /* "user@" */
	KEY_AT_DOMAIN = 1 << 2, /* "@domain" */
	KEY_DOT = 1 << 3,       /* ".domain" */
	KEY_FULL = 1 << 4,      /* "user@domain" */
};

/* table_key_class - what a folded key is. */
enum key_class table_key_class(const char *key, size_t length);
/* table_key_dots - dots in a key, 31 for more. */
unsigned table_key_dots(const char *key, size_t length);

struct key_form {
	const char *text; /* not always terminated */
	size_t length;
	enum key_class class;
};

/* a walk over the forms of a query's text; all of it is key_walk_*'s */
struct key_walk {
	unsigned todo;                  /* the forms still to come, as bits */
	char key[TABLE_KEY_SIZE];       /* folded */
	char plain[TABLE_KEY_SIZE + 1]; /* the tag removed; "user@" */
	char dotted[TABLE_KEY_SIZE + 1];
	size_t length;        /* of key */
	size_t user_length;   /* of plain, up to its "@" */
	size_t domain_length; /* at the end of key */
	const char *parent;   /* in dotted: the last one given */
};

/* key_walk_begin - for a word, a domain, a mail address. */
void key_walk_begin(struct key_walk *walk, const struct table_query *query);
/* key_walk_next - the next form; false when there is none. */
bool key_walk_next(struct key_walk *walk, struct key_form *form);

#endif
