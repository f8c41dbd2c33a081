/*
 * abuse - the register of bad clients, for the policy and for mailreevectl.
 *
 * abuse.c and abuse_see.c have the hooks, abuse_options.c the options,
 * abuse_register.c counts and bans, abuse_ban.c is a ban as it is stored,
 * abuse_store.c has the keys. The daemon records what it sees itself;
 * mailreevectl what stands in logs and what people say. Both do it here, so
 * that they count alike.
 *
 * A client is an IPv4 address or the /64 of an IPv6 address: who has one
 * address of that has them all. In the store, policy "abuse", by subject:
 *
 *   window  auth recipients commands messages report   what was counted
 *   window  accepted    recipients that were taken, for the share
 *   entry   ban         why, since when, for how long; it ends with the ban
 *   entry   times       bans so far, for doubling
 *   entry   login       a login that was good: protects
 *   entry   message:HASH  a reported message, counted once
 *   entry   host:NAME   a network's banned client, counted once
 *   window  hosts       a network's banned clients
 */
#ifndef MAILREEVE_ABUSE_H
#define MAILREEVE_ABUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "base/netaddr.h"
#include "service/option.h"
#include "store/store.h"

struct arena;
struct policy;

#define ABUSE_POLICY "abuse" /* in the store's keys */

/* reasons, by index into the policy's table */
enum abuse_reason {
	ABUSE_AUTH,
	ABUSE_INVALID,
	ABUSE_REPORTED,
	ABUSE_TEMPORARY,
};

/* what a client is banned for */
enum abuse_cause {
	CAUSE_AUTH,       /* failed logins */
	CAUSE_RECIPIENTS, /* refused recipients */
	CAUSE_COMMANDS,   /* commands that do not exist */
	CAUSE_MESSAGES,   /* a flood */
	CAUSE_REPORT,     /* users say that it sends spam */
	CAUSE_SPAMTRAP,   /* it wrote to an address that nobody has */
	CAUSE_MAX,
	CAUSE_MANUAL = CAUSE_MAX, /* by hand */
};
/* "auth", "recipients", ...; also the rest of their windows' keys */
extern const struct name_code abuse_cause_names[];
/* abuse_reason_of - the reply's reason. */
enum abuse_reason abuse_reason_of(enum abuse_cause cause);

struct abuse_limit {
	int64_t max; /* 0: not counted; a spamtrap needs no counting */
	int64_t window_s;
	int64_t ban_s;
};
struct abuse_settings {
	struct abuse_limit limit[CAUSE_MAX];
	int64_t share; /* per cent */
	struct tables spamtraps;
	int64_t ban_max_s, remember_s;
	int64_t good_login_s;
	int64_t subnet_hosts, subnet_window_s;
};
/* abuse_counts - whether a cause is not switched off. */
bool abuse_counts(const struct abuse_settings *settings,
    enum abuse_cause cause);
extern const struct option abuse_options[];
extern const struct policy abuse_policy;

#define ABUSE_SUBJECT_SIZE 56

/* abuse_subject - "192.0.2.1", "2001:db8:0:1::/64" */
const char *abuse_subject(const struct netaddr *client,
    char out[ABUSE_SUBJECT_SIZE]);
/* abuse_network - "192.0.2.0/24", "2001:db8:0::/48": for [abuse] subnet_hosts
 */
const char *abuse_network(const struct netaddr *client,
    char out[ABUSE_SUBJECT_SIZE]);

/* ---- a ban ---- */

struct abuse_ban {
	enum abuse_cause cause;
	int64_t since_s; /* wall clock */
	int64_t for_s;
	int64_t times; /* the how many-th, from 1 */
	int64_t count; /* what was counted when it began */
	const char *note;
};
/* abuse_ban_write - as the value of an entry, in the arena. */
const char *abuse_ban_write(const struct abuse_ban *ban, struct arena *arena);
/* abuse_ban_read - false when it is none; the note points into value. */
bool abuse_ban_read(struct abuse_ban *ban, const char *value);
/* abuse_ban_length - of the times-th ban, doubled each time. */
int64_t abuse_ban_length(const struct abuse_settings *settings,
    enum abuse_cause cause, int64_t times);

/* ---- recording ---- */

/* what one client did */
struct abuse_deeds {
	struct netaddr client;
	const struct abuse_settings *settings;
	int64_t count[CAUSE_MAX];
	int64_t accepted; /* recipients */
	bool good_login;
};
/* what came of it */
enum abuse_outcome {
	ABUSE_NOTED,     /* counted, no more */
	ABUSE_BANNED,    /* now */
	ABUSE_IS_BANNED, /* before */
	ABUSE_PROTECTED, /* would be, but for a good login */
};
struct abuse_record {
	enum store_result result;
	enum abuse_outcome outcome;
	struct abuse_ban ban; /* BANNED, IS_BANNED */
};

/*
 * abuse_record - count, and ban who passed a limit; each client once in deeds.
 * One exchange with the store for all, and a second when somebody is to be
 * banned (a third and a fourth with subnet_hosts). Bans are logged. Trusted
 * networks are the caller's to leave out.
 */
void abuse_record(struct store_batch *batch, bool local, int64_t now_s,
    int64_t deadline_ms, const struct abuse_deeds *deeds, size_t count,
    struct abuse_record *records, struct arena *arena);
/*
 * abuse_note - the part of abuse_record() that bans nobody, added and not
 * waited for: a good login, accepted recipients.
 */
void abuse_note(struct store_batch *batch, bool local,
    const struct abuse_deeds *deeds);
/* ---- operations of the register ---- */

/* abuse_add_window - count n more (0: look) of a subject's thing. */
struct store_op *abuse_add_window(struct store_batch *batch, bool local,
    const char *subject, const char *rest, int64_t n, int64_t period_s);
/* abuse_add_entry - a subject's. */
struct store_op *abuse_add_entry(struct store_batch *batch, bool local,
    const char *subject, const char *rest, enum store_entry_verb verb,
    const char *value, int64_t ttl_s);
/* abuse_add_accepted - recipients that were taken. */
struct store_op *abuse_add_accepted(struct store_batch *batch, bool local,
    const struct abuse_deeds *deeds, const char *subject);
/* abuse_add_login - a good one. */
void abuse_add_login(struct store_batch *batch, bool local,
    const struct abuse_deeds *deeds, const char *subject);
/*
 * abuse_add_ban - as it is, in place of any other; abuse_subject() or
 * abuse_network() say of whom.
 */
struct store_op *abuse_add_ban(struct store_batch *batch, const char *subject,
    const struct abuse_ban *ban, struct arena *arena);
/* abuse_ask_ban - whether a subject is banned: an entry. */
struct store_op *abuse_ask_ban(struct store_batch *batch, bool local,
    const char *subject);
/* abuse_ask_login - whether there was a good one: an entry. */
struct store_op *abuse_ask_login(struct store_batch *batch, bool local,
    const char *subject);

#endif
