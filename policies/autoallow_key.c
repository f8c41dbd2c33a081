/*
 * autoallow_key - what stands in entries.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "policies/autoallow.h"

const char *
autoallow_domain(const char *domain, struct arena *arena)
{
	return arena_printf(arena, "@%s", domain);
}

bool
autoallow_skip(const char *value, struct arena *arena, unsigned long long *bits)
{
	const char *rest = arena_strndup(arena, value, strcspn(value, "#"));
	const char *names[64], *word, *unknown;
	struct words words = { .word = names };
	size_t length;

	while (words.count < sizeof(names) / sizeof(names[0]) &&
	       (word = str_next_word(&rest, " ,", &length)) != NULL)
		names[words.count++] = arena_strndup(arena, word, length);
	return words.count > 0 && policy_skip_bits(&words, bits, &unknown);
}

char *
autoallow_ref_print(const struct autoallow_ref *ref)
{
	struct json *object = json_new_object();
	char *text;

	json_add_int(object, "at", ref->at_s);
	json_add_text(object, "client", ref->client);
	json_add_text(object, "sender", ref->sender);
	json_add_text(object, "recipient", ref->recipient);
	json_add_text(object, "policy", ref->policy);
	json_add_text(object, "reason", ref->reason);
	text = json_print(object);
	json_free(object);
	return text;
}

bool
autoallow_ref_read(const char *value, struct arena *arena,
    struct autoallow_ref *ref)
{
	struct json *object = json_parse(value, strlen(value));
	const struct {
		const char *name;
		const char **text;
	} fields[] = {
		{ "client", &ref->client },
		{ "sender", &ref->sender },
		{ "recipient", &ref->recipient },
		{ "policy", &ref->policy },
		{ "reason", &ref->reason },
	};

	if (object == NULL)
		return false;
	ref->at_s = json_get_int(object, "at", 0);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *text = json_get_text(object, fields[i].name);

		*fields[i].text = arena_strdup(arena, text != NULL ? text : "");
	}
	json_free(object);
	return true;
}
