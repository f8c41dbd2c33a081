/*
 * store_wire - operations and their answers as JSON, for tools that have the
 * daemon carry them out (daemon/control.h).
 */
#ifndef MAILREEVE_STORE_WIRE_H
#define MAILREEVE_STORE_WIRE_H

#include "store/store_backend.h"

/* store_wire_ask - the operation; the caller frees it. */
struct json *store_wire_ask(const struct store_op *op);
/*
 * store_wire_read - into op, which is zeroed but for its arena; within the
 * bounds that store_backend.h promises. False for what makes no sense.
 */
bool store_wire_read(const struct json *object, struct store_op *op);
/* store_wire_answer - of an operation that is done; the caller frees it. */
struct json *store_wire_answer(const struct store_op *op);
/* store_wire_take - its result and answer into op; else STORE_BROKEN. */
void store_wire_take(const struct json *object, struct store_op *op);

#endif
