/*
 * load_session - what a session of the load generator says.
 *
 * Client, sender and recipients follow from the session's number: each number
 * has its own, and the same ones every time.
 */
#ifndef MAILREEVE_T_LOAD_SESSION_H
#define MAILREEVE_T_LOAD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

struct str;

#define LOAD_HEADERS 12

/* the steps in the order in which they are sent */
enum load_step {
	LOAD_OPTNEG,
	LOAD_CONNECT,
	LOAD_HELO,
	LOAD_MAIL,
	LOAD_RCPT,
	LOAD_DATA,
	LOAD_HEADER,
	LOAD_EOH,
	LOAD_BODY,
	LOAD_EOM,
	LOAD_END
};

struct load_session {
	uint64_t number;
	long message, recipient, header; /* which one comes next */
	bool own_domain;                 /* the sender's, else one of 100 */
};

/* load_put - the packets of a step: its macros and itself. */
void load_put(const struct load_session *session, enum load_step step,
    struct str *out);
/* load_put_command - a packet without a word: abort, quit. */
void load_put_command(struct str *out, char command);
/* load_is_sent, load_is_answered - with the protocol flags of the milter. */
bool load_is_sent(enum load_step step, uint32_t protocol);
bool load_is_answered(enum load_step step, uint32_t protocol);
/* load_is_paced - whether an MTA waits for its client before it; of the fields
 * of a header, before the first. */
bool load_is_paced(enum load_step step);
const char *load_step_name(enum load_step step);

#endif
