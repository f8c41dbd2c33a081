/*
 * store_contract - what every store has to do, as tests.
 *
 * A maker opens stores of one kind; store_contract() gives the tests of all of
 * store.h for it, named "KIND: what", to be run with others of a program.
 */
#ifndef MAILREEVE_T_STORE_CONTRACT_H
#define MAILREEVE_T_STORE_CONTRACT_H

#include "store/store.h"
#include "t/lib/unit.h"

struct store_maker {
	const char *name; /* "embedded", "redis" */
	void *self;
	/*
	 * open - a store with the settings (prefix, hash_*), to which the
	 * maker adds backend and place. A prefix that was not there before is
	 * an empty store. Fails the test when it cannot be opened.
	 */
	struct store *(*open)(void *self, struct store_settings settings,
	    struct clock *clock);
	/* close - and, for the embedded one, forget what it held */
	void (*close)(void *self, struct store *store);
	/* shared - a second store_new() on the same state works beside it */
	bool shared;
	/* hides_leases - a scan does not tell them */
	bool hides_leases;
	/* hides_triplets - they are told without subject and rest, until the
	 * server's clock says so, and live apart from other verbs */
	bool hides_triplets;
};

/* store_contract - into tests; how many. maker lives as long as they. */
#define STORE_CONTRACT_ROOM 64
size_t store_contract(const struct store_maker *maker,
    struct CMUnitTest tests[STORE_CONTRACT_ROOM]);

#endif
