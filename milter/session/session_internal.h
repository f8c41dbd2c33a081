/*
 * session_internal - the parts of the session to one another.
 */
#ifndef MAILREEVE_SESSION_INTERNAL_H
#define MAILREEVE_SESSION_INTERNAL_H

#include "session/session.h"
#include "session/session_state.h"

/* session_run - the chain at a step, its decision carried out. */
enum answer session_run(struct session *session, enum step step);
/* session_answer - a decision to the MTA. */
enum answer session_answer(struct session *session,
    const struct decision *decision);
/* session_macro - "" when the MTA does not say. */
const char *session_macro(struct session *session, const char *name);
/* session_end_message - forget the transaction; harmless without one. */
void session_end_message(struct session *session);
/* session_learn_tls - Sendmail and Postfix tell at HELO and MAIL. */
void session_learn_tls(struct session *session);
/* session_learn_greeting - HELO or EHLO, where the MTA tells (macro r). */
void session_learn_greeting(struct session *session);
/*
 * session_overdone - whether there are max of something already that makes us
 * remember it. MTAs have limits of their own, but not all to all of it: what a
 * client can make us keep must not depend on them. Says so once, in the log;
 * the answer is a refusal for now in the MTA's words.
 */
bool session_overdone(const struct session *session, unsigned count,
    unsigned max, const char *what);
/*
 * session_edit_headers - what was asked for, at the end; tags are added. False
 * for a message with too many fields to remove: it must not pass with some.
 */
bool session_edit_headers(struct session *session);

/*
 * session_mime_header, session_mime_body, session_mime_end - read the message
 * for txn.message->mime, if somebody wants it.
 */
void session_mime_header(struct session *session, const char *name,
    const char *value);
void session_mime_body(struct session *session, const unsigned char *chunk,
    size_t length);
void session_mime_end(struct session *session);
/* session_mime_has_enough - nobody needs the rest of the body read. */
bool session_mime_has_enough(const struct session *session);

/*
 * session_spares - whether a judge of the message will not be heard, whoever
 * the recipient is: the session is trusted, logged in, ...
 */
bool session_spares(const struct session *session,
    const struct instance *instance);

/*
 * session_raw_header, session_raw_body, session_raw_end - keep the message as
 * it comes for txn.message->raw, if somebody wants it.
 */
void session_raw_header(struct session *session, const char *name,
    const char *value);
void session_raw_body(struct session *session, const unsigned char *chunk,
    size_t length);
void session_raw_end(struct session *session);
/* session_raw_has_enough - nobody needs the rest of the body kept. */
bool session_raw_has_enough(const struct session *session);

/* the header of action = tag */
#define SESSION_TAG_HEADER "X-Mailreeve"

#endif
