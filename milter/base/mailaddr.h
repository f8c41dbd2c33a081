/*
 * mailaddr - envelope paths, their parameters, and domains.
 *
 * Domains fold to lower-case A-labels (RFC 5890) here and nowhere else, so
 * that two spellings of one domain are one key. A domain never matches as a
 * plain suffix: domain_is_under() goes by labels.
 */
#ifndef MAILREEVE_MAILADDR_H
#define MAILREEVE_MAILADDR_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* what is wrong with a path; the first thing found, in this order */
enum mailaddr_problem {
	MAILADDR_OK,
	MAILADDR_UNBALANCED, /* brackets or quotes do not pair */
	MAILADDR_SYNTAX,     /* forbidden characters, empty parts, ... */
	MAILADDR_NO_DOMAIN,  /* a local part alone */
	MAILADDR_TOO_LONG,   /* RFC 5321 4.5.3.1: local 64, path 256 */
};

/*
 * A parsed path. All texts live in the arena. For "<>" is_null is true and
 * the texts are "". raw is what the client gave, without the outer brackets.
 */
struct mailaddr {
	const char *raw;
	const char *local;   /* as given, quotes kept */
	const char *domain;  /* folded; "" if none; or "[192.0.2.1]" */
	const char *address; /* local lower-cased "@" domain: the key form */
	bool is_null;
	bool has_brackets; /* RFC 5321 4.1.1.2 demands them */
	enum mailaddr_problem problem;
};

/*
 * mailaddr_parse - the path of MAIL or RCPT as the milter got it (with or
 * without brackets, a source route is dropped: RFC 5321 4.1.1.3). Always
 * fills *out; out->problem tells what is wrong, and what could be read is
 * still there. UTF-8 local parts are taken as they are (RFC 6531).
 */
void mailaddr_parse(struct mailaddr *out, const char *path,
    struct arena *arena);

/*
 * mailaddr_header - the first address of a header field such as From
 * ("Name <a@b>", "a@b (comment)", group and list forms: see index). index
 * counts addresses from 0. False when there are not so many.
 */
bool mailaddr_header(struct mailaddr *out, const char *field, size_t index,
    struct arena *arena);

/* domain_fold - lower-case A-labels, final dot dropped; NULL if not valid. */
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

/*
 * esmtp_parameter - the value of parameter name (case ignored) in args, the
 * NULL-terminated list behind the path: "" for a parameter without a value,
 * NULL when absent.
 */
const char *esmtp_parameter(const char *const *args, const char *name);
/*
 * esmtp_parameter_is_valid - RFC 5321 4.1.2 esmtp-param, and for those with a
 * known form (SIZE, BODY, RET, ENVID, NOTIFY, ORCPT, AUTH, SMTPUTF8,
 * MT-PRIORITY, HOLDFOR/HOLDUNTIL, BY, REQUIRETLS) that form. mail tells MAIL
 * from RCPT.
 */
bool esmtp_parameter_is_valid(const char *parameter, bool mail);

#endif
