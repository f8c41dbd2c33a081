/*
 * table_socketmap_talk - the questions of one look-up in a socketmap table.
 */
#ifndef MAILREEVE_TABLE_SOCKETMAP_TALK_H
#define MAILREEVE_TABLE_SOCKETMAP_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "table/table_type.h"

struct key_form;
struct sockpool;

/* one look-up; begin it with fd -1, and an empty buffer */
struct talk {
	struct sockpool *pool;
	const char *map; /* its name at the server */
	const struct table_query *query;
	int fd;        /* the connection, or -1 */
	bool used;     /* it is an idle one */
	bool answered; /* on it, at least once in this look-up */
	bool asked;    /* at all */
	bool silent; /* the last question got no reply, for what reason ever */
	struct str buffer;
	const char *reason; /* of a failure, in words */
	size_t reason_length;
};

/*
 * talk_ask - one form of the key; LOOKUP_FOUND: the answer is in the query's,
 * else reason says what failed.
 */
enum lookup talk_ask(struct talk *talk, const struct key_form *form);
/* talk_end - the connection is kept, if it is of use, for the next look-up. */
void talk_end(struct talk *talk);

#endif
