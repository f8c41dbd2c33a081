/*
 * ini_head - "[name.instance scope]" of an ini file to an empty section.
 *
 * White space between the parts of a scope is made one space, and the name is
 * lower case, so that the same head is the same text.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "service/ini_head.h"
#include "service/ini_lines.h"

/* make_section - a head's text to name, instance and scope */
static struct ini_section *
make_section(struct arena *arena, const char *text, struct origin at)
{
	struct ini_section *section = arena_alloc(arena, sizeof(*section));
	struct str scope = STR_INIT;
	const char *word, *cursor = text;
	size_t length;
	char *name, *dot;

	word = str_next_word(&cursor, " \t", &length);
	name = str_lower(arena_strndup(arena, word, length));
	while ((word = str_next_word(&cursor, " \t", &length)) != NULL) {
		if (scope.length > 0)
			str_add_char(&scope, ' ');
		str_add_n(&scope, word, length);
	}
	section->scope = arena_strdup(arena, str_text(&scope));
	section->head = scope.length == 0 ? arena_strdup(arena, name)
					  : arena_printf(arena, "%s %s", name,
						section->scope);
	str_fini(&scope);
	section->name = name;
	section->instance = "";
	dot = strchr(name, '.');
	if (dot != NULL) {
		*dot = '\0';
		section->instance = dot + 1;
	}
	section->at = at;
	return section;
}

/* head_text - what stands between the brackets; *wrong: what is amiss */
static char *
head_text(struct arena *arena, const struct ini_lines *lines,
    const char **wrong)
{
	char *text = arena_strndup(arena, lines->line + 1, lines->length - 1);
	char *end = strrchr(text, ']');

	*wrong = NULL;
	if (end == NULL)
		*wrong = "the head of a section ends with ']'";
	else if (end[1] != '\0')
		*wrong = "nothing may stand behind the ']'";
	else
		*end = '\0';
	text += strspn(text, " \t");
	if (text[0] == '\0' || text[0] == '.') {
		*wrong = *wrong != NULL ? *wrong : "a section without a name";
		return arena_strdup(arena, "?");
	}
	return text;
}

/* ini_head_read - a section of the head in hand */
struct ini_section *
ini_head_read(const struct ini_lines *lines, struct origin at,
    struct arena *arena, const char **wrong)
{
	return make_section(arena, head_text(arena, lines, wrong), at);
}
