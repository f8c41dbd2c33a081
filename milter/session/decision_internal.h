/*
 * decision_internal - the log line and the JSON file to one another.
 */
#ifndef MAILREEVE_DECISION_INTERNAL_H
#define MAILREEVE_DECISION_INTERNAL_H

#include "session/chain.h"
#include "session/decision.h"
#include "session/session_state.h"

/* decision_action - "reject", "would-tempfail", "tag" ... */
const char *decision_action(const struct decision *decision,
    enum outcome outcome);
/* decision_protocol - "SMTP", "ESMTP", "" before a greeting. */
const char *decision_protocol(const struct connection *conn);
/* the same decisions as JSON lines, when a file is open */
void decision_file_refusal(struct decision_log *log,
    const struct session *session, const struct decision *decision,
    enum outcome outcome);
void decision_file_accepted(struct decision_log *log,
    const struct session *session);

#endif
