/*
 * session - one SMTP session from connect to close.
 *
 * Guards the order of steps, fills the facts, runs the chain, carries out the
 * decision through mta_ops. Runs the same under libmilter, in `explain` and in
 * tests. One session is used by one thread at a time, but not always the
 * same. Strings passed in are copied where they are kept.
 */
#ifndef MAILREEVE_SESSION_H
#define MAILREEVE_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/env.h"
#include "session/mta.h"

struct chain_trace;
struct config;
struct decision_log;
struct session;
struct sockaddr;

/*
 * session_new - takes over one reference to config. ops and mta are borrowed
 * until session_free(). decisions may be NULL (nothing is logged).
 */
struct session *session_new(struct config *config, const struct env *env,
    const struct mta_ops *ops, void *mta, struct decision_log *decisions);
/* session_trace - tell every policy's turn to a listener. */
void session_trace(struct session *session, const struct chain_trace *trace);
/*
 * session_trace_input - add "name=value" to what the policy whose turn it is
 * has looked at: for services that have a listener of their own.
 */
void session_trace_input(struct session *session, const char *name,
    const char *value);
void session_free(struct session *session);
const struct config *session_config(const struct session *session);
const char *session_id(const struct session *session);

/*
 * The steps. name is what the MTA calls the client ("[192.0.2.1]" = no name);
 * address may be NULL (no network client). argv is NULL-terminated: the path,
 * then the ESMTP parameters. Each may be called in any order a hostile or
 * broken MTA finds; out of order is ANSWER_CONTINUE.
 */
enum answer session_connect(struct session *session, const char *name,
    const struct sockaddr *address);
enum answer session_helo(struct session *session, const char *helo);
enum answer session_mail(struct session *session, char **argv);
enum answer session_rcpt(struct session *session, char **argv);
enum answer session_data(struct session *session);
enum answer session_header(struct session *session, const char *name,
    const char *value);
enum answer session_eoh(struct session *session);
enum answer session_body(struct session *session, const unsigned char *chunk,
    size_t length);
enum answer session_eom(struct session *session);
enum answer session_unknown(struct session *session, const char *command);
/* session_abort - the transaction is over; harmless without one. */
void session_abort(struct session *session);

#endif
