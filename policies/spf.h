/*
 * spf - the parts of the policy to one another.
 */
#ifndef MAILREEVE_POLICY_SPF_H
#define MAILREEVE_POLICY_SPF_H

#include "policy/policy.h"
#include "policy/sender_spf.h"
#include "spf/spfcheck.h"

/* what an option says about a result */
enum spf_action {
	SPF_ACTION_PASS,
	SPF_ACTION_SUSPECT, /* noted for the policies behind */
	SPF_ACTION_DEFER,
	SPF_ACTION_REJECT,
};

enum spf_header { SPF_HEADER_NONE, SPF_HEADER_RESULTS, SPF_HEADER_RECEIVED };
enum spf_forged { SPF_FORGED_ALL, SPF_FORGED_SPF };

struct spf_settings {
	bool helo;
	int helo_fail;             /* enum spf_action */
	int on[SPF_PERMERROR + 1]; /* enum spf_action, by result */
	int64_t timeout_ms;
	const char *local_policy;
	struct networks forwarders;
	struct tables forwarders_helo;
	struct tables forwarders_name;
	struct words forwarders_spf;
	int header; /* enum spf_header */
	int forged; /* enum spf_forged */
};

/* what a message's checks came to, and the fields of others that it brought */
struct spf_seen {
	const struct spf_answer *helo, *sender; /* NULL: not checked */
	const char *local_policy; /* that sender was checked with */
	bool header_added;
	unsigned results, received; /* fields of these names so far */
};

extern const struct option spf_options[];
extern const struct reason spf_reasons[];

/* indices of spf_reasons */
enum {
	SPF_REASON_FAILED,
	SPF_REASON_SOFTFAIL,
	SPF_REASON_NEUTRAL,
	SPF_REASON_NO_RECORD,
	SPF_REASON_PERMERROR,
	SPF_REASON_TEMPERROR,
};

/* spf_options_check - relations between options. */
void spf_options_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems);

/*
 * spf_forwarder - whether the client is one of the forwarders, or a trouble.
 * *why tells which, for the log.
 */
bool spf_forwarder(const struct pctx *p, const char **why,
    struct verdict *verdict);

/* spf_header_add - the field that tells the results, once in a message. */
void spf_header_add(const struct pctx *p, struct spf_seen *seen);
/* spf_header_observe - hook: fields that claim to be ours are removed. */
void spf_header_observe(struct pctx *p);
extern const char *const spf_header_names[];

#endif
