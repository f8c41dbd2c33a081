/*
 * store_redis_key - the keys under which Redis has what is stored.
 *
 * Triplets are by far the most, and of theirs only hashes are kept: 20 letters
 * in place of three addresses.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "store/store_backend.h"
#include "store/store_redis_key.h"

#define SHORT_PART 10 /* letters of base64url */

static struct digest_key *no_secret;

/* make_no_secret - once */
static void
make_no_secret(void)
{
	no_secret = digest_key_new("");
}

/* shorten - a part of a key, of length bytes; the end of it in out */
static char *
shorten(const char *text, size_t length, char *out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char part[REDIS_KEY_SIZE], hash[DIGEST_TEXT_SIZE];

	pthread_once(&once, make_no_secret);
	snprintf(part, sizeof part, "%.*s", (int)length, text);
	digest_text(no_secret, "triplet", part, hash);
	memcpy(out, hash, SHORT_PART);
	return out + SHORT_PART;
}

/* shorten_subject - of "prefix:v1:policy:{subject}..."; *rest is what is
 * behind it. The end in out. */
static char *
shorten_subject(const char *key, const char **rest, char *out)
{
	const char *open = strchr(key, '{'), *close = strchr(key, '}');
	size_t begin = (size_t)(open + 1 - key);

	memcpy(out, key, begin);
	out = shorten(open + 1, (size_t)(close - open - 1), out + begin);
	*out++ = '}';
	*rest = close + 1;
	return out;
}

size_t
redis_key_subject(const char *key, char out[REDIS_KEY_SIZE])
{
	const char *rest;
	char *end = shorten_subject(key, &rest, out);

	*end = '\0';
	return (size_t)(end - out);
}

size_t
redis_key(const struct store_op *op, char out[REDIS_KEY_SIZE])
{
	const char *rest;
	char *end;

	if (op->verb != VERB_TRIPLET) {
		memcpy(out, op->key, op->key_length + 1);
		return op->key_length;
	}
	end = shorten_subject(op->key, &rest, out);
	end = shorten(rest, strlen(rest), end);
	*end = '\0';
	return (size_t)(end - out);
}
