/*
 * ctl_limit - the command limit: show, reset.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "service/json.h"
#include "state/limit_list.h"
#include "state/state_store.h"
#include "tool/ctl.h"

#define NAME "limit"
#define INSTANCES_MAX 64

/* what stands on the command line */
struct request {
	const char *name;    /* of the limit, or NULL */
	const char *subject; /* or NULL */
	bool json, over;
};

/* fail - the store did not do it */
static int
fail(void)
{
	fprintf(stderr, "mailreevectl " NAME ": the store does not answer\n");
	return EX_UNAVAILABLE;
}

/* unknown_limit - with the nearest one that there is */
static int
unknown_limit(const struct config *config, const char *name)
{
	const char *names[INSTANCES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < config->instance_count && count < INSTANCES_MAX;
	     i++) {
		const struct instance *instance = &config->instances[i];
		const char *dot = strchr(instance->name, '.');

		if (strcmp(instance->policy->name, "ratelimit") == 0)
			names[count++] = dot != NULL ? dot + 1 : instance->name;
	}
	return ctl_unknown(NAME, "no such limit", name, names, count);
}

/* show - what is counted; for programs an array */
static int
show(struct limit_list *list, const struct instance *instance,
    const char *subject)
{
	bool good;

	if (list->json)
		list->array = json_new_array();
	good = subject != NULL ? limit_list_one(list, instance, subject)
			       : limit_list_all(list, instance);
	if (good && list->json)
		ctl_print(list->array);
	else
		json_free(list->array);
	return good ? EX_OK : fail();
}

/* reset - the counts of one subject */
static int
reset(struct limit_list *list, const struct instance *instance,
    const char *subject)
{
	int64_t count = store_forget(list->store, instance->name, subject);
	struct json *json;

	if (count < 0)
		return fail();
	if (!list->json) {
		printf("%s %s %s\n", instance->name, subject,
		    count > 0 ? "is at 0 again" : "was not counted");
		return EX_OK;
	}
	json = json_new_object();
	json_add_text(json, "limit", instance->name);
	json_add_text(json, "subject", subject);
	json_add_bool(json, "reset", count > 0);
	ctl_print(json);
	return EX_OK;
}

static const struct verb {
	const char *name;
	int (*run)(struct limit_list *list, const struct instance *instance,
	    const char *subject);
	bool change; /* and needs all of its words */
} verbs[] = {
	{ .name = "show", .run = show },
	{ .name = "reset", .run = reset, .change = true },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* run_on - with the store open */
static int
run_on(struct limit_list *list, const struct verb *verb,
    const struct request *request)
{
	const struct instance *instance = NULL;
	const char *subject = NULL;

	if (request->name != NULL) {
		instance =
		    limit_instance(list->config, request->name, list->arena);
		if (instance == NULL)
			return unknown_limit(list->config, request->name);
	}
	if (request->subject != NULL) {
		subject = limit_subject(list, instance, request->subject);
		if (subject == NULL)
			return ctl_usage(NAME, "nothing that is counted there",
			    request->subject);
	}
	list->store = state_store_open(list->config, list->env, verb->change);
	return list->store != NULL ? verb->run(list, instance, subject)
				   : EX_UNAVAILABLE;
}

/* run_verb - with configuration and store */
static int
run_verb(const struct ctl_common *common, const struct verb *verb,
    const struct request *request)
{
	struct env env;
	struct config *config = ctl_load(common, &env);
	struct limit_list list = {
		.config = config,
		.env = &env,
		.json = request->json,
		.only_over = request->over,
	};
	int status;

	if (config == NULL)
		return EX_CONFIG;
	list.arena = arena_new(4096);
	status = run_on(&list, verb, request);
	arena_free(list.arena); /* batches in it are of the store */
	store_free(list.store);
	ctl_unload(config, &env);
	return status;
}

/* read_words - behind the verb; EX_OK if they make sense */
static int
read_words(const struct verb *verb, int argc, char **argv,
    struct request *request)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			request->json = true;
		else if (strcmp(argv[i], "--full") == 0 && !verb->change)
			request->over = true;
		else if (argv[i][0] == '-')
			return ctl_usage(NAME, "no such option", argv[i]);
		else if (request->name == NULL)
			request->name = argv[i];
		else if (request->subject == NULL)
			request->subject = argv[i];
		else
			return ctl_usage(NAME, "one word too many", argv[i]);
	}
	if (verb->change && request->subject == NULL)
		return ctl_usage(NAME, "which limit, of whom?", "");
	return EX_OK;
}

int
ctl_limit(const struct ctl_common *common, int argc, char **argv)
{
	const struct verb *verb = verbs;
	struct request request = { .json = common->json };
	const char *names[VERBS];
	int status;

	for (size_t i = 0; i < VERBS; i++)
		names[i] = verbs[i].name;
	if (argc < 2)
		return ctl_usage(NAME, "show or reset?", "");
	while (verb < verbs + VERBS && strcmp(verb->name, argv[1]) != 0)
		verb++;
	if (verb == verbs + VERBS)
		return ctl_unknown(NAME, "no such verb", argv[1], names, VERBS);
	status = read_words(verb, argc - 2, argv + 2, &request);
	return status == EX_OK ? run_verb(common, verb, &request) : status;
}
