/*
 * config_scope - the scope in a section's head: "rcpt=example.test client=...".
 *
 * Addresses and domains are folded here, as those of the session will be, so
 * that matching (scope.c) compares bytes.
 */
#include <string.h>
#include <strings.h>

#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/str.h"
#include "session/config_work.h"

/* one part on its way */
struct part_input {
	struct work *work;
	const struct ini_section *section;
	const char *key, *value;
};

/* wrong_value - a part that cannot be read */
static bool
wrong_value(const struct part_input *input, const char *wanted)
{
	problems_error(input->work->problems, input->section->at,
	    "[%s]: %s=%s is not %s", input->section->head, input->key,
	    input->value, wanted);
	return false;
}

/*
 * parse_mail - an address, a domain, or a domain with those below it. The
 * subject given is that of an address; that of its domain follows it.
 */
static bool
parse_mail(const struct part_input *input, struct scope_part *part)
{
	const char *value = input->value;
	struct mailaddr address;

	if (strchr(value, '@') != NULL || strcmp(value, "<>") == 0) {
		mailaddr_parse(&address, value, input->work->arena);
		if (address.problem != MAILADDR_OK)
			return wrong_value(input, "an address or domain");
		part->text = address.address;
		return true;
	}
	part->subject++;
	part->subdomains = value[0] == '.';
	part->text = domain_fold(value + part->subdomains, input->work->arena);
	if (part->text == NULL || part->text[0] == '\0')
		return wrong_value(input, "an address or domain");
	return true;
}

static bool
parse_client(const struct part_input *input, struct scope_part *part)
{
	bool strict_only = false;

	if (netprefix_parse(&part->prefix, input->value, &strict_only))
		return true;
	return wrong_value(input,
	    strict_only ? "a network: bits are set behind its prefix"
			: "an address or network");
}

static bool
parse_text(const struct part_input *input, struct scope_part *part)
{
	part->text = input->value;
	return true;
}

/* keys of a scope */
static const struct {
	const char *key;
	enum subject subject;
	bool (*parse)(const struct part_input *input, struct scope_part *part);
} keys[] = {
	{ "rcpt", SUBJECT_RCPT_ADDRESS, parse_mail },
	{ "from", SUBJECT_FROM_ADDRESS, parse_mail },
	{ "login", SUBJECT_LOGIN, parse_text },
	{ "client", SUBJECT_CLIENT, parse_client },
	{ "listener", SUBJECT_LISTENER, parse_text },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* unknown_key - a subject that there is not */
static bool
unknown_key(const struct part_input *input)
{
	const char *names[KEYS];

	for (size_t i = 0; i < KEYS; i++)
		names[i] = keys[i].key;
	config_unknown(input->work, input->section->at,
	    arena_printf(input->work->arena,
		"[%s]: a scope is one or more of rcpt=, from=, login=, "
		"client=, listener=",
		input->section->head),
	    input->key, names, KEYS);
	return false;
}

/* parse_part - one "key=value" */
static bool
parse_part(const struct part_input *input, struct scope_part *part)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (strcasecmp(keys[i].key, input->key) != 0)
			continue;
		part->subject = keys[i].subject;
		if (input->value[0] == '\0')
			return wrong_value(input, "complete");
		return keys[i].parse(input, part);
	}
	return unknown_key(input);
}

/* add_part - to a scope that has room for it, and nothing of its kind yet */
static bool
add_part(const struct part_input *input, struct scope *scope)
{
	struct scope_part part = { .text = NULL };

	if (!parse_part(input, &part))
		return false;
	for (size_t i = 0; i < scope->parts; i++)
		if (scope->part[i].subject == part.subject) {
			problems_error(input->work->problems,
			    input->section->at,
			    "[%s]: %s= more than once; write a section for "
			    "each",
			    input->section->head, input->key);
			return false;
		}
	if (scope->parts == sizeof(scope->part) / sizeof(scope->part[0])) {
		problems_error(input->work->problems, input->section->at,
		    "[%s]: a scope has at most %zu parts", input->section->head,
		    scope->parts);
		return false;
	}
	scope->part[scope->parts++] = part;
	return true;
}

const struct scope *
config_scope_parse(struct work *work, const struct ini_section *section)
{
	struct scope *scope = arena_alloc(work->arena, sizeof(*scope));
	const char *cursor = section->scope, *word, *equals;
	size_t length;

	while ((word = str_next_word(&cursor, " ", &length)) != NULL) {
		struct part_input input = { .work = work, .section = section };

		equals = memchr(word, '=', length);
		if (equals == NULL)
			equals = word + length;
		input.key =
		    arena_strndup(work->arena, word, (size_t)(equals - word));
		input.value = equals == word + length
				  ? ""
				  : arena_strndup(work->arena, equals + 1,
					length - (size_t)(equals - word) - 1);
		if (!add_part(&input, scope))
			return NULL;
	}
	return scope;
}

/* equal_parts - two parts of the same subject */
static bool
equal_parts(const struct scope_part *a, const struct scope_part *b)
{
	if (a->subject == SUBJECT_CLIENT)
		return a->prefix.bits == b->prefix.bits &&
		       netaddr_equal(&a->prefix.addr, &b->prefix.addr);
	return a->subdomains == b->subdomains &&
	       strcasecmp(a->text, b->text) == 0;
}

bool
config_scope_equal(const struct scope *a, const struct scope *b)
{
	size_t same = 0;

	for (size_t i = 0; i < a->parts; i++)
		for (size_t k = 0; k < b->parts; k++)
			same += a->part[i].subject == b->part[k].subject &&
				equal_parts(&a->part[i], &b->part[k]);
	return a->parts == b->parts && same == a->parts;
}
