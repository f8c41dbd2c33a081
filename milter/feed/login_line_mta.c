/*
 * login_line_mta - logins in the lines of Postfix and Sendmail.
 *
 * Postfix 3.7 and Sendmail 8.17; older ones differ in words that are not
 * looked at. What is no failure of the client's is left out: an authentication
 * server that is away, a mechanism that is not offered, a client that broke
 * off without a try.
 */
#include <string.h>

#include "feed/login_line_parts.h"

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

bool
login_line_postfix(struct slice text, struct login_line *out)
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

bool
login_line_sendmail(struct slice text, struct login_line *out)
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
