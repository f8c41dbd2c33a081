/*
 * ctl_allow - the command line of allow: a reference, list, add, remove.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policies/autoallow.h"
#include "service/json.h"
#include "session/config.h"
#include "state/state_store.h"
#include "tool/allow_task.h"
#include "tool/ctl.h"
#include "tool/ctl_words.h"

#define NAME ALLOW_NAME

struct verb {
	const char *name; /* NULL: the word is a reference */
	size_t words;
	bool change;
	int (*run)(struct allow_task *task);
	const char *options; /* their names, between blanks */
};

static const struct ctl_argument arguments[] = {
	{ "--for", offsetof(struct allow_task, for_text) },
	{ "--until", offsetof(struct allow_task, until_text) },
	{ "--skip", offsetof(struct allow_task, skip) },
	{ "--why", offsetof(struct allow_task, why) },
	{ "--sender", offsetof(struct allow_task, sender) },
	{ "--rcpt", offsetof(struct allow_task, rcpt) },
	{ .name = NULL },
};

/* ---- the command line ---- */

static const struct verb verbs[] = {
	{ .name = "list",
	    .run = allow_task_list,
	    .options = " --sender --rcpt " },
	{ .name = "add",
	    .words = 2,
	    .change = true,
	    .run = allow_task_add,
	    .options = " --until --skip --why " },
	{ .name = "remove",
	    .words = 2,
	    .change = true,
	    .run = allow_task_remove,
	    .options = " " },
};
static const struct verb by_reference = {
	.words = 1,
	.change = true,
	.run = allow_task_reference,
	.options = " --for --until --skip --why ",
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct option until_rows[] = {
	{
	    .name = "--until",
	    .type = OPTION_DURATION,
	    .offset = offsetof(struct allow_task, ttl_s),
	    .fallback = "60d",
	    .min = 1,
	    .max = STORE_TTL_MAX,
	    .doc = "How long somebody is let by.",
	},
	{ .name = NULL },
};

/* read_until - a length of time or a date; false after a complaint */
static bool
read_until(struct allow_task *task)
{
	const char *value = task->until_text != NULL ? task->until_text
						     : until_rows[0].fallback;
	int64_t date_s = clock_parse_date(value);

	if (date_s < 0)
		return ctl_words_value(NAME, until_rows, task, value,
		    task->arena);
	task->ttl_s = date_s - clock_wall_s(clock_system());
	return task->ttl_s >= 1 || ctl_usage(NAME, "is over", value) == EX_OK;
}

/* read_words - behind the verb; EX_OK if they make sense */
static int
read_words(struct allow_task *task, const struct verb *verb, int argc,
    char **argv)
{
	const struct ctl_words words = {
		.command = NAME,
		.arguments = arguments,
		.options = verb->options,
		.task = task,
		.word = task->word,
		.room = verb->words,
		.count = &task->words,
		.json = &task->json,
	};
	int status = ctl_words_read(&words, argc, argv);

	if (status != EX_OK)
		return status;
	if (task->words < verb->words)
		return ctl_usage(NAME, "whom, for whom?", "");
	return read_until(task) ? EX_OK : EX_USAGE;
}

/* use_settings - of [autoallow]; the policy is in every configuration */
static void
use_settings(struct allow_task *task, const struct config *config)
{
	const struct instance *instance = config->instances;

	while (strcmp(instance->name, AUTOALLOW_SENT) != 0)
		instance++;
	task->settings = instance->global.settings;
	if (instance->hooks_wanted == 0)
		fprintf(stderr, "mailreevectl " NAME ": nothing looks at this "
				"until [autoallow] says enabled = yes\n");
}

/* run_verb - with configuration and store */
static int
run_verb(struct allow_task *task, const struct verb *verb,
    const struct ctl_common *common)
{
	struct config *config = ctl_load(common, &task->env);
	int status = EX_UNAVAILABLE;

	if (config == NULL)
		return EX_CONFIG;
	use_settings(task, config);
	task->store = state_store_open(config, &task->env, verb->change);
	task->told = json_new_array();
	if (task->store != NULL)
		status = verb->run(task);
	if (status == EX_OK && task->json && json_count(task->told) > 0)
		ctl_print(task->told);
	else
		json_free(task->told);
	arena_reset(task->arena); /* batches in it are of the store */
	store_free(task->store);
	ctl_unload(config, &task->env);
	return status;
}

int
ctl_allow(const struct ctl_common *common, int argc, char **argv)
{
	struct allow_task task = { .json = common->json };
	const struct verb *verb = &by_reference;
	int status, first = 1;

	if (argc < 2)
		return ctl_usage(NAME, "a reference, list, add or remove?", "");
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, argv[1]) == 0) {
			verb = &verbs[i];
			first = 2;
		}
	task.arena = arena_new(4096);
	status = read_words(&task, verb, argc - first, argv + first);
	if (status == EX_OK)
		status = run_verb(&task, verb, common);
	arena_free(task.arena);
	return status;
}
