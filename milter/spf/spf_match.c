/*
 * spf_match - whether a mechanism has the client (RFC 7208 5.3 to 5.7).
 *
 * A DNS error is temperror, but not of the client's own names: they are in
 * the hands of the client, and "ptr" just does not match then (5.5). That is
 * noted, because a refusal for good should not rest on it.
 */
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "spf/spf_internal.h"

#define MX_MAX 10 /* 4.6.4: more are permerror */

/* is_failure - no answer that says anything */
static bool
is_failure(enum dns_result result)
{
	return result == DNS_TEMPORARY || result == DNS_INVALID;
}

/* look_up - for a term's own name; NULL: nothing there, or the check ended */
static const struct dns_answer *
look_up(struct spf_check *check, const char *name, enum dns_type type)
{
	const struct dns_answer *answer;

	if (name == NULL) {
		spf_count_void(check);
		return NULL;
	}
	answer = spf_wait(check, name, type);
	if (is_failure(answer->result))
		spf_end(check, SPF_TEMPERROR, "%s of %s: %s",
		    dns_type_name(type), name, dns_result_name(answer->result));
	if (answer->result == DNS_NO_NAME || answer->result == DNS_NO_DATA)
		spf_count_void(check);
	return answer->result == DNS_FOUND ? answer : NULL;
}

/* has_client - one of the addresses is the client's, to the prefix length */
static bool
has_client(const struct spf_check *check, const struct dns_answer *answer,
    const struct spf_term *term)
{
	const struct netaddr *client = &check->query->client;
	struct netprefix prefix = {
		.bits = client->family == 6 ? term->bits6 : term->bits4,
	};

	for (size_t i = 0; i < answer->count; i++) {
		prefix.addr = answer->record[i].address;
		netaddr_mask(&prefix.addr, prefix.bits);
		if (netprefix_has(&prefix, client))
			return true;
	}
	return false;
}

/*
 * find_host - whether one of several names has the client; *result is that of
 * the look-up. A host without any address is no void look-up when it exists:
 * one with IPv4 alone is no fault, and this client has IPv6.
 */
static bool
find_host(struct spf_check *check, const char *name,
    const struct spf_term *term, enum dns_result *result)
{
	const struct dns_answer *answer;

	*result = DNS_NO_DATA;
	if (name[0] == '\0')
		return false;
	answer = spf_wait(check, name, spf_address_type(check));
	*result = answer->result;
	if (answer->result == DNS_NO_NAME)
		spf_count_void(check);
	return has_client(check, answer, term);
}

/* ask_hosts - for the addresses of all at once */
static void
ask_hosts(struct spf_check *check, const struct dns_answer *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (names->record[i].text[0] != '\0')
			spf_ask(check, names->record[i].text,
			    spf_address_type(check));
}

/* match_mx - the addresses of its mail hosts */
static bool
match_mx(struct spf_check *check, const char *name, const struct spf_term *term)
{
	const struct dns_answer *hosts = look_up(check, name, DNS_MX);
	enum dns_result result;
	bool has;

	if (hosts == NULL)
		return false;
	if (hosts->count > MX_MAX) {
		spf_end(check, SPF_PERMERROR, "%s has more than %d mail hosts",
		    name, MX_MAX);
		return false;
	}
	ask_hosts(check, hosts, hosts->count);
	for (size_t i = 0; i < hosts->count; i++) {
		has = find_host(check, hosts->record[i].text, term, &result);
		if (is_failure(result))
			spf_end(check, SPF_TEMPERROR, "mail host %s: %s",
			    hosts->record[i].text, dns_result_name(result));
		if (has || check->end != SPF_UNCHECKED)
			return has;
	}
	return false;
}

/* confirm - keep a name of the client whose addresses have the client */
static void
confirm(struct spf_check *check, const char *name)
{
	static const struct spf_term exactly = { .bits4 = 32, .bits6 = 128 };
	enum dns_result result;

	if (find_host(check, name, &exactly, &result))
		check->name[check->names++] = name;
	if (is_failure(result))
		check->unsure = true;
}

/* find_names - the client's confirmed names, once in a check (5.5) */
static void
find_names(struct spf_check *check)
{
	const struct netaddr *client = &check->query->client;
	const struct dns_answer *answer;
	char reversed[64];
	size_t count;

	if (check->names_known)
		return;
	check->names_known = true;
	netaddr_reversed(client, reversed);
	answer = spf_wait(check,
	    arena_printf(check->arena, "%s.%s.arpa", reversed,
		client->family == 6 ? "ip6" : "in-addr"),
	    DNS_PTR);
	if (is_failure(answer->result))
		check->unsure = true;
	if (answer->result == DNS_NO_NAME || answer->result == DNS_NO_DATA)
		spf_count_void(check);
	count =
	    answer->count < SPF_CLIENT_NAMES ? answer->count : SPF_CLIENT_NAMES;
	ask_hosts(check, answer, count);
	for (size_t i = 0; i < count; i++)
		confirm(check, answer->record[i].text);
}

/* match_ptr - a name of the client is the target or below it */
static bool
match_ptr(struct spf_check *check, const struct spf_name *target)
{
	find_names(check);
	for (size_t i = 0; target->text != NULL && i < check->names; i++)
		if (domain_is_under(check->name[i], target->text))
			return true;
	return false;
}

bool
spf_match(struct spf_check *check, const struct spf_policy *policy,
    const struct spf_term *term)
{
	const struct dns_answer *answer;
	struct spf_name name;

	name = spf_expand_name(check, &policy->name, term->target);
	if (check->end != SPF_UNCHECKED)
		return false;
	switch (term->kind) {
	case SPF_KIND_A:
		answer = look_up(check, name.text, spf_address_type(check));
		return answer != NULL && has_client(check, answer, term);
	case SPF_KIND_MX:
		return match_mx(check, name.text, term);
	case SPF_KIND_PTR:
		return match_ptr(check, &name) && check->end == SPF_UNCHECKED;
	case SPF_KIND_EXISTS:
		return look_up(check, name.text, DNS_A) != NULL;
	default:
		return false;
	}
}

const char *
spf_match_client_name(struct spf_check *check, const char *current)
{
	const char *best = "unknown";

	find_names(check);
	for (size_t i = 0; i < check->names; i++) {
		if (strcasecmp(check->name[i], current) == 0)
			return check->name[i];
		if (i == 0 || (domain_is_under(check->name[i], current) &&
				  !domain_is_under(best, current)))
			best = check->name[i];
	}
	return best;
}
