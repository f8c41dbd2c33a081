/*
 * auth - between auth.c (the tables) and auth_judge.c (the judges).
 */
#ifndef MAILREEVE_POLICIES_AUTH_H
#define MAILREEVE_POLICIES_AUTH_H

#include "policy/header_from.h"
#include "policy/policy.h"

/* reasons, in the order of their table */
enum {
	AUTH_REQUIRED,
	AUTH_PORT_REQUIRED,
	AUTH_LOCAL_SENDER,
	AUTH_SENDER_MISMATCH,
	AUTH_INBOUND_LOCKOUT,
	AUTH_ACCOUNT_DENIED,
	AUTH_ACCOUNT_DISABLED,
};

/* values of the options */
enum { REQUIRED_NO, REQUIRED_REMOTE, REQUIRED_ALL };
enum { PORT_NO, PORT_LOGIN, PORT_LOCAL };
enum { SPOOF_ANYONE, SPOOF_AUTHORIZED, SPOOF_NOBODY };
enum { MISMATCH_NO, MISMATCH_AUTO, MISMATCH_YES };
enum { LOCKOUT_ENVELOPE, LOCKOUT_HEADER };

struct auth_settings {
	bool accounts;
	int required;
	int port_required;
	int local_sender;
	unsigned lockout; /* bits of LOCKOUT_* */
	struct table *bypass_clients;
	struct table *bypass_senders;
	bool bypass_spf;
	int mismatch;
	struct table *senders;
};

/* of a message */
struct auth_scratch {
	const void *judged_for; /* settings; NULL = not judged yet */
	struct verdict sender;  /* what was found for them */
	struct header_from from;
};

/* auth_sender - the sender's side, at MAIL or later. */
struct verdict auth_sender(struct pctx *p);
/* auth_recipient - whether this recipient's mail needs a login. */
struct verdict auth_recipient(struct pctx *p);
/* auth_note_from - keep the From fields. */
void auth_note_from(struct pctx *p);
/* auth_from - whether a From field from outside names one of our domains. */
struct verdict auth_from(struct pctx *p);

#endif
