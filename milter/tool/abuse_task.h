/*
 * abuse_task - one call of the command abuse, for its parts.
 *
 * ctl_abuse.c reads the command line and has list, ban and lift;
 * abuse_report.c has report.
 */
#ifndef MAILREEVE_ABUSE_TASK_H
#define MAILREEVE_ABUSE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policies/abuse.h"
#include "tool/ctl.h"

struct arena;
struct json;

#define ABUSE_ANSWER_MS 5000

/* what stands on the command line, and what is needed to do it */
struct abuse_task {
	const struct ctl_common *common;
	bool json;
	const char *word; /* the address */
	size_t words;
	const char *message, *why, *for_text;
	int64_t for_s;
	struct config *config;
	struct env env;
	struct store *store;
	struct arena *arena;
	struct json *list; /* of `list` */
	bool listed;       /* anybody */
};

/* abuse_task_report - a user says that a client sent spam. */
int abuse_task_report(struct abuse_task *task);

/* abuse_task_say - what became of a subject; ban may be NULL. EX_OK. */
int abuse_task_say(const struct abuse_task *task, const char *subject,
    const char *outcome, const char *sentence, const struct abuse_ban *ban);
/* abuse_task_fail - the store did not do it; the exit status. */
int abuse_task_fail(enum store_result result);
/* abuse_task_settings - false after a complaint: these are never banned. */
bool abuse_task_settings(const struct abuse_task *task,
    const struct netaddr *client, const char *subject,
    const struct abuse_settings **settings);

#endif
