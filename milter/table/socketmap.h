/*
 * socketmap - the words of sendmail's socket map protocol.
 */
#ifndef MAILREEVE_SOCKETMAP_H
#define MAILREEVE_SOCKETMAP_H

#include <stddef.h>

#include "table/table.h"

struct str;

#define SOCKETMAP_REPLY_MAX 100000 /* as Postfix's socketmap_max_reply_size */

/* socketmap_request - the netstring that asks map for key, behind out. */
void socketmap_request(struct str *out, const char *map, const char *key,
    size_t key_length);

enum netstring { NETSTRING_WHOLE, NETSTRING_PART, NETSTRING_BAD };

/*
 * netstring_read - what the bytes so far are; of a whole one *text and
 * *text_length. Bytes behind it make it a bad one: nobody asked for more.
 */
enum netstring netstring_read(const char *data, size_t length,
    const char **text, size_t *text_length);

/*
 * socketmap_reply - what a reply says; *text, *text_length: the value, or the
 * reason why there is none.
 */
enum lookup socketmap_reply(const char *reply, size_t length, const char **text,
    size_t *text_length);

#endif
