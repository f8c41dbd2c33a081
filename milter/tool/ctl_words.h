/*
 * ctl_words - the words behind a command's verb, and the values of its options.
 */
#ifndef MAILREEVE_CTL_WORDS_H
#define MAILREEVE_CTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct option;

/* an option with a value, and where that goes: a const char * of the task */
struct ctl_argument {
	const char *name;
	size_t offset;
};

/* how words are read; all of it is borrowed */
struct ctl_words {
	const char *command;
	const struct ctl_argument *arguments; /* the last one has no name */
	const char *options; /* those that the verb takes, between blanks */
	void *task;
	const char **word; /* room for so many that are no options */
	size_t room;
	size_t *count; /* how many there are */
	bool *json;    /* --json is there */
};

/* ctl_words_read - EX_OK, or the status to end with, after a complaint. */
int ctl_words_read(const struct ctl_words *words, int argc, char **argv);

/*
 * ctl_words_value - a value by the only row of a table, into the task; NULL:
 * the row's fallback. False after a complaint. Texts are in the arena.
 */
bool ctl_words_value(const char *command, const struct option *row, void *task,
    const char *value, struct arena *arena);

#endif
