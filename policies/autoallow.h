/*
 * autoallow - those to whom our users wrote: what its files and mailreevectl
 * share.
 *
 * Both ends are known by their mailboxes (base/mailbox.h).
 *
 * In the store (AUTOALLOW_* are the policies of keys, store_key.h):
 *   AUTOALLOW_SENT  {SENDER}:USER    entry, nothing in it: USER wrote there
 *   AUTOALLOW_HAND  {SENDER}:WHOM    entry, by hand: "POLICIES # why"; WHOM is
 *                                    a user, "@domain", or "*"
 *   AUTOALLOW_REF   {SESSION}:N      entry, the N-th refusal of a session,
 *                                    as struct autoallow_ref
 */
#ifndef MAILREEVE_AUTOALLOW_H
#define MAILREEVE_AUTOALLOW_H

#include "policy/policy.h"

#define AUTOALLOW_SENT "autoallow"
#define AUTOALLOW_HAND "autoallow.hand"
#define AUTOALLOW_REF "autoallow.ref"
#define AUTOALLOW_ALL "*" /* WHOM: everybody */
/* more refusals of one session are not kept */
#define AUTOALLOW_REFS 20

enum autoallow_who {
	AUTOALLOW_LOGIN,
	AUTOALLOW_TRUSTED,
	AUTOALLOW_LOCAL,
};
enum autoallow_references {
	AUTOALLOW_NO_REFERENCES,
	AUTOALLOW_REJECTED,
	AUTOALLOW_REFUSED,
};

struct autoallow_settings {
	int64_t lifetime_s;
	unsigned record; /* bits of enum autoallow_who */
	int64_t recipients_max;
	struct words skip;
	int references; /* enum autoallow_references */
	int64_t reference_s;
};

extern const struct option autoallow_options[];
/* autoallow_check - policies that are none. */
void autoallow_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems);

/* autoallow_domain - WHOM for all of a domain. */
const char *autoallow_domain(const char *domain, struct arena *arena);

/*
 * autoallow_skip - the policies that an entry by hand lets by, from its value:
 * the words before "#". False when there are none, or one is no policy.
 */
bool autoallow_skip(const char *value, struct arena *arena,
    unsigned long long *bits);

/* a refusal, as kept; texts are "" where nothing is known */
struct autoallow_ref {
	int64_t at_s;
	const char *client, *sender, *recipient;
	const char *policy; /* instance: "dnsbl", "ratelimit.login" */
	const char *reason;
};
/* autoallow_ref_print - the value of an entry; for mem_free(). */
char *autoallow_ref_print(const struct autoallow_ref *ref);
/* autoallow_ref_read - false when it is none; texts in the arena. */
bool autoallow_ref_read(const char *value, struct arena *arena,
    struct autoallow_ref *ref);

/*
 * autoallow_note - hook: keep what the reference in a reply stands for; refs
 * counts what is kept of this session.
 */
void autoallow_note(struct pctx *p, unsigned *refs);
/* autoallow_record - hook: a message was taken: to whom did our user write? */
void autoallow_record(struct pctx *p);

#endif
