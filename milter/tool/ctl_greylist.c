/*
 * ctl_greylist - the command greylist: list, allow, forget.
 *
 * Names and settings are those of the policy; where scopes have others, those
 * of [greylist] are taken.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/mem.h"
#include "service/json.h"
#include "session/config.h"
#include "state/state_store.h"
#include "tool/ctl.h"
#include "tool/ctl_words.h"
#include "tool/greylist_words.h"

#define ANSWER_MS 5000
#define NAME "greylist"

/* what stands on the command line, and what is needed to do it */
struct task {
	const struct ctl_common *common;
	bool json;
	const char *word; /* the client */
	size_t words;
	const char *client, *sender, *recipient, *state, *why;
	const char *for_text;
	int64_t for_s;
	struct config *config;
	const struct greylist_settings *settings;
	struct env env;
	struct store *store;
	struct arena *arena;
};

struct verb {
	const char *name;
	size_t words;
	bool change;
	int (*run)(struct task *task);
	const char *options; /* their names, between blanks */
};

static const struct ctl_argument arguments[] = {
	{ "--client", offsetof(struct task, client) },
	{ "--sender", offsetof(struct task, sender) },
	{ "--recipient", offsetof(struct task, recipient) },
	{ "--state", offsetof(struct task, state) },
	{ "--for", offsetof(struct task, for_text) },
	{ "--why", offsetof(struct task, why) },
	{ .name = NULL },
};

/* fail - the store did not do it */
static int
fail(enum store_result result)
{
	fprintf(stderr,
	    "mailreevectl " NAME ": the store does not answer "
	    "(%s)\n",
	    store_result_name(result));
	return EX_UNAVAILABLE;
}

/* read_source - the client that is allowed or forgotten; false after a
 * complaint */
static bool
read_source(const struct task *task, struct greylist_client *client)
{
	return greylist_client(task->word, task->settings, task->arena,
		   client) &&
	       greylist_client_is_source(client, task->word, task->settings);
}

/* ---- list ---- */

/* read_filter - EX_OK, or the status to end with */
static int
read_filter(const struct task *task, struct greylist_client *client,
    struct greylist_filter *filter)
{
	const char *names[GREYLIST_ANY];
	int code = GREYLIST_ANY;

	for (int i = 0; i < GREYLIST_ANY; i++)
		names[i] = greylist_state_names[i].name;
	if (task->state != NULL &&
	    !names_code(greylist_state_names, task->state, &code))
		return ctl_unknown(NAME, "no such state", task->state, names,
		    GREYLIST_ANY);
	*filter = (struct greylist_filter){
		.sender = greylist_party(task->sender, task->settings, true,
		    task->arena),
		.recipient = greylist_party(task->recipient, task->settings,
		    false, task->arena),
		.state = (enum greylist_state)code,
	};
	if (task->client == NULL)
		return EX_OK;
	filter->client = client;
	return greylist_client(task->client, task->settings, task->arena,
		   client)
		   ? EX_OK
		   : EX_USAGE;
}

/* is_address - a whole one, and no "@domain" */
static bool
is_address(const char *party)
{
	return party != NULL && party[0] != '@';
}

/* list - what is stored */
static int
list(struct task *task)
{
	struct greylist_client client;
	struct greylist_listing listing = {
		.settings = task->settings,
		.json = task->json,
		.now_s = clock_wall_s(task->env.clock),
	};
	enum store_result result = STORE_OK;
	int status = read_filter(task, &client, &listing.filter);

	if (status != EX_OK)
		return status;
	greylist_list_begin(&listing);
	if (listing.filter.client != NULL &&
	    is_address(listing.filter.sender) &&
	    is_address(listing.filter.recipient))
		result = greylist_list_look(&listing, task->store,
		    clock_mono_ms(task->env.clock) + ANSWER_MS);
	else if (!store_scan(task->store, NAME, greylist_list_item, &listing))
		result = STORE_UNAVAILABLE;
	greylist_list_end(&listing);
	return result == STORE_OK ? EX_OK : fail(result);
}

/* ---- allow, forget ---- */

/* say - what became of a client */
static void
say(const struct task *task, const char *client, const char *sentence,
    const char *key, int64_t number)
{
	struct json *json;

	if (!task->json) {
		printf("%s %s\n", client, sentence);
		return;
	}
	json = json_new_object();
	json_add_text(json, "client", client);
	json_add_int(json, key, number);
	ctl_print(json);
}

/* allow - a client is not greylisted for a time */
static int
allow(struct task *task)
{
	int64_t now_s = clock_wall_s(task->env.clock);
	struct store_entry_answer answer;
	struct greylist_client client;
	enum store_result result;
	struct store_entry put;
	char date[40];

	if (!read_source(task, &client))
		return EX_USAGE;
	put = (struct store_entry){
		.key = { .policy = GREYLIST_ALLOW, .subject = client.subject },
		.verb = ENTRY_PUT,
		.value = arena_printf(task->arena, "%lld %s", (long long)now_s,
		    task->why != NULL ? task->why : ""),
		.ttl_s = task->for_s,
	};
	result = store_wait_entry(
	    store_add_entry(store_batch_new(task->store, task->arena), &put),
	    clock_mono_ms(task->env.clock) + ANSWER_MS, &answer, NULL);
	if (result != STORE_OK)
		return fail(result);
	clock_date(now_s + answer.ttl_s, date, sizeof(date));
	say(task, client.subject,
	    arena_printf(task->arena, "is not greylisted until %s", date),
	    "until", now_s + answer.ttl_s);
	return EX_OK;
}

/* forget - all that is stored of a client */
static int
forget(struct task *task)
{
	static const char *const kinds[] = { GREYLIST_TRIPLET, GREYLIST_DOMAIN,
		GREYLIST_NETWORK, GREYLIST_ALLOW };
	struct greylist_client client;
	int64_t count = 0, some;

	if (!read_source(task, &client))
		return EX_USAGE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		some = store_forget(task->store, kinds[i], client.subject);
		if (some < 0)
			return fail(STORE_UNAVAILABLE);
		count += some;
	}
	say(task, client.subject,
	    count == 0 ? "was not known"
		       : arena_printf(task->arena, "is forgotten (%lld stored)",
			     (long long)count),
	    "forgotten", count);
	return EX_OK;
}

/* ---- the command line ---- */

static const struct verb verbs[] = {
	{ .name = "list",
	    .run = list,
	    .options = " --client --sender --recipient --state " },
	{ .name = "allow",
	    .words = 1,
	    .change = true,
	    .run = allow,
	    .options = " --for --why " },
	{ .name = "forget",
	    .words = 1,
	    .change = true,
	    .run = forget,
	    .options = " " },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct option for_rows[] = {
	{
	    .name = "--for",
	    .type = OPTION_DURATION,
	    .offset = offsetof(struct task, for_s),
	    .fallback = "60d",
	    .min = 1,
	    .max = STORE_TTL_MAX,
	    .doc = "How long a client is allowed.",
	},
	{ .name = NULL },
};

/* read_words - behind the verb; EX_OK if they make sense */
static int
read_words(struct task *task, const struct verb *verb, int argc, char **argv)
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
	if (task->words < verb->words)
		return ctl_usage(NAME, "which client?", "");
	return ctl_words_value(NAME, for_rows, task, task->for_text,
		   task->arena)
		   ? EX_OK
		   : EX_USAGE;
}

/* find_settings - of [greylist]; the policy is in every configuration */
static const struct greylist_settings *
find_settings(const struct config *config)
{
	const struct instance *instance = config->instances;

	while (strcmp(instance->name, NAME) != 0)
		instance++;
	return instance->global.settings;
}

/* run_verb - with configuration and store */
static int
run_verb(struct task *task, const struct verb *verb)
{
	int status = EX_UNAVAILABLE;

	task->config = ctl_load(task->common, &task->env);
	if (task->config == NULL)
		return EX_CONFIG;
	task->settings = find_settings(task->config);
	task->store = state_store_open(task->config, &task->env, verb->change);
	if (task->store != NULL)
		status = verb->run(task);
	arena_reset(task->arena); /* batches in it are of the store */
	store_free(task->store);
	ctl_unload(task->config, &task->env);
	return status;
}

int
ctl_greylist(const struct ctl_common *common, int argc, char **argv)
{
	const struct verb *verb = verbs;
	struct task task = { .common = common, .json = common->json };
	const char *names[VERBS];
	int status;

	for (size_t i = 0; i < VERBS; i++)
		names[i] = verbs[i].name;
	if (argc < 2)
		return ctl_usage(NAME, "list, allow or forget?", "");
	while (verb < verbs + VERBS && strcmp(verb->name, argv[1]) != 0)
		verb++;
	if (verb == verbs + VERBS)
		return ctl_unknown(NAME, "no such verb", argv[1], names, VERBS);
	task.arena = arena_new(4096);
	status = read_words(&task, verb, argc - 2, argv + 2);
	if (status == EX_OK)
		status = run_verb(&task, verb);
	arena_free(task.arena);
	return status;
}
