/*
 * dns_resolver_job - a question on its way: which server, how often, how long.
 */
#ifndef MAILREEVE_DNS_RESOLVER_JOB_H
#define MAILREEVE_DNS_RESOLVER_JOB_H

#include "dns/dns_resolver_internal.h"

/* job_new - a question to be sent in this turn. */
void job_new(struct resolver *resolver, struct dns_entry *entry);
/* job_answered - an attempt of the job has come to its end. */
void job_answered(struct resolver *resolver, struct job *job,
    struct server *server, enum dns_cares_status status, const uint8_t *packet,
    size_t length);
/* jobs_turn - send what is to be sent, and see to tries that took too long. */
void jobs_turn(struct resolver *resolver);
/* jobs_leave - what that server was asked last goes to the next one. */
void jobs_leave(struct resolver *resolver, const struct server *server);
/* jobs_restart - all from the first try on, with servers that are new. */
void jobs_restart(struct resolver *resolver);
/* jobs_end - all are temporary failures. */
void jobs_end(struct resolver *resolver);

#endif
