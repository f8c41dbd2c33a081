/*
 * daemon_store - the store, when a policy that is in force needs it.
 */
#ifndef MAILREEVE_DAEMON_STORE_H
#define MAILREEVE_DAEMON_STORE_H

#include <stdbool.h>

struct config;
struct daemon;
struct problems;

/* daemon_store_open - at the start, if it is needed; an EX_ code. */
int daemon_store_open(struct daemon *daemon, const struct config *config);
/*
 * daemon_store_use - at a reload: other settings, or open it now. False, with
 * a problem, when it cannot be opened. Under the reload lock.
 */
bool daemon_store_use(struct daemon *daemon, const struct config *config,
    struct problems *problems);
/* daemon_store_sync - the process ends: write what is in memory. */
void daemon_store_sync(struct daemon *daemon);

#endif
