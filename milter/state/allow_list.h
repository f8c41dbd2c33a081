/*
 * allow_list - who is let by, and why: for mailreevectl.
 */
#ifndef MAILREEVE_ALLOW_LIST_H
#define MAILREEVE_ALLOW_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct store;

struct allow_listing {
	const char *sender, *whom; /* as stored; NULL: all */
	bool json;
	int64_t now_s;
	uint64_t printed; /* of its own */
};

/* allow_list - print what the filter takes; false when the store failed. */
bool allow_list(struct allow_listing *listing, struct store *store);

#endif
