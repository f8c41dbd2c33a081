/*
 * chain - runs the policies of a step and makes one decision of it.
 *
 * Owns what is common to all policies: enabled, mode, action, on_error,
 * exempt, scopes, stage, skips, the merge rule (verdict.h) and its own
 * reasons failure.* and milter.*.
 */
#ifndef MAILREEVE_CHAIN_H
#define MAILREEVE_CHAIN_H

#include "policy/policy.h"
#include "session/config.h"

/* the chain's own reasons, by index from config.failure_base */
enum {
	FAILURE_UNAVAILABLE,
	FAILURE_TEMPORARY,
	FAILURE_INTERNAL,
	FAILURE_CONFIG,
	MILTER_ENVFROM,
	MILTER_EOM,
};
extern const struct reason chain_reasons[];

/* why a policy was not asked; for `explain` */
enum skipped {
	SKIPPED_NOT,
	SKIPPED_DISABLED,
	SKIPPED_TRUSTED,
	SKIPPED_AUTHENTICATED,
	SKIPPED_POSTMASTER,
	SKIPPED_EXEMPT,
	SKIPPED_ALLOWED,
	SKIPPED_LOCAL,
};

/* one policy's turn, as told to a listener */
struct chain_trace_row {
	const struct instance *instance;
	const struct section *section;
	enum step step;
	enum skipped skipped;
	const struct verdict *verdict; /* NULL when skipped */
	const struct reply *reply;     /* for a refusal; else NULL */
	const char *outcome; /* "reject", "would-reject", "pass" ... */
	const char *inputs;  /* "name=value" lines, "" if none */
};
struct chain_trace {
	void (*row)(void *context, const struct chain_trace_row *row);
	/* what was read of a message, at its end; NULL: nobody listens */
	void (*message)(void *context, const struct mime_message *message);
	void *context;
};

/* what a step came to */
enum decision_kind {
	DECISION_PASS,
	DECISION_REJECT,
	DECISION_TEMPFAIL,
	DECISION_DISCARD,
};
struct decision {
	enum decision_kind kind;
	const struct instance *instance;
	const struct section *section;
	unsigned reason; /* number in the book */
	struct verdict verdict;
	struct reply reply;
};

struct session; /* chain.c works on the session's state, see session_state.h */

/*
 * chain_decided - tell the observers of STEP_DECIDED: a message was taken
 * (DECISION_PASS), or something was refused.
 */
void chain_decided(struct session *session, const struct decision *decision);
/* chain_observe - the observers of a step that nothing else happens at. */
void chain_observe(struct session *session, enum step step);
/*
 * chain_store_post - what policies have left to be done, before the arenas
 * are freed; chain_store_post_message - in this message, before its arena is
 * reset.
 */
void chain_store_post_message(struct session *session);
void chain_store_post(struct session *session);

/* chain_run - asks, observers and judges of session's current step. */
void chain_run(struct session *session, struct decision *decision);

/*
 * chain_action - what a refusal leads to: the action of the ini, or where that
 * is a reply, the lesser one that the policy wants.
 */
enum action chain_action(const struct decision *decision);

#endif
