/*
 * store_redis_look - operations that change nothing: a GET, and the rest here.
 *
 * Redis spends on a script several times what it does on a GET, and most of
 * what is asked are looks.
 */
#ifndef MAILREEVE_STORE_REDIS_LOOK_H
#define MAILREEVE_STORE_REDIS_LOOK_H

#include <stdbool.h>

struct resp;
struct store_op;

/* redis_look_is - whether an operation (not a lease) changes nothing. */
bool redis_look_is(const struct store_op *op);
/*
 * redis_look_read - the answer, by what GET replied: what makes no sense, or
 * is another verb's, counts as absent. False when it is no reply to a GET.
 */
bool redis_look_read(struct store_op *op, const struct resp *reply);

#endif
