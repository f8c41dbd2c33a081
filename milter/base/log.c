/*
 * log - one line out, to syslog, to a terminal, or to a test.
 *
 * A line is formatted and made printable in a buffer on the stack and leaves
 * in one call, so lines of several threads never mix. Longer ones are cut at
 * LINE_MAX_BYTES. Nothing here allocates but the capture sink, because
 * mem.c reports through here that memory is out.
 *
 * On stderr: "2026-11-21 10:20:00 warning: text"; on a terminal in colours.
 * Before log_open() lines go to stderr.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/output.h"
#include "base/str.h"

#define LINE_MAX_BYTES 8192

static struct {
	atomic_int sink;
	atomic_bool colours;
	atomic_int level;
	pthread_mutex_t lock; /* of captured */
	struct str captured;
} log_state = {
	.sink = LOG_TO_STDERR,
	.level = LEVEL_INFO,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.captured = STR_INIT,
};

static const struct {
	const char *word;
	const char *colour;
	int priority;
} levels[] = {
	[LEVEL_ERROR] = { "error", "\033[1;31m", LOG_ERR },
	[LEVEL_WARNING] = { "warning", "\033[33m", LOG_WARNING },
	[LEVEL_NOTICE] = { "notice", "\033[1m", LOG_NOTICE },
	[LEVEL_INFO] = { "info", "", LOG_INFO },
	[LEVEL_DEBUG] = { "debug", "\033[2m", LOG_DEBUG },
};

static const char *const tints[] = {
	[TINT_NONE] = "",
	[TINT_REFUSED] = "\033[31m",
	[TINT_DEFERRED] = "\033[33m",
	[TINT_NOTED] = "\033[36m",
};

/* syslog.conf(5); kern is the kernel's own */
static const struct name_code facilities[] = {
	{ "mail", LOG_MAIL },
	{ "daemon", LOG_DAEMON },
	{ "user", LOG_USER },
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "syslog", LOG_SYSLOG },
	{ "cron", LOG_CRON },
	{ "ftp", LOG_FTP },
	{ "lpr", LOG_LPR },
	{ "news", LOG_NEWS },
	{ "uucp", LOG_UUCP },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ NULL, 0 },
};

/* log_open - choose the sink */
bool
log_open(enum log_sink sink, const char *ident, const char *facility)
{
	int code;

	if (!names_code(facilities, facility, &code))
		return false;
	if (sink == LOG_TO_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, code);
	atomic_store(&log_state.colours, output_colours(STDERR_FILENO));
	atomic_store(&log_state.sink, sink);
	return true;
}

/* log_set_level - what is dropped from now on */
void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_state.level, level, memory_order_relaxed);
}

/* log_facility_known - whether log_open() takes it */
bool
log_facility_known(const char *facility)
{
	int code;

	return names_code(facilities, facility, &code);
}

/* dropped - whether a level is above the one that is wanted */
static bool
dropped(enum log_level level)
{
	return (int)level >
	       atomic_load_explicit(&log_state.level, memory_order_relaxed);
}

/* to_stderr - a printable line with time and level, in one write(2) */
static void
to_stderr(enum log_level level, enum log_tint tint, const char *line)
{
	char out[LINE_MAX_BYTES + 128], date[32];
	const char *on = "", *off = "";
	size_t size;
	int length;

	clock_date(clock_wall_s(clock_system()), date, sizeof date);
	if (atomic_load(&log_state.colours)) {
		on = tint != TINT_NONE ? tints[tint] : levels[level].colour;
		off = *on != '\0' ? "\033[0m" : "";
	}
	length = snprintf(out, sizeof out, "%.19s %s%s: %s%s\n", date, on,
	    levels[level].word, line, off);
	size = length < 0 ? 0 : (size_t)length;
	while (size > 0 && write(STDERR_FILENO, out, size) < 0) {
		if (errno != EINTR)
			break; /* nowhere left to complain */
	}
}

/* to_capture - keep a line for log_captured() */
static void
to_capture(const char *line)
{
	pthread_mutex_lock(&log_state.lock);
	str_addf(&log_state.captured, "%s%s",
	    log_state.captured.length > 0 ? "\n" : "", line);
	pthread_mutex_unlock(&log_state.lock);
}

/* put - a printable line to the sink */
static void
put(enum log_level level, enum log_tint tint, const char *line)
{
	switch ((enum log_sink)atomic_load(&log_state.sink)) {
	case LOG_TO_STDERR:
		to_stderr(level, tint, line);
		break;
	case LOG_TO_SYSLOG:
		syslog(levels[level].priority, "%s", line);
		break;
	case LOG_TO_CAPTURE:
		to_capture(line);
		break;
	}
}

/* log_line - a ready line */
void
log_line(enum log_level level, enum log_tint tint, const char *line)
{
	char clean[LINE_MAX_BYTES];

	if (dropped(level))
		return;
	put(level, tint, str_printable(clean, sizeof clean, line));
}

/* put_format - format a line, make it printable in place, let it out */
static void __attribute__((format(printf, 2, 0)))
put_format(enum log_level level, const char *format, va_list list)
{
	char line[LINE_MAX_BYTES];

	if (dropped(level))
		return;
	if (vsnprintf(line, sizeof line, format, list) < 0)
		snprintf(line, sizeof line, "cannot format: %s", format);
	put(level, TINT_NONE, str_printable(line, sizeof line, line));
}

/* log_error - somebody should look now */
void
log_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_format(LEVEL_ERROR, format, list);
	va_end(list);
}

/* log_warning - somebody should look */
void
log_warning(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_format(LEVEL_WARNING, format, list);
	va_end(list);
}

/* log_notice - the daemon's own life */
void
log_notice(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_format(LEVEL_NOTICE, format, list);
	va_end(list);
}

/* log_info - decisions and the like */
void
log_info(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_format(LEVEL_INFO, format, list);
	va_end(list);
}

/* log_debug - for those who search */
void
log_debug(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_format(LEVEL_DEBUG, format, list);
	va_end(list);
}

/*
 * log_fatal - our own trouble: one line and the end. No exit handler runs:
 * other threads still work with what it would take down.
 */
void
log_fatal(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_format(LEVEL_ERROR, format, list);
	va_end(list);
	_exit(EX_TEMPFAIL);
}

/* log_captured - the lines since the last call */
char *
log_captured(void)
{
	char *lines;

	pthread_mutex_lock(&log_state.lock);
	lines = mem_strdup(str_text(&log_state.captured));
	str_fini(&log_state.captured);
	pthread_mutex_unlock(&log_state.lock);
	return lines;
}
