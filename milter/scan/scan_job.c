/*
 * scan_job - a message at one scanner, while it is looked at.
 *
 * A connection is made for each message and ended with it: clamd and spamd
 * hang up after one, and making one costs nothing beside a scan. As soon as a
 * scanner speaks, or hangs up, no more is sent: clamd does so in the middle of
 * a message that is too large for it, and what it has to say counts.
 *
 * Where there is another server left to ask, a silent one gets its share of
 * the time only. That runs while somebody waits: a server is not to blame for
 * the time that others waited for something else.
 */
#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scan/scan_job.h"
#include "table/sockpool.h"

#define RETRY_MS 5

struct scan_job {
	struct scan_job *next, **all;
	struct scan_servers *servers;
	const struct scan_talk *talk;
	struct scan_request request;
	struct scan_time time;
	void *answer;
	size_t server, address; /* that is asked */
	int fd;                 /* -1: none at present */
	size_t piece, sent;     /* what goes out next */
	struct str text;        /* what came in */
	int64_t deadline_ms;    /* of this server; 0: nobody waited yet */
	bool done;
	enum scan_result result;
};

/* what can be done next */
enum turn {
	TURN_WAIT,  /* until the socket is ready */
	TURN_AGAIN, /* at once */
	TURN_OVER,  /* this server has a result */
};

/* hang_up - nothing of this connection counts any more */
static void
hang_up(struct scan_job *job)
{
	if (job->fd >= 0)
		sockpool_drop(job->fd);
	job->fd = -1;
	job->piece = job->sent = 0;
	str_reset(&job->text);
}

/* end - with the arena */
static void
end(void *argument)
{
	struct scan_job *job = argument;

	hang_up(job);
	str_fini(&job->text);
	scan_servers_unref(job->servers);
}

/* dial - a connection to the next address of the server */
static enum turn
dial(struct scan_job *job, enum scan_result *result)
{
	*result = SCAN_UNAVAILABLE;
	switch (scan_servers_connect(job->servers, job->server, job->address,
	    &job->fd)) {
	case SOCK_OK:
		return TURN_AGAIN;
	case SOCK_LATE:
		job->fd = -1;
		return TURN_WAIT;
	case SOCK_REFUSED:
		job->fd = -1;
		job->address++;
		return TURN_AGAIN;
	default:
		job->fd = -1;
		return TURN_OVER;
	}
}

/* is_sending - there is something to send, and it is listened to */
static bool
is_sending(const struct scan_job *job)
{
	return job->piece < SCAN_PIECES && job->text.length == 0;
}

/* would_wait - whether the last call only has to be repeated later */
static bool
would_wait(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* more_flag - whether what goes out now may wait for what comes behind it */
static int
more_flag(const struct scan_job *job)
{
	return job->piece + 1 < SCAN_PIECES &&
		       job->request.piece[job->piece + 1].length > 0
		   ? MSG_MORE
		   : 0;
}

/* write_some - as much as goes; false when it does not go any more */
static bool
write_some(struct scan_job *job)
{
	while (is_sending(job)) {
		const char *data = job->request.piece[job->piece].data;
		size_t length = job->request.piece[job->piece].length;
		ssize_t sent = 0;

		if (job->sent < length)
			sent = send(job->fd, data + job->sent,
			    length - job->sent, MSG_NOSIGNAL | more_flag(job));
		if (sent < 0 && errno != EINTR)
			return would_wait();
		if (sent > 0)
			job->sent += (size_t)sent;
		if (job->sent == length) {
			job->piece++;
			job->sent = 0;
		}
	}
	return true;
}

/* conclude - what came of a connection on which no more will come */
static enum turn
conclude(struct scan_job *job, enum scan_result *result)
{
	if (job->text.length > 0) {
		*result = job->talk->read(job->text.data, job->text.length,
		    job->time.arena, job->answer);
		return TURN_OVER;
	}
	*result = SCAN_UNAVAILABLE;
	if (job->piece > 0 || job->sent > 0)
		return TURN_OVER;
	/* it was no connection yet */
	hang_up(job);
	job->address++;
	return TURN_AGAIN;
}

/* read_some - what is there */
static enum turn
read_some(struct scan_job *job, enum scan_result *result)
{
	char bytes[4096];
	ssize_t got;

	for (;;) {
		got = recv(job->fd, bytes, sizeof(bytes), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && would_wait())
			return TURN_WAIT;
		if (got <= 0)
			return conclude(job, result);
		*result = SCAN_UNAVAILABLE;
		if (job->text.length + (size_t)got > job->talk->answer_max)
			return TURN_OVER;
		str_add_n(&job->text, bytes, (size_t)got);
		if (job->talk->is_whole(job->text.data, job->text.length))
			return conclude(job, result);
	}
}

/* exchange - what can be said and heard without waiting */
static enum turn
exchange(struct scan_job *job, enum scan_result *result)
{
	enum turn turn = read_some(job, result);

	if (turn != TURN_WAIT || write_some(job))
		return turn;
	/* it hung up: it may have said why */
	turn = read_some(job, result);
	return turn == TURN_WAIT ? conclude(job, result) : turn;
}

/* next_server - from this one on; without one the job is done */
static void
next_server(struct scan_job *job, int64_t now_ms)
{
	hang_up(job);
	job->address = 0;
	job->deadline_ms = 0;
	job->done = now_ms >= job->time.deadline_ms ||
		    !scan_servers_next(job->servers, &job->server, now_ms);
}

/* settle - a server's result is the job's, or the next one is asked */
static void
settle(struct scan_job *job, enum scan_result result, int64_t now_ms)
{
	job->result = result;
	if (result == SCAN_OK || result == SCAN_TOO_LARGE) {
		hang_up(job);
		job->done = true;
		return;
	}
	job->server++;
	next_server(job, now_ms);
}

/* is_late - whether this server's time is over; all of it, if it has none */
static bool
is_late(const struct scan_job *job, int64_t now_ms)
{
	return now_ms >= (job->deadline_ms != 0 ? job->deadline_ms
						: job->time.deadline_ms);
}

/* go_on - as far as it goes without waiting */
static void
go_on(struct scan_job *job, int64_t now_ms)
{
	enum scan_result result;
	enum turn turn;

	while (!job->done) {
		turn =
		    job->fd < 0 ? dial(job, &result) : exchange(job, &result);
		if (turn == TURN_WAIT && !is_late(job, now_ms))
			return;
		if (turn == TURN_AGAIN)
			continue;
		if (turn == TURN_WAIT)
			result = SCAN_UNAVAILABLE;
		if (turn == TURN_OVER || job->deadline_ms != 0)
			scan_servers_tell(job->servers, job->server, result,
			    now_ms);
		settle(job, result, now_ms);
	}
}

struct scan_job *
scan_job_begin(struct scan_job **jobs, struct scan_servers *servers,
    const struct scan_talk *talk, const struct scan_request *request,
    const struct scan_time *time, void *answer)
{
	struct scan_job *job = arena_alloc(time->arena, sizeof(*job));
	int64_t now_ms = clock_mono_ms(time->clock);

	*job = (struct scan_job){
		.next = *jobs,
		.all = jobs,
		.servers = scan_servers_ref(servers),
		.talk = talk,
		.request = *request,
		.time = *time,
		.answer = answer,
		.fd = -1,
		.result = SCAN_UNAVAILABLE,
	};
	*jobs = job;
	arena_defer(time->arena, end, job);
	next_server(job, now_ms);
	go_on(job, now_ms);
	return job;
}

/* watch - what to wait for; *until_ms comes nearer */
static void
watch(struct scan_job *job, int64_t now_ms, struct pollfd *ready,
    int64_t *until_ms)
{
	int64_t until = job->deadline_ms;

	if (job->fd < 0 && until > now_ms + RETRY_MS)
		until = now_ms + RETRY_MS;
	if (until < *until_ms)
		*until_ms = until;
	*ready = (struct pollfd){
		.fd = job->fd,
		.events = is_sending(job) ? POLLIN | POLLOUT : POLLIN,
	};
}

/* share - now that it is waited for, a server's time runs */
static void
share(struct scan_job *job, int64_t now_ms)
{
	int64_t left = job->time.deadline_ms - now_ms;

	if (job->deadline_ms == 0 && left > 0)
		job->deadline_ms =
		    now_ms + left / (int64_t)scan_servers_left(job->servers,
					job->server);
}

/* go_on_all - all jobs of the message; how many are not done, to be watched */
static nfds_t
go_on_all(struct scan_job *jobs, int64_t now_ms, struct pollfd *ready,
    int64_t *until_ms)
{
	nfds_t count = 0;

	for (struct scan_job *job = jobs; job != NULL; job = job->next) {
		while (!job->done) {
			share(job, now_ms);
			go_on(job, now_ms);
			if (job->deadline_ms != 0)
				break;
		}
		if (!job->done)
			watch(job, now_ms, &ready[count++], until_ms);
	}
	return count;
}

/* room - for all jobs of the message */
static struct pollfd *
room(const struct scan_job *job)
{
	size_t count = 0;

	for (const struct scan_job *j = *job->all; j != NULL; j = j->next)
		count++;
	return arena_alloc(job->time.arena, count * sizeof(struct pollfd));
}

enum scan_result
scan_job_wait(struct scan_job *job)
{
	struct pollfd *ready = job->done ? NULL : room(job);
	int64_t now_ms = clock_mono_ms(job->time.clock), later_ms, until_ms;
	nfds_t count;

	while (!job->done) {
		until_ms = now_ms + INT_MAX;
		count = go_on_all(*job->all, now_ms, ready, &until_ms);
		if (job->done)
			break;
		/* where the clock stands still, poll(2) tells that time went */
		later_ms = until_ms;
		if (poll(ready, count, (int)(until_ms - now_ms)) != 0)
			later_ms = clock_mono_ms(job->time.clock);
		if (later_ms > now_ms)
			now_ms = later_ms;
	}
	return job->result;
}
