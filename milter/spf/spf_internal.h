/*
 * spf_internal - the parts of a check to one another.
 *
 * spfcheck.c     libspf2: goes through the records, follows include and
 *                redirect, makes the result
 * spf_policy.c   finds the record of a domain, writes it anew for libspf2
 * spf_record.c   the grammar, spf_macro.c that of macros
 * spf_expand.c   macros to text
 * spf_match.c    whether a mechanism matches
 * spf_ask.c      questions and their limits
 */
#ifndef MAILREEVE_SPF_INTERNAL_H
#define MAILREEVE_SPF_INTERNAL_H

#include "dns/dns.h"
#include "spf/spf_record.h"
#include "spf/spfcheck.h"

struct spf_asked;
struct str;

#define SPF_CLIENT_NAMES 10 /* names of a client that are looked at (4.6.4) */
#define SPF_POLICIES_MAX (SPF_TERMS_MAX + 1)

/* a name as macros make it */
struct spf_name {
	const char *raw;  /* any bytes; %{d} where it is the current domain */
	const char *text; /* as dns_ask() takes it; NULL: there is no such */
};

/* the record of one domain in one check */
struct spf_policy {
	struct spf_name name; /* the current domain */
	struct spf_record record;
	const char *published; /* the record as text, printable */
	/* by the record's terms, filled as libspf2 comes to them */
	bool matched[SPF_TERMS_KEPT];
	struct spf_policy *other[SPF_TERMS_KEPT]; /* of include, redirect */
};

struct spf_check {
	const struct spf_query *query;
	struct arena *arena;
	/* the values of macros that are the same everywhere; NULL: not made
	 * yet, but domain is there */
	const char *sender, *domain, *address, *readable, *time;
	enum spf_result end; /* SPF_UNCHECKED, or what ends the check */
	const char *problem;
	bool unsure;
	bool by_local_policy;
	unsigned terms, voids, early, questions;
	struct spf_asked *asked; /* the last one first */
	struct spf_policy *policy[SPF_POLICIES_MAX];
	size_t policies;
	/* of the client, confirmed by their addresses */
	bool names_known;
	const char *name[SPF_CLIENT_NAMES];
	size_t names;
};

/* spf_ask.c */

/* spf_end - end the check with an error or none; the first one counts. */
void spf_end(struct spf_check *check, enum spf_result result,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* spf_ask - put a question that will be waited for. */
void spf_ask(struct spf_check *check, const char *name, enum dns_type type);
/* spf_ask_early - the same while it is only likely; a few in a check. */
void spf_ask_early(struct spf_check *check, const char *name,
    enum dns_type type);
/* spf_wait - put a question and wait for its answer. */
const struct dns_answer *spf_wait(struct spf_check *check, const char *name,
    enum dns_type type);
/* spf_count_void - one more look-up that found nothing. */
void spf_count_void(struct spf_check *check);
/* spf_address_type - A or AAAA, as the client has. */
enum dns_type spf_address_type(const struct spf_check *check);

/* spf_expand.c */

/*
 * spf_expand - a checked macro-string to out. False when it becomes longer
 * than anything of use; out holds the beginning then.
 */
bool spf_expand(struct spf_check *check, const char *current,
    struct spf_text text, enum spf_where where, struct str *out);
/*
 * spf_expand_name - the domain that a domain-spec is, shortened as in 7.3;
 * the current one when target is empty.
 */
struct spf_name spf_expand_name(struct spf_check *check,
    const struct spf_name *current, struct spf_text target);
/* spf_name - a name from outside as dns_ask() takes it. */
struct spf_name spf_name(struct spf_check *check, const char *raw);

/* spf_match.c */

/* spf_match - whether an A, MX, PTR or EXISTS has the client. */
bool spf_match(struct spf_check *check, const struct spf_policy *policy,
    const struct spf_term *term);
/*
 * spf_match_client_name - %{p}: a confirmed name of the client, rather the
 * current domain or one below it; "unknown".
 */
const char *spf_match_client_name(struct spf_check *check, const char *current);

/* spf_policy.c */

/*
 * spf_policy_find - the record of a domain. NULL: the check has ended. term is
 * the include or redirect that leads there, NULL for the first.
 */
struct spf_policy *spf_policy_find(struct spf_check *check,
    struct spf_name name, const struct spf_term *term);
/* spf_policy_write - a record for libspf2: TOKENs for names. */
void spf_policy_write(struct spf_check *check, const struct spf_policy *policy,
    struct str *out);
/*
 * spf_policy_term - what a TOKEN stands for; false when it is none. *policy
 * is the one that it stands in.
 */
bool spf_policy_term(struct spf_check *check, const char *token,
    struct spf_policy **policy, size_t *term);
/* spf_policy_explain - the text of exp= of the policy that decided. */
const char *spf_policy_explain(struct spf_check *check);
/* spf_policy_mechanism - the mechanism that decided, for people. */
const char *spf_policy_mechanism(const struct spf_check *check);

#endif
