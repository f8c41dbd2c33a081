/*
 * log - one line out, to syslog, to a terminal, or to a test.
 *
 * The sink is the one global of the program (set in main, read everywhere).
 * Levels are filtered here and nowhere else: no call is guarded by a flag.
 * Whatever reaches a sink has its control bytes and line breaks replaced by
 * '?', so no word from the network can forge a second line.
 * All functions may be called from any thread.
 */
#ifndef MAILREEVE_LOG_H
#define MAILREEVE_LOG_H

#include <stdbool.h>

enum log_level {
	LEVEL_ERROR,   /* somebody should look now */
	LEVEL_WARNING, /* somebody should look */
	LEVEL_NOTICE,  /* start, stop, reload, switched off, back again */
	LEVEL_INFO,    /* decisions */
	LEVEL_DEBUG,
};

enum log_sink {
	LOG_TO_STDERR, /* coloured when stderr is a terminal */
	LOG_TO_SYSLOG,
	LOG_TO_CAPTURE, /* kept in memory for tests: log_captured() */
};

/* the level of decision lines may be coloured by what was decided */
enum log_tint { TINT_NONE, TINT_REFUSED, TINT_DEFERRED, TINT_NOTED };

/*
 * log_open - choose the sink. ident is the program's name and is borrowed for
 * the life of the process; facility is a name as in syslog.conf(5) ("mail",
 * "local0"). Returns false, and changes nothing, for an unknown facility.
 */
bool log_open(enum log_sink sink, const char *ident, const char *facility);
/* log_set_level - lines above this level are dropped. */
void log_set_level(enum log_level level);
/* log_facility_known - whether log_open() would take this facility. */
bool log_facility_known(const char *facility);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* log_line - a ready line at a level; tint only matters on a terminal. */
void log_line(enum log_level level, enum log_tint tint, const char *line);
/* log_fatal - one line at LEVEL_ERROR, then exit(75): our own trouble. */
void log_fatal(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/*
 * log_captured - all lines since the last call, joined by '\n' (empty string
 * if none); the caller frees it with mem_free(). Only with LOG_TO_CAPTURE.
 */
char *log_captured(void);

#endif
