/*
 * scan_servers - the servers of one scanner, and which of them work.
 *
 * The first that works is asked; one that does not is passed over for the
 * next. Three failures in a row, and it is not asked for two seconds; then one
 * message tries (base/breaker.h).
 */
#ifndef MAILREEVE_SCAN_SERVERS_H
#define MAILREEVE_SCAN_SERVERS_H

#include "base/str.h"
#include "scan/scan.h"
#include "table/sockpool.h"

struct scan_servers;

#define SCAN_SERVERS_MAX 8

/*
 * scan_servers_new - of "unix:/path", "host:port", "[2001:db8::1]:port", with
 * blanks or commas between. what is for the log: "clamd". Names of hosts are
 * looked up now. NULL and *why when one is wrong. The result has one
 * reference.
 */
struct scan_servers *scan_servers_new(const char *what, const char *text,
    const char **why);
struct scan_servers *scan_servers_ref(struct scan_servers *servers);
/* scan_servers_unref - free with the last reference; NULL is legal. */
void scan_servers_unref(struct scan_servers *servers);

/*
 * scan_servers_next - move *number (from 0) to the first server, from there on,
 * that is to be asked; false when none is left.
 */
bool scan_servers_next(struct scan_servers *servers, size_t *number,
    int64_t now_ms);
/* scan_servers_left - that one, and how many come behind it. */
size_t scan_servers_left(const struct scan_servers *servers, size_t number);
/* scan_servers_connect - as sockpool_begin(). */
enum sock scan_servers_connect(const struct scan_servers *servers,
    size_t number, size_t address, int *fd);
/* scan_servers_tell - what came of a server that was asked. */
void scan_servers_tell(struct scan_servers *servers, size_t number,
    enum scan_result result, int64_t now_ms);

#endif
