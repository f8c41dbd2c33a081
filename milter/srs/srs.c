/*
 * srs - return addresses that the Sender Rewriting Scheme gave out.
 *
 * Debian has no libsrs2 any more, and what is needed of it is below: taking
 * an address apart, one HMAC, one comparison.
 *
 * Diagnostics: as enum srs_found; srs_secrets_read() says why.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "srs/srs.h"

#define DAY 86400
#define SLOTS 1024 /* of two letters */

struct srs_secrets {
	atomic_uint references;
	size_t count;
	struct digest_key *key[SRS_SECRETS_MAX];
};

/* add_secret - false for one too many */
static bool
add_secret(struct srs_secrets *secrets, const char *secret)
{
	if (secrets->count == SRS_SECRETS_MAX)
		return false;
	secrets->key[secrets->count++] = digest_key_sha1(secret);
	return true;
}

/* read_lines - NULL, or what is wrong with the file */
static const char *
read_lines(struct srs_secrets *secrets, FILE *file)
{
	char line[SRS_SECRET_SIZE];

	while (fgets(line, sizeof(line), file) != NULL) {
		if (strlen(line) == sizeof(line) - 1)
			return "a line is too long";
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '\0' && !add_secret(secrets, line))
			return "too many secrets";
	}
	if (ferror(file))
		return strerror(errno);
	return secrets->count == 0 ? "it is empty" : NULL;
}

/* is_open - NULL, or who else may read or write the file */
static const char *
is_open(FILE *file)
{
	struct stat status;

	if (fstat(fileno(file), &status) != 0)
		return strerror(errno);
	if (status.st_mode & (S_IRWXO | S_IWGRP))
		return "others may read or write it; chmod 640";
	return NULL;
}

struct srs_secrets *
srs_secrets_read(const char *path, const char **why)
{
	FILE *file = fopen(path, "re");
	struct srs_secrets *secrets;

	if (file == NULL) {
		*why = strerror(errno);
		return NULL;
	}
	secrets = mem_alloc(sizeof(*secrets));
	atomic_init(&secrets->references, 1);
	*why = is_open(file);
	if (*why == NULL)
		*why = read_lines(secrets, file);
	fclose(file);
	if (*why == NULL)
		return secrets;
	srs_secrets_unref(secrets);
	return NULL;
}

struct srs_secrets *
srs_secrets_ref(struct srs_secrets *secrets)
{
	if (secrets != NULL)
		atomic_fetch_add(&secrets->references, 1);
	return secrets;
}

void
srs_secrets_unref(struct srs_secrets *secrets)
{
	if (secrets == NULL || atomic_fetch_sub(&secrets->references, 1) > 1)
		return;
	for (size_t i = 0; i < secrets->count; i++)
		digest_key_free(secrets->key[i]);
	mem_free(secrets);
}

/* hash_is_good - made of text, in lower case, with one of the secrets */
static bool
hash_is_good(const struct srs_secrets *secrets, const char *hash, size_t length,
    const char *text)
{
	char letters[DIGEST_SHA1_LETTERS + 1];

	if (length > DIGEST_SHA1_LETTERS)
		return false;
	for (size_t i = 0; i < secrets->count; i++) {
		digest_sha1_letters(secrets->key[i], text, letters);
		if (strncasecmp(letters, hash, length) == 0)
			return true;
	}
	return false;
}

/* judge_hash - of the texts that belong to it, put together */
static enum srs_found
judge_hash(const struct srs_rules *rules, const char *hash, size_t length,
    struct str *text)
{
	enum srs_found found = SRS_HASH;

	if (length < (size_t)rules->hash_min)
		found = SRS_FORM;
	else if (hash_is_good(rules->secrets, hash, length,
		     str_lower(text->data)))
		found = SRS_GOOD;
	str_fini(text);
	return found;
}

/* stamp_value - two letters of base32 (RFC 4648 6) as a number; -1: not */
static int
stamp_value(const char *stamp, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	char lower[3] = { 0 };
	const char *high, *low;

	if (length != 2)
		return -1;
	memcpy(lower, stamp, 2);
	str_lower(lower);
	high = strchr(letters, lower[0]);
	low = strchr(letters, lower[1]);
	if (high == NULL || low == NULL)
		return -1;
	return (int)((high - letters) * 32 + (low - letters));
}

/* is_expired - a host whose clock is before ours may be a day ahead */
static bool
is_expired(int stamp, int64_t max_days, int64_t now)
{
	int64_t today = now / DAY;

	return ((today + 1 - stamp) % SLOTS + SLOTS) % SLOTS > max_days + 1;
}

/* check_first - "HASH=TT=domain=local" */
static enum srs_found
check_first(const struct srs_rules *rules, const char *hash, int64_t now)
{
	size_t length = strcspn(hash, "="), stamp_length, domain_length;
	const char *stamp, *domain, *local;
	struct str text = STR_INIT;
	int value;

	if (hash[length] == '\0')
		return SRS_FORM;
	stamp = hash + length + 1;
	stamp_length = strcspn(stamp, "=");
	value = stamp_value(stamp, stamp_length);
	if (value < 0 || stamp[stamp_length] == '\0')
		return SRS_FORM;
	domain = stamp + stamp_length + 1;
	domain_length = strcspn(domain, "=");
	if (domain_length == 0 || domain[domain_length] == '\0')
		return SRS_FORM;
	local = domain + domain_length + 1;
	if (local[0] == '\0')
		return SRS_FORM;
	if (is_expired(value, rules->max_days, now))
		return SRS_EXPIRED;
	str_add_n(&text, stamp, stamp_length);
	str_add_n(&text, domain, domain_length);
	str_add(&text, local);
	return judge_hash(rules, hash, length, &text);
}

/* check_second - "HASH=first-forwarder=" and the separator of its SRS0 */
static enum srs_found
check_second(const struct srs_rules *rules, const char *hash)
{
	size_t length = strcspn(hash, "="), domain_length;
	const char *domain, *rest;
	struct str text = STR_INIT;

	if (hash[length] == '\0')
		return SRS_FORM;
	domain = hash + length + 1;
	domain_length = strcspn(domain, "=");
	if (domain_length == 0 || domain[domain_length] == '\0')
		return SRS_FORM;
	rest = domain + domain_length + 1;
	if (rest[0] == '\0')
		return SRS_FORM;
	str_add_n(&text, domain, domain_length);
	str_add(&text, rest);
	return judge_hash(rules, hash, length, &text);
}

enum srs_found
srs_check(const struct srs_rules *rules, const char *local, int64_t now)
{
	if (strncasecmp(local, "SRS", 3) != 0 ||
	    (local[3] != '0' && local[3] != '1') || local[4] == '\0' ||
	    strchr("=+-", local[4]) == NULL)
		return SRS_NONE;
	return local[3] == '0' ? check_first(rules, local + 5, now)
			       : check_second(rules, local + 5);
}
