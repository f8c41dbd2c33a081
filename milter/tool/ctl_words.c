/*
 * ctl_words - the words behind a command's verb, and the values of its options.
 */
#include "tool/ctl_words.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "base/problem.h"
#include "service/option.h"
#include "tool/ctl.h"

/* is_taken - whether the verb has that option */
static bool
is_taken(const char *options, const char *name)
{
	size_t length = strlen(name);
	const char *at = options;

	while ((at = strstr(at, name)) != NULL && at[length] != ' ')
		at += length;
	return at != NULL;
}

/* take - an option and its value; EX_OK, or the status to end with */
static int
take(const struct ctl_words *words, const char *name, const char *value)
{
	const struct ctl_argument *argument = words->arguments;

	while (argument->name != NULL && strcmp(argument->name, name) != 0)
		argument++;
	if (argument->name == NULL || !is_taken(words->options, name))
		return ctl_usage(words->command, "no such option", name);
	if (value == NULL)
		return ctl_usage(words->command, "something is missing behind",
		    name);
	memcpy((char *)words->task + argument->offset, &value, sizeof(value));
	return EX_OK;
}

int
ctl_words_read(const struct ctl_words *words, int argc, char **argv)
{
	int status;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			*words->json = true;
		} else if (argv[i][0] == '-') {
			status = take(words, argv[i],
			    i + 1 < argc ? argv[i + 1] : NULL);
			if (status != EX_OK)
				return status;
			i++;
		} else if (*words->count == words->room) {
			return ctl_usage(words->command, "one word too many",
			    argv[i]);
		} else {
			words->word[(*words->count)++] = argv[i];
		}
	}
	return EX_OK;
}

bool
ctl_words_value(const char *command, const struct option *row, void *task,
    const char *value, struct arena *arena)
{
	struct problems *problems = problems_new();
	const struct option_context context = {
		.arena = arena,
		.problems = problems,
	};
	const struct origin at = {
		.file = arena_printf(arena, "mailreevectl %s", command),
	};
	bool is_error;
	bool good = option_set(row, task, value != NULL ? value : row->fallback,
	    at, &context);

	for (size_t i = 0; i < problems_count(problems); i++)
		fprintf(stderr, "%s\n", problems_line(problems, i, &is_error));
	problems_free(problems);
	return good;
}
