/*
 * spf_header - what was found, told in the message (RFC 8601, RFC 7208 9.1).
 *
 * Values come from strangers: what is more than a plain word stands in quotes,
 * and bytes that are not printable ASCII are "?".
 *
 * Whoever reads these fields trusts them for the name of the server in them.
 * So fields that arrive with our name are removed; those of a trusted network
 * are not, they may be ours from an earlier pass through this server.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "policies/spf.h"

#define RESULTS "Authentication-Results"
#define RECEIVED "Received-SPF"
#define VALUE_MAX_BYTES 200

const char *const spf_header_names[] = { RESULTS, RECEIVED, NULL };

/* why a result is what it is, for people */
static const char *const comments[] = {
	[SPF_NONE] = "no SPF record for",
	[SPF_NEUTRAL] = "nothing is said about it by",
	[SPF_PASS] = "permitted by",
	[SPF_FAIL] = "not permitted by",
	[SPF_SOFTFAIL] = "likely not permitted by",
	[SPF_TEMPERROR] = "could not be looked up for",
	[SPF_PERMERROR] = "errors in the SPF record of",
};

/* add_value - a word as it is, anything else as a quoted-string */
static void
add_value(struct str *out, const char *text)
{
	char value[VALUE_MAX_BYTES];

	str_printable(value, sizeof(value), text);
	if (value[0] != '\0' &&
	    value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
				"qrstuvwxyz0123456789-_.")] == '\0') {
		str_add(out, value);
		return;
	}
	str_add_char(out, '"');
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			str_add_char(out, '\\');
		str_add_char(out, *c);
	}
	str_add_char(out, '"');
}

/* shown - a local policy is no statement of the domain's */
static enum spf_result
shown(const struct spf_answer *answer)
{
	return answer->by_local_policy ? SPF_NONE : answer->result;
}

/* add_result - "pass (192.0.2.1 permitted by example.test)" */
static void
add_result(const struct pctx *p, struct str *out,
    const struct spf_answer *answer)
{
	enum spf_result result = shown(answer);
	char addr[NETADDR_TEXT_SIZE];

	str_add(out, spf_result_name(result));
	if (answer->domain[0] != '\0')
		str_addf(out, " (%s: %s %s)",
		    netaddr_format(&p->txn->connection.client, addr),
		    comments[result], answer->domain);
}

/* make_results - Authentication-Results */
static void
make_results(const struct pctx *p, const struct spf_seen *seen, struct str *out)
{
	add_value(out, p->txn->connection.hostname);
	if (seen->sender != NULL) {
		str_add(out, ";\n\tspf=");
		add_result(p, out, seen->sender);
		str_add(out, "\n\tsmtp.mailfrom=");
		add_value(out, seen->sender->domain[0] != '\0'
				   ? seen->sender->domain
				   : p->txn->message->sender.domain);
	}
	if (seen->helo != NULL) {
		str_add(out, ";\n\tspf=");
		add_result(p, out, seen->helo);
		str_add(out, "\n\tsmtp.helo=");
		add_value(out, p->txn->connection.helo);
	}
}

/* add_pair - "; key=value" of Received-SPF; a value that is empty is left out
 */
static void
add_pair(struct str *out, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	str_addf(out, ";\n\t%s=", key);
	add_value(out, value);
}

/* make_received - Received-SPF: of the sender, or of the HELO name for <> */
static void
make_received(const struct pctx *p, const struct spf_seen *seen,
    struct str *out)
{
	const struct connection *conn = &p->txn->connection;
	const struct spf_answer *answer =
	    seen->sender != NULL ? seen->sender : seen->helo;
	char addr[NETADDR_TEXT_SIZE];

	add_result(p, out, answer);
	str_add(out, "\n\treceiver=");
	add_value(out, conn->hostname);
	add_pair(out, "identity", seen->sender != NULL ? "mailfrom" : "helo");
	add_pair(out, "client-ip", netaddr_format(&conn->client, addr));
	add_pair(out, "envelope-from", p->txn->message->sender.raw);
	add_pair(out, "helo", conn->helo);
	add_pair(out, "mechanism",
	    answer->by_local_policy ? "" : answer->mechanism);
	add_pair(out, "problem", answer->problem);
}

void
spf_header_add(const struct pctx *p, struct spf_seen *seen)
{
	const struct spf_settings *s = p->settings;
	struct str value = STR_INIT;

	if (seen->header_added || s->header == SPF_HEADER_NONE ||
	    p->txn->connection.hostname[0] == '\0')
		return;
	seen->header_added = true;
	if (s->header == SPF_HEADER_RESULTS) {
		make_results(p, seen, &value);
		policy_add_header(p, RESULTS, str_text(&value));
	} else {
		make_received(p, seen, &value);
		policy_add_header(p, RECEIVED, str_text(&value));
	}
	str_fini(&value);
}

/* one token of a structured field (RFC 5322 3.2) */
struct token {
	const char *data;
	size_t length;
};

/* skip_comment - behind the ")" of a comment, or the end; they may be nested */
static const char *
skip_comment(const char *at)
{
	unsigned depth = 0;

	do {
		if (*at == '(')
			depth++;
		else if (*at == ')')
			depth--;
		else if (*at == '\\' && at[1] != '\0')
			at++;
		at++;
	} while (depth > 0 && *at != '\0');
	return at;
}

/* next_token - a word, the inside of quotes, or one special; false: the end */
static bool
next_token(const char **at, struct token *token)
{
	while (**at != '\0' && strchr(" \t\r\n(", **at) != NULL)
		*at = **at == '(' ? skip_comment(*at) : *at + 1;
	if (**at == '\0')
		return false;
	if (**at == '"') {
		token->data = ++*at;
		while (**at != '\0' && **at != '"')
			*at += **at == '\\' && (*at)[1] != '\0' ? 2 : 1;
		token->length = (size_t)(*at - token->data);
		*at += **at != '\0' ? 1 : 0;
		return true;
	}
	token->data = *at;
	token->length = strcspn(*at, " \t\r\n();=\"/");
	if (token->length == 0)
		token->length = 1;
	*at += token->length;
	return true;
}

/* is - a token is this word, ASCII case ignored */
static bool
is(const struct token *token, const char *word)
{
	return token->length == strlen(word) &&
	       strncasecmp(token->data, word, token->length) == 0;
}

/* has_pair - "key=" anywhere in a field, with that value if it is not NULL */
static bool
has_pair(const char *value, const char *key, const char *wanted)
{
	struct token token;
	bool is_key = false;

	while (next_token(&value, &token)) {
		if (!is(&token, "=")) {
			is_key = is(&token, key);
			continue;
		}
		if (is_key && (wanted == NULL || (next_token(&value, &token) &&
						     is(&token, wanted))))
			return true;
		is_key = false;
	}
	return false;
}

/* is_ours - a field Authentication-Results that has our name as authserv-id */
static bool
is_ours(const char *value, const char *hostname)
{
	struct token token;

	return next_token(&value, &token) && is(&token, hostname);
}

void
spf_header_observe(struct pctx *p)
{
	const struct spf_settings *s = p->settings;
	struct spf_seen *seen = p->message_scratch;
	const char *value = p->txn->header_value;
	const char *hostname = p->txn->connection.hostname;
	bool results = strcasecmp(p->txn->header_name, RESULTS) == 0;
	unsigned index = results ? ++seen->results : ++seen->received;

	if (p->txn->connection.trusted || s->header == SPF_HEADER_NONE ||
	    hostname[0] == '\0')
		return;
	if (results
		? is_ours(value, hostname) && (s->forged == SPF_FORGED_ALL ||
						  has_pair(value, "spf", NULL))
		: has_pair(value, "receiver", hostname))
		policy_remove_header(p, results ? RESULTS : RECEIVED, index);
}
