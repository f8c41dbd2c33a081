/*
 * state_store - the store of a configuration, for tools.
 */
#ifndef MAILREEVE_STATE_STORE_H
#define MAILREEVE_STATE_STORE_H

#include <stdbool.h>

struct config;
struct env;
struct store;

/*
 * state_store_open - Redis, or the embedded store beside a daemon that may be
 * running. change: operations that change something are carried out (by the
 * daemon, if it runs); else they are STORE_UNAVAILABLE, and what is seen is
 * what there was when it was opened. NULL after a complaint to stderr. The
 * caller store_free()s it.
 */
struct store *state_store_open(const struct config *config,
    const struct env *env, bool change);

#endif
