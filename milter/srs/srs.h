/*
 * srs - return addresses that the Sender Rewriting Scheme gave out.
 *
 * A host that forwards mail puts itself into the sender, so that SPF passes
 * and bounces come back to it (Mengwong, Shevek: SRS, 2003):
 *
 *     SRS0=HASH=TT=domain=local@forwarder
 *     SRS1=HASH=first-forwarder==HASH=TT=domain=local@second-forwarder
 *
 * HASH are the first letters of an HMAC-SHA1 in base64, of TT domain local
 * (SRS1: of first-forwarder and all behind its "=") in lower case; TT is the
 * day since 1970, modulo 1024, in two letters of base32. Addresses may come
 * back in another case, so case never counts. As libsrs2, Mail::SRS and
 * postsrsd make them.
 */
#ifndef MAILREEVE_SRS_H
#define MAILREEVE_SRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* the secrets that hashes are made with; counted, immutable */
struct srs_secrets;

#define SRS_SECRETS_MAX 16
#define SRS_SECRET_SIZE 1024

/*
 * srs_secrets_read - one a line; hashes made with any of them are good, so
 * that they can be changed. NULL and *why when the file cannot be read, others
 * than its owner and group could read it or others than its owner write it,
 * or there is none, too many, or a line too long.
 */
struct srs_secrets *srs_secrets_read(const char *path, const char **why);
struct srs_secrets *srs_secrets_ref(struct srs_secrets *secrets);
/* srs_secrets_unref - free with the last reference; NULL is legal. */
void srs_secrets_unref(struct srs_secrets *secrets);

enum srs_found {
	SRS_NONE, /* no SRS address */
	SRS_GOOD,
	SRS_FORM,    /* parts are missing, or the hash is too short */
	SRS_HASH,    /* not made with one of the secrets */
	SRS_EXPIRED, /* too long ago, or in days to come */
};

struct srs_rules {
	const struct srs_secrets *secrets;
	int64_t hash_min; /* letters */
	int64_t max_days;
};

/*
 * srs_check - what a local part is, in lower or any case. now: wall seconds.
 * The hash of an expired one is not looked at.
 */
enum srs_found srs_check(const struct srs_rules *rules, const char *local,
    int64_t now);

#endif
