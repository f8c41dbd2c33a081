/*
 * option - rows that define a setting once.
 *
 * From one row come: parsing and its checks, "mailreeve -C", the sample ini
 * and the manual's reference. No default stands anywhere else in the tree.
 */
#ifndef MAILREEVE_OPTION_H
#define MAILREEVE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "base/netaddr.h"
#include "base/problem.h"
#include "base/quota.h"

struct arena;
struct str;
struct table;
struct table_set;

/* type of the row              type of the field at offset            */
enum option_type {
	OPTION_BOOL,     /* yes no on off true false | bool              */
	OPTION_INT,      /* 12                       | int64_t           */
	OPTION_DURATION, /* 90 90s 5m 2h 7d 4w       | int64_t seconds   */
	OPTION_MILLIS,   /* 300ms 2s                 | int64_t ms        */
	OPTION_SIZE,     /* 512 10K 20M 1G           | int64_t bytes     */
	OPTION_QUOTA,    /* 100/1h 1000/1d           | struct quota      */
	OPTION_STRING,   /* the value                | const char *      */
	OPTION_PATH,     /* relative to the file     | const char *      */
	OPTION_ENUM,     /* one of names             | int               */
	OPTION_FLAGS,    /* some of names, or none   | unsigned (bit=code) */
	OPTION_WORDS,    /* a, b c                   | struct words      */
	OPTION_NETWORKS, /* prefixes                 | struct networks   */
	OPTION_TABLE,    /* type:name                | struct table *    */
	OPTION_TABLES,   /* type:name, type:name     | struct tables     */
	OPTION_MATCHES,  /* KEY=type:name, ...       | struct matches    */
};

struct words {
	const char *const *word;
	size_t count;
};
struct networks {
	const struct netprefix *prefix;
	size_t count;
};
struct tables {
	struct table *const *table;
	size_t count;
};

/* what a scope or an exemption looks at; nearest scope first */
enum subject {
	SUBJECT_RCPT_ADDRESS,
	SUBJECT_RCPT_DOMAIN,
	SUBJECT_LOGIN,
	SUBJECT_FROM_ADDRESS,
	SUBJECT_FROM_DOMAIN,
	SUBJECT_CLIENT,
	SUBJECT_LISTENER,
	SUBJECT_HELO, /* exemptions only */
	SUBJECT_NAME, /* exemptions only: the confirmed client name */
	SUBJECT_GLOBAL,
};
struct match {
	enum subject subject; /* RCPT_ADDRESS and FROM_ADDRESS stand for both */
	struct table *table;
};
struct matches {
	const struct match *match;
	size_t count;
};

struct option {
	const char *name; /* NULL ends a table of rows */
	enum option_type type;
	size_t offset;
	const char *fallback;          /* the default, as written; "" = empty */
	int64_t min, max;              /* both 0 = any */
	const struct name_code *names; /* ENUM, FLAGS */
	const char *unit;    /* for people: "messages", "characters" */
	const char *doc;     /* sentences for manual and sample ini */
	const char *example; /* a value, or NULL */
};

/* what parsing needs; owned by the caller */
struct option_context {
	struct arena *arena;
	struct table_set *tables;
	struct problems *problems;
};

/*
 * option_set - parse value into the field of settings. False after an error
 * (file:line, what was wrong, what is allowed) went to problems; the field is
 * unchanged then. Tables opened are recorded in the settings: give them back
 * with option_release().
 */
bool option_set(const struct option *option, void *settings, const char *value,
    struct origin at, const struct option_context *context);
/* option_defaults - every row's default into settings. */
void option_defaults(const struct option *options, void *settings,
    const struct option_context *context);
/* option_copy - settings of a scope begin as a copy of the global ones. */
void option_copy(const struct option *options, void *to, const void *from,
    size_t size);
/* option_release - unref the tables that these settings hold. */
void option_release(const struct option *options, void *settings);
/* option_find - the row of that name, or NULL. */
const struct option *option_find(const struct option *options,
    const char *name);
/* option_print - the value in force, as one would write it. */
void option_print(const struct option *option, const void *settings,
    struct str *out);
/* option_describe_type - "yes or no", "one of a, b", "duration (s, m, h...)" */
void option_describe_type(const struct option *option, struct str *out);

/* networks_have - whether an address is in one of the prefixes. */
bool networks_have(const struct networks *networks, const struct netaddr *addr);
/* words_have - ASCII case ignored. */
bool words_have(const struct words *words, const char *word);

#endif
