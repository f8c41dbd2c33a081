/*
 * ctl_abuse - the command abuse: list, ban, lift, report.
 *
 * Counts and bans are those of policies/abuse_register.c, as in the daemon.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "policies/abuse.h"
#include "service/json.h"
#include "session/config.h"
#include "state/abuse_print.h"
#include "state/abuse_scope.h"
#include "state/state_store.h"
#include "tool/abuse_task.h"
#include "tool/ctl_words.h"

#define NAME "abuse"

struct verb {
	const char *name;
	size_t words;
	bool change;
	int (*run)(struct abuse_task *task);
	const char *options; /* their names, between blanks */
};

static const struct ctl_argument arguments[] = {
	{ "--for", offsetof(struct abuse_task, for_text) },
	{ "--why", offsetof(struct abuse_task, why) },
	{ "--message", offsetof(struct abuse_task, message) },
	{ .name = NULL },
};

int
abuse_task_say(const struct abuse_task *task, const char *subject,
    const char *outcome, const char *sentence, const struct abuse_ban *ban)
{
	struct json *json;

	if (task->json) {
		json = ban != NULL ? abuse_print_json(subject, ban)
				   : json_new_object();
		if (ban == NULL)
			json_add_text(json, "client", subject);
		json_add_text(json, "outcome", outcome);
		ctl_print(json);
		return EX_OK;
	}
	printf("%s %s\n", subject, sentence);
	if (ban != NULL)
		abuse_print(subject, ban);
	return EX_OK;
}

int
abuse_task_fail(enum store_result result)
{
	fprintf(stderr, "mailreevectl abuse: the store does not answer (%s)\n",
	    store_result_name(result));
	return EX_UNAVAILABLE;
}

/* bad_address - a complaint */
static int
bad_address(const struct abuse_task *task)
{
	return ctl_usage(NAME,
	    "not an address, nor a network of /24, or of /48 or /64 of IPv6",
	    task->word);
}

bool
abuse_task_settings(const struct abuse_task *task, const struct netaddr *client,
    const char *subject, const struct abuse_settings **settings)
{
	*settings = abuse_scope(task->config, client);
	if (*settings == NULL)
		fprintf(stderr,
		    "mailreevectl abuse: %s is in a trusted network, or the "
		    "policy abuse is off for it\n",
		    subject);
	return *settings != NULL;
}

/* ---- the verbs ---- */

/* list_one - if it is a ban */
static bool
list_one(void *context, const struct store_item *item)
{
	struct abuse_task *task = context;
	const char *value = json_get_text(item->fields, "value");
	const char *subject = item->subject[0] != '\0' ? item->subject : "?";
	struct abuse_ban ban;

	if (strcmp(item->verb, "entry") != 0 ||
	    strcmp(item->rest, "ban") != 0 || value == NULL ||
	    !abuse_ban_read(&ban, value))
		return true;
	if (task->json)
		json_append(task->list, abuse_print_json(subject, &ban));
	else
		abuse_print(subject, &ban);
	task->listed = true;
	return true;
}

/* list - who is banned */
static int
list(struct abuse_task *task)
{
	bool done;

	task->list = json_new_array();
	done = store_scan(task->store, ABUSE_POLICY, list_one, task);
	if (done && !task->json && !task->listed)
		fprintf(stderr, "nobody is banned\n");
	if (done && task->json)
		ctl_print(task->list);
	else
		json_free(task->list);
	return done ? EX_OK : abuse_task_fail(STORE_UNAVAILABLE);
}

/* ban - by hand: also one who is protected by a good login */
static int
ban(struct abuse_task *task)
{
	const struct abuse_settings *settings;
	struct store_entry_answer answer;
	char subject[ABUSE_SUBJECT_SIZE];
	enum store_result result;
	struct netaddr client;
	struct abuse_ban made;

	if (!abuse_scope_read(task->word, &client, subject))
		return bad_address(task);
	if (!abuse_task_settings(task, &client, subject, &settings))
		return EX_USAGE;
	if (settings->subnet_hosts == 0 &&
	    abuse_scope_is_network(&client, subject)) {
		fprintf(stderr, "mailreevectl abuse: networks are banned with "
				"[abuse] subnet_hosts only\n");
		return EX_USAGE;
	}
	made = (struct abuse_ban){
		.cause = CAUSE_MANUAL,
		.since_s = clock_wall_s(task->env.clock),
		.for_s = task->for_s,
		.times = 1,
		.note = task->why,
	};
	result = store_wait_entry(abuse_add_ban(store_batch_new(task->store,
						    task->arena),
				      subject, &made, task->arena),
	    clock_mono_ms(task->env.clock) + ABUSE_ANSWER_MS, &answer, NULL);
	if (result != STORE_OK)
		return abuse_task_fail(result);
	return abuse_task_say(task, subject, "banned", "is banned", &made);
}

/* lift - a ban, and all else that the register knows of it */
static int
lift(struct abuse_task *task)
{
	char subject[ABUSE_SUBJECT_SIZE];
	struct netaddr client;
	int64_t count;

	if (!abuse_scope_read(task->word, &client, subject))
		return bad_address(task);
	count = store_forget(task->store, ABUSE_POLICY, subject);
	if (count < 0)
		return abuse_task_fail(STORE_UNAVAILABLE);
	return count > 0 ? abuse_task_say(task, subject, "lifted",
			       "is not in the register any "
			       "more",
			       NULL)
			 : abuse_task_say(task, subject, "unknown",
			       "was not in the register", NULL);
}

static const struct verb verbs[] = {
	{ .name = "list", .change = true, .run = list, .options = " " },
	{ .name = "ban",
	    .words = 1,
	    .change = true,
	    .run = ban,
	    .options = " --for --why " },
	{ .name = "lift",
	    .words = 1,
	    .change = true,
	    .run = lift,
	    .options = " " },
	{ .name = "report",
	    .words = 1,
	    .change = true,
	    .run = abuse_task_report,
	    .options = " --message " },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* ---- the command line ---- */

static const struct option for_rows[] = {
	{
	    .name = "--for",
	    .type = OPTION_DURATION,
	    .offset = offsetof(struct abuse_task, for_s),
	    .fallback = "1d",
	    .min = 1,
	    .max = STORE_TTL_MAX,
	    .doc = "How long a ban is.",
	},
	{ .name = NULL },
};

/* read_words - behind the verb; EX_OK if they make sense */
static int
read_words(struct abuse_task *task, const struct verb *verb, int argc,
    char **argv)
{
	const struct ctl_words words = {
		.command = NAME,
		.arguments = arguments,
		.options = verb->options,
		.task = task,
		.word = &task->word,
		.room = verb->words,
		.count = &task->words,
		.json = &task->json,
	};
	int status = ctl_words_read(&words, argc, argv);

	if (status != EX_OK)
		return status;
	if (verb->words > 0 && (task->word == NULL) == (task->message == NULL))
		return ctl_usage(NAME, "which address?", "");
	return ctl_words_value(NAME, for_rows, task, task->for_text,
		   task->arena)
		   ? EX_OK
		   : EX_USAGE;
}

/* run_verb - with configuration and store */
static int
run_verb(struct abuse_task *task, const struct verb *verb)
{
	int status = EX_UNAVAILABLE;

	task->config = ctl_load(task->common, &task->env);
	if (task->config == NULL)
		return EX_CONFIG;
	task->store = state_store_open(task->config, &task->env, verb->change);
	if (task->store != NULL)
		status = verb->run(task);
	arena_reset(task->arena); /* batches in it are of the store */
	store_free(task->store);
	ctl_unload(task->config, &task->env);
	return status;
}

int
ctl_abuse(const struct ctl_common *common, int argc, char **argv)
{
	const struct verb *verb = verbs;
	struct abuse_task task = {
		.common = common,
		.json = common->json,
		.why = "",
	};
	const char *names[VERBS];
	int status;

	for (size_t i = 0; i < VERBS; i++)
		names[i] = verbs[i].name;
	if (argc < 2)
		return ctl_usage(argv[0], "list, ban, lift or report?", "");
	while (verb < verbs + VERBS && strcmp(verb->name, argv[1]) != 0)
		verb++;
	if (verb == verbs + VERBS)
		return ctl_unknown(argv[0], "no such verb", argv[1], names,
		    VERBS);
	task.arena = arena_new(4096);
	status = read_words(&task, verb, argc - 2, argv + 2);
	if (status == EX_OK)
		status = run_verb(&task, verb);
	arena_free(task.arena);
	return status;
}
