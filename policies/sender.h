/*
 * sender - the parts of the policy sender to one another.
 *
 * sender.c has the descriptor and judges the address's form; sender_domain.c
 * asks the DNS about its domain.
 */
#ifndef MAILREEVE_SENDER_H
#define MAILREEVE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/* reasons, by index into the policy's table */
enum sender_reason {
	SENDER_SYNTAX,
	SENDER_UNBALANCED,
	SENDER_NO_DOMAIN,
	SENDER_PARAMETERS,
	SENDER_NO_MX,
	SENDER_NULL_MX,
};

struct sender_settings {
	bool syntax;
	bool unbalanced;
	bool no_domain;
	bool parameters;
	bool too_long;
	bool brackets;
	const char *forbidden;
	int64_t max_line;
	bool no_mx;
	bool null_mx;
	bool private_mx;
	int64_t wait_ms;
};

/* what the DNS said of the domain, for the recipients that follow */
struct sender_message {
	const struct sender_settings *settings; /* NULL: not asked yet */
	struct verdict *verdict;
};

/* sender_ask_domain - hook: set the question on its way. */
void sender_ask_domain(struct pctx *p);
/* sender_judge_domain - hook: whether the domain can take an answer. */
struct verdict sender_judge_domain(struct pctx *p);
/* sender_wants_domain - whether some rule about it is on. */
bool sender_wants_domain(const void *settings);

#endif
