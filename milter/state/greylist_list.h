/*
 * greylist_list - what is stored for the policy greylist, filtered, printed.
 */
#ifndef MAILREEVE_GREYLIST_LIST_H
#define MAILREEVE_GREYLIST_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"
#include "base/netaddr.h"
#include "policies/greylist.h"

/* what mailreevectl tells of something stored */
enum greylist_state {
	GREYLIST_WAITS,   /* a triplet before its delay is over */
	GREYLIST_READY,   /* it may pass */
	GREYLIST_LATE,    /* its window is over */
	GREYLIST_KNOWN,   /* it has passed */
	GREYLIST_COUNTS,  /* a source's passes, not enough yet */
	GREYLIST_AUTO,    /* enough of them */
	GREYLIST_ALLOWED, /* by hand */
	GREYLIST_ANY,
};
extern const struct name_code greylist_state_names[];

/* a source as it was written on a command line */
struct greylist_client {
	const char *subject;     /* key of the store */
	bool is_network;         /* else a domain, folded: subject */
	struct netprefix prefix; /* of a network, as it was written */
};

struct greylist_filter {
	const struct greylist_client *client; /* NULL: all */
	/* normalised, "" for <>, "@domain"; NULL: all */
	const char *sender, *recipient;
	enum greylist_state state;
};

struct greylist_listing {
	const struct greylist_settings *settings;
	struct greylist_filter filter;
	bool json;
	int64_t now_s;
	/* of the listing's own */
	struct arena *arena;      /* emptied again and again */
	uint64_t printed, hidden; /* hidden: hashes, which no filter sees */
};

/* greylist_list_begin, greylist_list_end - around all items. */
void greylist_list_begin(struct greylist_listing *listing);
void greylist_list_end(struct greylist_listing *listing);
/* greylist_list_item - for store_scan(): print it, if the filter takes it. */
bool greylist_list_item(void *context, const struct store_item *item);
/*
 * greylist_list_look - print the triplet of client, sender and recipient, all
 * in the filter, if it is stored: also where the store has only hashes.
 */
enum store_result greylist_list_look(struct greylist_listing *listing,
    struct store *store, int64_t deadline_ms);

#endif
