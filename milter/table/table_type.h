/*
 * table_type - what stands behind "type:": internal to table*.c.
 *
 * A type makes a content of a source and answers queries from it. A content
 * is never changed once it is made: when the file changes, table.c has a new
 * one made and exchanges them. find() runs on many threads at once.
 */
#ifndef MAILREEVE_TABLE_TYPE_H
#define MAILREEVE_TABLE_TYPE_H

#include "table/table.h"

/* what a content is made of */
struct table_source {
	const char *name; /* behind "type:"; an absolute path for files */
	bool braces;      /* name is what stood between { and } */
	const char *text; /* read this instead of the file; NULL: the file */
	size_t text_length;
	struct origin at; /* where the table was asked for */
};

enum key_kind { KEY_WORD, KEY_DOMAIN, KEY_MAIL, KEY_ADDRESS };

/* one question; what of key is set goes by kind */
struct table_query {
	enum key_kind kind;
	const char *text;            /* WORD, DOMAIN */
	const struct mailaddr *mail; /* MAIL */
	const struct netaddr *addr;  /* ADDRESS */
	int64_t deadline_ms;
	const struct clock *clock;
	struct arena *arena;
	struct table_answer *answer;
};

enum table_flag {
	TABLE_IS_FILE = 1 << 0, /* the name is a path, and is watched */
	TABLE_BRACES = 1 << 1,  /* takes {...} */
	TABLE_NO_NAME = 1 << 2, /* takes nothing but {...} */
	TABLE_IS_LIVE = 1 << 3, /* a change within the file is seen anyway */
};

struct table_type {
	const char *name;
	const char *form; /* for people: "file:/path" */
	unsigned flags;
	const char *suffix; /* of the file where path is none; or NULL */
	/* load - a content; NULL after an error went to problems */
	void *(*load)(const struct table_source *source,
	    struct problems *problems);
	enum lookup (*find)(void *content, const struct table_query *query);
	size_t (*size)(const void *content); /* NULL: not known */
	/* each - see table_each(); NULL: nothing can be shown */
	void (*each)(const void *content, table_visit *visit, void *context);
	bool (*takes_addresses)(const void *content); /* NULL: it does */
	void (*free)(void *content);
};

extern const struct table_type table_inline_type;
extern const struct table_type table_file_type;
extern const struct table_type table_cidr_type;
extern const struct table_type table_pcre_type;
extern const struct table_type table_lmdb_type;
extern const struct table_type table_socketmap_type;

#endif
