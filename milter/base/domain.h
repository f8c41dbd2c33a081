/*
 * domain - host and domain names as keys.
 *
 * Domains fold to lower-case A-labels (RFC 5890) here and nowhere else, so
 * that two spellings of one domain are one key. A domain never matches as a
 * plain suffix: domain_is_under() goes by labels.
 */
#ifndef MAILREEVE_DOMAIN_H
#define MAILREEVE_DOMAIN_H

#include <stdbool.h>

struct arena;

/*
 * domain_fold - lower-case A-labels, final dot dropped; NULL if not valid.
 * Underscores are let through, as in names of the DNS.
 */
const char *domain_fold(const char *domain, struct arena *arena);
/*
 * domain_is_valid - RFC 5321 4.1.2 Domain: letters, digits, inner hyphens
 * (and underscore when underscore_ok), labels of 1..63, 255 in all.
 */
bool domain_is_valid(const char *domain, bool underscore_ok);
/* domain_is_under - name equals parent or is below it, by whole labels. */
bool domain_is_under(const char *name, const char *parent);
/* domain_parent - "b.c" of "a.b.c"; NULL when no dot is left. Borrowed. */
const char *domain_parent(const char *domain);

#endif
