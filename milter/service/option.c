/*
 * option - rows that define a setting once.
 *
 * option_set(), option_defaults(), option_copy(), option_release(),
 * option_find(), option_print(), option_describe_type().
 *
 * Everything that differs by type is in the kinds: numbers and times in
 * option_number.c, limits in option_quota.c, words in option_text.c, networks
 * and tables in option_table.c. A value is parsed beside the field and moved
 * into it when all of it is good, so a bad one changes nothing.
 *
 * Diagnostics: "NAME: "WORD" is not TYPE; did you mean "NEAR"?" at file:line.
 * A default that does not parse is our own mistake and fatal.
 */
#include "service/option.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "service/option_kind.h"

#define NAMES_MAX 64

static const struct option_kind *const kinds[] = {
	[OPTION_BOOL] = &option_bool,
	[OPTION_INT] = &option_int,
	[OPTION_DURATION] = &option_duration,
	[OPTION_MILLIS] = &option_millis,
	[OPTION_SIZE] = &option_size,
	[OPTION_QUOTA] = &option_quota,
	[OPTION_STRING] = &option_string,
	[OPTION_PATH] = &option_path,
	[OPTION_ENUM] = &option_enum,
	[OPTION_FLAGS] = &option_flags,
	[OPTION_WORDS] = &option_words,
	[OPTION_NETWORKS] = &option_networks,
	[OPTION_TABLE] = &option_table,
	[OPTION_TABLES] = &option_tables,
	[OPTION_MATCHES] = &option_matches,
};

/* field_of - where a row's value lies in settings */
static void *
field_of(const struct option *option, void *settings)
{
	return (char *)settings + option->offset;
}

/* value_of - the same, to look at only */
static const void *
value_of(const struct option *option, const void *settings)
{
	return (const char *)settings + option->offset;
}

/* nearest_name - a likely meaning of word among names, or NULL */
static const char *
nearest_name(const char *word, const struct name_code *names)
{
	const char *candidates[NAMES_MAX];
	size_t count = 0;

	if (names == NULL)
		return NULL;
	for (; names->name != NULL && count < NAMES_MAX; names++)
		candidates[count++] = names->name;
	return str_nearest(word, candidates, count);
}

bool
option_wrong(const struct option_input *input, const char *word,
    const struct name_code *names)
{
	const char *near = nearest_name(word, names);
	struct str type = STR_INIT;

	option_describe_type(input->option, &type);
	problems_error(input->context->problems, input->at,
	    "%s: \"%s\" is not %s%s%s%s", input->option->name, word,
	    str_text(&type), near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
	str_fini(&type);
	return false;
}

/* word_length - up to the next separator that is not in braces */
static size_t
word_length(const char *text)
{
	unsigned depth = 0;
	size_t length;

	for (length = 0; text[length] != '\0'; length++) {
		if (text[length] == '{')
			depth++;
		else if (text[length] == '}' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(", \t", text[length]) != NULL)
			break;
	}
	return length;
}

const char **
option_split(const char *value, struct arena *arena, size_t *count)
{
	/* a word takes two bytes with its separator */
	const char **words =
	    arena_alloc(arena, (strlen(value) / 2 + 1) * sizeof(*words));
	size_t length;

	*count = 0;
	for (;;) {
		value += strspn(value, ", \t");
		if (value[0] == '\0')
			return words;
		length = word_length(value);
		words[(*count)++] = arena_strndup(arena, value, length);
		value += length;
	}
}

bool
option_set(const struct option *option, void *settings, const char *value,
    struct origin at, const struct option_context *context)
{
	const struct option_kind *kind = kinds[option->type];
	union option_field fresh = { .words = { .count = 0 } };
	struct option_input input = {
		.option = option,
		.value = value,
		.at = at,
		.context = context,
	};

	if (!kind->parse(&input, &fresh))
		return false;
	if (kind->release != NULL)
		kind->release(field_of(option, settings));
	memcpy(field_of(option, settings), &fresh, kind->size);
	return true;
}

void
option_defaults(const struct option *options, void *settings,
    const struct option_context *context)
{
	const struct origin nowhere = { .file = NULL };

	if (options == NULL)
		return;
	for (const struct option *o = options; o->name != NULL; o++)
		if (!option_set(o, settings, o->fallback, nowhere, context))
			log_fatal("option %s: bad default \"%s\"", o->name,
			    o->fallback);
}

void
option_copy(const struct option *options, void *to, const void *from,
    size_t size)
{
	memcpy(to, from, size);
	if (options == NULL)
		return;
	for (const struct option *o = options; o->name != NULL; o++)
		if (kinds[o->type]->hold != NULL)
			kinds[o->type]->hold(value_of(o, to));
}

void
option_release(const struct option *options, void *settings)
{
	if (options == NULL)
		return;
	for (const struct option *o = options; o->name != NULL; o++)
		if (kinds[o->type]->release != NULL)
			kinds[o->type]->release(field_of(o, settings));
}

const struct option *
option_find(const struct option *options, const char *name)
{
	if (options == NULL)
		return NULL;
	for (const struct option *o = options; o->name != NULL; o++)
		if (strcasecmp(o->name, name) == 0)
			return o;
	return NULL;
}

void
option_print(const struct option *option, const void *settings, struct str *out)
{
	struct str text = STR_INIT;

	kinds[option->type]->print(option, value_of(option, settings), &text);
	ini_escape(str_text(&text), out);
	str_fini(&text);
}

void
option_describe_type(const struct option *option, struct str *out)
{
	kinds[option->type]->describe(option, out);
}
