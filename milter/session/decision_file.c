/*
 * decision_file - decisions as JSON lines, one object a line.
 *
 * Each line is one write(2) to a file opened with O_APPEND, so lines of
 * several threads do not mix and no lock is held over the write but a shared
 * one against the file being closed. The file is opened anew when its path no
 * longer leads to it (log rotation).
 *
 * A full disk holds up nobody, nor does a FIFO that nobody reads: lines that
 * cannot be written are counted, and the count is logged once a minute. Half a
 * line that a full disk has left is closed by the next one.
 */
#include "session/decision.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/str.h"
#include "policy/step.h"
#include "service/json.h"
#include "session/decision_internal.h"

#define CHECK_INTERVAL_MS 1000
#define LOST_LOG_INTERVAL_MS 60000

struct decision_log {
	pthread_rwlock_t lock; /* path and descriptor */
	char *path;            /* NULL: no file */
	int descriptor;
	atomic_int_least64_t checked_ms;
	atomic_int_least64_t logged_ms; /* 0: never */
	atomic_ulong lost;
	atomic_int error;      /* of the last open or write that failed */
	atomic_bool half_line; /* the file ends with one */
};

struct decision_log *
decision_log_new(void)
{
	struct decision_log *log = mem_alloc(sizeof(*log));

	pthread_rwlock_init(&log->lock, NULL);
	log->descriptor = -1;
	return log;
}

/* open_file - 0640: addresses are personal */
static int
open_file(struct decision_log *log, const char *path)
{
	int descriptor = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    0640);

	if (descriptor < 0)
		atomic_store(&log->error, errno);
	return descriptor;
}

/* use - another file, or the same one again */
static int
use(struct decision_log *log, const char *path)
{
	int descriptor = path[0] != '\0' ? open_file(log, path) : -1;

	pthread_rwlock_wrlock(&log->lock);
	if (log->descriptor >= 0)
		close(log->descriptor);
	mem_free(log->path);
	log->path = path[0] != '\0' ? mem_strdup(path) : NULL;
	log->descriptor = descriptor;
	atomic_store(&log->half_line, false);
	pthread_rwlock_unlock(&log->lock);
	return descriptor;
}

void
decision_log_use(struct decision_log *log, const char *path)
{
	if (use(log, path) < 0 && path[0] != '\0')
		log_error("cannot open decision file %s: %s", path,
		    strerror(atomic_load(&log->error)));
}

void
decision_log_free(struct decision_log *log)
{
	if (log == NULL)
		return;
	decision_log_use(log, "");
	pthread_rwlock_destroy(&log->lock);
	mem_free(log);
}

/* due - true at most once per interval, for one of the callers */
static bool
due(atomic_int_least64_t *last_ms, int64_t now_ms, int64_t interval_ms)
{
	int_least64_t last = atomic_load(last_ms);

	return (last == 0 || now_ms - last >= interval_ms) &&
	       atomic_compare_exchange_strong(last_ms, &last, now_ms);
}

/* follow_rotation - open the file anew when it was moved away */
static void
follow_rotation(struct decision_log *log)
{
	struct stat by_path, by_descriptor;
	char *path = NULL;

	pthread_rwlock_rdlock(&log->lock);
	if (log->path != NULL &&
	    (log->descriptor < 0 || stat(log->path, &by_path) != 0 ||
		fstat(log->descriptor, &by_descriptor) != 0 ||
		by_path.st_ino != by_descriptor.st_ino ||
		by_path.st_dev != by_descriptor.st_dev))
		path = mem_strdup(log->path);
	pthread_rwlock_unlock(&log->lock);
	if (path != NULL)
		use(log, path);
	mem_free(path);
}

/*
 * write_line - one write(2) of a line that has a line feed at both ends; false
 * when it was not all written
 */
static bool
write_line(struct decision_log *log, const char *text, size_t length)
{
	ssize_t written = -1;
	bool half;

	pthread_rwlock_rdlock(&log->lock);
	if (log->descriptor >= 0) {
		half = atomic_exchange(&log->half_line, false);
		if (!half)
			text++, length--;
		written = write(log->descriptor, text, length);
		if (written < (ssize_t)length)
			atomic_store(&log->error, written < 0 ? errno : ENOSPC);
		if (written < (ssize_t)length && (half || written > 0))
			atomic_store(&log->half_line, true);
	}
	pthread_rwlock_unlock(&log->lock);
	return written == (ssize_t)length;
}

/* tell_lost - how many lines, and why; not with each of them */
static void
tell_lost(struct decision_log *log, int64_t now_ms)
{
	if (atomic_load(&log->lost) == 0 ||
	    !due(&log->logged_ms, now_ms, LOST_LOG_INTERVAL_MS))
		return;
	pthread_rwlock_rdlock(&log->lock);
	log_error("decision file %s: %lu lines could not be written: %s",
	    log->path != NULL ? log->path : "", atomic_exchange(&log->lost, 0),
	    strerror(atomic_load(&log->error)));
	pthread_rwlock_unlock(&log->lock);
}

/* put - an object, as a line; takes it over */
static void
put(struct decision_log *log, const struct session *session,
    struct json *object)
{
	int64_t now_ms = clock_mono_ms(session->env->clock);
	char *text = json_print(object);
	struct str line = STR_INIT;

	str_addf(&line, "\n%s\n", text);
	if (due(&log->checked_ms, now_ms, CHECK_INTERVAL_MS))
		follow_rotation(log);
	if (!write_line(log, line.data, line.length))
		atomic_fetch_add(&log->lost, 1);
	tell_lost(log, now_ms);
	str_fini(&line);
	mem_free(text);
	json_free(object);
}

/* in_use - whether there is a file at all */
static bool
in_use(struct decision_log *log)
{
	bool used;

	pthread_rwlock_rdlock(&log->lock);
	used = log->path != NULL;
	pthread_rwlock_unlock(&log->lock);
	return used;
}

/* facts - what both kinds of lines tell of the session */
static struct json *
facts(const struct session *session, const char *action)
{
	const struct connection *conn = &session->txn.connection;
	const struct message *message = session->txn.message;
	struct json *object = json_new_object();
	char addr[NETADDR_TEXT_SIZE];

	json_add_int(object, "time", clock_wall_s(session->env->clock));
	json_add_text(object, "session", session->id);
	json_add_text(object, "action", action);
	json_add_text(object, "step",
	    names_name(step_names, (int)session->txn.step, "?"));
	json_add_text(object, "client_addr",
	    netaddr_format(&conn->client, addr));
	json_add_text(object, "client_name", conn->client_name);
	json_add_text(object, "client_ptr", conn->client_ptr);
	json_add_text(object, "helo", conn->helo);
	json_add_text(object, "proto", decision_protocol(conn));
	json_add_text(object, "listener", conn->listener);
	json_add_text(object, "tls", conn->tls_version);
	if (message == NULL)
		return object;
	json_add_text(object, "queue_id", message->queue_id);
	json_add_text(object, "from", message->sender.raw);
	json_add_text(object, "login", message->login);
	json_add_int(object, "declared_size", message->declared_size);
	return object;
}

void
decision_file_refusal(struct decision_log *log, const struct session *session,
    const struct decision *decision, enum outcome outcome)
{
	const struct recipient *recipient = session->txn.recipient;
	const struct verdict *verdict = &decision->verdict;
	const struct reply *reply = &decision->reply;
	struct str text = STR_INIT;
	struct json *object;

	if (!in_use(log))
		return;
	object = facts(session, decision_action(decision, outcome));
	if (recipient != NULL)
		json_add_text(object, "to", recipient->address.raw);
	json_add_text(object, "policy", decision->instance->name);
	json_add_text(object, "reason", config_reason(decision->reason)->name);
	json_add_text(object, "scope", decision->section->scope_text);
	json_add_text(object, "option", verdict->option);
	json_add_text(object, "why", verdict->detail);
	reply_text(reply, &text);
	json_add_text(object, "reply", str_text(&text));
	str_fini(&text);
	put(log, session, object);
}

void
decision_file_accepted(struct decision_log *log, const struct session *session)
{
	const struct message *message = session->txn.message;
	struct json *object, *recipients;

	if (session->config->log.accepted == ACCEPTED_NONE || !in_use(log))
		return;
	object = facts(session, "accept");
	recipients = json_new_array();
	for (const struct recipient *r = message->recipients; r != NULL;
	     r = r->next)
		if (!r->refused && !r->refused_by_mta)
			json_append_text(recipients, r->address.raw);
	json_add(object, "to", recipients);
	json_add_int(object, "size", message->size);
	put(log, session, object);
}
