/*
 * mailaddr - envelope paths and header addresses; also all of domain.h and
 * esmtp.h.
 */
#ifndef MAILREEVE_MAILADDR_H
#define MAILREEVE_MAILADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/domain.h"
#include "base/esmtp.h"

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
 * In the key form needless quotes are gone ("bob"@ and bob@ are one mailbox,
 * RFC 5321 4.1.2) and, when there is no domain, so is the "@".
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
 * still there. UTF-8 local parts are taken as they are (RFC 6531). An
 * underscore in the domain is no problem: such hosts send mail. "" is what
 * Postfix gives for the null sender of sendmail(1): is_null without brackets.
 */
void mailaddr_parse(struct mailaddr *out, const char *path,
    struct arena *arena);

/*
 * mailaddr_untagged - an address in the key form without its "+tag": "a@b" of
 * "a+tag@b"; itself if there is none.
 */
const char *mailaddr_untagged(const char *address, struct arena *arena);

/*
 * The addresses of a header field such as From or To, one by one:
 *     struct mailaddr_list list = { .rest = value };
 *     while (mailaddr_next(&list, &address, arena))
 */
struct mailaddr_list {
	const char *rest;       /* borrowed; what was not read yet */
	bool parentheses_plain; /* a comment without end: they mean nothing */
};

/*
 * mailaddr_next - the next address: "Name <a@b>", "a@b (comment)", also in
 * groups and in the obsolete forms of RFC 5322 section 4. False at the end.
 * Takes time in proportion to the field, whatever stands in it.
 */
bool mailaddr_next(struct mailaddr_list *list, struct mailaddr *out,
    struct arena *arena);

#endif
