/*
 * verdict - what a judge says: a reason, values for its text, nothing else.
 *
 * The merge rule, carried out in chain.c and nowhere else:
 *   1. policies are asked in configured order;
 *   2. a permanent refusal is final, and so is a discard;
 *   3. a temporary refusal is held, and given only if nothing later refuses
 *      for good (Postfix's defer_if_permit); a verdict that is `final`, of a
 *      policy that wants the session closed, is not held but given;
 *   4. tags, scores and quarantine add up;
 *   5. no opinion is the default.
 */
#ifndef MAILREEVE_VERDICT_H
#define MAILREEVE_VERDICT_H

#include "reply/reply.h"
#include "store/store.h"
#include "table/table.h"

enum verdict_kind {
	VERDICT_NONE,    /* no opinion */
	VERDICT_REFUSE,  /* a reason; what follows is the admin's choice */
	VERDICT_ALLOW,   /* an allow entry: skip the policies in skip */
	VERDICT_TROUBLE, /* could not find out: on_error decides */
};

/* one to one with failure.unavailable, .temporary, .internal, .config */
enum trouble {
	TROUBLE_UNAVAILABLE,
	TROUBLE_TEMPORARY,
	TROUBLE_INTERNAL,
	TROUBLE_CONFIG,
};

/* what a policy with limits of several heights wants at the lower ones */
enum verdict_lesser {
	LESSER_NO, /* a reply */
	LESSER_TAG,
	LESSER_QUARANTINE,
};

/* a header field to add at the top, or to remove: value NULL */
struct verdict_edit {
	const struct verdict_edit *next;
	const char *name, *value;
	unsigned index; /* which of that name, from 1 */
};

#define VERDICT_VALUES 4

struct verdict {
	enum verdict_kind kind;
	unsigned reason;            /* REFUSE: index into the policy's table */
	enum trouble trouble;       /* TROUBLE */
	unsigned long long skip;    /* ALLOW: bits of policies */
	bool final;                 /* REFUSE: not held, even when temporary */
	bool soft;                  /* REFUSE: with a temporary code */
	bool own_reason;            /* TROUBLE: the reply of `reason` */
	enum verdict_lesser lesser; /* REFUSE: in place of a reply */
	/* done when a message is tagged or quarantined for it */
	const struct verdict_edit *edits;
	const char *option;   /* the option that decided, or NULL */
	const void *settings; /* whose; NULL: those that were in force */
	struct origin entry;  /* the table's line that decided, if any */
	const char *detail;   /* for the log: what matched, what failed */
	size_t values;
	struct {
		enum reply_value id;
		const char *text;
	} value[VERDICT_VALUES];
};

/* verdict_none - no opinion. */
struct verdict verdict_none(void);
/* verdict_refuse - reason by index; option names the row that decided. */
struct verdict verdict_refuse(unsigned reason, const char *option);
/* verdict_trouble - a service failed; what says which, for the log. */
struct verdict verdict_trouble(enum trouble trouble, const char *what);
/*
 * verdict_trouble_as - the same with a reason of the policy's own, whose reply
 * is a temporary one, whatever its code.
 */
struct verdict verdict_trouble_as(unsigned reason, enum trouble trouble,
    const char *what);
/* verdict_lookup - the trouble that a failed lookup is. */
struct verdict verdict_lookup(enum lookup lookup, const struct table *table);
/* verdict_store - the trouble that a failed operation on the store is. */
struct verdict verdict_store(enum store_result result);
/* verdict_value - add a value for the text; text in the message's arena. */
void verdict_value(struct verdict *verdict, enum reply_value id,
    const char *text);
/* verdict_entry - the table's entry that decided: origin, note, key. */
void verdict_entry(struct verdict *verdict, const struct table_answer *answer);

#endif
