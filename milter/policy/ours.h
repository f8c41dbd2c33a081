/*
 * ours - what the directory says of the two ends of a message.
 *
 * Policies ask here whether a domain, a mailbox or an account is one of ours.
 * The answer is no, yes, or a trouble that the policy returns as its verdict:
 * *verdict is the trouble then, and no opinion otherwise.
 * Without the table in question everything is OURS_NO: what needs a directory
 * is inactive without one.
 */
#ifndef MAILREEVE_OURS_H
#define MAILREEVE_OURS_H

#include "policy/policy.h"
#include "table/directory.h"

enum ours { OURS_NO, OURS_YES, OURS_TROUBLE };

/* ours_domain - *entry is filled with OURS_YES. */
enum ours ours_domain(const struct pctx *p, const char *domain,
    struct directory_entry *entry, struct verdict *verdict);
/* ours_mailbox - a mailbox, alias or list; its domain is not looked at. */
enum ours ours_mailbox(const struct pctx *p, const struct mailaddr *address,
    struct directory_entry *entry, struct verdict *verdict);

/* on whose account a message is sent */
struct account {
	const char *name; /* the login, or "alice@example.test"; for the log */
	unsigned flags; /* DIRECTORY_* of login, mailbox and domain together */
	int64_t max_size;  /* the closest of theirs; 0 = none */
	const char *limit; /* the same; "" = none */
	struct origin limit_at;
	size_t entries;
	struct {
		unsigned flags;
		struct origin at;
	} entry[3]; /* where what stands */
};

/*
 * ours_account - the login's account; without a login that of a sender of
 * ours (which anybody may claim to be). Attributes of the login, the mailbox
 * of the same name and its domain add up.
 */
enum ours ours_account(const struct pctx *p, struct account *account,
    struct verdict *verdict);

/*
 * ours_refuse - the refusal of an account for an attribute, which names the
 * entry where it stands.
 */
struct verdict ours_refuse(const struct account *account, unsigned flag,
    unsigned reason, const char *option);

#define OURS_LOGIN_FORMS 3

/*
 * ours_login_forms - the spellings under which the login may stand in a table,
 * the one given first; returns how many.
 */
size_t ours_login_forms(const struct pctx *p,
    const char *forms[OURS_LOGIN_FORMS]);

#endif
