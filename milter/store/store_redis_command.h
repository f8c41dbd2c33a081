/*
 * store_redis_command - Redis commands as bytes (RESP), ready to be sent.
 */
#ifndef MAILREEVE_STORE_REDIS_COMMAND_H
#define MAILREEVE_STORE_REDIS_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* command_begin - a command of words words, behind what is there */
void command_begin(struct str *out, size_t words);
/* the words */
void command_text(struct str *out, const char *text);
void command_bytes(struct str *out, const char *bytes, size_t length);
void command_number(struct str *out, int64_t number);
/* command_all - a whole command of texts, up to NULL */
void command_all(struct str *out, ...) __attribute__((sentinel));

#endif
