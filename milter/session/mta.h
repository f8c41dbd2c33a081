/*
 * mta - what a session may do to the MTA; under libmilter, in `explain`, and
 * in tests.
 */
#ifndef MAILREEVE_MTA_H
#define MAILREEVE_MTA_H

#include <stdbool.h>

struct reply;

/* the answer to one step */
enum answer {
	ANSWER_CONTINUE,
	ANSWER_REJECT,   /* a 5xx reply was set */
	ANSWER_TEMPFAIL, /* a 4xx reply was set, or none: 451 */
	ANSWER_DISCARD,  /* from MAIL on only: before, MTAs ignore it */
	ANSWER_ENOUGH,   /* BODY: go on, the rest of the body is not needed */
};

/*
 * mta is the pointer given to session_new(). Texts are borrowed for the call.
 * Header names and values are plain; encoding for the wire is the callee's.
 */
struct mta_ops {
	/* reply - the reply that goes with a following refusal */
	bool (*reply)(void *mta, const struct reply *reply);
	/* macro - the value of a milter macro now, "{daemon_name}", or NULL */
	const char *(*macro)(void *mta, const char *name);
	/* the rest is called at end of message only */
	bool (*add_header)(void *mta, const char *name, const char *value);
	/* insert_header - at the top */
	bool (*insert_header)(void *mta, const char *name, const char *value);
	/* delete_header - the index-th occurrence, from 1 */
	bool (*delete_header)(void *mta, const char *name, int index);
	/* delete_recipient - path as RCPT gave it, with its brackets */
	bool (*delete_recipient)(void *mta, const char *path);
	bool (*quarantine)(void *mta, const char *reason);
	/* progress - tell the MTA that we are still at work */
	bool (*progress)(void *mta);
};

#endif
