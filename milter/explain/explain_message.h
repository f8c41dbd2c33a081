/*
 * explain_message - the message of an explained session, from a file.
 */
#ifndef MAILREEVE_EXPLAIN_MESSAGE_H
#define MAILREEVE_EXPLAIN_MESSAGE_H

#include <stdbool.h>

struct session;
struct str;

/*
 * explain_message_read - a file ("-": standard input) with LF at the ends of
 * its lines; false after a complaint.
 */
bool explain_message_read(const char *path, struct str *text);
/*
 * explain_message_field - hand over the header field, with its folds, that
 * text begins with; text is changed. Returns what is behind it.
 */
char *explain_message_field(struct session *session, char *text);
/* explain_message_body - hand over the body. */
void explain_message_body(struct session *session, const char *text);

#endif
