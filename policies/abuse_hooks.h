/*
 * abuse_hooks - the hooks of the policy abuse to one another.
 */
#ifndef MAILREEVE_ABUSE_HOOKS_H
#define MAILREEVE_ABUSE_HOOKS_H

#include "policies/abuse.h"
#include "policy/policy.h"

/* operations on the register; NULL: not asked */
struct abuse_questions {
	struct store_op *client, *network, *login;
};

struct abuse_scratch {
	struct abuse_questions questions; /* at CONNECT */
	/* the answer, when it is known */
	bool known, banned;
	enum store_result result;
	struct abuse_ban ban;
	int64_t left_s;
	/* for the register */
	int64_t refused_by_us; /* recipients, for good */
	int64_t invalid;       /* of these: such as there are none */
	int64_t commands, messages, accepted, traps;
	bool login;
};

/* abuse_see_mail - a login shows at MAIL only */
void abuse_see_mail(struct pctx *p);
/* abuse_see_recipient - perhaps a spamtrap; bounces go to forged senders */
void abuse_see_recipient(struct pctx *p);
/* abuse_see_command - one that does not exist */
void abuse_see_command(struct pctx *p);
/* abuse_see_decided - a recipient that we refused, a message that was taken */
void abuse_see_decided(struct pctx *p);
/* abuse_see_close - the register is told */
void abuse_see_close(struct pctx *p);

#endif
