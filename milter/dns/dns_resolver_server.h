/*
 * dns_resolver_server - one name server: packets sent to it, and its health.
 */
#ifndef MAILREEVE_DNS_RESOLVER_SERVER_H
#define MAILREEVE_DNS_RESOLVER_SERVER_H

#include "dns/dns_resolver_internal.h"

/* server_open, server_close - with what is under way. */
void server_open(struct resolver *resolver, unsigned number);
void server_close(struct server *server);
/* server_send - a job's question; job_answered() may be called within. */
void server_send(struct server *server, struct job *job);
/* server_forget - the job's attempts go on without it. */
void server_forget(struct job *job);
/* server_silent - a packet was not answered in time. */
void server_silent(struct server *server);
/* server_mind - send a probe or give one up, if it is time. */
void server_mind(struct server *server);
/* server_wakes - when server_mind() has something to do; INT64_MAX: never. */
int64_t server_wakes(const struct server *server);

#endif
