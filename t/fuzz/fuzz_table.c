/*
 * fuzz_table - any text as a table, and any keys asked of it: no crash, and
 * what is found is the key or a parent of it by whole labels. And any bytes as
 * what a socket map server answers.
 *
 * Input: a line with what it is ("file", "cidr", "pcre", "inline",
 * "cidr-inline", "socketmap"), the text of the table, a line "%%", keys, one a
 * line. The items of an inline table may stand on more than one line.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "table/socketmap.h"
#include "table/table_key.h"
#include "table/table_type.h"

#define KEYS_MAX 100
#define NOW 1795262400 /* 2026-11-21 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct form {
	const char *name;
	const struct table_type *type;
	bool braces;
} forms[] = {
	{ "file", &table_file_type, false },
	{ "cidr", &table_cidr_type, false },
	{ "pcre", &table_pcre_type, false },
	{ "inline", &table_inline_type, true },
	{ "cidr-inline", &table_cidr_type, true },
};

/* must - what is always so */
static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* ends_with - whether key ends with end */
static bool
ends_with(const char *key, const char *end)
{
	size_t length = strlen(key), other = strlen(end);

	return length >= other && strcmp(key + length - other, end) == 0;
}

/* check_domain - what may be found for a domain */
static void
check_domain(const char *domain, const char *found)
{
	char folded[TABLE_KEY_SIZE], dotted[TABLE_KEY_SIZE + 1];
	struct netaddr addr;
	size_t length;

	must(table_key_fold(domain, folded, &length));
	if (strcmp(folded, found) == 0 || table_key_address(folded, &addr))
		return;
	dotted[0] = '.';
	memcpy(dotted + 1, folded, length + 1);
	must(found[0] == '.' && ends_with(dotted, found));
}

/* check_answer - what is so of every answer */
static void
check_answer(const struct table_answer *answer)
{
	must(answer->value != NULL && answer->note != NULL);
	must(answer->key != NULL);
	must(answer->at.line > 0);
}

/* ask - one query; true if something was found */
static bool
ask(const struct form *form, void *content, struct table_query *query,
    struct table_answer *answer)
{
	enum lookup found;

	query->answer = answer;
	found = form->type->find(content, query);
	must(found == LOOKUP_FOUND || found == LOOKUP_NOT_FOUND ||
	     (found == LOOKUP_CONFIG && form->type == &table_pcre_type));
	if (found == LOOKUP_FOUND)
		check_answer(answer);
	return found == LOOKUP_FOUND;
}

/* ask_text - a key as a word and as a domain */
static void
ask_text(const struct form *form, void *content, struct table_query query)
{
	struct table_answer answer;

	query.kind = KEY_WORD;
	ask(form, content, &query, &answer);
	query.kind = KEY_DOMAIN;
	if (ask(form, content, &query, &answer) &&
	    form->type != &table_pcre_type)
		check_domain(query.text, answer.key);
}

/* ask_mail - as a path; the null sender has one form only */
static void
ask_mail(const struct form *form, void *content, struct table_query query)
{
	struct table_answer answer;
	struct mailaddr mail;

	mailaddr_parse(&mail, query.text, query.arena);
	query.mail = &mail;
	query.kind = KEY_MAIL;
	if (ask(form, content, &query, &answer) &&
	    form->type != &table_pcre_type)
		must(!mail.is_null || strcmp(answer.key, "<>") == 0);
}

/* ask_address - what is found is a prefix around the address */
static void
ask_address(const struct form *form, void *content, struct table_query query)
{
	struct table_answer answer;
	struct netprefix prefix;
	struct netaddr addr;
	bool strict;

	if (!netaddr_parse(&addr, query.text))
		return;
	query.addr = &addr;
	query.kind = KEY_ADDRESS;
	if (ask(form, content, &query, &answer) &&
	    form->type != &table_pcre_type) {
		must(netprefix_parse(&prefix, answer.key, &strict));
		must(netprefix_has(&prefix, &addr));
	}
}

/* ask_keys - every line behind "%%" */
static void
ask_keys(const struct form *form, void *content, char *keys,
    struct clock *clock, struct arena *arena)
{
	struct table_query query = { .clock = clock, .arena = arena };
	char *end;
	int i;

	for (i = 0; i < KEYS_MAX && keys != NULL; i++) {
		end = strchr(keys, '\n');
		if (end != NULL)
			*end++ = '\0';
		query.text = keys;
		ask_text(form, content, query);
		ask_mail(form, content, query);
		ask_address(form, content, query);
		keys = end;
	}
}

/* try_table - load it, ask it */
static void
try_table(const struct form *form, char *text, size_t size)
{
	char *keys = memmem(text, size, "\n%%\n", 4);
	struct table_source source = {
		.name = form->braces ? text : "fuzz",
		.braces = form->braces,
		.text = text,
		.text_length = keys != NULL ? (size_t)(keys - text) : size,
		.at = { "fuzz.ini", 1 },
	};
	struct problems *problems = problems_new();
	struct clock *clock = clock_fake_new(NOW);
	struct arena *arena = arena_new(4096);
	void *content;

	if (keys != NULL)
		*keys = '\0';
	content = form->type->load(&source, problems);
	must((content == NULL) == (problems_errors(problems) > 0));
	if (content != NULL && keys != NULL)
		ask_keys(form, content, keys + 4, clock, arena);
	if (content != NULL) {
		must(form->type->size(content) <= size);
		form->type->free(content);
	}
	arena_free(arena);
	clock_fake_free(clock);
	problems_free(problems);
}

/* try_reply - what a server sends, whole and byte by byte */
static void
try_reply(const char *data, size_t size)
{
	enum netstring whole = NETSTRING_PART;
	const char *text, *reason;
	size_t length, reason_length, got;

	for (got = 0; got <= size && whole == NETSTRING_PART; got++)
		whole = netstring_read(data, got, &text, &length);
	if (whole != NETSTRING_WHOLE)
		return;
	must(text > data && text + length < data + size);
	must(length <= SOCKETMAP_REPLY_MAX && text[length] == ',');
	socketmap_reply(text, length, &reason, &reason_length);
	must(reason >= text && reason + reason_length == text + length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1), *rest;
	size_t i;

	log_open(LOG_TO_CAPTURE, "fuzz", "mail");
	memcpy(text, data, size);
	rest = memchr(text, '\n', size);
	if (rest != NULL) {
		*rest++ = '\0';
		size -= (size_t)(rest - text);
		if (strcmp(text, "socketmap") == 0)
			try_reply(rest, size);
		for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
			if (strcmp(text, forms[i].name) == 0)
				try_table(&forms[i], rest, size);
	}
	mem_free(text);
	mem_free(log_captured());
	return 0;
}
