/*
 * scan_servers - the servers of one scanner, asked in order.
 *
 * The first that works is asked; one that does not is passed over for the
 * next. Three failures in a row, and it is not asked for two seconds; then one
 * message tries (store_breaker.h).
 */
#ifndef MAILREEVE_SCAN_SERVERS_H
#define MAILREEVE_SCAN_SERVERS_H

#include "base/str.h"
#include "scan/scan.h"

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

/* one connection, while it is talked on */
struct scan_link {
	int fd;
	const struct scan_time *time;
	int64_t deadline_ms; /* of this server; the last has all of time's */
};

/*
 * scan_servers_ask - have talk() speak on a new connection to one server after
 * another until it comes to something. Of several failures the last counts.
 */
enum scan_result scan_servers_ask(struct scan_servers *servers,
    const struct scan_time *time,
    enum scan_result (*talk)(const struct scan_link *link, void *context),
    void *context);

/* scan_link_write - all bytes; false when that failed. */
bool scan_link_write(const struct scan_link *link, const void *data,
    size_t length);
/* scan_link_spoke - whether the server has said something, without waiting. */
bool scan_link_spoke(const struct scan_link *link);
/*
 * scan_link_read - all that comes, at most max bytes, until complete() says
 * that it is or the server hangs up. False when nothing came, or too much, or
 * not all in time. The caller ends the text with str_fini().
 */
bool scan_link_read(const struct scan_link *link, struct str *text, size_t max,
    bool (*complete)(const char *text, size_t length));

#endif
