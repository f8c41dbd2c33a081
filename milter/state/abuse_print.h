/*
 * abuse_print - a ban, for people and for programs.
 */
#ifndef MAILREEVE_ABUSE_PRINT_H
#define MAILREEVE_ABUSE_PRINT_H

struct abuse_ban;
struct json;

/* abuse_print - one line to standard output. */
void abuse_print(const char *subject, const struct abuse_ban *ban);
/* abuse_print_json - a new object. */
struct json *abuse_print_json(const char *subject, const struct abuse_ban *ban);

#endif
