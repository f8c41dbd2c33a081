/*
 * dns_resolver_internal - what the files dns_resolver*.c share: questions on
 * their way (jobs), and the servers that they go to. Of the resolver's thread
 * alone, but where it says otherwise.
 */
#ifndef MAILREEVE_DNS_RESOLVER_INTERNAL_H
#define MAILREEVE_DNS_RESOLVER_INTERNAL_H

#include <pthread.h>

#include "dns/dns_backend.h"
#include "dns/dns_cares.h"

struct job;
struct resolver;

/* a packet that was sent and has not come to its end */
struct attempt {
	LIST_ENTRY(attempt) of_job; /* while job is not NULL */
	struct job *job; /* NULL: a probe, or the job has its answer */
	struct server *server;
	bool probe;
};

struct server {
	struct resolver *resolver;
	const char *name; /* interned */
	struct dns_cares *cares;
	unsigned number;   /* its place in the settings */
	unsigned attempts; /* packets under way */
	bool plain;        /* does not take EDNS */
	/* health: see dns_resolver_server.c */
	unsigned silent; /* packets without answer since the last answer */
	bool probing;
	int64_t probe_ms; /* when the probe is given up, or the next is due */
	/* read by other threads */
	atomic_bool down;
	atomic_llong asked, timeouts;
};

/* a question on its way */
struct job {
	TAILQ_ENTRY(job) by_time; /* all jobs, by due_ms */
	TAILQ_ENTRY(job) in_again;
	struct dns_entry *entry;
	LIST_HEAD(attempts, attempt) attempts;
	struct server *server;   /* asked last; NULL: none yet */
	int64_t due_ms;          /* when this try has taken too long */
	unsigned tries;          /* places in the round of servers, all tries */
	unsigned refused;        /* bits of servers that gave a bad answer */
	enum dns_result failure; /* what it is if nobody answers well */
	bool again;              /* in that list, for: */
	bool same;               /* the same server, within the same try */
	bool plain;              /* without EDNS */
};

TAILQ_HEAD(jobs, job);

struct resolver_settings {
	struct dns_servers servers;
	const char *name[DNS_SERVERS_MAX]; /* interned */
	int64_t timeout_ms;
	unsigned tries;
};

/* questions that other threads hand in */
struct inbox {
	struct dns_entry **entry;
	size_t count, size;
};

struct resolver {
	struct dns *dns;
	pthread_t thread;
	int epoll, event;
	int64_t now_ms;  /* of the system's clock, at the begin of a turn */
	int64_t tick_ms; /* when c-ares is next to look for time-outs */
	struct jobs jobs;
	struct jobs again;      /* those that need a packet sent */
	struct inbox taken;     /* changes places with inbox */
	struct dns_woken woken; /* to be woken at the end of the turn */
	struct resolver_settings settings;
	struct server server[DNS_SERVERS_MAX]; /* changed under the lock */
	uint16_t id[64]; /* for packets, the first ids_left of them not used */
	size_t ids_left;

	pthread_mutex_t lock; /* of what other threads hand in */
	pthread_cond_t applied;
	struct inbox inbox;
	struct resolver_settings next;
	bool has_next, stop;
};

#endif
