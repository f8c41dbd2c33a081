/*
 * policy - what a policy is, and all that it may use.
 *
 * A policy is one constant descriptor in policies/NAME.c and one line in
 * policies/registry.c. Its name is the ini section, the log's policy=, and
 * the prefix of its reasons. From its tables come configuration, replies,
 * counters, sample ini and manual; from its hooks the steps that are
 * negotiated with the MTA.
 *
 * Hooks are straight-line functions from facts (txn.h) and services (env.h)
 * to a verdict. They cannot reply, change the session or see libmilter; they
 * free nothing, lock nothing, sleep never, and wait only in services that
 * take a deadline. A session may run on another thread at each step.
 *
 * The chain owns the options common to all (enabled, mode, action, on_error,
 * exempt, stage, trusted, authenticated): policies do not see them.
 */
#ifndef MAILREEVE_POLICY_H
#define MAILREEVE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/env.h"
#include "policy/txn.h"
#include "policy/verdict.h"
#include "service/option.h"
#include "service/reason.h"

struct config_facts;
struct directory;
struct ours_seen;
struct part;
struct pctx;
struct scan_job;
struct store_batch;

/* how settings of several recipients count at DATA and later */
enum recipients_rule {
	REFUSE_IF_ALL, /* refused when the settings of every recipient refuse */
	REFUSE_IF_ANY, /* refused when those of one do */
};

/*
 * A hook: one of ask, observe, judge is set.
 *   ask      starts I/O without waiting, as early as the facts exist; not run
 *            where it is known by then that the session is not judged (it is
 *            trusted, logged in, ...), which may be otherwise for a scope:
 *            a judge asks what was not asked
 *   observe  looks and notes in scratch; HEADER, BODY, REFUSED, UNKNOWN, any
 *   judge    gives a verdict; not at HEADER, BODY, REFUSED, DECIDED, END, CLOSE
 * Hooks of an instance run only if wanted (NULL: always) says so of at least
 * one of its settings (global or of a scope): what nobody wants is not
 * negotiated. A movable judge of CONNECT, HELO or MAIL is run at the step
 * that the option `stage` names, if that is later; at RCPT it is run for each
 * recipient, with the settings of that recipient's scope.
 */
struct hook {
	enum step step;
	void (*ask)(struct pctx *p);
	void (*observe)(struct pctx *p);
	struct verdict (*judge)(struct pctx *p);
	bool (*wanted)(const void *settings);
	bool movable;
	bool early;       /* runs only if `stage` is not later than step */
	bool allows_only; /* nothing but ALLOW counts: needs no answer */
	/* judge without a verdict, that only asks: it runs behind those of the
	 * step that note things (POLICY_NOTES), wherever its section stands,
	 * and not if some of these are heard later, before the content */
	bool behind_notes;
	bool storeless; /* of POLICY_STORE, but does without it */
	/* ask at EOM: for each recipient of the message, if his settings may
	 * be others, with those, as judges are heard */
	bool each_recipient;
	enum recipients_rule rule;
	const char *const *headers; /* HEADER: fields to see; NULL: all */
	/* judge at EOM: what it looks at in txn.message->mime, bits of enum
	 * mime_want; the parts are those of the policy. NULL: nothing */
	unsigned (*reads)(const void *settings, const struct part *parts,
	    size_t part_count);
	/* judge at EOM: how many bytes of the message, as it came, it wants at
	 * txn.message->raw. NULL: none */
	int64_t (*keeps)(const void *settings);
};

#define POLICY_HOOKS 12

enum policy_flag {
	/* skipped for logged-in sessions and our postmaster and abuse */
	POLICY_CLIENT_CHECK = 1 << 0,
	POLICY_INSTANCES = 1 << 1, /* [name.instance] sections */
	/* reads every matching scope itself, see policy_settings_at() */
	POLICY_ALL_SCOPES = 1 << 2,
	POLICY_OFF = 1 << 3,           /* enabled = no by default */
	POLICY_JUDGE_TRUSTED = 1 << 4, /* trusted = judge by default */
	/* guards the server, not a mailbox: not in "all" of allow entries */
	POLICY_GUARD = 1 << 5,
	POLICY_STORE = 1 << 6,       /* uses policy_store() */
	POLICY_STORE_LOCAL = 1 << 7, /* on_error = local by default */
	/* asks whether a sender is the client's own: to exempt senders from it
	 * is to let in whoever uses them, which is worth a warning */
	POLICY_PROVES_SENDER = 1 << 9,
	/* goes by what others noted: policy_suspect(), policy_vouch() */
	POLICY_READS_NOTES = 1 << 8,
	POLICY_NOTES = 1 << 10, /* notes such things */
};

/*
 * Parts: sections [name.part] of a policy that makes one decision of several
 * things, such as the lists of dnsbl. They have options of their own and no
 * scopes, and stand in the order of the ini. Without parts, a policy that
 * takes them has nothing to do: none of its hooks run.
 */
struct part {
	const char *name; /* "zen" of [dnsbl.zen] */
	void *settings;   /* hooks only read them */
	struct origin at; /* its section */
};

/* what prepare() gets beside the settings */
struct part_facts {
	const char *policy, *name;
	const struct env *env;
	struct arena *arena;          /* lives as long as the settings */
	struct origin at;             /* the part's section */
	const struct origin *written; /* by option row; file NULL: nowhere */
};

struct policy_parts {
	const char *name; /* manual: what stands for a name, "LIST" */
	const char *doc;  /* manual: what a part is */
	const struct option *options;
	size_t settings_size;
	/*
	 * prepare - after the options are set: derive from them what hooks
	 * are to find ready, complain about what cannot be. release - give
	 * back what that took, when the snapshot ends; also after complaints,
	 * then perhaps without prepare (settings were zeroed). Both may be
	 * NULL.
	 */
	void (*prepare)(void *settings, const struct part_facts *facts,
	    struct problems *problems);
	void (*release)(void *settings);
};

struct policy {
	const char *name;
	const char *summary;   /* one line for the manual's index */
	const char *doc;       /* manual: what it is for, when to use it */
	const char *mta_notes; /* manual: what an MTA hides; or NULL */
	const char *example;   /* manual: an ini fragment */
	unsigned flags;
	enum step stage; /* default of the option `stage` */
	unsigned stages; /* STEP_BIT()s that `stage` takes; 0: no option */
	const struct option *options;     /* own options, or NULL */
	const struct policy_parts *parts; /* or NULL: it has none */
	const struct reason *reasons;
	size_t settings_size;
	size_t connection_scratch; /* bytes, zeroed at connect */
	size_t message_scratch;    /* bytes, zeroed at MAIL and when it ends */
	/*
	 * prepare - after the options are set, before check: derive from them
	 * what hooks are to find ready; complain about what cannot be. For a
	 * scope global are the settings that it began with, prepared, else
	 * NULL. Only for settings in force. release - give back what that
	 * took, when the snapshot ends; perhaps without prepare (derived
	 * fields are zeroed then). Both may be NULL.
	 */
	void (*prepare)(void *settings, const void *global,
	    const struct config_facts *facts, struct problems *problems);
	void (*release)(void *settings);
	/* relations between options; complain at `at`, the section, or at
	 * policy_option_at(). NULL: none */
	void (*check)(const void *settings, const struct config_facts *facts,
	    struct origin at, struct problems *problems);
	/* whether these settings have nothing to do where no policy has
	 * action = score: then their hooks do not run. NULL: never */
	bool (*idle)(const void *settings);
	/* whether hooks of these settings add or remove header fields, so that
	 * the MTA is asked for the right to it. NULL: never */
	bool (*edits_headers)(const void *settings);
	/* which lesser actions its verdicts may have (1 << LESSER_*), so that
	 * the MTA is asked for the right to them. NULL: none */
	unsigned (*lessers)(const void *settings);
	struct hook hooks[POLICY_HOOKS]; /* the first without function ends */
};

/* what prepare() and check() may know of the rest of the configuration */
struct config_facts {
	const struct directory *directory; /* never NULL */
	const struct networks *trusted;
	const char *hostname;
	const struct part *parts; /* of the policy that is checked */
	size_t part_count;
	const struct option *options; /* its own */
	const struct origin *written; /* by option row; file NULL: nowhere */
	struct origin at;             /* the section that is checked */
	const void *global;           /* the settings of no scope */
	bool logins_judged;           /* authenticated = judge */
};

/*
 * policy_option_at - for check(): where an option of the section stands, else
 * where the section does.
 */
struct origin policy_option_at(const struct config_facts *facts,
    const char *option);

/*
 * The context of one hook call. Borrowed, valid for the call only.
 */
struct pctx {
	const char *name; /* of the instance: "ratelimit.login" */
	const struct env *env;
	const struct txn *txn;
	const void *settings; /* of the scope that won */
	const struct part *parts;
	size_t part_count;
	void *connection_scratch;
	void *message_scratch; /* NULL outside a transaction */
	struct arena *arena;   /* the message's, else the connection's */
	int64_t begun_ms;      /* monotonic: when this step began. Waiting that
				  is counted from here costs a step the longest
				  wait of its policies, not the sum */
	int64_t deadline_ms;   /* monotonic: the end of this step */
	const struct directory *directory;
	struct ours_seen **seen; /* ours.c's own; NULL outside a transaction */
	const struct spf_answer **sender_spf; /* sender_spf.c's own */
	struct scan_job **scans; /* of the message, for scan_job_begin() */
	const struct reply_book *replies;
	bool store_local;        /* on_error = local: for store_key.local */
	bool gives_replies;      /* what it refuses is refused: it is not only
				    watched, tagged or scored */
	bool notes_wanted;       /* some policy reads notes: worth a wait */
	struct chain_call *call; /* the chain's own */
};

/*
 * policy_settings_at - for POLICY_ALL_SCOPES: the settings written in the
 * section for this subject that matches the session (what it does not set is
 * at its default, not at the global value), or NULL. SUBJECT_GLOBAL is always
 * there. *at, if not NULL, becomes the place of the section.
 */
const void *policy_settings_at(const struct pctx *p, enum subject subject,
    struct origin *at);

/*
 * policy_store - where questions to the store are added: of the message if
 * there is one, else of the connection. Never NULL. They go out, all that were
 * added by then, when somebody waits for the answer to one; what nobody waits
 * for is never asked. So hooks add early, wait late, and do not send.
 */
struct store_batch *policy_store(struct pctx *p);
/*
 * policy_store_later - for what is only to be done and has no answer that
 * matters: it is posted when the message, or outside of one the connection,
 * ends, and costs no exchange. See store_post().
 */
struct store_batch *policy_store_later(struct pctx *p);

/*
 * policy_keep - a copy of a text that lives as long as the connection, for
 * connection_scratch. Nothing of it is given back before, so keep no more than
 * a client cannot make many of.
 */
const char *policy_keep(const struct pctx *p, const char *text);

/*
 * policy_input - tell `explain` what was looked at: a name and a value. Costs
 * a test of a pointer when nobody listens.
 */
void policy_input(const struct pctx *p, const char *name, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* policy_traced - whether somebody listens: to spare the work of telling. */
bool policy_traced(const struct pctx *p);

/*
 * policy_add_header - a field for the top of the message, if it is accepted.
 * Within a transaction only. The texts are copied; printable ASCII, and "\n\t"
 * where a long value is folded.
 */
void policy_add_header(const struct pctx *p, const char *name,
    const char *value);
/*
 * policy_remove_header - take the index-th field (from 1) of that name, as the
 * MTA shows them at HEADER, out of the message.
 */
void policy_remove_header(const struct pctx *p, const char *name,
    unsigned index);
/*
 * policy_suspect - tell the policies behind this one that something speaks
 * against the client, though not enough to refuse it; policy_vouch - that
 * somebody answers for it. why is a word for `explain` and the log. Within a
 * transaction, and for all of it; what is said again is one note. Not of what
 * is refused: for that the admin has chosen an action. A policy in
 * mode = monitor is not heard.
 */
void policy_suspect(const struct pctx *p, const char *why);
void policy_vouch(const struct pctx *p, const char *why);
/* policy_fact_spf - the policy spf tells what it found; domain is copied. */
void policy_fact_spf(const struct pctx *p, const struct fact_spf *fact);

/*
 * policy_skip_bits - the bits of a list of policy names; "all" is all but
 * those with POLICY_GUARD. False and *unknown for a name that is no policy.
 */
bool policy_skip_bits(const struct words *names, unsigned long long *bits,
    const char **unknown);
/* policy_nearest - the policy that a wrong name may have meant, or NULL. */
const char *policy_nearest(const char *name);

#endif
