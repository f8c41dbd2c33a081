/*
 * dialogue_case - reads a case file.
 *
 * A file is lines that begin in the first column, each followed by a block of
 * lines that begin with a tab. Reading keeps one line in hand, so that a "<"
 * line goes with the ">" line before it.
 */
#include "t/lib/dialogue_case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const char *const runner_names[RUNNER_MAX] = {
	[RUNNER_PROCESS] = "process",
	[RUNNER_WIRE] = "wire",
	[RUNNER_POSTFIX] = "postfix",
	[RUNNER_SENDMAIL] = "sendmail",
};

struct reader {
	FILE *file;
	const char *dir;
	struct dialogue_case *dialogue;
	char *line; /* without its end */
	size_t size;
	unsigned number;
	bool held; /* line was read but not used */
	size_t capacity;
	bool failed;
};

/* complain - file, line, what */
static void
complain(struct reader *reader, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", reader->dialogue->path, reader->number,
	    what);
	reader->failed = true;
}

/* next_line - false at the end; comments and empty lines count as lines */
static bool
next_line(struct reader *reader)
{
	ssize_t length;

	if (reader->held) {
		reader->held = false;
		return true;
	}
	length = getline(&reader->line, &reader->size, reader->file);
	if (length < 0)
		return false;
	if (length > 0 && reader->line[length - 1] == '\n')
		reader->line[length - 1] = '\0';
	reader->number++;
	return true;
}

/* expand - a copy in the arena with ${DIR} and ${DNS} filled in */
static const char *
expand(struct reader *reader, const char *text)
{
	struct str out = STR_INIT;
	const char *at, *copy;

	while ((at = strstr(text, "${D")) != NULL) {
		bool dir = strncmp(at, "${DIR}", 6) == 0;
		bool dns = strncmp(at, "${DNS}", 6) == 0;

		str_add_n(&out, text, (size_t)(at - text));
		str_add(&out, dir   ? reader->dir
			      : dns ? reader->dialogue->dns
				    : "${D");
		text = at + (dir || dns ? 6 : 3);
	}
	str_add(&out, text);
	copy = arena_strdup(reader->dialogue->arena, str_text(&out));
	str_fini(&out);
	return copy;
}

/* read_block - the tab-indented lines that follow; NULL when none does */
static const char *
read_block(struct reader *reader)
{
	struct str block = STR_INIT;
	const char *text = NULL;
	unsigned blank = 0;

	while (next_line(reader)) {
		if (reader->line[0] == '\0') {
			blank++;
			continue;
		}
		if (reader->line[0] != '\t') {
			reader->held = true;
			break;
		}
		/* an empty line inside a block belongs to it */
		for (; blank > 0 && block.length > 0; blank--)
			str_add_char(&block, '\n');
		str_add(&block, reader->line + 1);
		str_add_char(&block, '\n');
	}
	if (block.length > 0)
		text = expand(reader, str_text(&block));
	str_fini(&block);
	return text;
}

/* add_line - room for one more */
static struct case_line *
add_line(struct reader *reader, enum case_line_kind kind)
{
	struct dialogue_case *dialogue = reader->dialogue;
	struct case_line *line;

	if (dialogue->count == reader->capacity) {
		reader->capacity = reader->capacity * 2 + 16;
		dialogue->lines = mem_resize(dialogue->lines,
		    reader->capacity * sizeof(*dialogue->lines));
	}
	line = &dialogue->lines[dialogue->count++];
	*line = (struct case_line){ .kind = kind, .number = reader->number };
	return line;
}

/* split_word - the first word of text, and *rest behind it */
static const char *
split_word(struct reader *reader, const char *text, const char **rest)
{
	size_t length = strcspn(text, " \t");

	*rest = text + length + strspn(text + length, " \t");
	return arena_strndup(reader->dialogue->arena, text, length);
}

/* runner_of - by name; RUNNER_MAX when there is none */
static enum runner
runner_of(const char *name)
{
	enum runner runner = 0;

	while (runner < RUNNER_MAX && strcmp(runner_names[runner], name) != 0)
		runner++;
	return runner;
}

/* expectation - "<runner text" or "< text", of the step before */
static void
expectation(struct reader *reader)
{
	struct dialogue_case *dialogue = reader->dialogue;
	struct case_line *line;
	const char *rest, *name;
	enum runner runner;

	if (dialogue->count == 0 ||
	    dialogue->lines[dialogue->count - 1].kind != CASE_STEP) {
		complain(reader, "\"<\" follows no step");
		return;
	}
	line = &dialogue->lines[dialogue->count - 1];
	name = split_word(reader, reader->line + 1, &rest);
	rest = expand(reader, rest);
	if (name[0] != '\0') {
		runner = runner_of(name);
		if (runner == RUNNER_MAX)
			complain(reader, "no such runner");
		else
			line->expect[runner] = rest;
		return;
	}
	for (runner = 0; runner < RUNNER_MAX; runner++)
		if (line->expect[runner] == NULL)
			line->expect[runner] = rest;
}

/* step - "> verb text", perhaps with a block */
static void
step(struct reader *reader)
{
	struct case_line *line = add_line(reader, CASE_STEP);
	const char *text = reader->line + 1;
	const char *rest;

	text += strspn(text, " \t");
	line->verb = split_word(reader, text, &rest);
	line->text = expand(reader, rest);
	line->block = read_block(reader);
}

/* named_block - "file NAME:", "server KIND TEXT:" */
static void
named_block(struct reader *reader, enum case_line_kind kind, const char *text)
{
	struct case_line *line = add_line(reader, kind);
	size_t length = strlen(text);
	const char *rest;

	if (length == 0 || text[length - 1] != ':') {
		complain(reader, "the line must end with \":\"");
		return;
	}
	text = arena_strndup(reader->dialogue->arena, text, length - 1);
	line->verb = split_word(reader, text, &rest);
	line->text = expand(reader, rest);
	line->block = read_block(reader);
	if (line->block == NULL)
		line->block = "";
}

/* only - "only: process wire" */
static void
only(struct reader *reader, const char *text)
{
	bool *runs = reader->dialogue->runs;
	size_t length;
	const char *word;

	memset(runs, 0, sizeof(reader->dialogue->runs));
	while ((word = str_next_word(&text, " ", &length)) != NULL) {
		enum runner runner = runner_of(
		    arena_strndup(reader->dialogue->arena, word, length));

		if (runner == RUNNER_MAX)
			complain(reader, "no such runner");
		else
			runs[runner] = true;
	}
}

/* not_for - "not sendmail: reason" */
static void
not_for(struct reader *reader, const char *text)
{
	size_t length = strcspn(text, ":");
	enum runner runner =
	    runner_of(arena_strndup(reader->dialogue->arena, text, length));

	if (runner == RUNNER_MAX || text[length] == '\0')
		complain(reader, "\"not RUNNER: reason\" is wanted");
	else
		reader->dialogue->runs[runner] = false;
}

/* after - the text behind a prefix, or NULL when line has another */
static const char *
after(const char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(line, prefix, length) == 0
		   ? line + length + strspn(line + length, " \t")
		   : NULL;
}

/* pattern - "log: regex" and its kin */
static void
pattern(struct reader *reader, enum case_line_kind kind, const char *text)
{
	add_line(reader, kind)->text = expand(reader, text);
}

/* head - a line that begins in the first column */
static void
head(struct reader *reader)
{
	const char *line = reader->line;
	const char *rest;

	if (line[0] == '\0' || line[0] == '#' || after(line, "catalogue:"))
		return;
	if (line[0] == '>')
		step(reader);
	else if (line[0] == '<')
		expectation(reader);
	else if (after(line, "ini:") != NULL)
		reader->dialogue->ini = read_block(reader);
	else if ((rest = after(line, "file ")) != NULL)
		named_block(reader, CASE_FILE, rest);
	else if ((rest = after(line, "server ")) != NULL)
		named_block(reader, CASE_SERVER, rest);
	else if ((rest = after(line, "only:")) != NULL)
		only(reader, rest);
	else if ((rest = after(line, "not ")) != NULL)
		not_for(reader, rest);
	else if ((rest = after(line, "log:")) != NULL)
		pattern(reader, CASE_LOG, rest);
	else if ((rest = after(line, "nolog:")) != NULL)
		pattern(reader, CASE_NOLOG, rest);
	else if ((rest = after(line, "header:")) != NULL)
		pattern(reader, CASE_HEADER, rest);
	else if ((rest = after(line, "noheader:")) != NULL)
		pattern(reader, CASE_NOHEADER, rest);
	else
		complain(reader, "not understood");
}

/* choose_dns - an address of this case's own, so that cases may run side by
 * side: all of 127/8 is loopback */
static void
choose_dns(struct reader *reader)
{
	unsigned sum = 5381;

	for (const char *p = reader->dir; *p != '\0'; p++)
		sum = sum * 33 + (unsigned char)*p;
	snprintf(reader->dialogue->dns, sizeof(reader->dialogue->dns),
	    "127.%u.%u.%u:5353", 1 + sum % 254, sum / 254 % 256,
	    1 + sum / 254 / 256 % 254);
}

/* finish_ini - a case that says nothing of name servers asks none of ours */
static void
finish_ini(struct reader *reader)
{
	struct dialogue_case *dialogue = reader->dialogue;

	if (dialogue->ini == NULL)
		dialogue->ini = "";
	if (strstr(dialogue->ini, "[dns]") != NULL)
		return;
	dialogue->ini = arena_printf(dialogue->arena,
	    "%s\n[dns]\nservers = %s\n", dialogue->ini, dialogue->dns);
	dialogue->asks_nobody = true;
	for (size_t i = 0; i < dialogue->count; i++)
		if (dialogue->lines[i].kind == CASE_SERVER &&
		    strcmp(dialogue->lines[i].verb, "dns") == 0)
			dialogue->asks_nobody = false;
}

struct dialogue_case *
dialogue_case_read(const char *path, const char *dir)
{
	struct reader reader = { .dir = dir };
	struct dialogue_case *dialogue = mem_alloc(sizeof(*dialogue));

	reader.dialogue = dialogue;
	choose_dns(&reader);
	dialogue->arena = arena_new(4096);
	dialogue->path = arena_strdup(dialogue->arena, path);
	dialogue->ini = "";
	for (enum runner runner = 0; runner < RUNNER_MAX; runner++)
		dialogue->runs[runner] = true;
	reader.file = fopen(path, "r");
	if (reader.file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		dialogue_case_free(dialogue);
		return NULL;
	}
	while (next_line(&reader))
		head(&reader);
	fclose(reader.file);
	free(reader.line);
	finish_ini(&reader);
	if (!reader.failed)
		return dialogue;
	dialogue_case_free(dialogue);
	return NULL;
}

void
dialogue_case_free(struct dialogue_case *dialogue)
{
	if (dialogue == NULL)
		return;
	mem_free(dialogue->lines);
	arena_free(dialogue->arena);
	mem_free(dialogue);
}
