/*
 * store_redis_sending - operations on their way, for the two files of it.
 *
 * A sending belongs to one thread at a time; all of it is in its arena.
 */
#ifndef MAILREEVE_STORE_REDIS_SENDING_H
#define MAILREEVE_STORE_REDIS_SENDING_H

#include "store/store_backend.h"
#include "store/store_redis_internal.h"

/* what goes to one node */
struct leg {
	struct leg *next;
	struct exchange *exchange; /* NULL: its replies were read */
	size_t count;
	enum node_end end;   /* for the replies that did not come */
	struct resp **reply; /* NULL: taken, or did not come */
};

/* one operation on its way */
struct flight {
	struct store_op *op;
	const char *key;
	size_t key_length;
	unsigned slot;
	struct node *node;
	struct leg *leg; /* NULL: not under way */
	size_t place;    /* of its reply among those of the leg */
	bool asked;      /* behind an ASKING */
	int tries, lost;
};

struct sending {
	struct redis *redis;
	struct arena *arena;
	size_t count;
	struct flight *flight;
	struct leg *legs; /* all that there were */
};

/* sending_finish - the end of an operation */
void sending_finish(struct flight *flight, enum store_result result);
/* sending_again - one operation, to a node: with the script's text, behind an
 * ASKING. */
void sending_again(struct sending *sending, struct flight *flight,
    struct node *node, bool with_text, bool asking);

#endif
