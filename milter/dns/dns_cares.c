/*
 * dns_cares - packets to one name server and back: all of c-ares that we use.
 *
 * One channel for one server, with one try: so it is known who answered. Only
 * ares_send() is used, with packets of our own making: the functions that make
 * them differ between versions in what they take a name to be. Answers with
 * an error code are passed on (ARES_FLAG_NOCHECKRESP).
 *
 * Sockets live while something is under way; then they are closed and the next
 * question has a new source port (RFC 5452 9.2). With c-ares before 1.20 there
 * is no other change of port: under load that leaves the id to guess. So a name
 * server that is not on this machine or network should be reached through one
 * that is. Nobody outside can send as an address of the loopback: a socket to a
 * server there stays, as making one costs more than to send through it. One of
 * TCP does not: when the server closes it, c-ares fails all that is under way.
 *
 * Diagnostics: out of memory in c-ares ends the process.
 */
#include <sys/epoll.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* ares_send() and others have younger namesakes, which 1.18 has not */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns/dns_cares.h"

/*
 * A burst of a thousand answers of 500 bytes, while our thread waits for the
 * processor: what does not fit costs a time-out. The kernel gives what
 * net.core.rmem_max allows.
 */
#define RECEIVE_BUFFER (1 << 20)

struct dns_cares {
	ares_channel channel;
	struct ares_addr_port_node server;
	int epoll;
	uint32_t tag;
	bool stays;         /* c-ares is not to close sockets */
	bool has_tcp;       /* one of them is of TCP */
	unsigned under_way; /* packets */
};

/* what is to be told, and to whom */
struct sent {
	struct dns_cares *cares;
	dns_cares_done *done;
	void *argument;
};

static const struct {
	int code;
	enum dns_cares_status status;
} statuses[] = {
	{ ARES_ETIMEOUT, CARES_TIMEOUT },
	{ ARES_EBADRESP, CARES_GARBAGE },
	{ ARES_EFORMERR, CARES_GARBAGE },
	{ ARES_EDESTRUCTION, CARES_CLOSED },
	{ ARES_ECANCELLED, CARES_CLOSED },
};

/* start_library - once in a process */
static void
start_library(void)
{
	int code = ares_library_init(ARES_LIB_INIT_ALL);

	if (code != ARES_SUCCESS)
		log_fatal("c-ares: %s", ares_strerror(code));
}

/* want - c-ares tells which events of a descriptor it waits for */
static void
want(void *argument, ares_socket_t fd, int readable, int writable)
{
	struct dns_cares *cares = argument;
	struct epoll_event event = {
		.events =
		    (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U),
		.data.u64 = (uint64_t)cares->tag << 32 | (uint32_t)fd,
	};
	int error;

	/* over UDP c-ares just sends */
	cares->has_tcp = cares->has_tcp || writable;
	if (event.events == 0) {
		epoll_ctl(cares->epoll, EPOLL_CTL_DEL, fd, NULL);
		return;
	}
	error = epoll_ctl(cares->epoll, EPOLL_CTL_MOD, fd, &event);
	if (error < 0 && errno == ENOENT)
		error = epoll_ctl(cares->epoll, EPOLL_CTL_ADD, fd, &event);
	if (error < 0)
		log_error("name server socket: %s", strerror(errno));
}

/* make_channel - the options; c-ares reads no file of the system's */
static void
make_channel(struct dns_cares *cares, int64_t timeout_ms)
{
	static char no_file[] = "/dev/null", by_dns[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH |
			 ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP |
			 (cares->stays ? ARES_FLAG_STAYOPEN : 0),
		/* 1.18 takes 9 to 16 sixteenths of it, by chance */
		.timeout = (int)timeout_ms * 2,
		.tries = 1,
		.ednspsz = DNS_UDP_MAX,
		.socket_receive_buffer_size = RECEIVE_BUFFER,
		.sock_state_cb = want,
		.sock_state_cb_data = cares,
		.lookups = by_dns,
		.resolvconf_path = no_file,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		   ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_RCVBUF |
		   ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS |
		   ARES_OPT_RESOLVCONF;
	int code;

#ifdef ARES_OPT_UDP_MAX_QUERIES /* since 1.20: then another source port */
	options.udp_max_queries = 100;
	mask |= ARES_OPT_UDP_MAX_QUERIES;
#endif
#ifdef ARES_OPT_QUERY_CACHE /* since 1.31, without a bound in bytes */
	options.qcache_max_ttl = 0;
	mask |= ARES_OPT_QUERY_CACHE;
#endif
	code = ares_init_options(&cares->channel, &options, mask);
	if (code != ARES_SUCCESS)
		log_fatal("c-ares: %s", ares_strerror(code));
}

/* set_server - with 1.18 this also closes the sockets to the one before */
static void
set_server(struct dns_cares *cares)
{
	int code = ares_set_servers_ports(cares->channel, &cares->server);

	if (code != ARES_SUCCESS)
		log_fatal("c-ares: %s", ares_strerror(code));
}

struct dns_cares *
dns_cares_open(const struct dns_server *server, int64_t timeout_ms, int epoll,
    uint32_t tag)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct dns_cares *cares = mem_alloc(sizeof *cares);
	struct ares_addr_port_node *node = &cares->server;

	pthread_once(&once, start_library);
	cares->epoll = epoll;
	cares->tag = tag;
	cares->stays = netaddr_is_loopback(&server->address);
	node->family = server->address.family == 6 ? AF_INET6 : AF_INET;
	node->udp_port = server->port;
	node->tcp_port = server->port;
	memcpy(&node->addr, server->address.byte,
	    node->family == AF_INET6 ? 16 : 4);
	make_channel(cares, timeout_ms);
	set_server(cares);
	return cares;
}

void
dns_cares_close(struct dns_cares *cares)
{
	ares_destroy(cares->channel);
	mem_free(cares);
}

/* hand_on - c-ares is through with a packet */
static void
hand_on(void *argument, int code, int timeouts, unsigned char *packet,
    int length)
{
	struct sent sent = *(struct sent *)argument;
	enum dns_cares_status status = CARES_FAILED;

	(void)timeouts;
	sent.cares->under_way--;
	mem_free(argument);
	if (code == ARES_ENOMEM)
		log_fatal("out of memory in c-ares");
	if (code == ARES_SUCCESS && packet != NULL)
		status = length >= DNS_HEAD ? CARES_ANSWER : CARES_GARBAGE;
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (statuses[i].code == code)
			status = statuses[i].status;
	sent.done(sent.argument, status, packet,
	    status == CARES_ANSWER ? (size_t)length : 0);
}

void
dns_cares_send(struct dns_cares *cares, const uint8_t *packet, size_t length,
    dns_cares_done *done, void *argument)
{
	struct sent *sent = mem_alloc(sizeof *sent);

	sent->cares = cares;
	sent->done = done;
	sent->argument = argument;
	cares->under_way++;
	ares_send(cares->channel, packet, (int)length, hand_on, sent);
}

/* process - have c-ares read and write, and give up */
static void
process(struct dns_cares *cares, ares_socket_t readable, ares_socket_t writable)
{
	ares_process_fd(cares->channel, readable, writable);
	if (!cares->has_tcp || cares->under_way > 0)
		return;
	if (cares->stays)
		set_server(cares);
	cares->has_tcp = false;
}

void
dns_cares_event(struct dns_cares *cares, int fd, uint32_t events)
{
	bool readable = (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
	bool writable = (events & EPOLLOUT) != 0;

	process(cares, readable ? fd : ARES_SOCKET_BAD,
	    writable ? fd : ARES_SOCKET_BAD);
}

void
dns_cares_tick(struct dns_cares *cares)
{
	process(cares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}
