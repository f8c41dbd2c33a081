/*
 * spf_cases - files of SPF cases.
 */
#include "t/lib/spf_cases.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "spf/spfcheck.h"

/* read_file - all of it, in the arena */
static char *
read_file(const char *path, struct arena *arena)
{
	FILE *file = fopen(path, "r");
	struct str text = STR_INIT;
	char chunk[4096], *copy;
	size_t got;

	if (file == NULL)
		log_fatal("cannot read %s", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		str_add_n(&text, chunk, got);
	fclose(file);
	copy = arena_strdup(arena, str_text(&text));
	str_fini(&text);
	return copy;
}

/* cut - the text up to any byte of separators; *rest moves behind them */
static char *
cut(char **rest, const char *separators)
{
	char *begin = *rest;

	if (begin == NULL || *begin == '\0')
		return NULL;
	begin += strspn(begin, separators);
	*rest = begin + strcspn(begin, separators);
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return *begin == '\0' ? NULL : begin;
}

/* read_case - one line of a [cases] block */
static void
read_case(struct spf_group *group, const char *path, char *line)
{
	struct spf_case *one;

	group->cases = mem_resize(group->cases,
	    (group->count + 1) * sizeof(*group->cases));
	one = &group->cases[group->count++];
	one->name = cut(&line, "\t");
	one->client = cut(&line, "\t");
	one->helo = cut(&line, "\t");
	one->sender = cut(&line, "\t");
	one->results = cut(&line, "\t");
	one->explanation = cut(&line, "\t");
	if (one->results == NULL)
		log_fatal("%s: \"%s\" is no case", path, one->name);
}

/* add_group - a [zone] begins */
static struct spf_group *
add_group(struct spf_cases *cases)
{
	struct spf_group *group;

	cases->groups = mem_resize(cases->groups,
	    (cases->count + 1) * sizeof(*cases->groups));
	group = &cases->groups[cases->count++];
	*group = (struct spf_group){ .count = 0 };
	return group;
}

struct spf_cases *
spf_cases_read(const char *path)
{
	struct spf_cases *cases = mem_alloc(sizeof(*cases));
	struct spf_group *group = NULL;
	struct str zone = STR_INIT;
	bool in_zone = false;
	char *rest, *line;

	cases->arena = arena_new(4096);
	rest = read_file(path, cases->arena);
	while ((line = cut(&rest, "\n")) != NULL) {
		if (strcmp(line, "[zone]") == 0) {
			group = add_group(cases);
			str_reset(&zone);
			in_zone = true;
		} else if (group == NULL || line[0] == '#') {
			continue;
		} else if (strcmp(line, "[cases]") == 0) {
			group->zone =
			    arena_strdup(cases->arena, str_text(&zone));
			in_zone = false;
		} else if (in_zone) {
			str_addf(&zone, "%s\n", line);
		} else {
			read_case(group, path, line);
		}
	}
	str_fini(&zone);
	return cases;
}

void
spf_cases_free(struct spf_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++)
		mem_free(cases->groups[i].cases);
	mem_free(cases->groups);
	arena_free(cases->arena);
	mem_free(cases);
}

/* is_printable - printable ASCII */
static bool
is_printable(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return *text == '\0';
}

const char *
spf_cases_unsound(const struct spf_answer *a)
{
	static const char qualifiers[] = { [SPF_NEUTRAL] = '?',
		[SPF_FAIL] = '-',
		[SPF_SOFTFAIL] = '~',
		[SPF_PERMERROR] = 0 };
	bool decided =
	    a->mechanism[0] != '\0' && strcmp(a->mechanism, "default") != 0;
	char first = a->mechanism[0];

	if (a->terms > 11 || a->voids > 3 || a->questions > 150)
		return "limits";
	if (!is_printable(a->record) || !is_printable(a->explanation) ||
	    !is_printable(a->problem) || !is_printable(a->mechanism))
		return "a byte that is not printable";
	if (a->result == SPF_PASS && (!decided || strchr("-~?", first)))
		return "pass without a mechanism";
	if (decided && a->result != SPF_PASS && qualifiers[a->result] != first)
		return "the mechanism is not that of the result";
	if (a->result == SPF_FAIL && !decided)
		return "fail without a mechanism";
	return NULL;
}
