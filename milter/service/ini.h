/*
 * ini - files of "[section]" and "key = value" to entries with file and line.
 *
 * inih does the reading; here are includes, line numbers, scopes and names.
 *
 * Grammar (mailreeve.ini(5)): ';' and '#' begin comments (a line's first
 * byte, or after white space; "\;" and "\#" are the bytes themselves), a value
 * goes on in following lines that begin with white space, "include = GLOB"
 * (relative to the file's folder) reads other files at that place; it may
 * stand before any section or in any.
 * A section head is
 *     [policy]  [policy.instance]  [policy scope=value ...]
 * and the same section may come more than once: later keys are added. The same
 * key twice in one section is an error in one file; from another file it
 * replaces the value before.
 */
#ifndef MAILREEVE_INI_H
#define MAILREEVE_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct arena;
struct str;

struct ini_entry {
	struct ini_entry *next;
	const char *key;   /* lower case */
	const char *value; /* white space around it removed; may be "" */
	struct origin at;
};

struct ini_section {
	struct ini_section *next;
	const char *head;     /* "ratelimit.login rcpt=example.test" */
	const char *name;     /* "ratelimit" */
	const char *instance; /* "login", or "" */
	const char *scope;    /* "rcpt=example.test", or "" */
	struct origin at;
	struct ini_entry *entries; /* in file order */
};

/*
 * ini_read - all sections of a file and of what it includes, in order of
 * first appearance; an empty section is there too. Everything lives in the
 * arena. Complaints go to problems; what could be read is returned.
 */
struct ini_section *ini_read(const char *path, struct arena *arena,
    struct problems *problems);
/* ini_read_text - the same from memory; name stands for the file. */
struct ini_section *ini_read_text(const char *text, const char *name,
    struct arena *arena, struct problems *problems);

/* ini_escape - add a value as it has to be written to be read as it is. */
void ini_escape(const char *value, struct str *out);

#endif
