/*
 * explain_mime - what was read of the message of an explained session.
 */
#ifndef MAILREEVE_EXPLAIN_MIME_H
#define MAILREEVE_EXPLAIN_MIME_H

struct mime_message;

/* explain_mime - parts, names, links, flaws; printer is an explain_printer. */
void explain_mime(void *printer, const struct mime_message *message);

#endif
