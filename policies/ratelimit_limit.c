/*
 * ratelimit_limit - which limit a subject has, and how the store is asked.
 *
 * The closest counts: the subject's entry in the table of overrides, then
 * limit= of the directory, then what the section says.
 *
 * The periods are part of the key in the store: limits may be changed and
 * counts go on, while another set of periods is another count. So sections of
 * different periods that meet in one subject do not take each other's tiers
 * away.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policy/ours.h"
#include "policies/ratelimit.h"

/* find_login - a login in the table; one that is an address also its domain */
static enum lookup
find_login(const struct pctx *p, struct table *table,
    struct table_answer *answer)
{
	const char *forms[OURS_LOGIN_FORMS];
	size_t count = ours_login_forms(p, forms);
	enum lookup found = LOOKUP_NOT_FOUND;
	struct mailaddr address;

	for (size_t i = 0; i < count && found == LOOKUP_NOT_FOUND; i++) {
		if (strchr(forms[i], '@') == NULL) {
			found = table_find_word(table, forms[i], p->deadline_ms,
			    p->arena, answer);
			continue;
		}
		mailaddr_parse(&address, forms[i], p->arena);
		found = table_find_mail(table, &address, p->deadline_ms,
		    p->arena, answer);
	}
	return found;
}

/* find_override - the subject in the table */
static enum lookup
find_override(const struct pctx *p, const struct ratelimit_settings *settings,
    struct table_answer *answer)
{
	const struct message *message = p->txn->message;
	const struct recipient *recipient = p->txn->recipient;
	struct table *table = settings->overrides;
	int64_t deadline = p->deadline_ms;

	switch (settings->key) {
	case RATELIMIT_BY_LOGIN:
		return find_login(p, table, answer);
	case RATELIMIT_BY_SENDER:
		return table_find_mail(table, &message->sender, deadline,
		    p->arena, answer);
	case RATELIMIT_BY_SENDER_DOMAIN:
		return table_find_domain(table, message->sender.domain,
		    deadline, p->arena, answer);
	case RATELIMIT_BY_RECIPIENT:
		return table_find_mail(table, &recipient->address, deadline,
		    p->arena, answer);
	case RATELIMIT_BY_RECIPIENT_DOMAIN:
		return table_find_domain(table, recipient->address.domain,
		    deadline, p->arena, answer);
	default:
		return table_find_address(table, &p->txn->connection.client,
		    deadline, p->arena, answer);
	}
}

/* of_table - false: there is none in the table, or *verdict is a trouble */
static bool
of_table(const struct pctx *p, const struct ratelimit_settings *settings,
    struct ratelimit_limit *limit, struct verdict *verdict)
{
	struct table_answer answer;
	enum lookup found;

	if (settings->overrides == NULL)
		return false;
	found = find_override(p, settings, &answer);
	*verdict = verdict_lookup(found, settings->overrides);
	if (found != LOOKUP_FOUND)
		return false;
	limit->option = "overrides";
	limit->at = answer.at;
	if (answer.value[0] != '\0' && quota_parse(&limit->quota, answer.value))
		return true;
	*verdict = verdict_trouble(TROUBLE_CONFIG,
	    arena_printf(p->arena, "%s: %s: \"%s\" is no limit",
		table_spec(settings->overrides), answer.key, answer.value));
	verdict->entry = answer.at;
	return false;
}

/* of_entry - limit= of an entry, if it has one */
static bool
of_entry(const struct directory_entry *entry, struct ratelimit_limit *limit)
{
	if (entry->limit[0] == '\0')
		return false;
	limit->option = "directory";
	limit->at = entry->at;
	/* the directory has read it once, with the entry */
	return quota_parse(&limit->quota, entry->limit);
}

/* of_domain - of a domain; for mailboxes without a limit of their own, too */
static bool
of_domain(const struct pctx *p, const char *domain,
    struct ratelimit_limit *limit, struct verdict *verdict)
{
	struct directory_entry entry;

	return ours_domain(p, domain, &entry, verdict) == OURS_YES &&
	       of_entry(&entry, limit);
}

/* of_mailbox - of a mailbox, else of its domain */
static bool
of_mailbox(const struct pctx *p, const struct mailaddr *address,
    struct ratelimit_limit *limit, struct verdict *verdict)
{
	struct directory_entry entry;
	enum ours ours;

	ours = ours_domain(p, address->domain, &entry, verdict);
	if (ours != OURS_YES)
		return false;
	ours = ours_mailbox(p, address, &entry, verdict);
	if (ours == OURS_TROUBLE)
		return false;
	if (ours == OURS_YES && of_entry(&entry, limit))
		return true;
	return of_domain(p, address->domain, limit, verdict);
}

/* of_directory - false: it says nothing, or *verdict is a trouble */
static bool
of_directory(const struct pctx *p, const struct ratelimit_settings *settings,
    struct ratelimit_limit *limit, struct verdict *verdict)
{
	const struct message *message = p->txn->message;
	struct account account;

	if (!settings->directory)
		return false;
	switch (settings->key) {
	case RATELIMIT_BY_LOGIN:
		if (ours_account(p, &account, verdict) != OURS_YES ||
		    account.limit[0] == '\0')
			return false;
		limit->option = "directory";
		limit->at = account.limit_at;
		return quota_parse(&limit->quota, account.limit);
	case RATELIMIT_BY_SENDER:
		return of_mailbox(p, &message->sender, limit, verdict);
	case RATELIMIT_BY_SENDER_DOMAIN:
		return of_domain(p, message->sender.domain, limit, verdict);
	case RATELIMIT_BY_RECIPIENT:
		return of_mailbox(p, &p->txn->recipient->address, limit,
		    verdict);
	case RATELIMIT_BY_RECIPIENT_DOMAIN:
		return of_domain(p, p->txn->recipient->address.domain, limit,
		    verdict);
	default: /* a client has no entry there */
		return false;
	}
}

bool
ratelimit_limit(const struct pctx *p, const struct ratelimit_settings *settings,
    struct ratelimit_limit *limit, struct verdict *verdict)
{
	*verdict = verdict_none();
	if (of_table(p, settings, limit, verdict))
		return true;
	if (verdict->kind == VERDICT_TROUBLE)
		return false;
	if (of_directory(p, settings, limit, verdict))
		return true;
	if (verdict->kind == VERDICT_TROUBLE)
		return false;
	*limit = (struct ratelimit_limit){
		.quota = settings->limit,
		.option = "limit",
	};
	return true;
}

const char *
ratelimit_rest(const struct quota *quota, struct arena *arena)
{
	char text[QUOTA_TIERS * 24] = "";
	int length = 0;

	for (size_t i = 0; i < quota->tiers; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length,
		    "%s%lld", i > 0 ? "," : "",
		    (long long)quota->tier[i].period_s);
	return arena_strdup(arena, text);
}

void
ratelimit_tiers(struct store_window *ask, const char *instance,
    const char *subject, const struct quota *quota, struct arena *arena)
{
	*ask = (struct store_window){
		.key = {
		    .policy = instance,
		    .subject = subject,
		    .rest = ratelimit_rest(quota, arena),
		},
		.tiers = quota->tiers,
	};
	for (size_t i = 0; i < quota->tiers; i++)
		ask->tier[i] = (struct store_tier){
			.period_s = quota->tier[i].period_s,
			.limit = quota->tier[i].count,
		};
}
