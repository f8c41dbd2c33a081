/*
 * regdomain - the domain that somebody has registered.
 *
 * "example.co.uk" of "mx1.mail.example.co.uk": under a public suffix (of the
 * Public Suffix List, https://publicsuffix.org) names belong to strangers, and
 * below a registered domain to one owner. A host's customers who get names of
 * their own (user.github.io) are strangers there as well.
 */
#ifndef MAILREEVE_REGDOMAIN_H
#define MAILREEVE_REGDOMAIN_H

#include <stdbool.h>

/*
 * regdomain - of a folded domain (domain_fold()): the part of it that is the
 * registered domain, borrowed from it. NULL for a public suffix, a name
 * without a dot, an address with or without brackets, and "". Below a top
 * level domain that the list does not know, one label is registered.
 */
const char *regdomain(const char *domain);
/*
 * regdomain_is_known - whether a folded domain ends in a top level domain that
 * the list knows: "report.pdf" does not.
 */
bool regdomain_is_known(const char *domain);

#endif
