/*
 * store_redis_op - operations as Redis commands, and replies as answers.
 */
#ifndef MAILREEVE_STORE_REDIS_OP_H
#define MAILREEVE_STORE_REDIS_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct resp;
struct store_op;
struct str;

/* redis_op_write - its script by name, or with_text by its text; or, what only
 * looks, a GET. */
void redis_op_write(const struct store_op *op, const char *key,
    size_t key_length, bool with_text, struct str *out);
/* redis_post_write - as redis_op_write(), for one whose reply nobody wants. */
void redis_post_write(const struct store_op *op, const char *key,
    size_t key_length, struct str *out);
/* redis_op_read - the answer; false when the reply is none. */
bool redis_op_read(struct store_op *op, const struct resp *reply);

/* redis_probe_write - an entry that is gone at once: can it be written? */
void redis_probe_write(const char *key, struct str *out);
/* redis_show_write - what the key holds at now_s */
void redis_show_write(const char *key, size_t key_length, int64_t now_s,
    struct str *out);

#endif
