/*
 * directory - what the site knows about its domains, mailboxes and logins.
 *
 * Four tables (sections [directory]): domains, mailboxes, aliases, logins.
 * The value of an entry is a list of attributes:
 *     local list disabled denied suspended overquota forward=bad local_only
 *     inbound=off outbound=off soft_quota owner=login,login max_size=20M
 *     limit=100/1h,1000/1d catchall relay_limits list_domain
 * (forward=ok, inbound=on and outbound=on may be written, too). Words of the
 * MTA's own tables are no attributes and passed over: "OK", and those with
 * "@" or "/" in them, the targets and paths of aliases and mailboxes.
 * An attribute that is unknown or has a bad value is LOOKUP_CONFIG for that
 * entry, logged with its origin: never "no such user".
 */
#ifndef MAILREEVE_DIRECTORY_H
#define MAILREEVE_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "table/table.h"

enum directory_flag {
	DIRECTORY_LOCAL = 1 << 0,
	DIRECTORY_LIST = 1 << 1,
	DIRECTORY_DISABLED = 1 << 2, /* login disabled */
	DIRECTORY_DENIED = 1 << 3,   /* login locked */
	DIRECTORY_SUSPENDED = 1 << 4,
	DIRECTORY_OVERQUOTA = 1 << 5,
	DIRECTORY_BAD_FORWARD = 1 << 6, /* forward=bad, and no mailbox */
	DIRECTORY_LOCAL_ONLY = 1 << 7,  /* may send to local domains only */
	DIRECTORY_INBOUND_OFF = 1 << 8,
	DIRECTORY_OUTBOUND_OFF = 1 << 9,
	DIRECTORY_CATCHALL = 1 << 10,     /* domain takes any local part */
	DIRECTORY_SOFT_QUOTA = 1 << 11,   /* may receive, not send */
	DIRECTORY_RELAY_LIMITS = 1 << 12, /* account limits: no relaying */
	DIRECTORY_LIST_DOMAIN = 1 << 13,  /* addresses here are mailing lists */
};

struct directory_entry {
	unsigned flags;
	const char *owner; /* "a@b,c@d" or "" */
	const char *limit; /* "100/1h,1000/1d", see quota.h; or "" */
	int64_t max_size;  /* bytes; 0 = none given */
	struct origin at;
};

/* the tables; NULL = not configured. Borrowed from the settings. */
struct directory {
	struct table *domains;
	struct table *mailboxes;
	struct table *aliases;
	struct table *logins;
};

/*
 * directory_domain - found only when the domain is one of ours, or below one
 *   that is written ".domain". Without a table of domains nothing is found.
 * directory_recipient - an address of a domain of ours: mailbox, alias or
 *   list, as it is, without "+tag", then "@domain" (all addresses of it).
 *   LOOKUP_NOT_FOUND means that the domain is ours (or unknown to us) and
 *   holds no such address. Without a table of mailboxes it means nothing: the
 *   caller looks at directory->mailboxes before it calls a user unknown.
 * directory_login - a login, as the MTA gives it; Sendmail gives what was
 *   typed, so a bare "alice" is also tried as alice@hostname-domain by the
 *   caller, not here. Without a table of logins nothing is found.
 * All: flags of the domain are NOT mixed in; deadline as in table.h. *entry
 * is empty unless LOOKUP_FOUND.
 */
enum lookup directory_domain(const struct directory *directory,
    const char *domain, int64_t deadline_ms, struct arena *arena,
    struct directory_entry *entry);
enum lookup directory_recipient(const struct directory *directory,
    const struct mailaddr *address, int64_t deadline_ms, struct arena *arena,
    struct directory_entry *entry);
enum lookup directory_login(const struct directory *directory,
    const char *login, int64_t deadline_ms, struct arena *arena,
    struct directory_entry *entry);

/*
 * directory_check - complain about attributes that cannot be read, in those
 * tables that show what they hold (table_each()).
 */
void directory_check(const struct directory *directory,
    struct problems *problems);

/*
 * directory_parse - attributes of a value; false and *bad = the wrong word.
 * entry->at is left as it is.
 */
bool directory_parse(const char *value, struct arena *arena,
    struct directory_entry *entry, const char **bad);

#endif
