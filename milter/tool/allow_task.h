/*
 * allow_task - what the command allow does, once its words are read.
 */
#ifndef MAILREEVE_ALLOW_TASK_H
#define MAILREEVE_ALLOW_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/env.h"

struct arena;
struct autoallow_settings;
struct json;
struct store;

#define ALLOW_NAME "allow"
#define ALLOW_WORDS 2

/* what stands on the command line, and what is needed to do it */
struct allow_task {
	bool json;
	const char *word[ALLOW_WORDS];
	size_t words;
	const char *for_text, *until_text, *skip, *why, *sender, *rcpt;
	int64_t ttl_s;
	const struct autoallow_settings *settings;
	struct env env;
	struct store *store;
	struct arena *arena;
	struct json *told; /* with json: what was entered */
};

/* each prints what it did; they return the exit status. */
int allow_task_reference(struct allow_task *task);
int allow_task_add(struct allow_task *task);
int allow_task_remove(struct allow_task *task);
int allow_task_list(struct allow_task *task);

#endif
