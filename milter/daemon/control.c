/*
 * control - a Unix socket where mailreevectl talks to the daemon.
 *
 * One thread, one client at a time, blocking with time-outs: commands are rare
 * and short, but for a reload, which is to be done once at a time anyway.
 */
#include "daemon/control.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/control_store.h"
#include "daemon/daemon.h"
#include "daemon/daemon_reload.h"
#include "policy/env.h"
#include "dns/dns.h"
#include "dns/dnslist.h"
#include "service/json.h"
#include "base/problem.h"
#include "service/stats.h"
#include "store/store.h"
#include "session/config.h"

static struct {
	int fd;
	char *path;
} control = { .fd = -1 };

/* uptime_s - how long the daemon has served */
static int64_t
uptime_s(const struct daemon *daemon)
{
	return (clock_mono_ms(daemon->env.clock) - daemon->started_ms) / 1000;
}

/* do_ping - who we are */
static void
do_ping(struct daemon *daemon, const struct json *request, struct json *answer)
{
	(void)request;
	json_add_bool(answer, "ok", true);
	json_add_text(answer, "version", MAILREEVE_VERSION);
	json_add_int(answer, "pid", getpid());
	json_add_text(answer, "config", daemon->path);
	json_add_int(answer, "uptime", uptime_s(daemon));
}

/* outcomes - of one reason; NULL when there are none */
static struct json *
outcomes(const struct stats *stats, unsigned reason)
{
	struct json *list = NULL;

	for (int i = 0; i < OUTCOME_MAX; i++) {
		int64_t n = stats_get_reason(stats, reason, (enum outcome)i);

		if (n == 0)
			continue;
		if (list == NULL)
			list = json_new_object();
		json_add_int(list, stats_outcome_name((enum outcome)i), n);
	}
	return list;
}

/* store_of - a reload may just open it */
static struct store *
store_of(struct daemon *daemon)
{
	struct store *store;

	pthread_mutex_lock(&daemon->reload_lock);
	store = daemon->env.store;
	pthread_mutex_unlock(&daemon->reload_lock);
	return store;
}

/* add_store - its counters, if there is one */
static void
add_store(struct daemon *daemon, struct json *answer)
{
	struct store *store = store_of(daemon);
	struct json *object;

	if (store == NULL)
		return;
	object = json_new_object();
	store_stats(store, object);
	json_add(answer, "store", object);
}

/* do_stats - all counters */
static void
do_stats(struct daemon *daemon, const struct json *request, struct json *answer)
{
	const struct stats *stats = daemon->env.stats;
	struct json *counters = json_new_object(), *reasons = json_new_object();
	struct json *dns = json_new_object(), *lists = json_new_array();

	(void)request;
	for (int i = 0; i < COUNT_MAX; i++)
		json_add_int(counters, stats_counter_name((enum counter)i),
		    stats_get(stats, (enum counter)i));
	for (unsigned i = 0; i < config_reason_count(); i++) {
		struct json *list = outcomes(stats, i);

		if (list != NULL)
			json_add(reasons, config_reason(i)->name, list);
	}
	json_add_bool(answer, "ok", true);
	json_add_int(answer, "uptime", uptime_s(daemon));
	json_add(answer, "counters", counters);
	json_add(answer, "reasons", reasons);
	dns_stats(daemon->env.dns, dns);
	json_add(answer, "dns", dns);
	dnslists_stats(daemon->env.lists, lists);
	json_add(answer, "lists", lists);
	add_store(daemon, answer);
}

/* do_reload - with what was found, as lines for people */
static void
do_reload(struct daemon *daemon, const struct json *request,
    struct json *answer)
{
	struct problems *problems = problems_new();
	struct json *lines = json_new_array();
	bool is_error;

	(void)request;
	json_add_bool(answer, "ok", daemon_reload(daemon, problems));
	json_add_int(answer, "errors", (int64_t)problems_errors(problems));
	for (size_t i = 0; i < problems_count(problems); i++)
		json_append_text(lines, problems_line(problems, i, &is_error));
	json_add(answer, "problems", lines);
	problems_free(problems);
}

/* do_store - operations of a tool */
static void
do_store(struct daemon *daemon, const struct json *request, struct json *answer)
{
	control_store(store_of(daemon), request, answer);
}

static const struct {
	const char *name;
	void (*run)(struct daemon *daemon, const struct json *request,
	    struct json *answer);
} commands[] = {
	{ "ping", do_ping },
	{ "stats", do_stats },
	{ "reload", do_reload },
	{ "store", do_store },
};

/* answer_error - the command did not come to anything */
static void
answer_error(struct json *answer, const char *what, const char *word)
{
	struct str text = STR_INIT;

	str_addf(&text, "%s%s%s%s", what, word != NULL ? " \"" : "",
	    word != NULL ? word : "", word != NULL ? "\"" : "");
	json_add_bool(answer, "ok", false);
	json_add_text(answer, "error", str_text(&text));
	str_fini(&text);
}

/* run_command - from one line to one answer */
static struct json *
run_command(struct daemon *daemon, const char *line, size_t length)
{
	struct json *answer = json_new_object();
	struct json *request = json_parse(line, length);
	const char *name =
	    request != NULL ? json_get_text(request, "command") : NULL;

	if (name == NULL) {
		answer_error(answer, "not a command", NULL);
		json_free(request);
		return answer;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		commands[i].run(daemon, request, answer);
		json_free(request);
		return answer;
	}
	answer_error(answer, "unknown command", name);
	json_free(request);
	return answer;
}

/* send_line - an answer; false when the client has gone */
static bool
send_line(int fd, const struct json *answer)
{
	char *text = json_print(answer);
	struct str line = STR_INIT;
	size_t sent = 0;

	str_addf(&line, "%s\n", text);
	mem_free(text);
	while (sent < line.length) {
		ssize_t n = send(fd, line.data + sent, line.length - sent,
		    MSG_NOSIGNAL);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	str_fini(&line);
	return sent > 0;
}

/*
 * read_line - the length of the next line in buffer, which holds *have bytes;
 * 0 when the client has gone, says nothing, or says too much.
 */
static size_t
read_line(int fd, char buffer[CONTROL_LINE_MAX], size_t *have)
{
	for (;;) {
		const char *end = memchr(buffer, '\n', *have);
		ssize_t n;

		if (end != NULL)
			return (size_t)(end - buffer) + 1;
		if (*have == CONTROL_LINE_MAX)
			return 0;
		n = recv(fd, buffer + *have, CONTROL_LINE_MAX - *have, 0);
		if (n <= 0)
			return 0;
		*have += (size_t)n;
	}
}

/* serve_client - all of its commands */
static void
serve_client(struct daemon *daemon, int fd)
{
	const struct timeval patience = { .tv_sec = CONTROL_IDLE_S };
	char *buffer = mem_alloc(CONTROL_LINE_MAX);
	size_t have = 0, length;
	bool there = true;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (there && (length = read_line(fd, buffer, &have)) > 0) {
		struct json *answer = run_command(daemon, buffer, length);

		there = send_line(fd, answer);
		json_free(answer);
		have -= length;
		memmove(buffer, buffer + length, have);
	}
	mem_free(buffer);
	close(fd);
}

/* serve - the thread */
static void *
serve(void *argument)
{
	for (;;) {
		int fd = accept4(control.fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve_client(argument, fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			sleep(1); /* no descriptors or no memory for now */
	}
	return NULL;
}

/* remove_stale - a socket that nobody listens on any more */
static void
remove_stale(const struct sockaddr_un *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (lstat(name->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)name, sizeof(*name)) < 0 &&
	    errno == ECONNREFUSED)
		unlink(name->sun_path);
	close(fd);
}

bool
control_open(const char *path, const struct daemon_identity *identity,
    bool shared)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	mode_t old;
	bool opened;

	if (path[0] == '\0')
		return false;
	if (strlen(path) >= sizeof(name.sun_path)) {
		log_warning("no control socket: the path %s is too long", path);
		return false;
	}
	strcpy(name.sun_path, path);
	remove_stale(&name);
	control.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	old = umask(0177);
	opened = bind(control.fd, (struct sockaddr *)&name, sizeof(name)) == 0;
	umask(old);
	if (opened && identity->drop)
		opened = chown(path, identity->uid, identity->gid) == 0;
	if (opened && shared)
		opened = chmod(path, 0660) == 0;
	if (!opened || listen(control.fd, 8) < 0) {
		log_warning("no control socket %s: %s", path, strerror(errno));
		close(control.fd);
		control.fd = -1;
		return false;
	}
	control.path = mem_strdup(path);
	return true;
}

void
control_serve(struct daemon *daemon)
{
	pthread_t thread;
	int error;

	if (control.fd < 0)
		return;
	error = pthread_create(&thread, NULL, serve, daemon);
	if (error != 0)
		log_fatal("cannot start a thread: %s", strerror(error));
	pthread_detach(thread);
}

void
control_close(void)
{
	if (control.path != NULL && unlink(control.path) < 0)
		log_debug("cannot remove %s: %s", control.path,
		    strerror(errno));
}
