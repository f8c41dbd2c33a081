/*
 * chain_internal - the parts of the chain to one another.
 */
#ifndef MAILREEVE_CHAIN_INTERNAL_H
#define MAILREEVE_CHAIN_INTERNAL_H

#include "session/chain.h"
#include "session/session_state.h"

/* behind pctx.call: which hook of whom is running */
struct chain_call {
	struct session *session;
	const struct instance *instance;
	const struct section *section;
};

/* what one judge said, in which section */
struct finding {
	const struct section *section;
	enum skipped skipped;
	struct verdict verdict; /* NONE when skipped */
};

/*
 * chain_spared - the part of chain_skipped() that needs no look-up: a session
 * that is spared by it needs no asking either.
 */
enum skipped chain_spared(const struct session *session,
    const struct instance *instance, const struct section *section);
/*
 * chain_skipped - whether this instance is not to be asked now, and why. An
 * exemption that could not be looked up is a trouble, put into *verdict.
 */
enum skipped chain_skipped(struct session *session,
    const struct instance *instance, const struct section *section,
    struct verdict *verdict);
/* chain_differs_by_recipient - whether recipients must be judged singly. */
bool chain_differs_by_recipient(const struct session *session,
    const struct plan_row *row);

/* chain_values - the facts that a reply may name. */
void chain_values(struct session *session, const struct decision *decision,
    struct reply_values *values);

/* chain_gives_replies - whether a refusal by these settings reaches clients. */
bool chain_gives_replies(const struct config *config,
    const struct common *common);
/* chain_apply - what a finding leads to; *decision is the step's so far. */
void chain_apply(struct session *session, const struct plan_row *row,
    const struct finding *finding, struct decision *decision);

#endif
