/*
 * dns_resolver_job - a question on its way: which server, how often, how long.
 *
 * Servers are asked in the order of the settings, each `tries' times, round
 * after round. One that says that it cannot (SERVFAIL, REFUSED) or talks
 * rubbish is not asked again for this question, and the next one is asked at
 * once. A late answer to an earlier try still counts.
 *
 * Jobs are in order of time because every try has the same length.
 */
#include "base/mem.h"
#include "dns/dns_parse.h"
#include "dns/dns_resolver_job.h"
#include "dns/dns_resolver_server.h"

/* put_again - have something sent for it later in this turn: a callback of
 * c-ares is no place to send from */
static void
put_again(struct resolver *resolver, struct job *job, bool same)
{
	/* the next server is asked if any reason for that came up */
	job->same = same && (!job->again || job->same);
	if (job->again)
		return;
	job->again = true;
	TAILQ_INSERT_TAIL(&resolver->again, job, in_again);
}

/* finish - the job is done */
static void
finish(struct resolver *resolver, struct job *job, struct dns_outcome outcome,
    const struct server *server)
{
	server_forget(job);
	if (job->again)
		TAILQ_REMOVE(&resolver->again, job, in_again);
	TAILQ_REMOVE(&resolver->jobs, job, by_time);
	dns_settle(resolver->dns, job->entry, outcome,
	    server != NULL ? server->name : "", &resolver->woken);
	mem_free(job);
}

/* give_up - nobody has answered well */
static void
give_up(struct resolver *resolver, struct job *job)
{
	const struct dns_outcome outcome = { .result = job->failure };

	finish(resolver, job, outcome, job->server);
}

/* begin - before the first try */
static void
begin(struct resolver *resolver, struct job *job)
{
	job->server = NULL;
	job->tries = 0;
	job->refused = 0;
	job->plain = false;
	job->failure = DNS_TEMPORARY;
	put_again(resolver, job, false);
}

void
job_new(struct resolver *resolver, struct dns_entry *entry)
{
	struct job *job = mem_alloc(sizeof *job);

	job->entry = entry;
	LIST_INIT(&job->attempts);
	TAILQ_INSERT_TAIL(&resolver->jobs, job, by_time);
	begin(resolver, job);
}

/* next_server - the one for the next try; NULL when all tries are used up */
static struct server *
next_server(struct resolver *resolver, struct job *job)
{
	unsigned count = (unsigned)resolver->settings.servers.count;

	while (job->tries < resolver->settings.tries * count) {
		struct server *server = &resolver->server[job->tries++ % count];

		if ((job->refused & 1U << server->number) == 0 &&
		    !atomic_load(&server->down))
			return server;
	}
	return NULL;
}

/* try_next - the next server, with all the time of a try */
static void
try_next(struct resolver *resolver, struct job *job)
{
	struct server *server = next_server(resolver, job);

	if (server == NULL) {
		give_up(resolver, job);
		return;
	}
	job->server = server;
	job->due_ms = resolver->now_ms + resolver->settings.timeout_ms;
	TAILQ_REMOVE(&resolver->jobs, job, by_time);
	TAILQ_INSERT_TAIL(&resolver->jobs, job, by_time);
	server_send(server, job);
}

/* send_again - the jobs of that list; it may grow meanwhile */
static void
send_again(struct resolver *resolver)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&resolver->again)) != NULL) {
		TAILQ_REMOVE(&resolver->again, job, in_again);
		job->again = false;
		if (job->same)
			server_send(job->server, job);
		else
			try_next(resolver, job);
	}
}

/* see_to_time - tries that have taken too long */
static void
see_to_time(struct resolver *resolver)
{
	struct job *job = TAILQ_FIRST(&resolver->jobs), *next;

	/* a job that is sent anew goes to the end, behind those of now */
	for (; job != NULL && job->due_ms <= resolver->now_ms; job = next) {
		next = TAILQ_NEXT(job, by_time);
		server_silent(job->server);
		put_again(resolver, job, false);
	}
}

void
jobs_turn(struct resolver *resolver)
{
	send_again(resolver); /* from here on all have a server and a time */
	see_to_time(resolver);
	send_again(resolver);
}

/* refuse - that server gave a bad answer to the question */
static void
refuse(struct resolver *resolver, struct job *job, struct server *server,
    enum dns_result failure)
{
	job->refused |= 1U << server->number;
	if (failure == DNS_INVALID)
		job->failure = failure;
	/* an old try's end does not end the one that is under way */
	if (server == job->server)
		put_again(resolver, job, false);
}

/* is_plain_only - the server cannot read EDNS (RFC 6891 7) */
static bool
is_plain_only(const struct job *job, const uint8_t *packet)
{
	unsigned code = dns_get16(packet + 2) & DNS_FLAG_CODE;

	return code == DNS_CODE_FORMAT && !job->plain;
}

/* packet_came - it may be good or bad */
static void
packet_came(struct resolver *resolver, struct job *job, struct server *server,
    const uint8_t *packet, size_t length)
{
	struct dns_outcome outcome;

	if (is_plain_only(job, packet)) {
		job->plain = true;
		server->plain = true;
		job->server = server;
		put_again(resolver, job, true);
		return;
	}
	outcome = dns_parse(packet, length, job->entry->name, job->entry->type);
	if (outcome.result == DNS_TEMPORARY || outcome.result == DNS_INVALID)
		refuse(resolver, job, server, outcome.result);
	else
		finish(resolver, job, outcome, server);
}

void
job_answered(struct resolver *resolver, struct job *job, struct server *server,
    enum dns_cares_status status, const uint8_t *packet, size_t length)
{
	if (status == CARES_ANSWER) {
		packet_came(resolver, job, server, packet, length);
	} else if (status == CARES_GARBAGE) {
		refuse(resolver, job, server, DNS_INVALID);
	} else if (server == job->server && status == CARES_FAILED) {
		server_silent(server);
		put_again(resolver, job, false);
	} else if (server == job->server && LIST_EMPTY(&job->attempts)) {
		/* c-ares gave up before the try is over */
		put_again(resolver, job, true);
	}
}

void
jobs_leave(struct resolver *resolver, const struct server *server)
{
	struct job *job = TAILQ_FIRST(&resolver->jobs);

	for (; job != NULL; job = TAILQ_NEXT(job, by_time))
		if (job->server == server)
			put_again(resolver, job, false);
}

void
jobs_restart(struct resolver *resolver)
{
	struct job *job = TAILQ_FIRST(&resolver->jobs);

	for (; job != NULL; job = TAILQ_NEXT(job, by_time)) {
		server_forget(job);
		begin(resolver, job);
	}
}

void
jobs_end(struct resolver *resolver)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&resolver->jobs)) != NULL) {
		job->server = NULL;
		job->failure = DNS_TEMPORARY;
		give_up(resolver, job);
	}
}
