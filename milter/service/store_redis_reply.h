/*
 * store_redis_reply - what a Redis server says, bounded and sorted.
 *
 * Replies are built by hiredis' parser with our own object functions: a server
 * that lies about sizes meets a budget, not our memory.
 */
#ifndef MAILREEVE_STORE_REDIS_REPLY_H
#define MAILREEVE_STORE_REDIS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reply_kind {
	REPLY_NIL,
	REPLY_INTEGER,
	REPLY_TEXT, /* string or status */
	REPLY_ERROR,
	REPLY_ARRAY,
};

struct reply {
	enum reply_kind kind;
	int64_t number;         /* INTEGER */
	size_t length;          /* of text */
	char *text;             /* TEXT, ERROR: terminated; any bytes */
	size_t count;           /* of element */
	struct reply **element; /* ARRAY; all there once it is complete */
};

/* how much one reply may hold: bytes of text and 64 for each element */
struct reply_budget {
	size_t most;
	size_t left;
};

/* the functions for redisReader.fn; its privdata is a struct reply_budget */
struct redisReplyObjectFunctions;
struct redisReplyObjectFunctions *reply_functions(void);
void reply_free(struct reply *reply);

/* what an error reply means for us */
enum reply_error {
	REPLY_FINE,        /* it is none */
	REPLY_NO_SCRIPT,   /* send the script's text */
	REPLY_MOVED,       /* ask another node, from now on */
	REPLY_ASK,         /* ask another node, this once */
	REPLY_AGAIN,       /* a slot on its way: ask again in a moment */
	REPLY_NO_MASTER,   /* a replica, or a cluster without quorum */
	REPLY_UNAVAILABLE, /* loading, full, not allowed to us, ... */
	REPLY_WRONG,       /* anything else: it was no good question */
};
enum reply_error reply_error(const struct reply *reply);

/*
 * reply_target - "MOVED 3999 host:port" and "ASK 3999 host:port": the slot and
 * the address, in place; an empty host means the one that answered. False if
 * it is not like that.
 */
bool reply_target(const struct reply *reply, unsigned *slot, const char **host,
    size_t *host_length, int *port);
/* reply_integers - whether it is an array of exactly count integers. */
bool reply_integers(const struct reply *reply, size_t count, int64_t *out);
/* reply_is - an array with at least count elements */
bool reply_is_array(const struct reply *reply, size_t count);
/* reply_text - the text of a TEXT reply without NUL in it, else NULL. */
const char *reply_text(const struct reply *reply);

#endif
