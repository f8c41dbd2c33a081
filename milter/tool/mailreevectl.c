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
#include "base/output.h"
#include "base/str.h"
#include "session/config.h"
#include "tool/ctl.h"

struct command {
	const char *name;
	const char *arguments; /* one form a line */
	const char *summary;
	int (*run)(const struct ctl_common *common, int argc, char **argv);
};

static const struct command commands[] = {
	{ .name = "abuse",
	    .arguments = "list\n"
			 "ban ADDRESS [--for TIME] [--why TEXT]\n"
			 "lift ADDRESS\n"
			 "report ADDRESS | --message FILE",
	    .summary = "the register of bad clients",
	    .run = ctl_abuse },
	{ .name = "allow",
	    .arguments =
		"REFERENCE [--for rcpt|domain|global] [--until TIME|DATE] "
		"[--skip POLICIES] [--why TEXT]\n"
		"add SENDER WHOM [--until TIME|DATE] [--skip POLICIES] "
		"[--why TEXT]\n"
		"remove SENDER WHOM\n"
		"list [--sender SENDER] [--rcpt WHOM]",
	    .summary = "let a sender by, as the policy autoallow does",
	    .run = ctl_allow },
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
	{ .name = "feed",
	    .arguments = "[--once] [--syslog] LOG",
	    .summary = "tell the register of the logins in a log; -: "
		       "standard input",
	    .run = ctl_feed },
	{ .name = "greylist",
	    .arguments = "list [--client CLIENT] [--sender ADDRESS] "
			 "[--recipient ADDRESS] [--state STATE]\n"
			 "allow CLIENT [--for TIME] [--why TEXT]\n"
			 "forget CLIENT",
	    .summary = "what greylisting has stored: show, allow, forget",
	    .run = ctl_greylist },
	{ .name = "limit",
	    .arguments = "show [--full] [NAME [SUBJECT]]\n"
			 "reset NAME SUBJECT",
	    .summary = "what ratelimit has counted: show, set to 0",
	    .run = ctl_limit },
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

/* print_command - how it is called, and what it does */
static void
print_command(const struct command *command)
{
	const char *form = command->arguments, *next;

	for (; form != NULL; form = next) {
		next = strchr(form, '\n');
		printf("  %s%s%.*s\n", command->name,
		    form[0] != '\0' ? " " : "", (int)strcspn(form, "\n"), form);
		next = next != NULL ? next + 1 : NULL;
	}
	printf("            %s\n", command->summary);
}

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
		print_command(&commands[i]);
	printf("\nmailreevectl(8) tells more.\n");
	return EX_OK;
}

int
ctl_usage(const char *command, const char *what, const char *word)
{
	fprintf(stderr, "mailreevectl%s%s: %s%s%s\n",
	    command[0] != '\0' ? " " : "", command, what,
	    word[0] != '\0' ? ": " : "", word);
	fprintf(stderr,
	    "Try \"mailreevectl%s%s --help\" or "
	    "mailreevectl(8).\n",
	    command[0] != '\0' ? " " : "", command);
	return EX_USAGE;
}

int
ctl_unknown(const char *command, const char *what, const char *word,
    const char *const *names, size_t count)
{
	const char *nearest = str_nearest(word, names, count);
	struct str text = STR_INIT;
	int status;

	str_addf(&text, "\"%s\"", word);
	if (nearest != NULL)
		str_addf(&text, "; did you mean \"%s\"?", nearest);
	status = ctl_usage(command, what, str_text(&text));
	str_fini(&text);
	return status;
}

/* unknown_command - with the nearest one that there is */
static int
unknown_command(const char *name)
{
	const char *names[COMMANDS];

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	return ctl_unknown("", "no such command", name, names, COMMANDS);
}

/* is_help - a word that asks for help, if there is a word */
static bool
is_help(const char *word)
{
	return word != NULL &&
	       (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
}

/* run_command - the one that argv[0] names; --json may stand behind it, too */
static int
run_command(struct ctl_common *common, int argc, char **argv)
{
	const struct command *command = commands;

	while (command < commands + COMMANDS &&
	       strcmp(command->name, argv[0]) != 0)
		command++;
	if (command == commands + COMMANDS)
		return unknown_command(argv[0]);
	if (is_help(argv[1]) && command->run != ctl_explain) {
		print_command(command);
		return EX_OK;
	}
	if (argc > 1 && strcmp(argv[1], "--json") == 0) {
		common->json = true;
		argv[1] = argv[0];
		argc--, argv++;
	}
	return command->run(common, argc, argv);
}

/* read_options - those in front of the command; the index behind them, or -1
 * with *status set */
static int
read_options(struct ctl_common *common, int argc, char **argv, int *status)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-c") == 0) {
			if (i + 1 == argc) {
				*status = ctl_usage("",
				    "a file is missing behind", "-c");
				return -1;
			}
			common->config_path = argv[++i];
		} else if (strcmp(argv[i], "--json") == 0) {
			common->json = true;
		} else if (is_help(argv[i])) {
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
	if (first == argc)
		status = ctl_usage("", "which command?", "");
	else if (first > 0)
		status = run_command(&common, argc - first, argv + first);
	return output_end(status);
}
