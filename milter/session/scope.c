/*
 * scope - which section of a policy holds for this session.
 *
 * Each scope that matches gets a rank, a number whose parts from high to low
 * are: closeness of its closest part, number of parts, length of the texts
 * and prefixes. The highest rank wins. A policy without scopes costs one
 * comparison.
 */
#include "session/scope.h"

#include <string.h>
#include <strings.h>

#include "base/mailaddr.h"
#include "base/netaddr.h"
#include "base/str.h"

/* domain_matches - a part's domain against a folded one */
static bool
domain_matches(const struct scope_part *part, const char *domain)
{
	if (part->subdomains)
		return domain_is_under(domain, part->text);
	return strcmp(domain, part->text) == 0;
}

/* listener_matches - by the daemon's name, or by its port */
static bool
listener_matches(const struct scope_part *part, const struct connection *conn)
{
	unsigned long long port;

	if (strcasecmp(part->text, conn->listener) == 0)
		return true;
	return conn->listener_port != 0 && str_parse_uint(part->text, &port) &&
	       port == conn->listener_port;
}

/* part_matches - one "subject=text" of a scope */
static bool
part_matches(const struct scope_part *part, const struct txn *txn)
{
	const struct message *message = txn->message;
	const struct recipient *recipient = txn->recipient;

	switch (part->subject) {
	case SUBJECT_RCPT_ADDRESS:
		return recipient != NULL &&
		       strcmp(recipient->address.address, part->text) == 0;
	case SUBJECT_RCPT_DOMAIN:
		return recipient != NULL &&
		       domain_matches(part, recipient->address.domain);
	case SUBJECT_LOGIN:
		return message != NULL && message->login[0] != '\0' &&
		       strcasecmp(message->login, part->text) == 0;
	case SUBJECT_FROM_ADDRESS:
		return message != NULL &&
		       strcmp(message->sender.address, part->text) == 0;
	case SUBJECT_FROM_DOMAIN:
		return message != NULL &&
		       domain_matches(part, message->sender.domain);
	case SUBJECT_CLIENT:
		return netprefix_has(&part->prefix, &txn->connection.client);
	case SUBJECT_LISTENER:
		return listener_matches(part, &txn->connection);
	default:
		return false;
	}
}

/* part_length - how exact a part is */
static unsigned
part_length(const struct scope_part *part)
{
	if (part->subject == SUBJECT_CLIENT)
		return part->prefix.bits;
	/* a domain alone is closer than the same one with those below it */
	return 2 * (unsigned)strlen(part->text) - part->subdomains;
}

/* closest_subject - of the parts of a scope */
static enum subject
closest_subject(const struct scope *scope)
{
	enum subject closest = SUBJECT_GLOBAL;

	for (size_t i = 0; i < scope->parts; i++)
		if (scope->part[i].subject < closest)
			closest = scope->part[i].subject;
	return closest;
}

/* scope_rank - 0 when the scope does not match */
static unsigned
scope_rank(const struct scope *scope, const struct txn *txn)
{
	unsigned length = 0;

	for (size_t i = 0; i < scope->parts; i++) {
		if (!part_matches(&scope->part[i], txn))
			return 0;
		length += part_length(&scope->part[i]);
	}
	if (length > 0xffff)
		length = 0xffff;
	return (unsigned)(SUBJECT_GLOBAL - closest_subject(scope)) << 24 |
	       (unsigned)scope->parts << 20 | (length + 1);
}

/* best_section - the highest rank among scopes, of one subject if asked */
static const struct section *
best_section(const struct instance *instance, const struct txn *txn,
    enum subject subject, bool any)
{
	const struct section *best = NULL;
	unsigned best_rank = 0;

	for (size_t i = 0; i < instance->scope_count; i++) {
		const struct section *section = &instance->scopes[i];
		unsigned rank;

		if (!any && closest_subject(section->scope) != subject)
			continue;
		rank = scope_rank(section->scope, txn);
		if (rank > best_rank) {
			best = section;
			best_rank = rank;
		}
	}
	return best;
}

const struct section *
scope_section(const struct instance *instance, const struct txn *txn)
{
	const struct section *section = NULL;

	if (instance->scope_count > 0)
		section = best_section(instance, txn, SUBJECT_GLOBAL, true);
	return section != NULL ? section : &instance->global;
}

const struct section *
scope_section_at(const struct instance *instance, const struct txn *txn,
    enum subject subject)
{
	if (subject == SUBJECT_GLOBAL)
		return &instance->global;
	if (instance->scope_count == 0)
		return NULL;
	return best_section(instance, txn, subject, false);
}
