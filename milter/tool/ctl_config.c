/*
 * ctl_config - the commands that read the configuration and nothing else:
 * check, config, replies.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/dns.h"
#include "service/dnslist.h"
#include "service/json.h"
#include "service/problem.h"
#include "service/reply.h"
#include "service/stats.h"
#include "service/store.h"
#include "service/table.h"
#include "session/config.h"
#include "tool/ctl.h"

void
ctl_services(struct env *env)
{
	*env = (struct env){
		.clock = clock_system(),
		.stats = stats_new(config_reason_count()),
		.tables = tables_new(clock_system()),
		.dns = dns_new(clock_system()),
	};
	env->lists = dnslists_new(env->clock, env->dns);
}

/* print_problems - one a line, to stderr */
static void
print_problems(const struct problems *problems)
{
	bool is_error;

	for (size_t i = 0; i < problems_count(problems); i++)
		fprintf(stderr, "%s\n", problems_line(problems, i, &is_error));
}

/* finish_load - tell the problems; no configuration, no services */
static struct config *
finish_load(struct config *config, struct env *env, struct problems *problems)
{
	print_problems(problems);
	problems_free(problems);
	if (config == NULL)
		ctl_unload(NULL, env);
	return config;
}

struct config *
ctl_load(const struct ctl_common *common, struct env *env)
{
	struct problems *problems = problems_new();

	ctl_services(env);
	return finish_load(config_load(common->config_path, env, problems), env,
	    problems);
}

void
ctl_unload(struct config *config, struct env *env)
{
	config_unref(config);
	store_free(env->store);
	dnslists_free(env->lists);
	dns_free(env->dns);
	tables_free(env->tables);
	stats_free(env->stats);
}

/* print_json - on one line; frees it */
static void
print_json(struct json *json)
{
	char *text = json_print(json);

	printf("%s\n", text);
	mem_free(text);
	json_free(json);
}

/* problems_json - errors and warnings */
static struct json *
problems_json(const struct problems *problems)
{
	struct json *all = json_new_array();

	for (size_t i = 0; i < problems_count(problems); i++) {
		struct json *one = json_new_object();
		bool is_error;
		const char *line = problems_line(problems, i, &is_error);

		json_add_text(one, "text", line);
		json_add_bool(one, "error", is_error);
		json_append(all, one);
	}
	return all;
}

int
ctl_check(const struct ctl_common *common, int argc, char **argv)
{
	struct problems *problems;
	struct config *config;
	struct env env;
	bool good;

	if (argc > 1)
		return ctl_usage(argv[0], "takes no arguments", argv[1]);
	problems = problems_new();
	ctl_services(&env);
	config = config_load(common->config_path, &env, problems);
	good = config != NULL;
	if (common->json) {
		print_json(problems_json(problems));
	} else {
		print_problems(problems);
		if (good)
			printf("%s: good\n", common->config_path);
	}
	ctl_unload(config, &env);
	problems_free(problems);
	return good ? EX_OK : EX_CONFIG;
}

int
ctl_config(const struct ctl_common *common, int argc, char **argv)
{
	struct str out = STR_INIT;
	struct config *config;
	struct env env;
	bool defaults = argc == 2 && strcmp(argv[1], "-d") == 0;

	if (argc > 1 && !defaults)
		return ctl_usage(argv[0], "takes only -d", argv[1]);
	config = ctl_load(common, &env);
	if (config == NULL)
		return EX_CONFIG;
	config_print(config, defaults, &out);
	fputs(str_text(&out), stdout);
	str_fini(&out);
	ctl_unload(config, &env);
	return EX_OK;
}

/* placeholders - values that stand for themselves: "{client_addr}" */
static void
placeholders(struct reply_values *values, struct arena *arena)
{
	for (int i = 0; i < VALUE_MAX; i++)
		values->text[i] = arena_printf(arena, "{%s}",
		    reply_value_name((enum reply_value)i));
}

/* print_reply - one reason, for people, or into all */
static void
print_reply(const struct config *config, unsigned reason, struct json *all)
{
	struct arena *arena = arena_new(1024);
	struct str text = STR_INIT;
	struct reply_values values;
	struct reply reply;
	struct json *one;
	const char *source =
	    reply_source(config->replies, reason, REPLY_PLACE_OTHER);

	placeholders(&values, arena);
	reply_make(config->replies, reason, REPLY_PLACE_OTHER, &values, arena,
	    &reply);
	reply_text(&reply, &text);
	if (all == NULL) {
		printf("%-26s %s\n%26s (%s)\n", config_reason(reason)->name,
		    str_text(&text), "", source);
	} else {
		one = json_new_object();
		json_add_text(one, "reason", config_reason(reason)->name);
		json_add_int(one, "code", reply.code);
		json_add_text(one, "xcode", reply.xcode);
		json_add_text(one, "reply", str_text(&text));
		json_add_text(one, "source", source);
		json_append(all, one);
	}
	str_fini(&text);
	arena_free(arena);
}

/* load_system - an ini that says nothing but which system's replies */
static struct config *
load_system(const struct ctl_common *common, const char *system,
    struct env *env)
{
	struct problems *problems = problems_new();
	struct str text = STR_INIT;
	struct config *config;

	ctl_services(env);
	str_addf(&text, "[milter]\nreplies = %s\n", system);
	config = config_load_text(str_text(&text), common->config_path, env,
	    problems);
	str_fini(&text);
	return finish_load(config, env, problems);
}

int
ctl_replies(const struct ctl_common *common, int argc, char **argv)
{
	struct json *all = common->json ? json_new_array() : NULL;
	const char *system = NULL;
	struct config *config;
	struct env env;

	if (argc == 3 && strcmp(argv[1], "--system") == 0)
		system = argv[2];
	else if (argc > 1)
		return ctl_usage(argv[0], "takes only --system NAME", argv[1]);
	config = system != NULL ? load_system(common, system, &env)
				: ctl_load(common, &env);
	if (config == NULL)
		return EX_CONFIG;
	for (unsigned i = 0; i < config_reason_count(); i++)
		print_reply(config, i, all);
	if (all != NULL)
		print_json(all);
	ctl_unload(config, &env);
	return EX_OK;
}
