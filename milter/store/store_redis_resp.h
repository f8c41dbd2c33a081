/*
 * store_redis_resp - what a Redis server says, bounded and sorted.
 *
 * Replies are built by hiredis' parser with our own object functions: a server
 * that lies about sizes meets a budget, not our memory.
 */
#ifndef MAILREEVE_STORE_REDIS_RESP_H
#define MAILREEVE_STORE_REDIS_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum resp_kind {
	RESP_NIL,
	RESP_INTEGER,
	RESP_TEXT,
	RESP_STATUS, /* a text that is no value: "OK" */
	RESP_ERROR,
	RESP_ARRAY,
};

struct resp {
	enum resp_kind kind;
	int64_t number;        /* INTEGER */
	size_t length;         /* of text */
	char *text;            /* TEXT, STATUS, ERROR: terminated; any bytes */
	size_t count;          /* of element */
	struct resp **element; /* ARRAY; all there once it is complete */
};

/* how much one reply may hold: bytes of text and 64 for each element */
struct resp_budget {
	size_t most;
	size_t left;
};

/* the functions for redisReader.fn; its privdata is a struct resp_budget */
struct redisReplyObjectFunctions;
struct redisReplyObjectFunctions *resp_functions(void);
void resp_free(struct resp *reply);

/* what an error reply means for us */
enum resp_error {
	RESP_FINE,        /* it is none */
	RESP_NO_SCRIPT,   /* send the script's text */
	RESP_OTHER,       /* under the key is something of another type */
	RESP_MOVED,       /* ask another node, from now on */
	RESP_ASK,         /* ask another node, this once */
	RESP_AGAIN,       /* a slot on its way: ask again in a moment */
	RESP_NO_MASTER,   /* a replica, or a cluster without quorum */
	RESP_UNAVAILABLE, /* loading, full, not allowed to us, ... */
	RESP_WRONG,       /* anything else: it was no good question */
};
enum resp_error resp_error(const struct resp *reply);

/*
 * resp_target - "MOVED 3999 host:port" and "ASK 3999 host:port": the slot and
 * the address, in place; an empty host means the one that answered. False if
 * it is not like that.
 */
bool resp_target(const struct resp *reply, unsigned *slot, const char **host,
    size_t *host_length, int *port);
/* resp_integers - whether it is an array of exactly count integers. */
bool resp_integers(const struct resp *reply, size_t count, int64_t *out);
/* reply_is - an array with at least count elements */
bool resp_is_array(const struct resp *reply, size_t count);
/* resp_text - the text of a TEXT reply without NUL in it, else NULL. */
const char *resp_text(const struct resp *reply);

#endif
