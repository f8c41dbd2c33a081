/*
 * content - the parts of the policy content to one another.
 *
 * content.c has the descriptor and the judge; content_options.c the settings;
 * content_where.c the places that
 * a rule looks at; content_signatures.c files of signatures.
 */
#ifndef MAILREEVE_CONTENT_H
#define MAILREEVE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"
#include "table/table_pattern.h"

/* reasons, by index into the policy's table */
enum content_reason { CONTENT_MATCH, CONTENT_SIGNATURE, CONTENT_DELETED };

/* the kinds of places */
enum content_place {
	CONTENT_SUBJECT,
	CONTENT_HEADER, /* every field, with its name */
	CONTENT_FIELD,  /* the value of a named field */
	CONTENT_BODY,
	CONTENT_NAME,
	CONTENT_TYPE,
	CONTENT_FLAW,
	CONTENT_PLACES,
};

/* where a rule looks */
struct content_where {
	unsigned places;           /* bits of enum content_place */
	const char *const *fields; /* CONTENT_FIELD */
	size_t field_count;
};

/* a named pattern of a file */
struct content_signature {
	const char *name;
	struct content_where where;
	struct table_pattern *pattern;
	unsigned line;
};
struct content_signatures {
	struct content_signature *list;
	size_t count;
	struct arena *arena; /* of the names */
};

/* [content.NAME] */
struct content_settings {
	struct words where;
	const char *pattern;
	struct table *table;
	const char *signatures; /* path */
	bool remove;            /* `delete` */
	int64_t time_ms;
	/* derived, see prepare() */
	struct content_where *places;
	struct table_pattern *compiled;
	struct content_signatures *named;
	struct arena *held; /* by places */
};

extern const struct option content_options[];
/* content_reads, content_prepare, content_release, content_check - policy.h. */
unsigned content_reads(const void *settings, const struct part *parts,
    size_t part_count);
void content_prepare(void *settings, const void *global,
    const struct config_facts *facts, struct problems *problems);
void content_release(void *settings);
void content_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems);

/* a piece of the message that is looked at */
struct content_piece {
	enum content_place place;
	const char *label; /* "Subject", "part 2": for people */
	const char *text;  /* UTF-8, ends with NUL */
	size_t length;
};

/*
 * content_where_parse - "subject", "header", "header:NAME", "body", "name",
 * "type", "flaw", "any" into where, whose memory is the arena's. False for
 * another word.
 */
bool content_where_parse(const char *word, struct content_where *where,
    struct arena *arena);
/* content_where_reads - what that needs of a message: enum mime_want. */
unsigned content_where_reads(const struct content_where *where);
/* content_each - show the pieces of a message until visit() says true. */
typedef bool content_visit(void *context, const struct content_piece *piece);
bool content_each(const struct pctx *p, const struct content_where *where,
    content_visit *visit, void *context);

/*
 * content_signatures_read - a file of signatures; mistakes go to problems with
 * its lines. Never NULL. content_signatures_parse - the same from memory.
 */
struct content_signatures *content_signatures_read(const char *path,
    struct origin at, struct problems *problems);
struct content_signatures *content_signatures_parse(const char *text,
    const char *path, struct problems *problems);
/* content_signatures_free - NULL is legal. */
void content_signatures_free(struct content_signatures *signatures);

#endif
