/*
 * option_table - kinds of options that are looked things up in: networks,
 * tables, and tables by what they are asked about.
 *
 * Tables are counted: a parsed field holds one reference to each of its
 * tables.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/option_kind.h"
#include "table/table.h"

/* what a table of OPTION_MATCHES is asked about */
static const struct name_code subjects[] = {
	{ .name = "rcpt", .code = SUBJECT_RCPT_ADDRESS },
	{ .name = "from", .code = SUBJECT_FROM_ADDRESS },
	{ .name = "login", .code = SUBJECT_LOGIN },
	{ .name = "client", .code = SUBJECT_CLIENT },
	{ .name = "listener", .code = SUBJECT_LISTENER },
	{ .name = "helo", .code = SUBJECT_HELO },
	{ .name = "name", .code = SUBJECT_NAME },
	{ .name = NULL },
};

/* print_prefix - "192.0.2.0/24", an address without its bits */
static void
print_prefix(const struct netprefix *prefix, struct str *out)
{
	char text[NETADDR_TEXT_SIZE];

	str_add(out, netaddr_format(&prefix->addr, text));
	if (prefix->bits < netaddr_bits(&prefix->addr))
		str_addf(out, "/%u", prefix->bits);
}

/* suggest_prefix - an address with a prefix that is too short for it */
static bool
suggest_prefix(const struct option_input *input, const char *word)
{
	const char *slash = strchr(word, '/');
	struct netprefix prefix = { .bits = 0 };
	struct str meant = STR_INIT;
	unsigned long long bits;
	char *address;

	if (slash == NULL || !str_parse_uint(slash + 1, &bits) || bits > 128)
		return option_wrong(input, word, NULL);
	address =
	    arena_strndup(input->context->arena, word, (size_t)(slash - word));
	if (!netaddr_parse(&prefix.addr, address))
		return option_wrong(input, word, NULL);
	prefix.bits = (uint8_t)bits;
	netaddr_mask(&prefix.addr, prefix.bits);
	print_prefix(&prefix, &meant);
	problems_error(input->context->problems, input->at,
	    "%s: \"%s\" has bits set behind its prefix; did you mean "
	    "\"%s\"?",
	    input->option->name, word, str_text(&meant));
	str_fini(&meant);
	return false;
}

/* parse_networks, print_networks, describe_networks - a list of prefixes */
static bool
parse_networks(const struct option_input *input, void *field)
{
	struct networks *out = field;
	struct netprefix *prefixes;
	const char **words;
	size_t count;
	bool strict_only = false;

	words = option_split(input->value, input->context->arena, &count);
	prefixes =
	    arena_alloc(input->context->arena, (count + 1) * sizeof(*prefixes));
	for (size_t i = 0; i < count; i++) {
		if (netprefix_parse(&prefixes[i], words[i], &strict_only))
			continue;
		return strict_only ? suggest_prefix(input, words[i])
				   : option_wrong(input, words[i], NULL);
	}
	*out = (struct networks){ .prefix = prefixes, .count = count };
	return true;
}

static void
print_networks(const struct option *option, const void *field, struct str *out)
{
	const struct networks *networks = field;

	(void)option;
	for (size_t i = 0; i < networks->count; i++) {
		if (i > 0)
			str_add(out, ", ");
		print_prefix(&networks->prefix[i], out);
	}
}

static void
describe_networks(const struct option *option, struct str *out)
{
	(void)option;
	str_add(out, "a list of addresses and networks");
}

bool
networks_have(const struct networks *networks, const struct netaddr *addr)
{
	for (size_t i = 0; i < networks->count; i++)
		if (netprefix_has(&networks->prefix[i], addr))
			return true;
	return false;
}

/* open_table - a reference, or NULL after a complaint */
static struct table *
open_table(const struct option_input *input, const char *spec)
{
	const struct option_context *context = input->context;

	return table_open(context->tables, spec, input->at, context->problems);
}

/* parse_table - one or none */
static bool
parse_table(const struct option_input *input, void *field)
{
	struct table **out = field;
	const char **words;
	size_t count;

	words = option_split(input->value, input->context->arena, &count);
	if (count > 1)
		return option_wrong(input, input->value, NULL);
	if (count == 1)
		*out = open_table(input, words[0]);
	return count == 0 || *out != NULL;
}

static void
print_table(const struct option *option, const void *field, struct str *out)
{
	struct table *const *table = field;

	(void)option;
	if (*table != NULL)
		str_add(out, table_spec(*table));
}

static void
describe_table(const struct option *option, struct str *out)
{
	(void)option;
	str_add(out, "a table (type:name)");
}

static void
hold_table(const void *field)
{
	struct table *const *table = field;

	if (*table != NULL)
		table_ref(*table);
}

static void
release_table(void *field)
{
	struct table **table = field;

	if (*table != NULL)
		table_unref(*table);
	*table = NULL;
}

static void
hold_tables(const void *field)
{
	const struct tables *tables = field;

	for (size_t i = 0; i < tables->count; i++)
		table_ref(tables->table[i]);
}

static void
release_tables(void *field)
{
	struct tables *tables = field;

	for (size_t i = 0; i < tables->count; i++)
		table_unref(tables->table[i]);
	tables->count = 0;
}

static bool
parse_tables(const struct option_input *input, void *field)
{
	struct tables *out = field;
	struct table **list;
	const char **words;
	size_t count;

	words = option_split(input->value, input->context->arena, &count);
	list = arena_alloc(input->context->arena, (count + 1) * sizeof(*list));
	*out = (struct tables){ .table = list };
	for (size_t i = 0; i < count; i++) {
		list[i] = open_table(input, words[i]);
		if (list[i] == NULL) {
			release_tables(out);
			return false;
		}
		out->count++;
	}
	return true;
}

static void
print_tables(const struct option *option, const void *field, struct str *out)
{
	const struct tables *tables = field;

	(void)option;
	for (size_t i = 0; i < tables->count; i++)
		str_addf(out, "%s%s", i == 0 ? "" : ", ",
		    table_spec(tables->table[i]));
}

static void
describe_tables(const struct option *option, struct str *out)
{
	(void)option;
	str_add(out, "a list of tables (type:name)");
}

static void
hold_matches(const void *field)
{
	const struct matches *matches = field;

	for (size_t i = 0; i < matches->count; i++)
		table_ref(matches->match[i].table);
}

static void
release_matches(void *field)
{
	struct matches *matches = field;

	for (size_t i = 0; i < matches->count; i++)
		table_unref(matches->match[i].table);
	matches->count = 0;
}

/* parse_match - one "KEY=type:name" */
static bool
parse_match(const struct option_input *input, const char *word,
    struct match *out)
{
	size_t length = strcspn(word, "=:{");
	const char *key;
	int code;

	if (word[length] != '=')
		return option_wrong(input, word, NULL);
	key = arena_strndup(input->context->arena, word, length);
	if (!names_code(subjects, key, &code))
		return option_wrong(input, key, subjects);
	out->subject = (enum subject)code;
	out->table = open_table(input, word + length + 1);
	if (out->table == NULL)
		return false;
	if (code != SUBJECT_CLIENT || table_takes_addresses(out->table))
		return true;
	problems_error(input->context->problems, input->at,
	    "%s: \"%s\" cannot be asked about a client's address; use a "
	    "cidr: table",
	    input->option->name, word + length + 1);
	table_unref(out->table);
	return false;
}

static bool
parse_matches(const struct option_input *input, void *field)
{
	struct matches *out = field;
	struct match *list;
	const char **words;
	size_t count;

	words = option_split(input->value, input->context->arena, &count);
	list = arena_alloc(input->context->arena, (count + 1) * sizeof(*list));
	*out = (struct matches){ .match = list };
	for (size_t i = 0; i < count; i++) {
		if (!parse_match(input, words[i], &list[i])) {
			release_matches(out);
			return false;
		}
		out->count++;
	}
	return true;
}

static void
print_matches(const struct option *option, const void *field, struct str *out)
{
	const struct matches *matches = field;

	(void)option;
	for (size_t i = 0; i < matches->count; i++)
		str_addf(out, "%s%s=%s", i == 0 ? "" : ", ",
		    names_name(subjects, (int)matches->match[i].subject, ""),
		    table_spec(matches->match[i].table));
}

static void
describe_matches(const struct option *option, struct str *out)
{
	(void)option;
	str_add(out, "a list of KEY=type:name with KEY one of ");
	for (const struct name_code *s = subjects; s->name != NULL; s++)
		str_addf(out, "%s%s", s == subjects ? "" : ", ", s->name);
}

const struct option_kind option_networks = {
	.size = sizeof(struct networks),
	.parse = parse_networks,
	.print = print_networks,
	.describe = describe_networks,
};
const struct option_kind option_table = {
	.size = sizeof(struct table *),
	.parse = parse_table,
	.print = print_table,
	.describe = describe_table,
	.hold = hold_table,
	.release = release_table,
};
const struct option_kind option_tables = {
	.size = sizeof(struct tables),
	.parse = parse_tables,
	.print = print_tables,
	.describe = describe_tables,
	.hold = hold_tables,
	.release = release_tables,
};
const struct option_kind option_matches = {
	.size = sizeof(struct matches),
	.parse = parse_matches,
	.print = print_matches,
	.describe = describe_matches,
	.hold = hold_matches,
	.release = release_matches,
};
