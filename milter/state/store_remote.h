/*
 * store_remote - the embedded store of a daemon that runs, for a tool.
 */
#ifndef MAILREEVE_STORE_REMOTE_H
#define MAILREEVE_STORE_REMOTE_H

struct clock;
struct store;
struct store_settings;

/*
 * store_remote_new - a store whose operations the daemon at the control socket
 * carries out, one after another, when they are sent. Scans read its file.
 * NULL and *why (for mem_free()) when that cannot be read.
 */
struct store *store_remote_new(const struct store_settings *settings,
    const char *control, struct clock *clock, char **why);

#endif
