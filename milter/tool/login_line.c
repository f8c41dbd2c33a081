/*
 * login_line - logins in the logs of Postfix, Sendmail and Dovecot.
 *
 * Postfix 3.7, Sendmail 8.17, Dovecot 2.3 and 2.4; older ones differ in words
 * that are not looked at. What is no failure of the client's is left out: an
 * authentication server that is away, a mechanism that is not offered, a
 * client that broke off without a try.
 */
#include "tool/login_line.h"

#include <string.h>

#include "tool/slice.h"

/* take_letters - a run of letters and digits, at least one */
static bool
take_letters(struct slice *slice)
{
	const char *begin = slice->at;

	while (slice->at < slice->end &&
	       ((*slice->at >= '0' && *slice->at <= '9') ||
		   (*slice->at >= 'A' && *slice->at <= 'Z') ||
		   (*slice->at >= 'a' && *slice->at <= 'z')))
		slice->at++;
	return slice->at > begin;
}

/* take_queue_id - "4WxYz123: " of Postfix and Sendmail */
static bool
take_queue_id(struct slice *slice)
{
	struct slice rest = *slice;

	if (!take_letters(&rest) || !slice_take(&rest, ": "))
		return false;
	*slice = rest;
	return true;
}

/* ---- Postfix ---- */

/* take_client - "mail.remote.test[203.0.113.5]", perhaps with ":25" behind */
static bool
take_client(struct slice *slice, struct netaddr *client)
{
	struct slice name, address;
	int64_t port;

	/* Postfix takes a name only if it is a valid one, else "unknown" */
	if (!slice_take_to(slice, '[', &name) || slice_find(name, " ") ||
	    slice_find(name, "]") || !slice_take_to(slice, ']', &address) ||
	    !slice_address(address, client))
		return false;
	if (slice->end - slice->at > 1 && slice->at[0] == ':' &&
	    slice->at[1] != ' ') {
		slice->at++;
		return slice_take_number(slice, UINT16_MAX, &port);
	}
	return true;
}

/* is_servers_fault - behind "authentication failed: " */
static bool
is_servers_fault(struct slice reason)
{
	static const char *const faults[] = {
		"Connection lost to authentication server",
		"Invalid authentication mechanism",
		"Temporary authentication failure",
		"generic failure",
		"no mechanism available",
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (slice_take(&reason, faults[i]))
			return true;
	return false;
}

/* read_postfix_failure - "h[a]: SASL PLAIN authentication failed: why" */
static bool
read_postfix_failure(struct slice text, struct login_line *out)
{
	struct slice mechanism;

	if (!take_client(&text, &out->client) ||
	    !slice_take(&text, ": SASL ") ||
	    !slice_take_to(&text, ' ', &mechanism) ||
	    !slice_take(&text, "authentication failed"))
		return false;
	return !slice_take(&text, ": ") || !is_servers_fault(text);
}

/* read_postfix_end - "h[a] ehlo=1 auth=1/2 quit=1": a good one of two */
static bool
read_postfix_end(struct slice text, struct login_line *out)
{
	struct slice word;
	int64_t good;

	if (!take_client(&text, &out->client) || !slice_take(&text, " "))
		return false;
	while (!slice_take(&text, "auth="))
		if (!slice_take_to(&text, ' ', &word))
			return false;
	out->good = true;
	return slice_take_number(&text, LOGIN_COUNT_MAX, &good) && good > 0;
}

/* read_postfix - what its smtpd says */
static bool
read_postfix(struct slice text, struct login_line *out)
{
	if (slice_take(&text, "warning: "))
		return read_postfix_failure(text, out);
	if (slice_take(&text, "disconnect from "))
		return read_postfix_end(text, out);
	if (!take_queue_id(&text) || !slice_take(&text, "client=") ||
	    !take_client(&text, &out->client))
		return false;
	out->good = true;
	return slice_take(&text, ", sasl_method=") &&
	       slice_find(text, ", sasl_username=") != NULL;
}

/* ---- Sendmail ---- */

/* read_relay - the last "[ADDRESS]", at the end but for a remark of its own */
static bool
read_relay(struct slice relay, struct netaddr *client)
{
	static const char remark[] = " (may be forged)";
	const char *begin = slice_find_last(relay, "[");

	if (slice_ends(relay, remark))
		relay.end -= strlen(remark);
	if (begin == NULL || !slice_ends(relay, "]"))
		return false;
	return slice_address((struct slice){ begin + 1, relay.end - 1 },
	    client);
}

/*
 * is_clients_fault - by the number that Cyrus SASL gives it: bad protocol,
 * bad MAC, bad password, not authorized, account disabled, no such user
 */
static bool
is_clients_fault(struct slice text)
{
	static const int64_t faults[] = { 5, 9, 13, 14, 19, 20 };
	const char *number = slice_find(text, " (-");
	int64_t code;

	if (number == NULL)
		return false;
	text.at = number + 3;
	if (!slice_take_number(&text, 1000, &code) || !slice_take(&text, ")"))
		return false;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (code == faults[i])
			return true;
	return false;
}

/* read_sendmail - "AUTH failure (PLAIN): ..., user=u, relay=h [a]" and
 * "AUTH=server, relay=h [a], authid=u, ..." */
static bool
read_sendmail(struct slice text, struct login_line *out)
{
	const char *place;

	take_queue_id(&text);
	if (slice_take(&text, "AUTH failure (")) {
		place = slice_find_last(text, ", relay=");
		if (place == NULL || !is_clients_fault(text))
			return false;
		text.at = place + strlen(", relay=");
		return read_relay(text, &out->client);
	}
	if (!slice_take(&text, "AUTH=server, relay=") ||
	    (place = slice_find(text, ", authid=")) == NULL)
		return false;
	text.end = place;
	out->good = true;
	return read_relay(text, &out->client);
}

/* ---- Dovecot ---- */

/*
 * read_login_service - "Login: user=<u>, method=PLAIN, rip=a, lip=b, ..." and
 * "Disconnected: ... (auth failed, 2 attempts in 3 secs): user=<u>, ..."
 */
static bool
read_login_service(struct slice text, struct login_line *out)
{
	const char *user = slice_find(text, ": user=<"), *place;
	struct slice head = { text.at, user }, address;

	if (user == NULL)
		return false;
	text.at = user;
	if (slice_is(head, "Login") || slice_is(head, "Logged in")) {
		out->good = true;
	} else {
		place = slice_find(head, "(auth failed, ");
		if (place == NULL)
			return false;
		head.at = place + strlen("(auth failed, ");
		if (!slice_take_number(&head, LOGIN_COUNT_MAX, &out->count) ||
		    !slice_take(&head, " attempts"))
			return false;
	}
	/* what is behind it is Dovecot's own */
	place = slice_find_last(text, ", rip=");
	if (place == NULL)
		return false;
	text.at = place + strlen(", rip=");
	if (!slice_take_to(&text, ',', &address))
		address = text;
	return slice_address(address, &out->client);
}

/* is_refusal - what a user database says of a login that failed */
static bool
is_refusal(struct slice text)
{
	static const char *const refusals[] = {
		"Password mismatch",
		"password mismatch",
		"unknown user",
		"Unknown user",
		"invalid credentials",
		"Invalid credentials",
		"pam_authenticate() failed: Authentication failure",
		"pam_authenticate() failed: User not known",
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (slice_take(&text, refusals[i]))
			return true;
	return false;
}

/* read_in_brackets - "u,ADDRESS" or "u,ADDRESS,<session>", from its end */
static bool
read_in_brackets(struct slice text, struct netaddr *client)
{
	const char *comma = slice_find_last(text, ",");

	if (comma != NULL && slice_ends(text, ">") && comma[1] == '<') {
		text.end = comma;
		comma = slice_find_last(text, ",");
	}
	if (comma == NULL)
		return false;
	text.at = comma + 1;
	return slice_address(text, client);
}

/*
 * read_auth_service - "passwd-file(u,a,<session>): Password mismatch". A user
 * name with "): " in it, or a password that is shown, makes two of them: then
 * nobody can tell which is Dovecot's.
 */
static bool
read_auth_service(struct slice text, struct login_line *out)
{
	struct slice database, inner;
	const char *end;

	/* a worker says first who asked it */
	if (slice_take(&text, "conn unix:")) {
		end = slice_find(text, "): auth-worker<");
		if (end == NULL)
			return false;
		text.at = end + strlen("): ");
		if (!slice_take_to(&text, ' ', &inner))
			return false;
	}
	end = slice_find(text, "): ");
	if (!slice_take_to(&text, '(', &database) ||
	    slice_find(database, " ") || end == NULL || text.at > end ||
	    end != slice_find_last(text, "): "))
		return false;
	inner = (struct slice){ text.at, end };
	text.at = end + strlen("): ");
	out->by_auth_service = true;
	return is_refusal(text) && read_in_brackets(inner, &out->client);
}

/* read_dovecot - "SERVICE: " or "SERVICE(PID): ", a level perhaps, and text */
static bool
read_dovecot(struct slice text, struct login_line *out)
{
	static const char *const levels[] = { "Info: ", "Error: ", "Warning: ",
		"Debug: " };
	struct slice service;
	int64_t pid;

	if (!slice_take_to(&text, ':', &service) || !slice_take(&text, " "))
		return false;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (slice_take(&text, levels[i]))
			break;
	if (slice_ends(service, "-login"))
		return !slice_find(service, " ") &&
		       read_login_service(text, out);
	if (slice_is(service, "auth"))
		return read_auth_service(text, out);
	return slice_take(&service, "auth-worker(") &&
	       slice_take_number(&service, INT32_MAX, &pid) &&
	       slice_is(service, ")") && read_auth_service(text, out);
}

/* ---- who writes ---- */

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
		read = read_postfix(text, out);
	else if (slice_is(program, "sm-mta") || slice_is(program, "sendmail"))
		read = read_sendmail(text, out);
	else if (slice_is(program, "dovecot"))
		read = read_dovecot(text, out);
	else if (is_dovecots(program))
		read = read_dovecot(whole, out);
	out->count *= times;
	if (out->count > LOGIN_COUNT_MAX)
		out->count = LOGIN_COUNT_MAX;
	return read && out->count > 0;
}
