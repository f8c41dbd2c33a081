/*
 * store_key - "prefix:v1:POLICY:{SUBJECT}:rest", and back.
 *
 * "v1" is the schema of what lies under the key: another schema is another
 * key, so that hosts of two versions do not read each other's.
 *
 * Diagnostics: none; any bytes make a key.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"
#include "store/store_key.h"

#define SCHEMA "v1"
#define HASHED '~'
/* policies are our own words; prefix is checked by its option */
#define SPECIAL "%{}~*?[]\\"

struct store_names {
	char prefix[STORE_PREFIX_MAX + sizeof(":" SCHEMA ":")];
	size_t prefix_length;
	char *hash_policies;
	struct digest_key *secret;
};

struct store_names *
store_names_new(const struct store_settings *settings)
{
	struct store_names *names = mem_alloc(sizeof(*names));

	names->prefix_length =
	    (size_t)snprintf(names->prefix, sizeof(names->prefix),
		"%.*s:" SCHEMA ":", STORE_PREFIX_MAX, settings->prefix);
	names->hash_policies = mem_strdup(settings->hash_policies);
	names->secret = digest_key_new(settings->hash_secret);
	return names;
}

void
store_names_free(struct store_names *names)
{
	if (names == NULL)
		return;
	digest_key_free(names->secret);
	mem_free(names->hash_policies);
	mem_free(names);
}

bool
store_names_equal(const struct store_names *a, const struct store_names *b)
{
	return strcmp(a->prefix, b->prefix) == 0 &&
	       strcmp(a->hash_policies, b->hash_policies) == 0 &&
	       digest_key_equal(a->secret, b->secret);
}

const char *
store_names_prefix(const struct store_names *names)
{
	return names->prefix;
}

bool
store_key_is_of(const char *key_policy, const char *policy)
{
	size_t length;

	if (policy == NULL)
		return true;
	length = strlen(policy);
	return strncmp(key_policy, policy, length) == 0 &&
	       (key_policy[length] == '\0' || key_policy[length] == '.');
}

/* is_hashed - whether [store] hash_addresses names the policy */
static bool
is_hashed(const struct store_names *names, const char *policy)
{
	const char *cursor = names->hash_policies, *word;
	char name[STORE_POLICY_MAX + 1];
	size_t length;

	while ((word = str_next_word(&cursor, " ,\t", &length)) != NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)length, word);
		if (store_key_is_of(policy, name))
			return true;
	}
	return false;
}

/* is_plain - a byte that stands for itself */
static bool
is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && strchr(SPECIAL, c) == NULL;
}

/* escape - text to out; its end, or NULL when it is too long */
static char *
escape(char *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *end = out + STORE_PART_MAX - 2;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (out >= end)
			return NULL;
		if (is_plain(c)) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '%';
		*out++ = digits[c >> 4];
		*out++ = digits[c & 15];
	}
	return out;
}

/* add_part - subject or rest, as it is or as a hash; the end */
static char *
add_part(const struct store_names *names, const char *policy, bool hashed,
    const char *text, char *out)
{
	char *end = hashed ? NULL : escape(out, text);

	if (end != NULL)
		return end;
	*out++ = HASHED;
	digest_text(names->secret, policy, text, out);
	return out + DIGEST_TEXT_SIZE - 1;
}

/* add_text - ours: neither long nor strange; the end */
static char *
add_text(char *out, const char *text, size_t most)
{
	size_t length = strnlen(text, most);

	memcpy(out, text, length);
	return out + length;
}

/* add_subject - "prefix:v1:policy:{subject}"; the end */
static char *
add_subject(const struct store_names *names, const char *policy,
    const char *subject, bool hashed, char *out)
{
	out = add_text(out, names->prefix, names->prefix_length);
	out = add_text(out, policy, STORE_POLICY_MAX);
	*out++ = ':';
	*out++ = '{';
	out = add_part(names, policy, hashed, subject, out);
	*out++ = '}';
	return out;
}

size_t
store_key_build(const struct store_names *names, const struct store_key *key,
    char out[STORE_KEY_SIZE])
{
	bool hashed = is_hashed(names, key->policy);
	char *end = add_subject(names, key->policy, key->subject, hashed, out);

	if (key->rest != NULL && key->rest[0] != '\0') {
		*end++ = ':';
		end = add_part(names, key->policy, hashed, key->rest, end);
	}
	*end = '\0';
	return (size_t)(end - out);
}

size_t
store_key_begin(const struct store_names *names, const char *policy,
    const char *subject, char out[STORE_KEY_SIZE])
{
	char *end;

	if (policy != NULL && subject != NULL) {
		end = add_subject(names, policy, subject,
		    is_hashed(names, policy), out);
	} else {
		end = add_text(out, names->prefix, names->prefix_length);
		if (policy != NULL)
			end = add_text(end, policy, STORE_POLICY_MAX);
	}
	*end = '\0';
	return (size_t)(end - out);
}

/* digit - the value of a hexadecimal digit, or -1 */
static int
digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* unescape - a part of a key, raw; "" for a hash */
static const char *
unescape(const char *text, size_t length, struct arena *arena)
{
	char *raw, *out;

	if (length > 0 && text[0] == HASHED)
		return "";
	raw = out = arena_strndup(arena, text, length);
	for (const char *in = raw; *in != '\0'; in++) {
		if (*in == '%' && digit(in[1]) >= 0 && digit(in[2]) >= 0) {
			*out++ = (char)(digit(in[1]) * 16 + digit(in[2]));
			in += 2;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return raw;
}

bool
store_key_split(const char *key, struct store_key_parts *parts,
    struct arena *arena)
{
	const char *subject = strstr(key, ":{"), *end;

	end = subject != NULL ? strchr(subject, '}') : NULL;
	if (end == NULL || (end[1] != '\0' && end[1] != ':'))
		return false;
	parts->policy = arena_strndup(arena, key, (size_t)(subject - key));
	subject += 2;
	parts->subject = unescape(subject, (size_t)(end - subject), arena);
	parts->rest =
	    end[1] == ':' ? unescape(end + 2, strlen(end + 2), arena) : "";
	return true;
}
