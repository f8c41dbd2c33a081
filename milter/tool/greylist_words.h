/*
 * greylist_words - clients, senders, recipients as people write them.
 */
#ifndef MAILREEVE_GREYLIST_WORDS_H
#define MAILREEVE_GREYLIST_WORDS_H

#include <stdbool.h>

#include "state/greylist_list.h"

struct arena;

/*
 * greylist_client - an address, a network or a domain. Texts are in the arena.
 * False after a complaint.
 */
bool greylist_client(const char *word, const struct greylist_settings *s,
    struct arena *arena, struct greylist_client *client);
/*
 * greylist_client_is_source - whether it can stand for a client in the store,
 * so that it can be allowed and forgotten. False after a complaint.
 */
bool greylist_client_is_source(const struct greylist_client *client,
    const char *word, const struct greylist_settings *s);
/*
 * greylist_party - a sender or recipient as it is stored; "@domain" for a
 * domain; NULL for NULL.
 */
const char *greylist_party(const char *word, const struct greylist_settings *s,
    bool sender, struct arena *arena);

#endif
