/*
 * store_redis_link - one connection to a Redis server: bytes out, replies in.
 *
 * A context of hiredis that never blocks, whose reader builds our bounded
 * replies. After anything but LINK_FINE a link is good for nothing but
 * link_close(): hiredis cannot tell where the next reply would begin.
 *
 * hiredis 0.14 writes with write(2): the process must ignore SIGPIPE (libmilter
 * sees to that in the daemon, redis_new() elsewhere).
 *
 * Diagnostics: as enum link_io; why as text from link_open().
 */
#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_redis_link.h"
#include "store/store_redis_resp.h"

#define OUTPUT_MOST (1024 * 1024) /* what may wait to be written */

struct link {
	redisContext *context;
	struct resp_budget budget;
};

/* wait_for - until the socket is ready for events, or the deadline */
static bool
wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int64_t left;
	int ready;

	do {
		left = deadline_ms - clock_mono_ms(clock_system());
		if (left < 0)
			left = 0; /* look nevertheless */
		ready = poll(&poll_fd, 1, left < INT_MAX ? (int)left : INT_MAX);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* connected - wait for a connection that is on its way */
static bool
connected(const redisContext *context, int64_t deadline_ms, char *why)
{
	socklen_t length = sizeof(int);
	int error = 0;

	if (context->err != 0) {
		snprintf(why, LINK_WHY, "%s", context->errstr);
		return false;
	}
	if (!wait_for(context->fd, POLLOUT, deadline_ms)) {
		snprintf(why, LINK_WHY, "no connection in time");
		return false;
	}
	getsockopt(context->fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error != 0)
		snprintf(why, LINK_WHY, "%s", strerror(error));
	return error == 0;
}

/* link_open - connect */
struct link *
link_open(const struct redis_address *address, struct redis_tls *tls,
    size_t budget, int64_t deadline_ms, char *why)
{
	redisContext *context =
	    address->port == 0
		? redisConnectUnixNonBlock(address->host)
		: redisConnectNonBlock(address->host, address->port);
	struct link *link;

	if (context == NULL) {
		snprintf(why, LINK_WHY, "out of memory");
		return NULL;
	}
	if (!connected(context, deadline_ms, why)) {
		redisFree(context);
		return NULL;
	}
	if (tls != NULL && !redis_tls_start(tls, context)) {
		snprintf(why, LINK_WHY, "TLS: %s", context->errstr);
		redisFree(context);
		return NULL;
	}
	link = mem_alloc(sizeof *link);
	link->context = context;
	link->budget.most = budget;
	context->reader->fn = resp_functions();
	context->reader->privdata = &link->budget;
	return link;
}

/* link_close - the end of it */
void
link_close(struct link *link)
{
	if (link == NULL)
		return;
	redisFree(link->context);
	mem_free(link);
}

/* link_set_budget - of the replies from now on */
void
link_set_budget(struct link *link, size_t budget)
{
	link->budget.most = budget;
}

/* link_add - commands to what goes out next */
bool
link_add(struct link *link, const char *bytes, size_t length)
{
	return sdslen(link->context->obuf) < OUTPUT_MOST &&
	       redisAppendFormattedCommand(link->context, bytes, length) ==
		   REDIS_OK;
}

/* failure - why the context is good for nothing any more */
static enum link_io
failure(const redisContext *context)
{
	return context->err == REDIS_ERR_PROTOCOL ||
		       context->err == REDIS_ERR_OOM
		   ? LINK_GARBAGE
		   : LINK_CLOSED;
}

/* has_output - whether something is to be written */
static bool
has_output(const struct link *link)
{
	return sdslen(link->context->obuf) > 0;
}

/* link_write - what the socket takes */
enum link_io
link_write(struct link *link, bool *left)
{
	int done = 1;

	*left = false;
	if (!has_output(link))
		return LINK_FINE;
	if (redisBufferWrite(link->context, &done) != REDIS_OK)
		return failure(link->context);
	*left = !done;
	return LINK_FINE;
}

/* link_has_input - whether something read was not given out */
bool
link_has_input(const struct link *link)
{
	const redisReader *reader = link->context->reader;

	return reader->len > reader->pos;
}

/* link_read - what is there, within the budget */
enum link_io
link_read(struct link *link)
{
	redisReader *reader = link->context->reader;

	if (redisBufferRead(link->context) != REDIS_OK)
		return failure(link->context);
	return reader->len - reader->pos > link->budget.most + 65536
		   ? LINK_GARBAGE
		   : LINK_FINE;
}

/* link_next - the next whole reply */
struct resp *
link_next(struct link *link, enum link_io *io)
{
	void *reply = NULL;

	*io = LINK_FINE;
	if (redisGetReplyFromReader(link->context, &reply) != REDIS_OK)
		*io = failure(link->context);
	return reply;
}

/* exchange_step - write, wait, and read once */
static enum link_io
exchange_step(struct link *link, int64_t deadline_ms)
{
	enum link_io io;
	bool left;

	io = link_write(link, &left);
	if (io != LINK_FINE)
		return io;
	if (!wait_for(link->context->fd, left ? POLLIN | POLLOUT : POLLIN,
		deadline_ms))
		return LINK_LATE;
	return link_read(link);
}

/* link_exchange - all commands out, count replies in */
enum link_io
link_exchange(struct link *link, size_t count, struct resp **replies,
    int64_t deadline_ms)
{
	enum link_io io = LINK_FINE;
	bool late = false;
	size_t got = 0;

	memset(replies, 0, count * sizeof *replies);
	while (got < count && io == LINK_FINE) {
		replies[got] = link_next(link, &io);
		if (replies[got] != NULL) {
			got++;
		} else if (late) {
			io = LINK_LATE;
		} else if (io == LINK_FINE) {
			late = clock_mono_ms(clock_system()) >= deadline_ms;
			io = exchange_step(link, deadline_ms);
		}
	}
	return io;
}

/* link_io_text - for logs */
const char *
link_io_text(enum link_io io)
{
	static const char *const texts[] = {
		[LINK_FINE] = "fine",
		[LINK_CLOSED] = "it hung up",
		[LINK_GARBAGE] = "it does not speak Redis' protocol",
		[LINK_LATE] = "no answer in time",
	};

	return texts[io];
}
