/*
 * store_key - "prefix:v1:POLICY:{SUBJECT}:rest", and back.
 *
 * Bytes of subject and rest that are not printable ASCII, blanks, and any of
 * % { } ~ * ? [ ] \ are written %XX, so that a key has no byte that means
 * something to Redis, and one key has one spelling. What would be longer than
 * STORE_PART_MAX then, and what [store] hash_addresses says, is written
 * ~HASH: 22 letters of HMAC-SHA256 with the secret. Without rest the key
 * ends behind the brace.
 */
#ifndef MAILREEVE_STORE_KEY_H
#define MAILREEVE_STORE_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct store_key;
struct store_names;
struct store_settings;

#define STORE_PART_MAX 200
/* a whole key with its NUL is never longer: prefix and policy are options */
#define STORE_KEY_SIZE 512
#define STORE_PREFIX_MAX 40
#define STORE_POLICY_MAX 48

/* how keys are made, from the settings; immutable */
struct store_names *store_names_new(const struct store_settings *settings);
void store_names_free(struct store_names *names);
/* store_names_equal - whether both make the same keys. */
bool store_names_equal(const struct store_names *a,
    const struct store_names *b);
/* store_names_prefix - "prefix:v1:", borrowed. */
const char *store_names_prefix(const struct store_names *names);

/* store_key_build - the key in out; its length. */
size_t store_key_build(const struct store_names *names,
    const struct store_key *key, char out[STORE_KEY_SIZE]);
/*
 * store_key_begin - what keys begin with, for a search: those of a subject if
 * it is not NULL ("prefix:v1:policy:{subject}"), else of a policy
 * ("prefix:v1:policy", but "prefix:v1:policyX" also begins so: ask
 * store_key_is_of()), else all ("prefix:v1:"). Its length.
 */
size_t store_key_begin(const struct store_names *names, const char *policy,
    const char *subject, char out[STORE_KEY_SIZE]);

/* the parts of a key, raw; hashed ones are "" */
struct store_key_parts {
	const char *policy, *subject, *rest;
};
/*
 * store_key_split - the part of a key that is behind its prefix. False when it
 * is none of ours. The texts are in the arena.
 */
bool store_key_split(const char *key, struct store_key_parts *parts,
    struct arena *arena);
/* store_key_is_of - "ratelimit.login" is of "ratelimit"; all are of NULL. */
bool store_key_is_of(const char *key_policy, const char *policy);

#endif
