/*
 * uribl - the parts of the policy uribl to one another.
 *
 * uribl.c has the descriptor and the judge; uribl_list.c what a list is
 * (options of [uribl.LIST]); uribl_links.c which hosts are looked up;
 * uribl_ask.c questions and what came back.
 */
#ifndef MAILREEVE_URIBL_H
#define MAILREEVE_URIBL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"
#include "dns/dnslist.h"

/* reasons, by index into the policy's table */
enum uribl_reason { URIBL_IP, URIBL_DOMAIN };

/* what a list is asked about */
enum uribl_about {
	URIBL_ABOUT_DOMAIN, /* the registered domain of a host */
	URIBL_ABOUT_IP,     /* the addresses of a host */
};

/* [uribl] */
struct uribl_settings {
	int64_t lines; /* 0: all */
	int64_t hosts;
	int bare; /* enum mime_link_form: the least sure that counts */
	struct tables skip;
	int64_t wait_ms;
};

/* [uribl.LIST] */
struct uribl_list {
	bool enabled;
	const char *zone, *key;
	unsigned checks; /* bits of enum uribl_about */
	struct words answers, errors;
	bool ipv6;
	int64_t health_s;
	const char *test_listed, *test_unlisted;
	/* derived */
	struct dnslist *list;
	struct dnslist_filters filters;
};

extern const struct policy_parts uribl_parts;

/* addresses of one host that are looked up */
#define URIBL_ADDRESSES 8

/* a question to one list */
struct uribl_slot {
	struct uribl_slot *next;
	const struct uribl_list *list;
	const struct uribl_host *host;
	struct dns_question *question;
	const char *subject; /* as asked */
	bool read;
	enum dnslist_says says;
};

/* one host that is looked up */
struct uribl_host {
	struct uribl_host *next;
	const struct mime_link *link;
	const char *domain; /* that is registered; NULL: an address */
	bool new_domain;    /* no host before is of that domain */
	struct dns_question *a, *aaaa; /* NULL: read, or not asked */
};

/* what is going on for one message */
struct uribl_message {
	const struct uribl_settings *settings; /* NULL: nothing asked yet */
	struct uribl_host *hosts;
	struct uribl_slot *slots;
	size_t questions; /* so far */
	struct dns_question **pending;
	size_t room; /* of pending */
	struct verdict *verdict;
	/* a table that could not be asked, and why; else NULL */
	const struct table *failed;
	enum lookup lookup;
};

/*
 * uribl_links - the hosts that these settings want looked up; false when a
 * table could not be asked.
 */
bool uribl_links(const struct pctx *p, struct uribl_message *message);
/* uribl_ask - all that can be asked at once. */
void uribl_ask(const struct pctx *p, struct uribl_message *message);
/*
 * uribl_read - take in what came back, and ask on. message->pending holds the
 * questions that are open then, *open how many. Returns a slot whose list has
 * the host, or NULL.
 */
const struct uribl_slot *uribl_read(const struct pctx *p,
    struct uribl_message *message, size_t *open);
/* uribl_unsure - a list that did not answer and might have listed; or NULL. */
const struct uribl_slot *uribl_unsure(const struct uribl_message *message);
/* uribl_give_up - count for the lists what was waited for in vain. */
void uribl_give_up(struct uribl_message *message);

#endif
