/*
 * daemon_reload - put a configuration in force.
 */
#ifndef MAILREEVE_DAEMON_RELOAD_H
#define MAILREEVE_DAEMON_RELOAD_H

#include <stdbool.h>

struct config;
struct daemon;
struct problems;

/*
 * daemon_reload_first - what follows from the first configuration: the log,
 * the decision file, the tables' watch. Remembers what cannot change later.
 */
void daemon_reload_first(struct daemon *daemon, const struct config *config);
/*
 * daemon_reload - read the configuration anew. A bad one changes nothing;
 * every problem goes to the log and to problems. Thread-safe.
 */
bool daemon_reload(struct daemon *daemon, struct problems *problems);

#endif
