/*
 * login_line_dovecot - logins in the lines of Dovecot 2.3 and 2.4.
 */
#include <string.h>

#include "feed/login_line_parts.h"

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

bool
login_line_dovecot(struct slice text, struct login_line *out)
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
