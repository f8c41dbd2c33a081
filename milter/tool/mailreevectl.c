/*
 * mailreevectl - ask and steer mailreeve.
 *
 *     mailreevectl [-c FILE] [--json] COMMAND [ARGUMENT ...]
 *
 * The commands are a table; each is told in mailreevectl(8).
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/str.h"
#include "session/config.h"
#include "tool/ctl.h"

struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	int (*run)(const struct ctl_common *common, int argc, char **argv);
};

static const struct command commands[] = {
	{ .name = "check",
	    .arguments = "",
	    .summary = "read the configuration and tell what is wrong with it",
	    .run = ctl_check },
	{ .name = "config",
	    .arguments = "[-d]",
	    .summary = "print what is configured; with -d also all defaults",
	    .run = ctl_config },
	{ .name = "explain",
	    .arguments = "--client ADDRESS --from PATH --rcpt PATH ...",
	    .summary = "tell what every policy says to a session, and why",
	    .run = ctl_explain },
	{ .name = "replies",
	    .arguments = "[--system NAME]",
	    .summary = "print the reply of every reason",
	    .run = ctl_replies },
	{ .name = "reload",
	    .arguments = "",
	    .summary = "have the running daemon read its configuration again",
	    .run = ctl_reload },
	{ .name = "stats",
	    .arguments = "",
	    .summary = "print the running daemon's counters",
	    .run = ctl_stats },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* print_help - to stdout, because it was asked for */
static int
print_help(void)
{
	printf("usage: mailreevectl [-c FILE] [--json] COMMAND [ARGUMENT ...]\n"
	       "\n"
	       "  -c FILE    the ini (default " CONFIG_DEFAULT_PATH ")\n"
	       "  --json     output for programs\n"
	       "  --help     this text\n"
	       "  --version  the version\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %s%s%s\n            %s\n", commands[i].name,
		    commands[i].arguments[0] != '\0' ? " " : "",
		    commands[i].arguments, commands[i].summary);
	printf("\nmailreevectl(8) tells more.\n");
	return EX_OK;
}

int
ctl_usage(const char *command, const char *what, const char *word)
{
	fprintf(stderr, "mailreevectl%s%s: %s%s%s\n",
	    command[0] != '\0' ? " " : "", command, what,
	    word[0] != '\0' ? ": " : "", word);
	fprintf(stderr, "Try \"mailreevectl --help\" or mailreevectl(8).\n");
	return EX_USAGE;
}

/* unknown_command - with the nearest one that there is */
static int
unknown_command(const char *name)
{
	const char *names[COMMANDS];
	const char *nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	nearest = str_nearest(name, names, COMMANDS);
	if (nearest != NULL)
		fprintf(stderr, "mailreevectl: did you mean \"%s\"?\n",
		    nearest);
	return ctl_usage("", "no such command", name);
}

/* run_command - the one that argv[0] names */
static int
run_command(struct ctl_common *common, int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, argv[0]) == 0)
			return commands[i].run(common, argc, argv);
	return unknown_command(argv[0]);
}

/* read_options - those in front of the command; the index behind them, or -1
 * with *status set */
static int
read_options(struct ctl_common *common, int argc, char **argv, int *status)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			common->config_path = argv[++i];
		} else if (strcmp(argv[i], "--json") == 0) {
			common->json = true;
		} else if (strcmp(argv[i], "--help") == 0 ||
			   strcmp(argv[i], "-h") == 0) {
			*status = print_help();
			return -1;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("mailreevectl " MAILREEVE_VERSION "\n");
			*status = EX_OK;
			return -1;
		} else {
			*status = ctl_usage("", "no such option", argv[i]);
			return -1;
		}
	}
	return i;
}

int
main(int argc, char **argv)
{
	struct ctl_common common = { .config_path = CONFIG_DEFAULT_PATH };
	int status = EX_USAGE;
	int first;

	log_open(LOG_TO_STDERR, "mailreevectl", "mail");
	log_set_level(LEVEL_WARNING);
	first = read_options(&common, argc, argv, &status);
	if (first < 0)
		return status;
	if (first == argc)
		return ctl_usage("", "which command?", "");
	return run_command(&common, argc - first, argv + first);
}
