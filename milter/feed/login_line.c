/*
 * login_line - logins in the logs of Postfix, Sendmail and Dovecot.
 *
 * What stands in front of a message: date, host, program. The messages are
 * read in login_line_mta.c and login_line_dovecot.c.
 */
#include <string.h>

#include "feed/login_line_parts.h"

/* take_time - "10:20:00", with a fraction or a zone */
static bool
take_time(struct slice *slice)
{
	struct slice rest = *slice, word;
	int64_t hour;

	if (!slice_take_number(&rest, 99, &hour) || !slice_take(&rest, ":") ||
	    !slice_take_to(&rest, ' ', &word))
		return false;
	*slice = rest;
	return true;
}

/* take_date - of syslog, of a time stamp of RFC 3339, of Dovecot; or none */
static void
take_date(struct slice *slice)
{
	static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct "
				     "Nov Dec ";
	struct slice rest = *slice, word;
	char month[5];
	int64_t number;

	if (rest.end - rest.at < 16)
		return;
	memcpy(month, rest.at, 4);
	month[4] = '\0';
	if (month[3] == ' ' && month[0] != ' ' && strstr(months, month)) {
		rest.at += 4;
		slice_take(&rest, " ");
		if (slice_take_number(&rest, 99, &number) &&
		    slice_take(&rest, " ") && take_time(&rest))
			*slice = rest;
	} else if (slice_take_number(&rest, 9999, &number) && number >= 1970 &&
		   slice_take(&rest, "-") && slice_take_to(&rest, ' ', &word)) {
		if (slice_find(word, ":") == NULL)
			take_time(&rest);
		*slice = rest;
	}
}

/* take_tag - "host PROGRAM[PID]: " or "PROGRAM: "; the program's name */
static bool
take_tag(struct slice *slice, struct slice *program)
{
	struct slice word, bracket;

	for (int words = 0; words < 2; words++) {
		if (!slice_take_to(slice, ' ', &word))
			return false;
		if (!slice_ends(word, ":"))
			continue;
		word.end--;
		*program = word;
		if (slice_take_to(&word, '[', &bracket))
			*program = bracket;
		return true;
	}
	return false;
}

/* take_repeated - "message repeated 3 times: [ MESSAGE]" of rsyslog */
static void
take_repeated(struct slice *slice, int64_t *times)
{
	struct slice rest = *slice;

	*times = 1;
	if (!slice_take(&rest, "message repeated ") ||
	    !slice_take_number(&rest, LOGIN_COUNT_MAX, times) ||
	    !slice_take(&rest, " times: [ ") || !slice_ends(rest, "]")) {
		*times = 1;
		return;
	}
	rest.end--;
	*slice = rest;
}

/* is_dovecots - a program of its own log files: there is no other name */
static bool
is_dovecots(struct slice program)
{
	return slice_is(program, "auth") || slice_ends(program, "-login") ||
	       slice_take(&program, "auth-worker(");
}

bool
login_line_read(const char *line, size_t length, struct login_line *out)
{
	struct slice text = { line, line + length }, program, priority, whole;
	int64_t times;
	bool read = false;

	*out = (struct login_line){ .count = 1 };
	if (slice_take(&text, "<") && !slice_take_to(&text, '>', &priority))
		return false;
	take_date(&text);
	whole = text;
	if (!take_tag(&text, &program))
		return false;
	take_repeated(&text, &times);
	if (slice_ends(program, "/smtpd"))
		read = login_line_postfix(text, out);
	else if (slice_is(program, "sm-mta") || slice_is(program, "sendmail"))
		read = login_line_sendmail(text, out);
	else if (slice_is(program, "dovecot"))
		read = login_line_dovecot(text, out);
	else if (is_dovecots(program))
		read = login_line_dovecot(whole, out);
	out->count *= times;
	if (out->count > LOGIN_COUNT_MAX)
		out->count = LOGIN_COUNT_MAX;
	return read && out->count > 0;
}
