/*
 * option_text - kinds of options that are words: texts, paths, names, lists.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/option_kind.h"

/* parse_string, print_string, describe_string - the value as it is */
static bool
parse_string(const struct option_input *input, void *field)
{
	const char **out = field;

	*out = arena_strdup(input->context->arena, input->value);
	return true;
}

static void
print_string(const struct option *option, const void *field, struct str *out)
{
	const char *const *text = field;

	(void)option;
	str_add(out, *text);
}

static void
describe_string(const struct option *option, struct str *out)
{
	str_add(out, option->unit != NULL ? option->unit : "a text");
}

/* parse_path - relative to the folder of the file where it is written */
static bool
parse_path(const struct option_input *input, void *field)
{
	const char *file = input->at.file;
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;
	const char **out = field;

	if (input->value[0] == '\0' || input->value[0] == '/' || slash == NULL)
		return parse_string(input, field);
	*out = arena_printf(input->context->arena, "%.*s/%s",
	    (int)(slash - file), file, input->value);
	return true;
}

static void
describe_path(const struct option *option, struct str *out)
{
	(void)option;
	str_add(out, "a path");
}

/* list_names - "a, b, c" */
static void
list_names(const struct name_code *names, struct str *out)
{
	for (const struct name_code *n = names; n->name != NULL; n++)
		str_addf(out, "%s%s", n == names ? "" : ", ", n->name);
}

/* parse_enum, print_enum, describe_enum - one of some names */
static bool
parse_enum(const struct option_input *input, void *field)
{
	int *out = field;

	if (!names_code(input->option->names, input->value, out))
		return option_wrong(input, input->value, input->option->names);
	return true;
}

static void
print_enum(const struct option *option, const void *field, struct str *out)
{
	const int *code = field;

	str_add(out, names_name(option->names, *code, ""));
}

static void
describe_enum(const struct option *option, struct str *out)
{
	str_add(out, "one of ");
	list_names(option->names, out);
}

/* parse_flags, print_flags, describe_flags - some of some names */
static bool
parse_flags(const struct option_input *input, void *field)
{
	unsigned *out = field;
	unsigned flags = 0;
	const char **words;
	size_t count;
	int code;

	words = option_split(input->value, input->context->arena, &count);
	for (size_t i = 0; i < count; i++) {
		if (count == 1 && strcasecmp(words[i], "none") == 0)
			break;
		if (!names_code(input->option->names, words[i], &code))
			return option_wrong(input, words[i],
			    input->option->names);
		flags |= 1u << code;
	}
	*out = flags;
	return true;
}

static void
print_flags(const struct option *option, const void *field, struct str *out)
{
	const unsigned *flags = field;
	unsigned left = *flags;

	if (left == 0)
		str_add(out, "none");
	for (const struct name_code *n = option->names; n->name != NULL; n++) {
		if (!(left & 1u << n->code))
			continue;
		left &= ~(1u << n->code); /* a second name of it is not said */
		str_addf(out, "%s%s", out->length > 0 ? ", " : "", n->name);
	}
}

static void
describe_flags(const struct option *option, struct str *out)
{
	str_add(out, "none, or some of ");
	list_names(option->names, out);
}

/* parse_words, print_words, describe_words - a list of words */
static bool
parse_words(const struct option_input *input, void *field)
{
	struct words *out = field;

	out->word =
	    option_split(input->value, input->context->arena, &out->count);
	return true;
}

static void
print_words(const struct option *option, const void *field, struct str *out)
{
	const struct words *words = field;

	(void)option;
	for (size_t i = 0; i < words->count; i++)
		str_addf(out, "%s%s", i == 0 ? "" : " ", words->word[i]);
}

static void
describe_words(const struct option *option, struct str *out)
{
	str_addf(out, "a list of %s",
	    option->unit != NULL ? option->unit : "words");
}

bool
words_have(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcasecmp(words->word[i], word) == 0)
			return true;
	return false;
}

const struct option_kind option_string = {
	.size = sizeof(const char *),
	.parse = parse_string,
	.print = print_string,
	.describe = describe_string,
};
const struct option_kind option_path = {
	.size = sizeof(const char *),
	.parse = parse_path,
	.print = print_string,
	.describe = describe_path,
};
const struct option_kind option_enum = {
	.size = sizeof(int),
	.parse = parse_enum,
	.print = print_enum,
	.describe = describe_enum,
};
const struct option_kind option_flags = {
	.size = sizeof(unsigned),
	.parse = parse_flags,
	.print = print_flags,
	.describe = describe_flags,
};
const struct option_kind option_words = {
	.size = sizeof(struct words),
	.parse = parse_words,
	.print = print_words,
	.describe = describe_words,
};
