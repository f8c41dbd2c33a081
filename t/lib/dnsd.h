/*
 * dnsd - a name server on loopback that answers from a zone text.
 *
 * UDP and TCP on one address and port, on a thread of its own, with real
 * packets and with all that a zone says that goes wrong (dns/dns_zone.h).
 * For unit programs, and as the program .build/t/dnsd.
 */
#ifndef MAILREEVE_T_DNSD_H
#define MAILREEVE_T_DNSD_H

struct dnsd;

/*
 * dnsd_start - on "ADDRESS:PORT" ("[::1]:53"; port 0: any). NULL after a line
 * to stderr.
 */
struct dnsd *dnsd_start(const char *where, const char *zone);
/* dnsd_where - "127.0.0.1:40321". */
const char *dnsd_where(const struct dnsd *dnsd);
/* dnsd_count - questions for a name so far (folded; NULL: all questions). */
unsigned dnsd_count(struct dnsd *dnsd, const char *name);
/* dnsd_count_tcp - questions over TCP so far. */
unsigned dnsd_count_tcp(struct dnsd *dnsd);
/* dnsd_connections - TCP connections that are open. */
unsigned dnsd_connections(struct dnsd *dnsd);
void dnsd_stop(struct dnsd *dnsd);

#endif
