/*
 * abuse_store - the register's operations on the store: keys and verbs.
 */
#include "policies/abuse.h"

/* key_of - of a subject's thing */
static struct store_key
key_of(const char *subject, const char *rest, bool local)
{
	return (struct store_key){
		.policy = ABUSE_POLICY,
		.subject = subject,
		.rest = rest,
		.local = local,
	};
}

struct store_op *
abuse_add_window(struct store_batch *batch, bool local, const char *subject,
    const char *rest, int64_t n, int64_t period_s)
{
	const struct store_window ask = {
		.key = key_of(subject, rest, local),
		.n = n,
		.tiers = 1,
		.tier = { { .period_s = period_s } },
	};

	return store_add_window(batch, &ask);
}

struct store_op *
abuse_add_entry(struct store_batch *batch, bool local, const char *subject,
    const char *rest, enum store_entry_verb verb, const char *value,
    int64_t ttl_s)
{
	const struct store_entry ask = {
		.key = key_of(subject, rest, local),
		.verb = verb,
		.value = value,
		.ttl_s = ttl_s,
	};

	return store_add_entry(batch, &ask);
}

struct store_op *
abuse_add_accepted(struct store_batch *batch, bool local,
    const struct abuse_deeds *deeds, const char *subject)
{
	return abuse_add_window(batch, local, subject, "accepted",
	    deeds->accepted, deeds->settings->limit[CAUSE_RECIPIENTS].window_s);
}

void
abuse_add_login(struct store_batch *batch, bool local,
    const struct abuse_deeds *deeds, const char *subject)
{
	abuse_add_entry(batch, local, subject, "login", ENTRY_PUT, "",
	    deeds->settings->good_login_s);
}

bool
abuse_counts(const struct abuse_settings *settings, enum abuse_cause cause)
{
	return cause == CAUSE_SPAMTRAP || settings->limit[cause].max > 0;
}

void
abuse_note(struct store_batch *batch, bool local,
    const struct abuse_deeds *deeds)
{
	char subject[ABUSE_SUBJECT_SIZE];

	abuse_subject(&deeds->client, subject);
	if (deeds->good_login && deeds->settings->good_login_s > 0)
		abuse_add_login(batch, local, deeds, subject);
	else if (deeds->accepted > 0 && deeds->settings->share > 0 &&
		 deeds->settings->limit[CAUSE_RECIPIENTS].max > 0)
		abuse_add_accepted(batch, local, deeds, subject);
}

struct store_op *
abuse_add_ban(struct store_batch *batch, const char *subject,
    const struct abuse_ban *ban, struct arena *arena)
{
	return abuse_add_entry(batch, false, subject, "ban", ENTRY_PUT,
	    abuse_ban_write(ban, arena), ban->for_s);
}

struct store_op *
abuse_ask_ban(struct store_batch *batch, bool local, const char *subject)
{
	return abuse_add_entry(batch, local, subject, "ban", ENTRY_GET, NULL,
	    0);
}

struct store_op *
abuse_ask_login(struct store_batch *batch, bool local, const char *subject)
{
	return abuse_add_entry(batch, local, subject, "login", ENTRY_GET, NULL,
	    0);
}
