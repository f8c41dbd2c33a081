/*
 * dns_zone - a zone text that answers questions, for tests and trials.
 *
 * A text of lines; ";" begins a comment, names are absolute with or without a
 * final dot, types are in any case:
 *
 *	$TTL 300                         for the lines that follow; 300 at first
 *	mx.test          A     192.0.2.1
 *	mx.test    60    AAAA  2001:db8::1        a TTL of its own, in seconds
 *	test             MX    10 mx.test         "0 ." for a null MX
 *	www.test         CNAME mx.test
 *	1.2.0.192.in-addr.arpa PTR mx.test
 *	test             TXT   "v=spf1 " "mx -all"   strings, \DDD and \" in
 *them test             NS    ns.test test       3600  SOA   120 negative
 *answers below test are for 120 s; else without a SOA
 *	*.list.test      A     127.0.0.2          every name below that has no
 *	                                          line of its own
 *
 * A name that has no line does not exist (NXDOMAIN), unless one below it does.
 * Instead of data a line may say what goes wrong, for one type or for ANY:
 *
 *	NAME TYPE !SERVFAIL   or !REFUSED, !NOTIMP, !FORMERR: that code
 *	NAME TYPE !TIMEOUT    no answer
 *	NAME TYPE !DELAY 200  the answer, 200 ms later
 *	NAME TYPE !TRUNCATE   over UDP an empty answer with the TC bit
 *	NAME TYPE !NOTCP      the same, and no answer over TCP
 *	NAME TYPE !NOEDNS     FORMERR for questions with EDNS
 *	NAME TYPE !GARBAGE KIND   an answer that is spoilt: dns_zone_fault.c has
 *	                          the kinds: empty short random id question type
 *	                          unasked query cut pointer label count rdata
 *	                          owner class loop chain many huge truncated
 *
 * The answers are packets as a recursive name server sends them, CNAMEs
 * followed and names compressed, so that dns_parse.c is tested with them.
 */
#ifndef MAILREEVE_DNS_ZONE_H
#define MAILREEVE_DNS_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns;
struct dns_zone;
struct str;

#define DNS_ZONE_PACKET 65535 /* room for an answer over TCP */

/* dns_zone_parse - NULL, and "line N: ..." in why, when it is malformed. */
struct dns_zone *dns_zone_parse(const char *text, struct str *why);
void dns_zone_free(struct dns_zone *zone);

/*
 * dns_zone_answer - the packet that answers this question; its length, 0 when
 * none is to be sent. It is to be sent after *delay_ms. *empty: a packet of no
 * bytes is to be sent. Any bytes may be asked.
 */
size_t dns_zone_answer(const struct dns_zone *zone, const uint8_t *query,
    size_t length, bool tcp, uint8_t out[DNS_ZONE_PACKET], unsigned *delay_ms,
    bool *empty);

/*
 * dns_use_zone - have a zone text answer instead of name servers; before the
 * first question. What does not answer is DNS_TEMPORARY after timeout times
 * tries, as with name servers. False, and why, when it is malformed.
 */
bool dns_use_zone(struct dns *dns, const char *text, struct str *why);

#endif
