/*
 * milterload - many MTAs at once: load, idle connections, figures.
 *
 *     milterload -s SOCKET [-c CONNECTIONS] [-n SESSIONS] [-p PACE_US]
 *                [-r RECIPIENTS] [-m MESSAGES] [-i IDLE] [-w HOLD_MS]
 *                [-R RATE] [-F FIRST] [-C CYCLE] [-P PID] [-D] [-q]
 *
 * Plays CONNECTIONS MTAs at a time, each with one connection a session, as
 * Postfix does. Sessions are numbered from FIRST; each has a client, sender
 * and recipients of its own. What the milter does not answer goes out together
 * with the next step that it does answer. PACE_US is waited before HELO, MAIL,
 * RCPT, DATA and the content: without it libmilter looks much cheaper than it
 * is in service. With -R so many sessions a second become due, however long
 * the milter takes for those before; they wait for one of the connections.
 *
 * With -C the numbers begin anew after CYCLE sessions: they come again, for
 * what is remembered. With -D the sender of each number has a domain of its
 * own, else one of 100.
 *
 * First IDLE connections are brought to their first answer at or after MAIL
 * and held; then HOLD_MS are waited before the load. PID is watched. With -q a
 * milter that refuses new connections ends the load in peace (it stops), else
 * that is an error.
 *
 * Prints one JSON object. Exit status: 0 when every session that began came to
 * its end, 1 when one did not, 2 for wrong usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "t/lib/load_session.h"
#include "t/lib/load_times.h"
#include "t/lib/milter_client.h"
#include "t/lib/process_use.h"

#define STALL_US 30000000 /* longer without an answer is an error */
#define BUSY_US 1000      /* until the next try when the backlog is full */
#define EVENTS 256
#define PACKET_MAX 65536

static struct {
	const char *socket;
	long connections, sessions, pace_us, recipients, messages;
	long idle, hold_ms, first, cycle, rate;
	pid_t pid;
	bool own_domain;
	bool may_refuse;
} want = {
	.connections = 1,
	.sessions = 1000,
	.recipients = 1,
	.messages = 1,
};

static struct {
	long begun, done, active, held;
	long refused; /* no connection, or one that was never served */
	long cut;     /* ended in the middle */
	long stalled, nonsense;
	long refusals;     /* 4xx and 5xx */
	long rejections;   /* of these 5xx */
	long accepted;     /* messages */
	long late;         /* sessions that were due when none was free */
	long changes;      /* at end of message */
	uint32_t protocol; /* the flags that the milter chose */
	char refusal[160], error[160];
} seen;

struct link {
	int fd;
	struct load_session session;
	enum load_step next;  /* to be sent */
	enum load_step asked; /* what an answer is waited for */
	bool waiting;
	bool idle, held;
	bool accepted; /* one recipient at least */
	bool writing;  /* EPOLLOUT is on */
	uint32_t protocol;
	struct str out, in;
	size_t sent;
	int64_t due_us;   /* when to go on, 0 = not paused */
	int64_t since_us; /* of the wait for an answer */
	int64_t begun_us;
};

static struct link *links;
static long link_count;
/* of each session that is done, of each answer to RCPT, of every answer */
static struct load_times session_times, rcpt_times, answer_times;
static int64_t load_began_us;
static int epoll_fd;
static struct sockaddr_storage server;
static socklen_t server_size;

static void link_begin(struct link *link);
static void load_session_begin(struct link *link, int64_t when_us);
static void link_go(struct link *link);

/* now_us - monotonic time */
static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* note_error - the first one is shown */
static void
note_error(const struct link *link, const char *what)
{
	if (seen.error[0] == '\0')
		snprintf(seen.error, sizeof(seen.error), "%s at %s", what,
		    load_step_name(link->asked));
}

/* link_close - without a word */
static void
link_close(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->waiting = link->writing = false;
	link->due_us = 0;
	link->sent = 0;
	str_reset(&link->out);
	str_reset(&link->in);
}

/* link_schedule - begin the next session when it is due */
static void
link_schedule(struct link *link)
{
	int64_t due = load_began_us + seen.begun * 1000000 / want.rate;

	seen.late += due < now_us() - BUSY_US;
	load_session_begin(link, due);
	link->due_us = due;
}

/* link_next - another session, if there is one left */
static void
link_next(struct link *link)
{
	link_close(link);
	if (link->idle || seen.begun >= want.sessions ||
	    (seen.refused > 0 && want.may_refuse)) {
		seen.active--;
		return;
	}
	if (want.rate > 0)
		link_schedule(link);
	else
		link_begin(link);
}

/* link_lost - the milter went away */
static void
link_lost(struct link *link, const char *why)
{
	if (link->asked == LOAD_OPTNEG && want.may_refuse) {
		seen.refused++;
	} else {
		seen.cut++;
		note_error(link, why);
	}
	link_next(link);
}

/* watch - for what is left to be written, too */
static void
watch(struct link *link, bool writing)
{
	struct epoll_event event = {
		.events = EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0u),
		.data.ptr = link
	};

	if (link->writing == writing)
		return;
	link->writing = writing;
	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, link->fd, &event);
}

/* link_flush - send what is there; false when the milter went away */
static bool
link_flush(struct link *link)
{
	while (link->sent < link->out.length) {
		ssize_t n = send(link->fd, link->out.data + link->sent,
		    link->out.length - link->sent, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			watch(link, true);
			return true;
		}
		if (n < 0)
			return false;
		link->sent += (size_t)n;
	}
	link->sent = 0;
	str_reset(&link->out);
	watch(link, false);
	return true;
}

/* link_wait - for the answer to a step */
static void
link_wait(struct link *link, enum load_step step)
{
	link->asked = step;
	link->waiting = true;
	link->since_us = now_us();
	if (!link_flush(link))
		link_lost(link, "cannot write");
}

/* link_connect - begin to connect; the offer goes out when that is done */
static void
link_connect(struct link *link)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT,
		.data.ptr = link };
	int one = 1;

	link->asked = LOAD_OPTNEG;
	link->fd = socket(server.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server.ss_family != AF_UNIX)
		setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof(one));
	if (connect(link->fd, (struct sockaddr *)&server, server_size) < 0 &&
	    errno != EINPROGRESS) {
		if (errno == EAGAIN) { /* a Unix socket's backlog is full */
			link_close(link);
			link->due_us = now_us() + BUSY_US;
			return;
		}
		link_lost(link, strerror(errno));
		return;
	}
	link->waiting = link->writing = true;
	link->since_us = now_us();
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, link->fd, &event);
	load_put(&link->session, LOAD_OPTNEG, &link->out);
}

/* load_session_begin - who it is, and since when */
static void
load_session_begin(struct link *link, int64_t when_us)
{
	long number = want.cycle > 0 ? seen.begun % want.cycle : seen.begun;

	link->session = (struct load_session){
		.number = (uint64_t)(want.first + number),
		.own_domain = want.own_domain,
	};
	link->begun_us = when_us;
	link->next = LOAD_CONNECT;
	link->accepted = false;
	if (!link->idle)
		seen.begun++;
}

/* link_begin - a new session, now */
static void
link_begin(struct link *link)
{
	load_session_begin(link, now_us());
	link_connect(link);
}

/* link_quit - a session came to its end */
static void
link_quit(struct link *link)
{
	load_put_command(&link->out, MILTER_QUIT);
	link_flush(link);
	if (!link->idle)
		load_times_add(&session_times, now_us() - link->begun_us);
	seen.done++;
	link_next(link);
}

/* message_end - on to the next message of the session, if any */
static void
message_end(struct link *link, bool aborted)
{
	if (aborted)
		load_put_command(&link->out, MILTER_ABORT);
	link->session.message++;
	link->session.recipient = link->session.header = 0;
	link->accepted = false;
	link->next = LOAD_MAIL;
	if (link->session.message >= want.messages)
		link_quit(link);
	else
		link_go(link);
}

/* advance - the step after this one */
static void
advance(struct link *link, enum load_step step)
{
	struct load_session *session = &link->session;

	link->next = (enum load_step)(step + 1);
	if (step == LOAD_RCPT && ++session->recipient < want.recipients)
		link->next = LOAD_RCPT;
	if (step == LOAD_HEADER && ++session->header < LOAD_HEADERS)
		link->next = LOAD_HEADER;
}

/* link_go - send steps up to the next one that is answered */
static void
link_go(struct link *link)
{
	for (;;) {
		enum load_step step = link->next;

		if (step > LOAD_MAIL && link->idle) {
			link->held = true;
			seen.held++;
			link_flush(link);
			return;
		}
		if (step == LOAD_DATA && !link->accepted) {
			message_end(link, true);
			return;
		}
		if (load_is_sent(step, link->protocol))
			load_put(&link->session, step, &link->out);
		advance(link, step);
		if (!load_is_sent(step, link->protocol))
			continue;
		if (load_is_answered(step, link->protocol)) {
			link_wait(link, step);
			return;
		}
		link->accepted |= step == LOAD_RCPT;
	}
}

/* link_pace - go on, after the client has typed */
static void
link_pace(struct link *link)
{
	bool paced = load_is_paced(link->next) && link->session.header == 0;

	if (paced && want.pace_us > 0 && !link->idle)
		link->due_us = now_us() + want.pace_us;
	else
		link_go(link);
}

/* negotiated - the milter's choice */
static void
negotiated(struct link *link, int command, const char *payload, size_t length)
{
	uint32_t protocol;

	if (command != MILTER_OPTNEG || length < 12) {
		seen.nonsense++;
		note_error(link, "bad negotiation");
		link_next(link);
		return;
	}
	memcpy(&protocol, payload + 8, 4);
	link->protocol = seen.protocol = ntohl(protocol);
	link_pace(link);
}

/* refused - what became of a session after a 4xx or 5xx */
static void
refused(struct link *link, const char *text)
{
	seen.refusals++;
	seen.rejections += text[0] == '5';
	if (seen.refusal[0] == '\0')
		str_printable(seen.refusal, sizeof(seen.refusal), text);
	switch (link->asked) {
	case LOAD_CONNECT:
	case LOAD_HELO:
		link_quit(link);
		return;
	case LOAD_RCPT:
		link_pace(link);
		return;
	default:
		message_end(link, false);
	}
}

/* note_time - how long the answer took */
static void
note_time(const struct link *link)
{
	int64_t took = now_us() - link->since_us;

	load_times_add(&answer_times, took);
	if (link->asked == LOAD_RCPT)
		load_times_add(&rcpt_times, took);
}

/* answered - one packet of the milter */
static void
answered(struct link *link, int command, const char *payload, size_t length)
{
	if (!link->waiting) {
		seen.nonsense++;
		note_error(link, "an answer that nobody waits for, after");
		link_next(link);
		return;
	}
	if (strchr("himq+-bp", command) != NULL) {
		seen.changes++;
		return;
	}
	link->waiting = false;
	note_time(link);
	if (link->asked == LOAD_OPTNEG) {
		negotiated(link, command, payload, length);
	} else if (command == MILTER_REPLYCODE) {
		refused(link, payload);
	} else if (command == MILTER_REJECT || command == MILTER_TEMPFAIL) {
		refused(link, command == MILTER_REJECT ? "5 plain" : "4 plain");
	} else if (command == MILTER_DISCARD || link->asked == LOAD_EOM) {
		seen.accepted += command != MILTER_DISCARD;
		message_end(link, command == MILTER_DISCARD);
	} else {
		link->accepted |= link->asked == LOAD_RCPT;
		link_pace(link);
	}
}

/* link_parse - the packets that are complete; the link may begin anew */
static void
link_parse(struct link *link)
{
	size_t at = 0;
	int fd = link->fd;

	while (link->in.length - at >= 5) {
		const char *packet = link->in.data + at;
		uint32_t length;

		memcpy(&length, packet, 4);
		length = ntohl(length);
		if (length < 1 || length > PACKET_MAX) {
			seen.nonsense++;
			note_error(link, "bad packet");
			link_next(link);
			return;
		}
		if (link->in.length - at < 4 + length)
			break;
		at += 4 + length;
		answered(link, packet[4], packet + 5, length - 1);
		if (link->fd != fd || link->in.length == 0)
			return;
	}
	memmove(link->in.data, link->in.data + at, link->in.length - at);
	link->in.length -= at;
}

/* link_read - what the milter says */
static void
link_read(struct link *link)
{
	char buffer[4096];
	ssize_t n = recv(link->fd, buffer, sizeof(buffer), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		link_lost(link, n == 0 ? "closed" : strerror(errno));
		return;
	}
	str_add_n(&link->in, buffer, (size_t)n);
	link_parse(link);
}

/* run_once - events and timers for at most max_us */
static void
run_once(int64_t max_us)
{
	struct epoll_event events[EVENTS];
	int64_t now = now_us(), until = now + max_us;
	int n;

	for (long i = 0; i < link_count; i++)
		if (links[i].due_us > 0 && links[i].due_us < until)
			until = links[i].due_us;
	n = epoll_pwait2(epoll_fd, events, EVENTS,
	    &(struct timespec){
		.tv_nsec = until > now ? (until - now) * 1000 : 0 },
	    NULL);
	for (int i = 0; i < n; i++) {
		struct link *link = events[i].data.ptr;

		if (link->fd >= 0 && (events[i].events & EPOLLOUT) != 0 &&
		    !link_flush(link))
			link_lost(link, strerror(errno));
		else if (link->fd >= 0 &&
			 (events[i].events & ~(uint32_t)EPOLLOUT) != 0)
			link_read(link);
	}
	now = now_us();
	for (long i = 0; i < link_count; i++) {
		struct link *link = &links[i];

		if (link->due_us > 0 && link->due_us <= now) {
			link->due_us = 0;
			if (link->fd < 0)
				link_connect(link);
			else
				link_go(link);
		} else if (link->waiting && now - link->since_us > STALL_US) {
			seen.stalled++;
			note_error(link, "no answer");
			link_next(link);
		}
	}
}

/* hold_idle - bring up the idle ones, then wait */
static void
hold_idle(void)
{
	int64_t until = now_us() + want.hold_ms * 1000;

	seen.active = want.idle;
	for (long i = want.connections; i < link_count; i++) {
		link_begin(&links[i]);
		while (seen.held + 64 <= i - want.connections)
			run_once(100000);
	}
	while (seen.held < want.idle && seen.cut + seen.stalled == 0)
		run_once(100000);
	while (now_us() < until)
		run_once(100000);
}

/* run_load - all sessions; the most memory and threads seen go to most */
static double
run_load(struct process_use *most)
{
	int64_t begin = now_us(), look = begin;
	struct process_use use;

	seen.active = want.connections;
	load_began_us = begin;
	for (long i = 0; i < want.connections; i++) {
		if (want.rate > 0)
			link_schedule(&links[i]);
		else
			link_begin(&links[i]);
	}
	while (seen.active > 0) {
		run_once(100000);
		if (want.pid == 0 || now_us() < look)
			continue;
		look = now_us() + 50000;
		process_use(want.pid, &use);
		if (use.resident_kb > most->resident_kb)
			most->resident_kb = use.resident_kb;
		if (use.threads > most->threads)
			most->threads = use.threads;
	}
	return (double)(now_us() - begin) / 1e6;
}

/* parse_socket - as libmilter writes it */
static bool
parse_socket(void)
{
	struct sockaddr_in *inet = (struct sockaddr_in *)&server;
	struct sockaddr_un *local = (struct sockaddr_un *)&server;
	const char *colon = strchr(want.socket, ':');
	const char *at = strchr(want.socket, '@');

	if (colon == NULL)
		return false;
	if (strncmp(want.socket, "unix:", 5) == 0) {
		local->sun_family = AF_UNIX;
		snprintf(local->sun_path, sizeof(local->sun_path), "%s",
		    colon + 1);
		server_size = sizeof(*local);
		return true;
	}
	inet->sin_family = AF_INET;
	inet->sin_port = htons((uint16_t)atoi(colon + 1));
	server_size = sizeof(*inet);
	return inet_pton(AF_INET, at != NULL ? at + 1 : "127.0.0.1",
		   &inet->sin_addr) == 1;
}

/* parse_options - false when they are wrong */
static bool
parse_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "s:c:n:p:r:m:i:w:R:F:C:P:Dq")) >= 0) {
		long number = optarg != NULL ? atol(optarg) : 0;
		struct {
			int option;
			long *to;
		} numbers[] = { { 'c', &want.connections },
			{ 'n', &want.sessions }, { 'p', &want.pace_us },
			{ 'r', &want.recipients }, { 'm', &want.messages },
			{ 'i', &want.idle }, { 'w', &want.hold_ms },
			{ 'R', &want.rate }, { 'F', &want.first },
			{ 'C', &want.cycle } };

		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
			if (numbers[i].option == c)
				*numbers[i].to = number;
		if (c == 's')
			want.socket = optarg;
		else if (c == 'P')
			want.pid = (pid_t)number;
		else if (c == 'D')
			want.own_domain = true;
		else if (c == 'q')
			want.may_refuse = true;
		else if (c == '?')
			return false;
	}
	if (want.connections > want.sessions)
		want.connections = want.sessions;
	return want.socket != NULL && optind == argc && parse_socket();
}

/* print_result - one line of JSON; strings were made printable */
static void
print_result(double seconds, const struct process_use use[3],
    const struct process_use *most)
{
	double done = seen.done > 0 ? (double)seen.done : 1;

	printf(
	    "{\"begun\": %ld, \"done\": %ld, \"refused\": %ld, \"cut\": %ld, "
	    "\"stalled\": %ld, \"nonsense\": %ld, \"held\": %ld, "
	    "\"refusals\": %ld, \"rejections\": %ld, \"accepted\": %ld, "
	    "\"late\": %ld, \"changes\": %ld, \"protocol\": \"%x\", "
	    "\"seconds\": %.3f, \"session_ms\": %.3f, "
	    "\"session_p99_ms\": %.3f, \"rcpt_ms\": %.3f, "
	    "\"rcpt_p99_ms\": %.3f, \"answer_most_ms\": %.3f",
	    seen.begun, seen.done, seen.refused, seen.cut, seen.stalled,
	    seen.nonsense, seen.held, seen.refusals, seen.rejections,
	    seen.accepted, seen.late, seen.changes, seen.protocol, seconds,
	    load_times_ms(&session_times, 0.5),
	    load_times_ms(&session_times, 0.99),
	    load_times_ms(&rcpt_times, 0.5), load_times_ms(&rcpt_times, 0.99),
	    (double)answer_times.most_us / 1000);
	if (want.pid != 0)
		printf(", \"cpu_us\": %.1f, \"fresh_kb\": %ld, "
		       "\"idle_kb\": %ld, \"busy_kb\": %ld, \"end_kb\": %ld, "
		       "\"peak_kb\": %ld, \"threads\": %ld",
		    (use[2].cpu_s - use[1].cpu_s) * 1e6 / done,
		    use[0].resident_kb, use[1].resident_kb, most->resident_kb,
		    use[2].resident_kb, use[2].peak_kb, most->threads);
	for (char *p = seen.refusal; *p != '\0'; p++)
		if (*p == '"' || *p == '\\')
			*p = '?';
	printf(", \"refusal\": \"%s\", \"error\": \"%s\"}\n", seen.refusal,
	    seen.error);
}

int
main(int argc, char **argv)
{
	struct process_use use[3], most = { .threads = 0 };
	struct rlimit files;
	double seconds;

	if (!parse_options(argc, argv)) {
		fputs("usage: milterload -s SOCKET [-c CONNECTIONS] "
		      "[-n SESSIONS] [-p PACE_US] [-r RECIPIENTS] "
		      "[-m MESSAGES] [-i IDLE] [-w HOLD_MS] [-F FIRST] "
		      "[-R RATE] [-C CYCLE] [-P PID] [-D] [-q]\n",
		    stderr);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	link_count = want.connections + want.idle;
	load_times_init(&session_times, want.sessions);
	load_times_init(&rcpt_times,
	    want.sessions * want.messages * want.recipients);
	load_times_init(&answer_times, 0);
	links = mem_array((size_t)link_count, sizeof(*links));
	for (long i = 0; i < link_count; i++) {
		links[i].fd = -1;
		links[i].idle = i >= want.connections;
	}
	process_use(want.pid, &use[0]);
	hold_idle();
	process_use(want.pid, &use[1]);
	seconds = run_load(&most);
	process_use(want.pid, &use[2]);
	print_result(seconds, use, &most);
	return seen.cut + seen.stalled + seen.nonsense > 0 ||
	       (seen.refused > 0 && !want.may_refuse);
}
