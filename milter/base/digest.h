/*
 * digest - hashes of texts; all of OpenSSL's libcrypto that we use.
 */
#ifndef MAILREEVE_DIGEST_H
#define MAILREEVE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

/* a secret, for use by any thread; what it is never changes */
struct digest_key;

/* digest_key_new - copies the secret; "" is one as well. */
struct digest_key *digest_key_new(const char *secret);
void digest_key_free(struct digest_key *key);
/* digest_key_equal - whether they hash alike. */
bool digest_key_equal(const struct digest_key *a, const struct digest_key *b);

#define DIGEST_TEXT_SIZE 23
/*
 * digest_text - 128 bits of HMAC-SHA256 (RFC 2104) over two parts that cannot
 * be mistaken for each other, in 22 letters of base64url (RFC 4648 5).
 * Returns out.
 */
char *digest_text(struct digest_key *key, const char *first, const char *second,
    char out[DIGEST_TEXT_SIZE]);

/* digest_key_sha1 - the same for digest_sha1_letters() alone. */
struct digest_key *digest_key_sha1(const char *secret);

#define DIGEST_SHA1_LETTERS 26
/*
 * digest_sha1_letters - HMAC-SHA1 of a text in base64 (RFC 4648 4), the first
 * DIGEST_SHA1_LETTERS, for addresses that others make with it. Returns out.
 */
char *digest_sha1_letters(struct digest_key *key, const char *text,
    char out[DIGEST_SHA1_LETTERS + 1]);

#define DIGEST_SHA1_SIZE 41
/*
 * digest_sha1 - in hexadecimal, as Redis names scripts; for nothing that has
 * to be safe. Returns out.
 */
char *digest_sha1(const char *text, char out[DIGEST_SHA1_SIZE]);

#endif
