/*
 * control - a Unix socket where mailreevectl talks to the daemon.
 *
 * The protocol: a client sends one JSON object on a line, the daemon answers
 * with one on a line, and so on until the client closes. Lines have at most
 * CONTROL_LINE_MAX bytes; a client that says nothing for CONTROL_IDLE_S
 * seconds is hung up on. One client is served at a time.
 *
 *   {"command": "ping"}
 *      {"ok": true, "version": "1.0.0", "pid": 123, "config": "/etc/...",
 *       "uptime": 60}
 *   {"command": "stats"}
 *      {"ok": true, "uptime": 60, "counters": {"sessions": 12, ...},
 *       "reasons": {"access.client": {"reject": 3}, ...},
 *       "dns": {"queries": 7, ..., "servers": [{"server": "127.0.0.1", ...}]},
 *       "lists": [{"list": "dnsbl.zen", "state": "on", ...}]}
 *      only outcomes that happened; the uptime is in seconds
 *   {"command": "reload"}
 *      {"ok": true, "errors": 0, "problems": ["/etc/x.ini:3: warning: ..."]}
 *      ok is false, and the old configuration in force, when there are errors
 *   {"command": "store"}  and "ops": [...] or "forget": {"policy": "abuse",
 *    "subject": "192.0.2.1"}, or nothing: all that is in memory is written
 *      {"ok": true, "answers": [...]}  or "count": 2; see store_wire.h
 *   anything else
 *      {"ok": false, "error": "unknown command \"x\""}
 *
 * The socket is for root and the daemon's user (mode 0600), or for [milter]
 * group too (0660) where that is set.
 */
#ifndef MAILREEVE_CONTROL_H
#define MAILREEVE_CONTROL_H

#include "daemon/daemon_privileges.h"

#define CONTROL_LINE_MAX 65536
#define CONTROL_IDLE_S 5

struct daemon;

/*
 * control_open - listen at path for the daemon's later identity; shared lets
 * its group in. False, with a warning in the log, when that cannot be done:
 * mail does not depend on it.
 */
bool control_open(const char *path, const struct daemon_identity *identity,
    bool shared);
/* control_serve - in a thread of its own, with daemon borrowed for good. */
void control_serve(struct daemon *daemon);
/* control_close - take the socket away. */
void control_close(void);

#endif
