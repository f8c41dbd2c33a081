/*
 * header_from - the addresses of the From and Sender fields of a message (RFC
 * 5322 3.6.2), for policies that judge them when all fields are there. Readers
 * of mail show Sender beside From ("on behalf of"), or instead of it.
 *
 * Lives in a policy's message scratch, zeroed at MAIL; the addresses in the
 * message's arena. No more than HEADER_FROM_MAX are kept, however many fields
 * and addresses a stranger writes: no letter needs more.
 */
#ifndef MAILREEVE_HEADER_FROM_H
#define MAILREEVE_HEADER_FROM_H

#include "policy/policy.h"

#define HEADER_FROM_MAX 20

struct header_from {
	size_t count;
	struct mailaddr *address; /* NULL before the first */
};

/* header_from_field - for hook.headers: the fields to be shown. */
extern const char *const header_from_field[];

/* header_from_note - add those of the field that is shown at STEP_HEADER. */
void header_from_note(const struct pctx *p, struct header_from *from);

#endif
