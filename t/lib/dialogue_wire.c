/*
 * dialogue_wire - a case on the real daemon, over the milter protocol.
 *
 * The daemon is started on a Unix socket in the case's folder, in the
 * foreground, its log in a file; its wall clock can be moved
 * (t/lib/moved_clock.c). Where it said that it would not answer a step, the
 * client of an MTA sees that step pass.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "t/lib/dialogue_peer.h"
#include "t/lib/milter_client.h"

#define START_TRIES 500 /* of 10 ms */
#define HELD 1024

struct wire {
	pid_t pid;
	struct milter_client *client;
	struct milter_client *present; /* while another is made to be held */
	struct milter_client *held[HELD];
	size_t held_count;
	char *socket; /* "unix:/..." */
	char *log_path, *clock_path;
	int64_t moved_s; /* its wall clock */
	struct str log, headers;
	bool refused_for_good;
};

/* pause_ms - a short sleep */
static void
pause_ms(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* tell - the milter's answer as the client of an MTA sees it */
static void
tell(const struct milter_answer *given, struct peer_answer *answer)
{
	char *out = answer->text;
	size_t room = sizeof(answer->text);

	switch (given->action) {
	case MILTER_DISCARD:
		snprintf(out, room, "discard");
		return;
	case MILTER_REJECT:
		snprintf(out, room, "550 5.7.1 Command rejected");
		return;
	case MILTER_TEMPFAIL:
		snprintf(out, room,
		    "451 4.7.1 Service unavailable - try again later");
		return;
	case MILTER_LOST:
		snprintf(out, room, "connection lost");
		return;
	case MILTER_TIMEOUT:
		snprintf(out, room, "no answer");
		return;
	case MILTER_REPLYCODE:
		break;
	default:
		snprintf(out, room, "ok");
		return;
	}
	/* "550-5.7.1 a\r\n550 5.7.1 b" to "550 5.7.1 a / b"; %% to % */
	for (const char *p = given->text; *p != '\0' && room > 4; p++) {
		if (p == given->text + 3) {
			*out++ = ' ';
			room--;
		} else if (p[0] == '\r' && p[1] == '\n') {
			const char *line = p + 2 + 4;
			size_t same = strcspn(given->text + 4, " ") + 1;

			if (strncmp(line, given->text + 4, same) == 0 &&
			    line[0] >= '4' && line[0] <= '5' && line[1] == '.')
				line += same;
			memcpy(out, " / ", 3);
			out += 3;
			room -= 3;
			p = line - 1;
		} else {
			if (p[0] == '%' && p[1] == '%')
				p++;
			*out++ = *p;
			room--;
		}
	}
	*out = '\0';
}

static void
set_macro(void *self, char step, const char *name, const char *value)
{
	struct wire *wire = self;

	milter_client_macro(wire->client, (enum milter_command)step, name,
	    value);
}

static void
give_connect(void *self, const char *name, const char *address, unsigned port,
    struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_connect(wire->client, name, address, (uint16_t)port),
	    answer);
}

static void
give_helo(void *self, const char *name, struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_helo(wire->client, name), answer);
}

static void
give_mail(void *self, char **argv, struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_mail(wire->client, (const char *const *)argv),
	    answer);
}

static void
give_rcpt(void *self, char **argv, struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_rcpt(wire->client, (const char *const *)argv),
	    answer);
}

static void
give_data(void *self, struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_data(wire->client), answer);
}

static void
give_header(void *self, const char *name, const char *value,
    struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_header(wire->client, name, value), answer);
}

static void
give_eoh(void *self, struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_eoh(wire->client), answer);
}

static void
give_body(void *self, const char *chunk, size_t length,
    struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_body(wire->client, chunk, length), answer);
}

static void
give_eom(void *self, struct peer_answer *answer)
{
	struct wire *wire = self;
	const struct milter_change *changes;
	size_t count;

	tell(milter_client_eom(wire->client), answer);
	changes = milter_client_changes(wire->client, &count);
	for (size_t i = 0; i < count; i++) {
		const struct milter_change *change = &changes[i];

		if (change->type == 'h' || change->type == 'i')
			str_addf(&wire->headers, "%s: %s\n", change->name,
			    change->value);
		else if (change->type == 'm')
			str_addf(&wire->headers, "-%s[%u]\n", change->name,
			    change->index);
		else if (change->type == 'q')
			str_addf(&wire->headers, "quarantine: %s\n",
			    change->value);
		else if (change->type == '-')
			str_addf(&wire->headers, "-%s\n", change->value);
	}
}

static void
give_unknown(void *self, const char *line, struct peer_answer *answer)
{
	struct wire *wire = self;

	tell(milter_client_unknown(wire->client, line), answer);
}

static void
give_abort(void *self)
{
	struct wire *wire = self;

	milter_client_abort(wire->client);
}

/* open_session - a new milter connection, negotiated */
static bool
open_session(struct wire *wire)
{
	wire->client = milter_client_open(wire->socket);
	return wire->client != NULL &&
	       milter_client_negotiate(wire->client, NULL);
}

/* end_session - with the words that are due */
static void
end_session(struct milter_client *client)
{
	if (client != NULL)
		milter_client_quit(client);
	milter_client_close(client);
}

static void
give_close(void *self)
{
	struct wire *wire = self;

	end_session(wire->client);
	open_session(wire);
}

static bool
set_aside(void *self)
{
	struct wire *wire = self;

	if (wire->held_count == HELD)
		return false;
	wire->present = wire->client;
	if (open_session(wire))
		return true;
	milter_client_close(wire->client);
	wire->client = wire->present;
	return false;
}

static void
go_back(void *self)
{
	struct wire *wire = self;

	wire->held[wire->held_count++] = wire->client;
	wire->client = wire->present;
}

static void
release(void *self)
{
	struct wire *wire = self;

	while (wire->held_count > 0)
		end_session(wire->held[--wire->held_count]);
}

/* read_file - all of the daemon's log so far */
static void
read_file(const char *path, struct str *out)
{
	char chunk[4096];
	FILE *file = fopen(path, "r");
	size_t got;

	str_reset(out);
	if (file == NULL)
		return;
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		str_add_n(out, chunk, got);
	fclose(file);
}

static const char *
read_log(void *self)
{
	struct wire *wire = self;

	read_file(wire->log_path, &wire->log);
	return str_text(&wire->log);
}

static const char *
read_headers(void *self)
{
	struct wire *wire = self;

	return str_text(&wire->headers);
}

/* advance - the file is as long as it was: who has mapped it sees it whole */
static bool
advance(void *self, long seconds)
{
	struct wire *wire = self;
	int fd = open(wire->clock_path, O_WRONLY | O_CREAT, 0644);
	bool written;

	wire->moved_s += seconds;
	written = fd >= 0 && pwrite(fd, &wire->moved_s, sizeof(wire->moved_s),
				 0) == (ssize_t)sizeof(wire->moved_s);
	if (fd >= 0)
		close(fd);
	return written;
}

static void
end(void *self)
{
	struct wire *wire = self;

	release(wire);
	end_session(wire->client);
	if (wire->pid > 0) {
		kill(wire->pid, SIGTERM);
		waitpid(wire->pid, NULL, 0);
	}
	mem_free(wire->socket);
	mem_free(wire->log_path);
	mem_free(wire->clock_path);
	str_fini(&wire->log);
	str_fini(&wire->headers);
	mem_free(wire);
}

/* start - the daemon, its log and errors in the case's folder */
static pid_t
start(const struct wire *wire, const char *program, const char *ini)
{
	pid_t pid = fork();
	int log;

	if (pid != 0)
		return pid;
	log = open(wire->log_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	setenv("TEST_CLOCK", wire->clock_path, 1);
	execl(program, program, "-f", "-c", ini, "-s", wire->socket,
	    (char *)NULL);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

/* wait_ready - until a session can be opened, or the daemon ended */
static bool
wait_ready(struct wire *wire)
{
	for (int i = 0; i < START_TRIES; i++) {
		if (open_session(wire))
			return true;
		milter_client_close(wire->client);
		wire->client = NULL;
		if (waitpid(wire->pid, NULL, WNOHANG) == wire->pid) {
			wire->pid = 0;
			return false;
		}
		pause_ms(10);
	}
	return false;
}

/* as_nobody - root's daemon gives its privileges up: to whom, and where */
static void
as_nobody(FILE *file, const char *dir)
{
	const struct passwd *nobody = getpwnam("nobody");

	if (geteuid() != 0 || nobody == NULL)
		return;
	fprintf(file, "user = nobody\ngroup = nogroup\n");
	if (chown(dir, nobody->pw_uid, nobody->pw_gid) != 0)
		perror(dir);
}

/* has_store_path - whether the case says where its state is */
static bool
has_store_path(const char *ini)
{
	const char *section = strstr(ini, "[store]");
	const char *path = section != NULL ? strstr(section, "\npath") : NULL;
	const char *next = section != NULL ? strstr(section, "\n[") : NULL;

	return path != NULL && (next == NULL || path < next);
}

/* write_ini - the case's ini, with paths that need no privileges */
static bool
write_ini(const char *path, const char *ini, const char *dir)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;
	fprintf(file, "%s\n[milter]\n", ini);
	if (strstr(ini, "pid_file") == NULL)
		fprintf(file, "pid_file = %s/pid\n", dir);
	if (strstr(ini, "control") == NULL)
		fprintf(file, "control = %s/control\n", dir);
	as_nobody(file, dir);
	if (!has_store_path(ini))
		fprintf(file, "[store]\npath = %s/store\n", dir);
	return fclose(file) == 0;
}

bool
dialogue_wire(struct dialogue_peer *peer, const char *ini, const char *dir,
    const char *programs, struct str *out)
{
	struct wire *wire = mem_alloc(sizeof(*wire));
	struct str path = STR_INIT, program = STR_INIT, text = STR_INIT;
	bool ready;

	*peer = (struct dialogue_peer){
		.self = wire,
		.macro = set_macro,
		.connect = give_connect,
		.helo = give_helo,
		.mail = give_mail,
		.rcpt = give_rcpt,
		.data = give_data,
		.header = give_header,
		.eoh = give_eoh,
		.body = give_body,
		.eom = give_eom,
		.unknown = give_unknown,
		.abort = give_abort,
		.close = give_close,
		.aside = set_aside,
		.back = go_back,
		.release = release,
		.log = read_log,
		.headers = read_headers,
		.advance = advance,
		.free = end,
	};
	str_addf(&text, "unix:%s/milter", dir);
	wire->socket = mem_strdup(str_text(&text));
	str_reset(&text);
	str_addf(&text, "%s/log", dir);
	wire->log_path = mem_strdup(str_text(&text));
	str_reset(&text);
	str_addf(&text, "%s/clock", dir);
	wire->clock_path = mem_strdup(str_text(&text));
	str_addf(&path, "%s/mailreeve.ini", dir);
	str_addf(&program, "%s/t/mailreeve", programs);
	ready = write_ini(str_text(&path), ini, dir) && advance(wire, 0);
	if (ready) {
		wire->pid = start(wire, str_text(&program), str_text(&path));
		ready = wait_ready(wire);
	}
	if (!ready) {
		str_add(out, read_log(wire));
		end(wire);
	}
	str_fini(&path);
	str_fini(&program);
	str_fini(&text);
	return ready;
}
