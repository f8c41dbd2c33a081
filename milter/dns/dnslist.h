/*
 * dnslist - DNS lists of addresses and domains (RFC 5782), and their health.
 *
 * A list is a zone in which the name of something bad (or good) has an
 * address. Lists end, get overloaded, refuse those who ask too much, and say
 * so in ways that read as a listing to the unwary; so each is looked after:
 *
 *   - answers that are errors are neither a listing nor none;
 *   - at the start and each `health` seconds the test points of RFC 5782 5 are
 *     asked, and a name that nobody asked before (which no cache knows);
 *   - a list that fails that, or gives sessions no usable answer several times
 *     in a row, is switched off: sessions do not ask it, so it costs nothing.
 *     It is asked again and again by itself until it works.
 *
 * The set of lists outlives configurations: a list that is the same in the
 * old and the new snapshot is shared, with its state.
 *
 * Thread-safe; no lock is held while waiting.
 */
#ifndef MAILREEVE_DNSLIST_H
#define MAILREEVE_DNSLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "dns/dnslist_filter.h"

struct arena;
struct clock;
struct dnslist;
struct dnslists;
struct json;

/* what an answer says about a subject */
enum dnslist_says {
	DNSLIST_CLEAN,   /* not listed */
	DNSLIST_LISTED,  /* an address in 127.0.0.0/8 that is no error */
	DNSLIST_REFUSED, /* an error: neither listed nor not */
	DNSLIST_SILENT,  /* no answer, or none that can be used */
};

/* a list as configured; everything is copied */
struct dnslist_spec {
	const char *name;              /* for people: "dnsbl.zen" */
	const char *zone;              /* "zen.example", "${key}.zen.example" */
	const char *key;               /* what stands for ${key}, or "" */
	struct dnslist_filters errors; /* answers that are errors */
	int64_t health_s;              /* between self-tests; 0: none */
	/* test points, as they are asked: "2.0.0.127", "1.0.0.127" */
	const char *listed, *unlisted;
};

/* what the start of a program can wait for lists */
#define DNSLIST_SETTLE_MS 2000

struct dnslists *dnslists_new(struct clock *clock, struct dns *dns);
/*
 * dnslists_settle - test the lists that were never tested, for at most so
 * long; what has not answered by then is off.
 */
void dnslists_settle(struct dnslists *lists, int64_t wait_ms);
/* dnslists_watch - start the thread that tests when it is time. */
void dnslists_watch(struct dnslists *lists);
/*
 * dnslists_stats - for each list an object: list, zone, state ("on", "off"),
 * why, since (seconds), clean, listed, refused, silent, switched_off.
 */
void dnslists_stats(struct dnslists *lists, struct json *array);
/* dnslists_free - after all lists were given back; NULL is legal. */
void dnslists_free(struct dnslists *lists);

/*
 * dnslist_zone_check - whether zone and key go together and make a name; else
 * *why, a text.
 */
bool dnslist_zone_check(const char *zone, const char *key, const char **why);
/*
 * dnslist_open - a reference to the list of this spec, whose zone is good.
 * Until it was tested it is on.
 */
struct dnslist *dnslist_open(struct dnslists *lists,
    const struct dnslist_spec *spec);
/* dnslist_unref - NULL is legal. */
void dnslist_unref(struct dnslist *list);

/* dnslist_zone - for people: without the key's label. */
const char *dnslist_zone(const struct dnslist *list);
/* dnslist_is_on - whether it should be asked. */
bool dnslist_is_on(const struct dnslist *list);
/* dnslist_why - why it is off, in the arena; "" when it is on. */
const char *dnslist_why(const struct dnslist *list, struct arena *arena);

/*
 * dnslist_ask - the question about a subject: a reversed address, or a domain.
 * DNS_A, or DNS_TXT for the list's reason. NULL when the name would be too
 * long for the DNS.
 */
struct dns_question *dnslist_ask(const struct dnslist *list,
    struct arena *arena, const char *subject, enum dns_type type);
/* dnslist_read - what an answer to DNS_A says. */
enum dnslist_says dnslist_read(const struct dnslist *list,
    const struct dns_answer *answer);
/* dnslist_text - an answer to DNS_TXT, the key masked; "" if there is none. */
const char *dnslist_text(const struct dnslist *list,
    const struct dns_answer *answer, struct arena *arena);
/*
 * dnslist_note - count what a session was told (answer: NULL with SILENT when
 * it gave up waiting), and switch the list off when that is too much.
 */
void dnslist_note(struct dnslist *list, enum dnslist_says says,
    const struct dns_answer *answer);

/* dnslist_says_name - "listed", "refused", ... */
const char *dnslist_says_name(enum dnslist_says says);

#endif
