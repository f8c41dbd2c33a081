/*
 * decision - one decision, one log line, in Postfix's order; and JSON lines.
 *
 *   QUEUEID|NOQUEUE: reject: RCPT from name[addr]: 550 5.7.1 text;
 *   policy=access reason=access.sender session=ID from=<> to=<> login=
 *   proto=ESMTP helo=<> scope=
 *
 * Every word from the network is made printable and cannot end a line, close
 * a bracket early or begin a new key. Thread-safe. Writing the JSON file never
 * holds up a decision for a full disk: lines that cannot be written are
 * counted and the count is logged once a minute.
 */
#ifndef MAILREEVE_DECISION_H
#define MAILREEVE_DECISION_H

#include "service/stats.h"

struct decision;
struct decision_log;
struct session;

/* decision_log_new - without a file; texts given later are copied. */
struct decision_log *decision_log_new(void);
/* decision_log_use - file of JSON lines, "" = none; reopened when it moved. */
void decision_log_use(struct decision_log *log, const char *path);
void decision_log_free(struct decision_log *log);

/* decision_write - a policy's refusal with what became of it. */
void decision_write(struct decision_log *log, struct session *session,
    const struct decision *decision, enum outcome outcome);
/* decision_accepted - a message that passed, by [log] accepted. */
void decision_accepted(struct decision_log *log, struct session *session);

#endif
