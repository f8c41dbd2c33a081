/*
 * explain_message - the message of an explained session, from a file.
 *
 * Given to the session as an MTA would: field by field, the body in chunks
 * with CRLF at the ends of its lines.
 */
#include "explain/explain_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "session/session.h"

#define BODY_CHUNK 65535 /* as MTAs send it */

/* explain_message_field - one field with its folds; the rest of text */
char *
explain_message_field(struct session *session, char *text)
{
	char *end = text, *value;

	do {
		end += strcspn(end, "\n");
		if (*end != '\0')
			end++;
	} while (*end == ' ' || *end == '\t');
	if (end > text && end[-1] == '\n')
		end[-1] = '\0';
	value = strchr(text, ':');
	if (value != NULL) {
		*value++ = '\0';
		value += *value == ' ';
		session_header(session, text, value);
	}
	return end;
}

/* explain_message_body - in chunks, with CRLF as on the wire */
void
explain_message_body(struct session *session, const char *text)
{
	struct str wire = STR_INIT;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			str_add_char(&wire, '\r');
		str_add_char(&wire, *text);
		if (wire.length >= BODY_CHUNK - 2 || text[1] == '\0') {
			session_body(session, (const unsigned char *)wire.data,
			    wire.length);
			str_reset(&wire);
		}
	}
	str_fini(&wire);
}

/* explain_message_read - a file without CRs; false after a complaint */
bool
explain_message_read(const char *path, struct str *text)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	bool good;
	int c;

	str_add(text, "");
	while (file != NULL && (c = getc(file)) != EOF)
		if (c != '\r' && c != '\0')
			str_add_char(text, (char)c);
	good = file != NULL && !ferror(file);
	if (!good)
		fprintf(stderr, "mailreevectl: %s: %s\n", path,
		    strerror(errno));
	if (file != NULL && file != stdin)
		fclose(file);
	return good;
}
