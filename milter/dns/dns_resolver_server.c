/*
 * dns_resolver_server - one name server: packets sent to it, and its health.
 *
 * A question without an answer need not be the server's fault: the servers of
 * that domain may be dead, and whoever owns such a domain could have us think
 * that the resolver is. So after a few silent questions in a row the server is
 * asked what it knows by itself, the root's SOA. Any answer will do. Without
 * one it counts as down: nothing else is sent to it, what it was asked goes to
 * the next, and questions that only it could answer end at once, until such a
 * probe is answered.
 *
 * Where nobody listens, the kernel tells the socket, and c-ares (1.18) passes
 * that on to the packet that it happens to send then, not to the one that was
 * refused. So a packet that failed is followed by a probe.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "dns/dns_resolver_job.h"
#include "dns/dns_resolver_server.h"

/* silent questions before a probe; a lost packet or two are nothing */
#define SILENT_MAX 3
/* between two probes: a server that is back is used within this time */
#define PROBE_EVERY_MS 1000
/* before a probe after a packet that could not be sent: a full buffer has
 * room again by then */
#define PROBE_SOON_MS 10

/* packet_id - nobody must guess it (RFC 5452 4.3); c-ares before 1.20 takes
 * what it is given */
static uint16_t
packet_id(struct resolver *resolver)
{
	if (resolver->ids_left == 0) {
		clock_random(resolver->id, sizeof resolver->id);
		resolver->ids_left =
		    sizeof resolver->id / sizeof resolver->id[0];
	}
	return resolver->id[--resolver->ids_left];
}

void
server_open(struct resolver *resolver, unsigned number)
{
	struct server *server = &resolver->server[number];
	const struct resolver_settings *settings = &resolver->settings;

	*server = (struct server){ .resolver = resolver,
		.number = number,
		.name = settings->name[number] };
	server->cares = dns_cares_open(&settings->servers.server[number],
	    settings->timeout_ms, resolver->epoll, number);
}

void
server_close(struct server *server)
{
	dns_cares_close(server->cares);
}

/* heard - it answered something */
static void
heard(struct server *server)
{
	server->silent = 0;
	server->probing = false;
	if (!atomic_load(&server->down))
		return;
	atomic_store(&server->down, false);
	log_notice("name server %s answers again", server->name);
	dns_forget_failures(server->resolver->dns);
}

/* lost - it does not answer a probe either; the next is due in a while */
static void
lost(struct server *server)
{
	server->probing = false;
	server->probe_ms = server->resolver->now_ms + PROBE_EVERY_MS;
	if (atomic_exchange(&server->down, true))
		return;
	log_warning("name server %s does not answer; asked again every second",
	    server->name);
	jobs_leave(server->resolver, server);
}

/* failed - nobody listens there, or something else went wrong with a packet */
static void
failed(struct server *server)
{
	if (server->probing || server->silent >= SILENT_MAX)
		return;
	server->silent = SILENT_MAX;
	server->probe_ms = server->resolver->now_ms + PROBE_SOON_MS;
}

/* ended - a packet's end, whichever it was */
static void
ended(void *argument, enum dns_cares_status status, const uint8_t *packet,
    size_t length)
{
	const struct attempt attempt = *(struct attempt *)argument;
	struct server *server = attempt.server;

	if (attempt.job != NULL)
		LIST_REMOVE((struct attempt *)argument, of_job);
	mem_free(argument);
	server->attempts--;
	if (status == CARES_CLOSED)
		return;
	if (status == CARES_ANSWER || status == CARES_GARBAGE)
		heard(server);
	else if (attempt.probe && server->probing)
		lost(server);
	else if (status == CARES_FAILED)
		failed(server);
	if (attempt.job != NULL)
		job_answered(server->resolver, attempt.job, server, status,
		    packet, length);
}

/* send_packet - a question by name and type */
static void
send_packet(struct server *server, struct attempt *attempt, const char *name,
    unsigned type, bool plain)
{
	uint8_t packet[DNS_QUERY_MAX];
	size_t length = dns_packet_query(packet, packet_id(server->resolver),
	    name, type, !plain);

	server->attempts++;
	atomic_fetch_add(&server->asked, 1);
	dns_cares_send(server->cares, packet, length, ended, attempt);
}

void
server_send(struct server *server, struct job *job)
{
	struct attempt *attempt = mem_alloc(sizeof *attempt);

	attempt->server = server;
	attempt->job = job;
	LIST_INSERT_HEAD(&job->attempts, attempt, of_job);
	send_packet(server, attempt, job->entry->name, job->entry->type,
	    job->plain || server->plain);
}

/* probe - the question that every server can answer */
static void
probe(struct server *server)
{
	struct attempt *attempt = mem_alloc(sizeof *attempt);

	attempt->server = server;
	attempt->probe = true;
	server->probing = true;
	server->probe_ms =
	    server->resolver->now_ms + server->resolver->settings.timeout_ms;
	send_packet(server, attempt, "", DNS_TYPE_SOA, server->plain);
}

void
server_forget(struct job *job)
{
	struct attempt *attempt;

	while ((attempt = LIST_FIRST(&job->attempts)) != NULL) {
		LIST_REMOVE(attempt, of_job);
		attempt->job = NULL;
	}
}

void
server_silent(struct server *server)
{
	server->silent++;
	atomic_fetch_add(&server->timeouts, 1);
}

int64_t
server_wakes(const struct server *server)
{
	return server->probing || server->silent >= SILENT_MAX
		   ? server->probe_ms
		   : INT64_MAX;
}

void
server_mind(struct server *server)
{
	if (server_wakes(server) > server->resolver->now_ms)
		return;
	if (server->probing)
		lost(server);
	else
		probe(server);
}
