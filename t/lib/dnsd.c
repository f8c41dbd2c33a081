/*
 * dnsd - a name server on loopback that answers from a zone text.
 *
 * One poll(2) loop: a UDP socket, a listening TCP socket, connections, and a
 * pipe that ends it. Answers that are to be late wait in a list by time. A TCP
 * question must come in one piece, or two: c-ares and dig send it so.
 */
#include "t/lib/dnsd.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/dns_packet.h"
#include "dns/dns_servers.h"
#include "dns/dns_zone.h"

#define CONNECTIONS 64
#define FIXED 3 /* places in the poll array: end, UDP, TCP */
#define IDLE_MS 10000
/* names; a bench asks for more: then none is counted any more */
#define COUNTED_MAX 500

/* how often a name was asked for */
struct counted {
	struct counted *next;
	unsigned count;
	char name[DNS_NAME_SIZE];
};

/* an answer for later */
struct late {
	TAILQ_ENTRY(late) by_time;
	int64_t due_ms;
	int connection; /* place in the array; -1: UDP */
	int fd;
	struct sockaddr_storage peer;
	socklen_t peer_length;
	size_t length;
	uint8_t packet[];
};

struct connection {
	int64_t heard_ms;
	size_t got;
	uint8_t data[2 + 512];
};

struct dnsd {
	struct dns_zone *zone;
	char where[DNS_SERVER_TEXT];
	pthread_t thread;
	int end[2];
	struct pollfd poll[FIXED + CONNECTIONS];
	struct connection connections[CONNECTIONS];
	TAILQ_HEAD(late_list, late) late;
	uint8_t *packet;
	pthread_mutex_t lock;
	struct counted *counted;
	unsigned names;
	atomic_uint count, count_tcp, connected;
};

/* count - one more question for a name */
static void
count(struct dnsd *dnsd, const uint8_t *query, size_t length)
{
	char name[DNS_NAME_SIZE];
	struct counted *counted;
	size_t at = DNS_HEAD;

	atomic_fetch_add(&dnsd->count, 1);
	if (dnsd->names == COUNTED_MAX || length < DNS_HEAD ||
	    !dns_name_read(query, length, &at, name))
		return;
	pthread_mutex_lock(&dnsd->lock);
	counted = dnsd->counted;
	while (counted != NULL && strcmp(counted->name, name) != 0)
		counted = counted->next;
	if (counted == NULL) {
		dnsd->names++;
		counted = mem_alloc(sizeof *counted);
		strcpy(counted->name, name);
		counted->next = dnsd->counted;
		dnsd->counted = counted;
	}
	counted->count++;
	pthread_mutex_unlock(&dnsd->lock);
}

/* deliver - a packet over UDP, or with its length over TCP */
static void
deliver(const struct late *late)
{
	uint8_t head[2];

	if (late->connection < 0) {
		sendto(late->fd, late->packet, late->length, 0,
		    (const struct sockaddr *)&late->peer, late->peer_length);
		return;
	}
	dns_put16(head, (unsigned)late->length);
	if (send(late->fd, head, sizeof head, MSG_NOSIGNAL | MSG_MORE) ==
	    sizeof head)
		send(late->fd, late->packet, late->length, MSG_NOSIGNAL);
}

/* put_off - send it when it is due */
static void
put_off(struct dnsd *dnsd, const struct late *what, unsigned delay_ms)
{
	struct late *late = mem_alloc(sizeof *late + what->length);
	struct late *before;

	*late = *what;
	memcpy(late->packet, dnsd->packet, what->length);
	late->due_ms = clock_mono_ms(clock_system()) + delay_ms;
	before = TAILQ_LAST(&dnsd->late, late_list);
	while (before != NULL && before->due_ms > late->due_ms)
		before = TAILQ_PREV(before, late_list, by_time);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&dnsd->late, before, late, by_time);
	else
		TAILQ_INSERT_HEAD(&dnsd->late, late, by_time);
}

/* send_late - what is due; milliseconds to the next, -1: none */
static int
send_late(struct dnsd *dnsd)
{
	int64_t now_ms = clock_mono_ms(clock_system());
	struct late *late;

	while ((late = TAILQ_FIRST(&dnsd->late)) != NULL) {
		if (late->due_ms > now_ms)
			return (int)(late->due_ms - now_ms);
		TAILQ_REMOVE(&dnsd->late, late, by_time);
		deliver(late);
		mem_free(late);
	}
	return -1;
}

/* answer - a question; where says to whom */
static bool
answer(struct dnsd *dnsd, const uint8_t *query, size_t length,
    struct late *where)
{
	unsigned delay_ms;
	bool empty;

	count(dnsd, query, length);
	where->length = dns_zone_answer(dnsd->zone, query, length,
	    where->connection >= 0, dnsd->packet, &delay_ms, &empty);
	if (where->length == 0 && !empty)
		return false;
	put_off(dnsd, where, delay_ms);
	return true;
}

/* take_udp - all questions that have come */
static void
take_udp(struct dnsd *dnsd, int fd)
{
	struct late where = { .connection = -1, .fd = fd };
	uint8_t query[512];
	ssize_t length;

	for (;;) {
		where.peer_length = sizeof where.peer;
		length = recvfrom(fd, query, sizeof query, MSG_DONTWAIT,
		    (struct sockaddr *)&where.peer, &where.peer_length);
		if (length < 0)
			return;
		answer(dnsd, query, (size_t)length, &where);
	}
}

/* hang_up - on a connection; what was to be sent on it is not */
static void
hang_up(struct dnsd *dnsd, int number)
{
	struct late *late = TAILQ_FIRST(&dnsd->late), *next;

	for (; late != NULL; late = next) {
		next = TAILQ_NEXT(late, by_time);
		if (late->connection != number)
			continue;
		TAILQ_REMOVE(&dnsd->late, late, by_time);
		mem_free(late);
	}
	close(dnsd->poll[FIXED + number].fd);
	dnsd->poll[FIXED + number].fd = -1;
	atomic_fetch_sub(&dnsd->connected, 1);
}

/* accept_one - without a place for it: not at all */
static void
accept_one(struct dnsd *dnsd, int listener)
{
	int fd = accept(listener, NULL, NULL);

	for (int i = 0; fd >= 0 && i < CONNECTIONS; i++) {
		if (dnsd->poll[FIXED + i].fd >= 0)
			continue;
		dnsd->poll[FIXED + i].fd = fd;
		dnsd->connections[i].got = 0;
		dnsd->connections[i].heard_ms = clock_mono_ms(clock_system());
		atomic_fetch_add(&dnsd->connected, 1);
		return;
	}
	if (fd >= 0)
		close(fd);
}

/* take_question - one that is complete; false when there is none */
static bool
take_question(struct dnsd *dnsd, int number, bool *good)
{
	struct connection *connection = &dnsd->connections[number];
	struct late where = { .connection = number,
		.fd = dnsd->poll[FIXED + number].fd };
	size_t length;

	if (connection->got < 2)
		return false;
	length = dns_get16(connection->data);
	if (connection->got < length + 2) {
		*good = length + 2 <= sizeof connection->data;
		return false;
	}
	atomic_fetch_add(&dnsd->count_tcp, 1);
	*good = answer(dnsd, connection->data + 2, length, &where);
	connection->got -= length + 2;
	memmove(connection->data, connection->data + length + 2,
	    connection->got);
	return *good;
}

/* take_tcp - what has come on a connection */
static void
take_tcp(struct dnsd *dnsd, int number)
{
	struct connection *connection = &dnsd->connections[number];
	bool good = true;
	ssize_t got = recv(dnsd->poll[FIXED + number].fd,
	    connection->data + connection->got,
	    sizeof connection->data - connection->got, 0);

	if (got <= 0) {
		hang_up(dnsd, number);
		return;
	}
	connection->got += (size_t)got;
	connection->heard_ms = clock_mono_ms(clock_system());
	while (take_question(dnsd, number, &good))
		continue;
	if (!good)
		hang_up(dnsd, number);
}

/* hang_up_idle - on those who have long said nothing */
static void
hang_up_idle(struct dnsd *dnsd)
{
	int64_t now_ms = clock_mono_ms(clock_system());

	for (int i = 0; i < CONNECTIONS; i++)
		if (dnsd->poll[FIXED + i].fd >= 0 &&
		    now_ms - dnsd->connections[i].heard_ms > IDLE_MS)
			hang_up(dnsd, i);
}

/* run - the thread */
static void *
run(void *argument)
{
	struct dnsd *dnsd = argument;
	int ready;

	for (;;) {
		ready = poll(dnsd->poll, FIXED + CONNECTIONS, send_late(dnsd));
		if (dnsd->poll[0].revents != 0)
			break;
		if (ready <= 0)
			continue;
		if (dnsd->poll[1].revents != 0)
			take_udp(dnsd, dnsd->poll[1].fd);
		for (int i = 0; i < CONNECTIONS; i++)
			if (dnsd->poll[FIXED + i].revents != 0)
				take_tcp(dnsd, i);
		hang_up_idle(dnsd);
		if (dnsd->poll[2].revents != 0)
			accept_one(dnsd, dnsd->poll[2].fd);
	}
	return NULL;
}

/* make_sockaddr - of a server's address */
static socklen_t
make_sockaddr(const struct dns_server *server, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (server->address.family == 6) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(server->port);
		memcpy(&six->sin6_addr, server->address.byte, 16);
		return sizeof *six;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(server->port);
	memcpy(&four->sin_addr, server->address.byte, 4);
	return sizeof *four;
}

/* open_socket - bound, and listening if it is TCP; -1 if it cannot be */
static int
open_socket(const struct dns_server *server, int type)
{
	struct sockaddr_storage address;
	socklen_t length = make_sockaddr(server, &address);
	int fd = socket(address.ss_family, type | SOCK_CLOEXEC, 0), on = 1;
	int buffer = 1 << 20;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	if (bind(fd, (struct sockaddr *)&address, length) == 0 &&
	    (type == SOCK_DGRAM || listen(fd, CONNECTIONS) == 0))
		return fd;
	close(fd);
	return -1;
}

/* bound_port - which one it became */
static uint16_t
bound_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;
	struct netaddr netaddr;
	uint16_t port = 0;

	if (getsockname(fd, (struct sockaddr *)&address, &length) == 0)
		netaddr_from_sockaddr(&netaddr, (struct sockaddr *)&address,
		    &port);
	return port;
}

/* open_both - UDP and TCP on one port; any that is free for both, if 0 */
static bool
open_both(struct dnsd *dnsd, struct dns_server *server)
{
	bool any = server->port == 0;

	for (unsigned n = 0; n < (any ? 20 : 1); n++) {
		server->port = any ? 0 : server->port;
		dnsd->poll[1].fd = open_socket(server, SOCK_DGRAM);
		if (dnsd->poll[1].fd < 0)
			return false;
		server->port = bound_port(dnsd->poll[1].fd);
		dnsd->poll[2].fd = open_socket(server, SOCK_STREAM);
		if (dnsd->poll[2].fd >= 0)
			return true;
		close(dnsd->poll[1].fd);
	}
	return false;
}

/* parse_where - "ADDRESS:PORT"; port 0 is no port for others */
static bool
parse_where(const char *where, struct dns_server *server)
{
	struct str text = STR_INIT;
	struct dns_servers servers;
	const char *why, *port = strrchr(where, ':');
	bool any = port != NULL && strcmp(port, ":0") == 0;

	str_add_n(&text, where, any ? (size_t)(port - where) : strlen(where));
	if (!dns_servers_parse(&servers, str_text(&text), &why) ||
	    servers.count != 1)
		servers.count = 0;
	str_fini(&text);
	*server = servers.server[0];
	if (any)
		server->port = 0;
	return servers.count == 1;
}

/* start - the thread, once all is open */
static void
start(struct dnsd *dnsd)
{
	dnsd->packet = mem_alloc(DNS_ZONE_PACKET);
	pthread_mutex_init(&dnsd->lock, NULL);
	if (pipe2(dnsd->end, O_CLOEXEC) != 0)
		abort();
	dnsd->poll[0].fd = dnsd->end[0];
	for (int i = 0; i < FIXED + CONNECTIONS; i++) {
		dnsd->poll[i].events = POLLIN;
		if (i >= FIXED)
			dnsd->poll[i].fd = -1;
	}
	if (pthread_create(&dnsd->thread, NULL, run, dnsd) != 0)
		abort();
}

struct dnsd *
dnsd_start(const char *where, const char *zone)
{
	struct dnsd *dnsd = mem_alloc(sizeof *dnsd);
	struct str why = STR_INIT;
	struct dns_server server;

	TAILQ_INIT(&dnsd->late);
	dnsd->zone = dns_zone_parse(zone, &why);
	if (dnsd->zone == NULL)
		fprintf(stderr, "dnsd: zone: %s\n", str_text(&why));
	str_fini(&why);
	if (dnsd->zone != NULL && parse_where(where, &server) &&
	    open_both(dnsd, &server)) {
		dns_server_print(&server, dnsd->where);
		start(dnsd);
		return dnsd;
	}
	if (dnsd->zone != NULL)
		fprintf(stderr, "dnsd: %s: %s\n", where, strerror(errno));
	dns_zone_free(dnsd->zone);
	mem_free(dnsd);
	return NULL;
}

const char *
dnsd_where(const struct dnsd *dnsd)
{
	return dnsd->where;
}

unsigned
dnsd_count(struct dnsd *dnsd, const char *name)
{
	struct counted *counted;
	unsigned result = 0;

	if (name == NULL)
		return atomic_load(&dnsd->count);
	pthread_mutex_lock(&dnsd->lock);
	for (counted = dnsd->counted; counted != NULL; counted = counted->next)
		if (strcmp(counted->name, name) == 0)
			result = counted->count;
	pthread_mutex_unlock(&dnsd->lock);
	return result;
}

unsigned
dnsd_count_tcp(struct dnsd *dnsd)
{
	return atomic_load(&dnsd->count_tcp);
}

unsigned
dnsd_connections(struct dnsd *dnsd)
{
	return atomic_load(&dnsd->connected);
}

void
dnsd_stop(struct dnsd *dnsd)
{
	struct counted *counted;
	struct late *late;

	close(dnsd->end[1]);
	pthread_join(dnsd->thread, NULL);
	for (int i = 0; i < CONNECTIONS; i++)
		if (dnsd->poll[FIXED + i].fd >= 0)
			hang_up(dnsd, i);
	while ((late = TAILQ_FIRST(&dnsd->late)) != NULL) {
		TAILQ_REMOVE(&dnsd->late, late, by_time);
		mem_free(late);
	}
	while ((counted = dnsd->counted) != NULL) {
		dnsd->counted = counted->next;
		mem_free(counted);
	}
	for (int i = 0; i < FIXED; i++)
		close(dnsd->poll[i].fd);
	pthread_mutex_destroy(&dnsd->lock);
	mem_free(dnsd->packet);
	dns_zone_free(dnsd->zone);
	mem_free(dnsd);
}
