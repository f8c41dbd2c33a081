/*
 * ctl_daemon - the commands that ask the running daemon: reload, stats.
 *
 * The control socket's path is that of the configuration, also when the rest
 * of it is wrong: that is when one reloads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "session/config.h"
#include "state/control_client.h"
#include "tool/ctl.h"

/* ask - one command, or NULL after a complaint */
static struct json *
ask(const struct ctl_common *common, const char *command)
{
	char *path = config_control(common->config_path);
	struct str error = STR_INIT;
	struct json *answer = NULL;

	if (path[0] == '\0')
		str_add(&error, "[milter] control is empty");
	else
		answer = control_client_ask(path, command, &error);
	if (answer == NULL)
		fprintf(stderr, "mailreevectl: %s\n", str_text(&error));
	if (answer == NULL && access(common->config_path, R_OK) != 0)
		fprintf(stderr,
		    "mailreevectl: cannot read %s, which may name another "
		    "socket: %s\n",
		    common->config_path, strerror(errno));
	str_fini(&error);
	mem_free(path);
	return answer;
}

int
ctl_reload(const struct ctl_common *common, int argc, char **argv)
{
	const struct json *problems;
	struct json *answer;
	bool good;

	if (argc > 1)
		return ctl_usage(argv[0], "takes no arguments", argv[1]);
	answer = ask(common, "reload");
	if (answer == NULL)
		return EX_UNAVAILABLE;
	good = json_get_int(answer, "errors", 0) == 0 &&
	       json_get_text(answer, "error") == NULL;
	problems = json_get(answer, "problems");
	if (common->json) {
		ctl_print(answer);
		return good ? EX_OK : EXIT_FAILURE;
	}
	for (size_t i = 0; i < json_count(problems); i++)
		fprintf(stderr, "%s\n", json_text_at(problems, i));
	printf("%s\n", good
			   ? "reloaded"
			   : "not reloaded: the old configuration is in force");
	json_free(answer);
	return good ? EX_OK : EXIT_FAILURE;
}

/* print_numbers - "name  value" of an object's members */
static void
print_numbers(const struct json *object)
{
	const struct json *value;
	const char *name;
	void *cursor = NULL;

	while ((value = json_each(object, &cursor, &name)) != NULL)
		printf("%-28s %lld\n", name, (long long)json_as_int(value));
}

/* print_dns - its counters, and a line a server */
static void
print_dns(const struct json *dns)
{
	const struct json *servers = json_get(dns, "servers"), *value;
	const char *name;
	void *cursor = NULL;

	while ((value = json_each(dns, &cursor, &name)) != NULL)
		if (value != servers)
			printf("dns %-24s %lld\n", name,
			    (long long)json_as_int(value));
	for (size_t i = 0; i < json_count(servers); i++) {
		const struct json *server = json_at(servers, i);

		printf("name server %-16s %s asked=%lld timeouts=%lld\n",
		    json_get_text(server, "server"),
		    json_get_text(server, "state"),
		    (long long)json_get_int(server, "asked", 0),
		    (long long)json_get_int(server, "timeouts", 0));
	}
}

/* print_lists - a line a DNS list */
static void
print_lists(const struct json *lists)
{
	static const char *const numbers[] = { "clean", "listed", "refused",
		"silent", "switched_off" };

	for (size_t i = 0; i < json_count(lists); i++) {
		const struct json *list = json_at(lists, i);
		const char *why = json_get_text(list, "why");

		printf("list %-23s %s", json_get_text(list, "list"),
		    json_get_text(list, "state"));
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++)
			printf(" %s=%lld", numbers[k],
			    (long long)json_get_int(list, numbers[k], 0));
		printf("%s%s\n", why[0] != '\0' ? ": " : "", why);
	}
}

/* print_store - its counters, and those of its backends below their names */
static void
print_store(const char *prefix, const struct json *store)
{
	const struct json *value;
	const char *name, *text;
	void *cursor = NULL;
	char label[64];

	while ((value = json_each(store, &cursor, &name)) != NULL) {
		text = json_get_text(store, name);
		snprintf(label, sizeof(label), "%s %s", prefix, name);
		if (json_holds_object(value))
			print_store(label, value);
		else if (text != NULL)
			printf("%-28s %s\n", label, text);
		else
			printf("%-28s %lld\n", label,
			    (long long)json_as_int(value));
	}
}

/* print_reasons - "reason  outcome=n outcome=n" */
static void
print_reasons(const struct json *reasons)
{
	const struct json *reason, *value;
	const char *name, *outcome;
	void *cursor = NULL, *inner;

	while ((reason = json_each(reasons, &cursor, &name)) != NULL) {
		printf("%-28s", name);
		inner = NULL;
		while ((value = json_each(reason, &inner, &outcome)) != NULL)
			printf(" %s=%lld", outcome,
			    (long long)json_as_int(value));
		printf("\n");
	}
}

int
ctl_stats(const struct ctl_common *common, int argc, char **argv)
{
	struct json *answer;

	if (argc > 1)
		return ctl_usage(argv[0], "takes no arguments", argv[1]);
	answer = ask(common, "stats");
	if (answer == NULL)
		return EX_UNAVAILABLE;
	if (common->json) {
		ctl_print(answer);
		return EX_OK;
	}
	printf("%-28s %lld s\n", "uptime",
	    (long long)json_get_int(answer, "uptime", 0));
	print_numbers(json_get(answer, "counters"));
	print_reasons(json_get(answer, "reasons"));
	print_dns(json_get(answer, "dns"));
	print_lists(json_get(answer, "lists"));
	print_store("store", json_get(answer, "store"));
	json_free(answer);
	return EX_OK;
}
