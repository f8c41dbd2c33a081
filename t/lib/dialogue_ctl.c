/*
 * dialogue_ctl - "> ctl ARGUMENTS": mailreevectl beside the daemon of a case.
 *
 * A shell splits the arguments. The block is the standard input; what is
 * compared is standard output and error together, and the exit status: it is
 * 0, or with "ctl!" anything else.
 */
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "t/lib/dialogue_play.h"

#define PATIENCE_S 60

/* be_ctl - the child's part */
static void
be_ctl(struct play *play, const char *arguments, const char *in,
    const char *out)
{
	struct arena *arena = play->arena;
	int input = open(in, O_RDONLY);
	int output = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	setenv("TEST_CLOCK", arena_printf(arena, "%s/clock", play->dir), 1);
	alarm(PATIENCE_S);
	execl("/bin/sh", "sh", "-fc",
	    arena_printf(arena, "exec \"$0\" -c \"$1\" %s", arguments),
	    arena_printf(arena, "%s/t/mailreevectl", play->programs),
	    arena_printf(arena, "%s/mailreeve.ini", play->dir), (char *)NULL);
	_exit(127);
}

/* write_input - a file for the standard input */
static bool
write_input(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;
	fputs(text != NULL ? text : "", file);
	return fclose(file) == 0;
}

/* read_output - all of a small file */
static void
read_output(const char *path, struct str *out)
{
	char chunk[4096];
	FILE *file = fopen(path, "r");
	size_t got;

	if (file == NULL)
		return;
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		str_add_n(out, chunk, got);
	fclose(file);
}

/* run - its status as waitpid(2) has it, -1 when it could not be run */
static int
run(struct play *play, const struct case_line *line, struct str *out)
{
	const char *input = arena_printf(play->arena, "%s/ctl.in", play->dir);
	const char *output = arena_printf(play->arena, "%s/ctl.out", play->dir);
	int status = -1;
	pid_t pid;

	if (!write_input(input, line->block))
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		be_ctl(play, line->text, input, output);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	read_output(output, out);
	return status;
}

/* one_line - as replies are written: lines joined by " / " */
static const char *
one_line(struct play *play, const char *text)
{
	struct str out = STR_INIT;
	const char *copy;

	for (; *text != '\0'; text++) {
		if (*text != '\n')
			str_add_char(&out, *text);
		else if (text[1] != '\0')
			str_add(&out, " / ");
	}
	copy = arena_strdup(play->arena, str_text(&out));
	str_fini(&out);
	return copy;
}

/* matches - a regex whose dot matches ends of lines, or the text itself */
static bool
matches(struct play *play, const struct case_line *line, const char *text)
{
	const char *wanted = line->expect[play->runner];
	regex_t regex;
	bool match;

	if (wanted == NULL || strcmp(wanted, "ok") == 0)
		return true;
	if (wanted[0] != '~')
		return strcmp(one_line(play, text), wanted) == 0;
	wanted += 1 + strspn(wanted + 1, " ");
	if (regcomp(&regex, wanted, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return match;
}

void
play_ctl(struct play *play, const struct case_line *line)
{
	bool to_fail = strcmp(line->verb, "ctl!") == 0;
	const char *wanted = line->expect[play->runner];
	struct str out = STR_INIT;
	int status;

	if (play->runner == RUNNER_PROCESS) {
		play_differ(play, line, line->verb, "no daemon to ask",
		    "\"not process: REASON\" or \"only:\" in this case");
		return;
	}
	status = run(play, line, &out);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0) != to_fail)
		play_differ(play, line, "exit status",
		    arena_printf(play->arena, "%d: %s",
			WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			str_text(&out)),
		    to_fail ? "not 0" : "0");
	else if (!matches(play, line, str_text(&out)))
		play_differ(play, line, line->verb, str_text(&out), wanted);
	str_fini(&out);
}
