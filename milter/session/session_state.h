/*
 * session_state - what a session holds; for session*.c, chain*.c, decision.c.
 *
 * The connection's arena lives from the first step to the end, the message's
 * from MAIL until end of message, abort or the next MAIL; outside a
 * transaction the message's arena serves one step and is reset after it.
 * Blocks are allocated when first needed, so that an idle connection costs
 * little.
 */
#ifndef MAILREEVE_SESSION_STATE_H
#define MAILREEVE_SESSION_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "policy/txn.h"
#include "session/chain.h"
#include "session/config.h"
#include "session/mta.h"

struct decision_log;

/* one action = tag that was decided on; its header is added at the end */
struct tag {
	struct tag *next;
	const struct instance *instance;
	unsigned reason; /* number in the book */
	const char *text;
};

/* one header field to add or to remove when the message is accepted */
struct header_edit {
	struct header_edit *next;
	const char *name;
	const char *value; /* NULL: remove */
	unsigned index;    /* REMOVE: which of that name, from 1 */
};

struct session {
	struct config *config;
	const struct env *env;
	const struct mta_ops *ops;
	void *mta;
	struct decision_log *decisions;
	const struct chain_trace *trace;

	struct arena *connection_arena;
	struct arena *message_arena;
	void *connection_scratch; /* of all instances, or NULL */
	void *message_scratch;
	struct txn txn;
	char id[13];

	/* operations on the store, or NULL: see chain_store.c */
	struct store_batch *connection_store, *message_store;
	struct store_batch *connection_later, *message_later;

	int64_t begun_ms, deadline_ms; /* of the current step */
	unsigned long long skip;       /* policies skipped on this connection */
	unsigned long long all_policies;
	unsigned greetings; /* HELO and EHLO, whatever their names */

	/* of the current message */
	struct tag *tags;
	unsigned forged_tags; /* our header, already there on arrival */
	struct header_edit *added, *removed; /* each the last one first */
	unsigned removals;
	const char *quarantine; /* reason, or NULL */
	struct mime *mime;      /* its reader, see session_mime.c; or NULL */
	bool mime_asked;        /* whether somebody wants it read */
	struct raw *raw;        /* what is kept, see session_raw.c; or NULL */
	bool raw_asked;
	struct ours_seen *seen; /* answers of the directory, for ours.c */
	const struct spf_answer *sender_spf; /* for sender_spf.c */
	struct scan_job *scans; /* at scanners; the last one first */
	struct str *inputs;     /* what policy_input() says, when traced */
};

/* session_arena - where texts of the current step go. */
struct arena *session_arena(struct session *session);
/* session_queue_id - ask the MTA again until it knows; "" until then. */
const char *session_queue_id(struct session *session);
/* session_add_header - on top of the message, if it is accepted. */
void session_add_header(struct session *session, const char *name,
    const char *value);
/* session_remove_header - the index-th field of that name, from 1. */
void session_remove_header(struct session *session, const char *name,
    unsigned index);

#endif
