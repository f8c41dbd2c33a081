/*
 * recipient - between recipient.c (the tables, the address itself) and
 * recipient_directory.c (what the directory says of it).
 */
#ifndef MAILREEVE_POLICIES_RECIPIENT_H
#define MAILREEVE_POLICIES_RECIPIENT_H

#include "policy/policy.h"

/* reasons, in the order of their table */
enum {
	RECIPIENT_SYNTAX,
	RECIPIENT_UNKNOWN,
	RECIPIENT_UNKNOWN_LOCAL,
	RECIPIENT_UNKNOWN_LIST,
	RECIPIENT_NOT_LOCAL,
	RECIPIENT_BAD_FORWARD,
	RECIPIENT_SUSPENDED,
	RECIPIENT_OVER_QUOTA,
	RECIPIENT_UNVERIFIABLE,
	RECIPIENT_TOO_MANY,
};

struct recipient_settings {
	int64_t max;
	int64_t null_sender_max;
	bool verify;
	const char *forbidden;
	bool refuse_remote;
	bool defer_unverifiable;
};

/* recipient_is_postmaster - who exists in every domain: RFC 5321 4.5.1. */
bool recipient_is_postmaster(const struct mailaddr *address);
/* recipient_known - what the directory says of the recipient. */
struct verdict recipient_known(struct pctx *p);

#endif
