/*
 * mailbox - the mailbox that an address stands for. Texts are borrowed or in
 * the arena.
 */
#ifndef MAILREEVE_MAILBOX_H
#define MAILREEVE_MAILBOX_H

#include "base/mailaddr.h"

/* mailbox_of - without tag and extension: "bob@a.test"; "" for <>. */
const char *mailbox_of(const struct mailaddr *address, struct arena *arena);

/* mailbox_local - the local part of the key form, in lower case. */
const char *mailbox_local(const struct mailaddr *address, struct arena *arena);
/*
 * mailbox_without_tag - the local part that was signed by BATV
 * (draft-levine-smtp-batv: prvs=TAG=user, and its kin).
 */
const char *mailbox_without_tag(const char *local, struct arena *arena);
/* mailbox_without_extension - up to a "+" that is not the first byte. */
const char *mailbox_without_extension(const char *local, struct arena *arena);
/* mailbox_join - a local part, and the domain if there is one. */
const char *mailbox_join(const char *local, const char *domain,
    struct arena *arena);

#endif
