/*
 * ctl_config - the commands that read the configuration and nothing else:
 * check, config, replies.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/problem.h"
#include "base/str.h"
#include "dns/dns.h"
#include "dns/dnslist.h"
#include "reply/reply.h"
#include "service/ini.h"
#include "service/json.h"
#include "service/stats.h"
#include "session/config.h"
#include "store/store.h"
#include "table/table.h"
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

/* hint - what helps where the ini cannot be read at all */
static void
hint(const struct ctl_common *common, const struct config *config)
{
	if (config == NULL && access(common->config_path, R_OK) != 0)
		fprintf(stderr, "mailreevectl: -c names another ini\n");
}

struct config *
ctl_load(const struct ctl_common *common, struct env *env)
{
	struct problems *problems = problems_new();
	struct config *config;

	ctl_services(env);
	config = finish_load(config_load(common->config_path, env, problems),
	    env, problems);
	hint(common, config);
	return config;
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

void
ctl_print(struct json *json)
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
		ctl_print(problems_json(problems));
	} else {
		print_problems(problems);
		if (good)
			printf("%s: good\n", common->config_path);
	}
	hint(common, config);
	ctl_unload(config, &env);
	problems_free(problems);
	return good ? EX_OK : EX_CONFIG;
}

/* config_json - what config_print() said: an object a section, of its keys */
static struct json *
config_json(const char *text)
{
	struct problems *problems = problems_new();
	struct arena *arena = arena_new(4096);
	struct json *all = json_new_object(), *one;
	const struct ini_section *section =
	    ini_read_text(text, "", arena, problems);

	for (; section != NULL; section = section->next) {
		one = json_new_object();
		for (const struct ini_entry *e = section->entries; e != NULL;
		     e = e->next)
			json_add_text(one, e->key, e->value);
		json_add(all, section->head, one);
	}
	arena_free(arena);
	problems_free(problems);
	return all;
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
	if (common->json)
		ctl_print(config_json(str_text(&out)));
	else
		fputs(str_text(&out), stdout);
	str_fini(&out);
	ctl_unload(config, &env);
	return EX_OK;
}

/* print_reply - one reason for people, as it can be written in [replies] */
static void
print_reply(const struct reply_book *book, unsigned reason)
{
	const char *text;

	printf("%-26s %s\n%26s (%s)\n", config_reason(reason)->name,
	    reply_written(book, reason, REPLY_PLACE_OTHER), "",
	    reply_source(book, reason, REPLY_PLACE_OTHER));
	for (size_t n = 1; n < REPLY_WORDINGS; n++)
		if ((text = reply_alternative(book, reason, n)) != NULL)
			printf("%26s alternative %zu: %s\n", "", n, text);
}

/* reply_json - the same for programs */
static struct json *
reply_json(const struct reply_book *book, unsigned reason)
{
	struct json *one = json_new_object(), *others = json_new_object();
	char number[24];
	const char *text;

	json_add_text(one, "reason", config_reason(reason)->name);
	json_add_text(one, "reply",
	    reply_written(book, reason, REPLY_PLACE_OTHER));
	json_add_text(one, "source",
	    reply_source(book, reason, REPLY_PLACE_OTHER));
	for (size_t n = 1; n < REPLY_WORDINGS; n++) {
		if ((text = reply_alternative(book, reason, n)) == NULL)
			continue;
		snprintf(number, sizeof(number), "%zu", n);
		json_add_text(others, number, text);
	}
	json_add(one, "alternatives", others);
	return one;
}

/*
 * load_system - an ini that says nothing but which system's replies. Its name
 * is in the folder of the real one, so that replies are found from there.
 */
static struct config *
load_system(const struct ctl_common *common, const char *system,
    struct env *env)
{
	const char *slash = strrchr(common->config_path, '/');
	struct problems *problems = problems_new();
	struct str text = STR_INIT, name = STR_INIT;
	struct config *config;

	if (slash != NULL)
		str_add_n(&name, common->config_path,
		    (size_t)(slash + 1 - common->config_path));
	str_add(&name, "--system");
	ctl_services(env);
	str_addf(&text, "[milter]\nreplies = %s\n", system);
	config =
	    config_load_text(str_text(&text), str_text(&name), env, problems);
	str_fini(&text);
	str_fini(&name);
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
		if (all != NULL)
			json_append(all, reply_json(config->replies, i));
		else
			print_reply(config->replies, i);
	if (all != NULL)
		ctl_print(all);
	ctl_unload(config, &env);
	return EX_OK;
}
