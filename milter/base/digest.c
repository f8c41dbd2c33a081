/*
 * digest - hashes of texts; all of OpenSSL's libcrypto that we use.
 *
 * OpenSSL 3 looks for its algorithms by name, which costs more than a hash of
 * a short text: a key holds a context with that done and the secret taken in,
 * of which each hash begins with a copy.
 *
 * Diagnostics: a libcrypto without HMAC ends the process.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"

#define BYTES 16 /* of the hash that are kept */
#define SHA1_BYTES 20

struct digest_key {
	char *secret;
	const char *hash;             /* its name */
	_Atomic(EVP_MAC_CTX *) begun; /* NULL: not used yet */
};

/* must - what cannot fail but for want of memory or of the algorithm */
static void
must(int good)
{
	if (!good)
		log_fatal("libcrypto cannot do HMAC");
}

/* begin - a context that has taken in the secret */
static EVP_MAC_CTX *
begin(const struct digest_key *key)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context;
	OSSL_PARAM params[2];
	char name[16];

	/* the parameter is not const, though nobody writes there */
	snprintf(name, sizeof(name), "%s", key->hash);
	params[0] = OSSL_PARAM_construct_utf8_string("digest", name, 0);
	params[1] = OSSL_PARAM_construct_end();
	must(mac != NULL);
	context = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	must(context != NULL &&
	     EVP_MAC_init(context, (const unsigned char *)key->secret,
		 strlen(key->secret), params));
	return context;
}

/*
 * copy_begun - for one hash. The first use of any makes libcrypto take some
 * megabytes: who hashes nothing does not pay for it.
 */
static EVP_MAC_CTX *
copy_begun(struct digest_key *key)
{
	EVP_MAC_CTX *begun = atomic_load(&key->begun), *mine;

	if (begun == NULL) {
		mine = begin(key);
		if (atomic_compare_exchange_strong(&key->begun, &begun, mine))
			begun = mine;
		else
			EVP_MAC_CTX_free(mine);
	}
	return EVP_MAC_CTX_dup(begun);
}

/* key_new - for HMAC with the hash of that name */
static struct digest_key *
key_new(const char *secret, const char *hash)
{
	struct digest_key *key = mem_alloc(sizeof(*key));

	key->secret = mem_strdup(secret);
	key->hash = hash;
	return key;
}

struct digest_key *
digest_key_new(const char *secret)
{
	return key_new(secret, "SHA256");
}

struct digest_key *
digest_key_sha1(const char *secret)
{
	return key_new(secret, "SHA1");
}

void
digest_key_free(struct digest_key *key)
{
	if (key == NULL)
		return;
	EVP_MAC_CTX_free(atomic_load(&key->begun));
	OPENSSL_cleanse(key->secret, strlen(key->secret));
	mem_free(key->secret);
	mem_free(key);
}

bool
digest_key_equal(const struct digest_key *a, const struct digest_key *b)
{
	return strcmp(a->hash, b->hash) == 0 &&
	       strcmp(a->secret, b->secret) == 0;
}

#define LETTERS                      \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz" \
	"0123456789"

/* base64 - without padding; the last two letters are the caller's choice */
static void
base64(const unsigned char *bytes, size_t count, const char *letters, char *out)
{
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < count; i++) {
		held = (held << 8 | bytes[i]) & 0xffffu;
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = letters[held >> (bits - 6) & 63];
	}
	if (bits > 0)
		*out++ = letters[held << (6 - bits) & 63];
	*out = '\0';
}

char *
digest_text(struct digest_key *key, const char *first, const char *second,
    char out[DIGEST_TEXT_SIZE])
{
	EVP_MAC_CTX *context = copy_begun(key);
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t length;

	must(context != NULL &&
	     /* with its NUL: "a" "bc" is not "ab" "c" */
	     EVP_MAC_update(context, (const unsigned char *)first,
		 strlen(first) + 1) &&
	     EVP_MAC_update(context, (const unsigned char *)second,
		 strlen(second)) &&
	     EVP_MAC_final(context, hash, &length, sizeof(hash)) &&
	     length >= BYTES);
	EVP_MAC_CTX_free(context);
	base64(hash, BYTES, LETTERS "-_", out);
	return out;
}

char *
digest_sha1_letters(struct digest_key *key, const char *text,
    char out[DIGEST_SHA1_LETTERS + 1])
{
	EVP_MAC_CTX *context = copy_begun(key);
	unsigned char hash[EVP_MAX_MD_SIZE];
	char letters[EVP_MAX_MD_SIZE * 2];
	size_t length;

	must(context != NULL &&
	     EVP_MAC_update(context, (const unsigned char *)text,
		 strlen(text)) &&
	     EVP_MAC_final(context, hash, &length, sizeof(hash)) &&
	     length >= SHA1_BYTES);
	EVP_MAC_CTX_free(context);
	base64(hash, SHA1_BYTES, LETTERS "+/", letters);
	memcpy(out, letters, DIGEST_SHA1_LETTERS);
	out[DIGEST_SHA1_LETTERS] = '\0';
	return out;
}

char *
digest_sha1(const char *text, char out[DIGEST_SHA1_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned length;

	if (!EVP_Digest(text, strlen(text), hash, &length, EVP_sha1(), NULL))
		log_fatal("libcrypto cannot do SHA-1");
	for (unsigned i = 0; i < length; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[2 * length] = '\0';
	return out;
}
