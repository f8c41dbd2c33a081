/*
 * sockpool - connections to one server, kept and used again.
 *
 * A connection belongs to one thread from take to give, so an answer cannot
 * reach another question. Up to IDLE_MAX idle ones are kept, the last given
 * is taken first, so that the others grow old and their server closes them.
 * An idle one with something to read is dropped: either its server hung up,
 * or it said something unasked, and its next words would be out of step.
 *
 * All sockets are non-blocking and every wait is a poll(2) up to the caller's
 * deadline. The pool's lock is held only to move a number.
 *
 * Diagnostics: as enum sock.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "table/sockpool.h"

#define IDLE_MAX 16
#define ADDRESSES 4 /* of one host, tried in order */
#define RETRY_MS 5

struct target {
	struct sockaddr_storage address;
	socklen_t length;
};

struct sockpool {
	struct target target[ADDRESSES];
	size_t targets;
	pthread_mutex_t lock; /* idle, count */
	int idle[IDLE_MAX];
	size_t count;
};

/* pool_new - a pool without targets */
static struct sockpool *
pool_new(void)
{
	struct sockpool *pool = mem_alloc(sizeof *pool);

	pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

/* sockpool_unix - a pool for a path */
struct sockpool *
sockpool_unix(const char *path, const char **why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct sockpool *pool;

	if (strlen(path) >= sizeof address.sun_path) {
		*why = "the path is too long for a socket";
		return NULL;
	}
	strcpy(address.sun_path, path);
	pool = pool_new();
	memcpy(&pool->target[0].address, &address, sizeof address);
	pool->target[0].length = sizeof address;
	pool->targets = 1;
	return pool;
}

/* sockpool_inet - a pool for a host and port */
struct sockpool *
sockpool_inet(const char *host, const char *port, const char **why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *info;
	struct sockpool *pool;
	unsigned long long number = 1;
	int error;

	/* getaddrinfo(3) takes 99999 for 34463 */
	if (str_parse_uint(port, &number) &&
	    (number == 0 || number > UINT16_MAX)) {
		*why = "a port is 1 to 65535";
		return NULL;
	}
	error = getaddrinfo(host, port, &hints, &list);
	if (error != 0) {
		*why =
		    error == EAI_SERVICE ? "unknown port" : gai_strerror(error);
		return NULL;
	}
	pool = pool_new();
	for (info = list; info != NULL && pool->targets < ADDRESSES;
	     info = info->ai_next) {
		struct target *target = &pool->target[pool->targets++];

		memcpy(&target->address, info->ai_addr, info->ai_addrlen);
		target->length = info->ai_addrlen;
	}
	freeaddrinfo(list);
	return pool;
}

/* sockpool_free - the end of it */
void
sockpool_free(struct sockpool *pool)
{
	if (pool == NULL)
		return;
	while (pool->count > 0)
		close(pool->idle[--pool->count]);
	pthread_mutex_destroy(&pool->lock);
	mem_free(pool);
}

/* wait_for - until the socket is ready for events */
static enum sock
wait_for(int fd, short events, const struct clock *clock, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int64_t left;
	int ready;

	do {
		left = deadline_ms - clock_mono_ms(clock);
		if (left <= 0)
			return SOCK_LATE;
		ready = poll(&poll_fd, 1, left < INT_MAX ? (int)left : INT_MAX);
	} while (ready < 0 && errno == EINTR);
	return ready > 0 ? SOCK_OK : SOCK_LATE;
}

/* finish_connect - wait for a connection that is on its way */
static enum sock
finish_connect(int fd, const struct clock *clock, int64_t deadline_ms)
{
	enum sock sock = wait_for(fd, POLLOUT, clock, deadline_ms);
	socklen_t length = sizeof(int);
	int error = 0;

	if (sock != SOCK_OK)
		return sock;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error == 0 ? SOCK_OK : SOCK_REFUSED;
}

/*
 * connect_once - begin and finish a connection. EAGAIN says that the queue of
 * a local server is full (unix(7)): there is nothing to poll for, so try again
 * a little later.
 */
static enum sock
connect_once(int fd, const struct target *target, const struct clock *clock,
    int64_t deadline_ms)
{
	int64_t tries = (deadline_ms - clock_mono_ms(clock)) / RETRY_MS;

	while (connect(fd, (const struct sockaddr *)&target->address,
		   target->length) != 0) {
		if (errno == EINPROGRESS)
			return finish_connect(fd, clock, deadline_ms);
		if (errno != EAGAIN)
			return SOCK_REFUSED;
		if (tries-- <= 0)
			return SOCK_LATE;
		poll(NULL, 0, RETRY_MS);
	}
	return SOCK_OK;
}

/* new_socket - for connections to one address; -1 when there is none left */
static int
new_socket(const struct target *target)
{
	int family = target->address.ss_family, one = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

/* connect_to - a new connection to one address */
static enum sock
connect_to(const struct target *target, const struct clock *clock,
    int64_t deadline_ms, int *fd)
{
	enum sock sock;

	*fd = new_socket(target);
	if (*fd < 0)
		return SOCK_REFUSED;
	sock = connect_once(*fd, target, clock, deadline_ms);
	if (sock != SOCK_OK)
		close(*fd);
	return sock;
}

/* sockpool_begin - a connection that is on its way */
enum sock
sockpool_begin(const struct sockpool *pool, size_t number, int *fd)
{
	const struct target *target = &pool->target[number];
	enum sock sock;

	if (number >= pool->targets)
		return SOCK_CLOSED;
	*fd = new_socket(target);
	if (*fd < 0)
		return SOCK_REFUSED;
	if (connect(*fd, (const struct sockaddr *)&target->address,
		target->length) == 0 ||
	    errno == EINPROGRESS)
		return SOCK_OK;
	sock = errno == EAGAIN ? SOCK_LATE : SOCK_REFUSED;
	close(*fd);
	return sock;
}

/* is_quiet - whether an idle connection is still open, with nothing said */
static bool
is_quiet(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* pop_idle - the last idle connection, -1 if none */
static int
pop_idle(struct sockpool *pool)
{
	int fd = -1;

	pthread_mutex_lock(&pool->lock);
	if (pool->count > 0)
		fd = pool->idle[--pool->count];
	pthread_mutex_unlock(&pool->lock);
	return fd;
}

/* sockpool_take - a connection for this thread alone */
enum sock
sockpool_take(struct sockpool *pool, bool fresh, const struct clock *clock,
    int64_t deadline_ms, int *fd, bool *used)
{
	enum sock sock = SOCK_REFUSED;
	size_t i;

	*used = true;
	while (!fresh && (*fd = pop_idle(pool)) >= 0) {
		if (is_quiet(*fd))
			return SOCK_OK;
		close(*fd);
	}
	*used = false;
	for (i = 0; i < pool->targets && sock != SOCK_OK; i++)
		sock = connect_to(&pool->target[i], clock, deadline_ms, fd);
	return sock;
}

/* sockpool_give - keep it for the next, unless there are enough */
void
sockpool_give(struct sockpool *pool, int fd)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->count < IDLE_MAX) {
		pool->idle[pool->count++] = fd;
		fd = -1;
	}
	pthread_mutex_unlock(&pool->lock);
	if (fd >= 0)
		close(fd);
}

/* sockpool_drop - close it */
void
sockpool_drop(int fd)
{
	close(fd);
}

/* wants_wait - whether the last call on a socket only has to be repeated */
static bool
wants_wait(ssize_t result)
{
	return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* sock_write - all bytes */
enum sock
sock_write(int fd, const void *data, size_t length, const struct clock *clock,
    int64_t deadline_ms)
{
	const char *next = data;
	enum sock sock;
	ssize_t sent;

	while (length > 0) {
		sent = send(fd, next, length, MSG_NOSIGNAL);
		if (sent > 0) {
			next += sent;
			length -= (size_t)sent;
			continue;
		}
		if (wants_wait(sent)) {
			sock = wait_for(fd, POLLOUT, clock, deadline_ms);
			if (sock != SOCK_OK)
				return sock;
		} else if (errno != EINTR) {
			return SOCK_CLOSED;
		}
	}
	return SOCK_OK;
}

/* sock_read - some bytes */
enum sock
sock_read(int fd, void *data, size_t size, size_t *got,
    const struct clock *clock, int64_t deadline_ms)
{
	enum sock sock;
	ssize_t count;

	for (;;) {
		sock = wait_for(fd, POLLIN, clock, deadline_ms);
		if (sock != SOCK_OK)
			return sock;
		count = recv(fd, data, size, 0);
		if (count > 0) {
			*got = (size_t)count;
			return SOCK_OK;
		}
		if (!wants_wait(count) && !(count < 0 && errno == EINTR))
			return SOCK_CLOSED;
	}
}
