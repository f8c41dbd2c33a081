/*
 * limit_list - what ratelimit has counted, and the limits that hold.
 */
#ifndef MAILREEVE_LIMIT_LIST_H
#define MAILREEVE_LIMIT_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "policies/ratelimit.h"
#include "session/config.h"

/* what is needed to tell of limits; the caller's */
struct limit_list {
	const struct config *config;
	const struct env *env;
	struct store *store;
	struct arena *arena;
	bool json;          /* the command line asks for it */
	struct json *array; /* what is told goes there, or NULL: stdout */
	bool only_over;     /* only where nothing fits any more */
};

/* one subject of a limit */
struct limit_row {
	const char *name;    /* of the instance */
	const char *subject; /* "?": the store has a hash only */
	int unit;            /* -1: the instance is not configured any more */
	struct quota quota;  /* of what is counted; its numbers if known */
	bool known;          /* whether this is the limit in force */
	int64_t count[QUOTA_TIERS];
	int64_t wait_s; /* until one more fits; 0: now */
};

/* limit_instance - of a name with or without "ratelimit."; NULL: none. */
const struct instance *limit_instance(const struct config *config,
    const char *name, struct arena *arena);
/*
 * limit_subject - a subject as it is stored, of what somebody typed; NULL: it
 * is none for that key, or the directory failed.
 */
const char *limit_subject(const struct limit_list *list,
    const struct instance *instance, const char *typed);

/* limit_list_one - tell of one subject; false: the store failed. */
bool limit_list_one(const struct limit_list *list,
    const struct instance *instance, const char *subject);
/*
 * limit_list_all - of all that is stored, of an instance if it is not NULL;
 * false: the store failed.
 */
bool limit_list_all(const struct limit_list *list,
    const struct instance *instance);

#endif
