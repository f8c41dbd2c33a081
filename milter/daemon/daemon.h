/*
 * daemon - the running process: what main, reload and control share.
 */
#ifndef MAILREEVE_DAEMON_H
#define MAILREEVE_DAEMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/env.h"

struct config_holder;
struct decision_log;
struct problems;

struct daemon {
	const char *path;   /* of the ini */
	const char *socket; /* -s, or NULL: as configured */
	bool foreground;
	bool to_syslog;
	int64_t started_ms; /* monotonic */
	struct env env;
	struct config_holder *holder;
	struct decision_log *decisions;
	pthread_mutex_t reload_lock; /* one reload at a time */
	struct daemon_fixed *fixed;  /* daemon_reload's */
};

#endif
