/*
 * store_redis_key - the keys under which Redis has what is stored.
 */
#ifndef MAILREEVE_STORE_REDIS_KEY_H
#define MAILREEVE_STORE_REDIS_KEY_H

#include <stddef.h>

struct store_op;

/*
 * redis_key - the key under which Redis has an operation: its own, but for
 * triplets, of which there are so many that theirs are shortened: subject and
 * rest are 60 bits of a hash each, "prefix:v1:policy:{SUBJECT}REST".
 */
#define REDIS_KEY_SIZE 512
size_t redis_key(const struct store_op *op, char out[REDIS_KEY_SIZE]);
/*
 * redis_key_subject - "prefix:v1:policy:{subject}" as it begins the shortened
 * keys of triplets.
 */
size_t redis_key_subject(const char *key, char out[REDIS_KEY_SIZE]);

#endif
