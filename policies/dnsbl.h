/*
 * dnsbl - the parts of the policy dnsbl to one another.
 *
 * dnsbl.c has the descriptor and the judge; dnsbl_list.c what a list is
 * (options of [dnsbl.LIST]); dnsbl_ask.c questions and what came back;
 * dnsbl_score.c what the lists come to together; dnsbl_text.c the text of a
 * list for the reply.
 */
#ifndef MAILREEVE_DNSBL_H
#define MAILREEVE_DNSBL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"
#include "dns/dnslist.h"

/* reasons, by index into the policy's table */
enum dnsbl_reason { DNSBL_CLIENT, DNSBL_SENDER, DNSBL_HELO };

/* what a list can be asked about */
enum dnsbl_about {
	ABOUT_CLIENT, /* the client's address */
	ABOUT_NAME,   /* its confirmed name */
	ABOUT_HELO,   /* its greeting */
	ABOUT_SENDER, /* the domain of the envelope sender */
	ABOUT_MAX,
};

/* [dnsbl] */
struct dnsbl_settings {
	int64_t threshold;
	int64_t suspect; /* 0: nobody is */
	int64_t wait_ms;
};

/* [dnsbl.LIST] */
struct dnsbl_list {
	bool enabled;
	const char *zone, *key;
	unsigned checks; /* bits of enum dnsbl_about */
	struct words answers, errors;
	int64_t weight;
	const char *text;
	bool ipv6;
	int64_t health_s;
	const char *test_listed, *test_unlisted;
	/* derived */
	struct dnslist *list;
	struct dnslist_filters filters;
	int lowest, highest; /* what it may weigh; 0 is one of both */
};

extern const struct policy_parts dnsbl_parts;

/* the question to one list about one subject */
struct dnsbl_slot {
	struct dns_question *question; /* NULL: not asked */
	bool noted;                    /* counted for the list */
	bool read;                     /* what follows is known */
	enum dnslist_says says;
	int weight;
};
/* the questions about one subject */
struct dnsbl_asked {
	const char *subject;     /* as asked; NULL: not asked yet */
	int64_t at_ms;           /* monotonic */
	struct dnsbl_slot *slot; /* by part; NULL: there was nothing to ask */
};

struct dnsbl_connection {
	struct dnsbl_asked asked[ABOUT_MAX];
	int64_t waited_ms; /* by all judges so far */
};
struct dnsbl_message {
	struct dnsbl_asked asked[ABOUT_MAX]; /* what no ask hook could */
	/* what it came to, for the recipients that follow */
	const struct dnsbl_settings *settings;
	struct verdict *verdict;
};

/* dnsbl_ask_client, dnsbl_ask_helo, dnsbl_ask_sender - hooks. */
void dnsbl_ask_client(struct pctx *p);
void dnsbl_ask_helo(struct pctx *p);
void dnsbl_ask_sender(struct pctx *p);
/* dnsbl_ask_rest - what the hooks did not ask, for a judge. */
void dnsbl_ask_rest(struct pctx *p);
/* dnsbl_asked - the questions about a subject, wherever they are kept. */
struct dnsbl_asked *dnsbl_asked(const struct pctx *p, enum dnsbl_about about);
/*
 * dnsbl_read - take in the answers that are there. Questions still open go
 * to pending (room for parts times ABOUT_MAX); returns how many.
 */
size_t dnsbl_read(const struct pctx *p, struct dns_question **pending);
/* dnsbl_give_up - count those that had all their time and did not answer. */
void dnsbl_give_up(const struct pctx *p);
/* dnsbl_show - what the lists said, for `explain`. */
void dnsbl_show(const struct pctx *p);

/* what a list may come to */
struct dnsbl_vote {
	int low, high; /* the same when its answers are all there */
};
enum dnsbl_outcome {
	DNSBL_BELOW,   /* the threshold cannot be reached any more */
	DNSBL_REACHED, /* and cannot be left any more */
	DNSBL_UNSURE,
};

/*
 * dnsbl_vote - of a list about whose subjects it said `known` so far (0:
 * nothing), and perhaps will say more.
 */
struct dnsbl_vote dnsbl_vote(const struct dnsbl_list *list, int known,
    bool more);
/* dnsbl_outcome - of all votes together. */
enum dnsbl_outcome dnsbl_outcome(const struct dnsbl_vote *votes, size_t count,
    int64_t threshold);

/* dnsbl_text_check - whether all expansions in a text are known. */
bool dnsbl_text_check(const char *text, const char **unknown,
    struct arena *arena);
/* dnsbl_text_wants_txt - whether it shows the list's own TXT record. */
bool dnsbl_text_wants_txt(const struct dnsbl_list *list);
/* dnsbl_text - a list's text for the reply about that subject. */
const char *dnsbl_text(const struct pctx *p, const struct dnsbl_list *list,
    const char *subject);

#endif
