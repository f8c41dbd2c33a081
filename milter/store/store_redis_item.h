/*
 * store_redis_item - what lies under a key, for tools.
 */
#ifndef MAILREEVE_STORE_REDIS_ITEM_H
#define MAILREEVE_STORE_REDIS_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store_backend.h"

struct json;
struct resp;

/*
 * redis_item_read - a reply of the script "show"; the fields are the caller's.
 * False when nothing is there, or nothing that makes sense.
 */
bool redis_item_read(const struct resp *reply, enum store_verb *verb,
    int64_t *ttl_s, struct json **fields);

#endif
