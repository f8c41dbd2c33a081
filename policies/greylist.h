/*
 * greylist - the parts of the policy to one another, and to mailreevectl.
 *
 * greylist.c has the descriptor and the judges; greylist_options.c options and
 * reasons; greylist_ask.c what is asked of the store and what came back;
 * greylist_passed.c what mail that passed leaves behind; greylist_key.c under
 * which names a client, a sender and a recipient are known; greylist_sender.c
 * the sender's.
 *
 * In the store (GREYLIST_* are the policies of keys, store_key.h):
 *   GREYLIST_TRIPLET  {SOURCE}:SENDER>RECIPIENT   triplet
 *   GREYLIST_DOMAIN   {SOURCE}:SENDERDOMAIN       triplet, counts passes
 *   GREYLIST_NETWORK  {SOURCE}                    triplet, counts passes
 *   GREYLIST_ALLOW    {SOURCE}                    entry, by hand
 * A source is a network ("203.0.113.0/24") or, where it is known who runs the
 * client, a registered domain ("example.org").
 */
#ifndef MAILREEVE_GREYLIST_H
#define MAILREEVE_GREYLIST_H

#include "policy/policy.h"
#include "store/store.h"

#define GREYLIST_TRIPLET "greylist"
#define GREYLIST_DOMAIN "greylist.domain"
#define GREYLIST_NETWORK "greylist.network"
#define GREYLIST_ALLOW "greylist.allow"

/* passes of one source or triplet count at most once in this time */
#define GREYLIST_PASS_INTERVAL_S 3600

enum greylist_apply { GREYLIST_TO_ALL, GREYLIST_TO_SUSPECT };
/* facts that may name a source */
enum greylist_fact { GREYLIST_BY_SPF, GREYLIST_BY_NAME };
/* who is spared */
enum greylist_skip { GREYLIST_SKIP_VOUCHED, GREYLIST_SKIP_SPF };

struct greylist_settings {
	int apply; /* enum greylist_apply */
	int64_t delay_s, window_s, lifetime_s;
	int64_t ipv4_bits, ipv6_bits;
	unsigned domain_keys; /* bits of enum greylist_fact */
	bool normalise;
	unsigned skip;                     /* bits of enum greylist_skip */
	int64_t auto_domain, auto_network; /* passes; 0: never */
	bool header;
};

extern const struct option greylist_options[];
extern const struct reason greylist_reasons[];
enum { GREYLIST_DEFER };
/* greylist_check - relations between options. */
void greylist_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems);

/* ---- names ---- */

/* greylist_network - "203.0.113.0/24" of an address. */
const char *greylist_network(const struct netaddr *addr,
    const struct greylist_settings *s, struct arena *arena);
/* greylist_source - of this session's client, as far as it is known by now. */
const char *greylist_source(const struct pctx *p);
/* greylist_sender - the form under which a sender is known; "" for <>. */
const char *greylist_sender(const struct mailaddr *sender, bool normalise,
    struct arena *arena);
/* greylist_sender_domain - its registered domain; "" for <> and for none. */
const char *greylist_sender_domain(const struct mailaddr *sender);
/* greylist_recipient - without an extension ("bob+list@example.test"). */
const char *greylist_recipient(const struct mailaddr *recipient,
    struct arena *arena);
/* greylist_rest - of a triplet's key. */
const char *greylist_rest(const char *sender, const char *recipient,
    struct arena *arena);

/* ---- asking ---- */

/* what is known of a source; the same for all recipients that it has */
struct greylist_source_ops {
	struct greylist_source_ops *next;
	const char *name;
	struct store_op *allow, *domain, *network; /* NULL: not asked */
	/* from the answers */
	bool read;
	const char *passes; /* what lets it pass: "allow", ...; or NULL */
	enum store_result result;
	int64_t domain_last_s, network_last_s; /* 0: never */
	bool counted;
};

/* one recipient's */
struct greylist_contact {
	struct greylist_contact *next;
	const struct recipient *recipient;
	const struct greylist_settings *settings;
	struct greylist_source_ops *source;
	struct store_op *op;
	/* from the answers */
	bool read;
	bool passes;
	enum store_result result;
	const char *state; /* "new", "early", "late", ... */
	int64_t wait_s;
	int64_t delayed_s; /* passes now, after so long; else 0 */
};

struct greylist_message {
	struct greylist_contact *contacts, *last;
	struct greylist_source_ops *sources;
	/* names, by the settings that were asked about last */
	const struct greylist_settings *settings;
	const char *source, *sender, *sender_domain;
	bool at_rcpt;      /* judged for each recipient by itself */
	int64_t delayed_s; /* what the header says; 0: there is none */
};

/*
 * greylist_ask - of the store about a recipient, with the settings in force.
 * Goes out when somebody waits, with all that was added by then.
 */
void greylist_ask(struct pctx *p, const struct recipient *recipient);
/* greylist_read - wait for the answers about a recipient. */
void greylist_read(const struct pctx *p, struct greylist_contact *contact);
/* greylist_find - the contact of a recipient, or NULL: it is spared. */
struct greylist_contact *greylist_find(const struct pctx *p,
    const struct recipient *recipient);

/* ---- afterwards ---- */

/* greylist_decided - hook: count passes of mail that was accepted. */
void greylist_decided(struct pctx *p);
/* greylist_counts - whether these settings count any. */
bool greylist_counts(const void *settings);
/* greylist_add_header - hook: how long the message had to wait. */
void greylist_add_header(struct pctx *p);
bool greylist_adds_header(const void *settings);

#endif
