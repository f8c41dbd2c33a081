/*
 * helo - the parts of the policy helo to one another.
 *
 * helo.c has the descriptor and judges what can be seen; helo_name.c asks the
 * DNS whether the name exists.
 */
#ifndef MAILREEVE_HELO_H
#define MAILREEVE_HELO_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"
#include "service/option.h"

/* reasons, by index into the policy's table */
enum helo_reason {
	HELO_REQUIRED,
	HELO_REPEATED,
	HELO_SYNTAX,
	HELO_LOCALHOST,
	HELO_SELF,
	HELO_SMTP_ONLY,
	HELO_UNRESOLVABLE,
};

struct helo_settings {
	bool required;
	bool repeated;
	bool syntax;
	bool bare_ip;
	bool localhost;
	bool self;
	bool smtp_only;
	bool unresolvable;
	int64_t wait_ms;
	struct tables own_names;
	struct networks own_addresses;
};

struct helo_connection {
	int64_t waited_ms; /* for the DNS, by all judges so far */
};

/* helo_is_domain - a host name; Windows hosts have underscores in theirs. */
bool helo_is_domain(const char *helo, struct arena *arena);
/* helo_is_literal - "[192.0.2.1]", "[IPv6:2001:db8::1]". */
bool helo_is_literal(const char *helo);

/* helo_ask_name, helo_judge_name - hooks; helo_wants_name - for both. */
void helo_ask_name(struct pctx *p);
struct verdict helo_judge_name(struct pctx *p);
bool helo_wants_name(const void *settings);

#endif
