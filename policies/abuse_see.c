/*
 * abuse_see - what a client does, for the register.
 *
 * Counted for the connection, and recorded when that ends: then nobody waits.
 * Most clients do nothing bad; theirs is one operation without an answer.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policies/abuse_hooks.h"
#include "table/table.h"

/* the end of a connection may take this long, with nobody waiting */
#define RECORD_MS 2000

void
abuse_see_mail(struct pctx *p)
{
	struct abuse_scratch *scratch = p->connection_scratch;

	if (p->txn->message->login[0] != '\0')
		scratch->login = true;
}

void
abuse_see_recipient(struct pctx *p)
{
	struct abuse_scratch *scratch = p->connection_scratch;
	const struct abuse_settings *s = p->settings;
	struct table_answer answer;

	if (p->txn->connection.trusted ||
	    p->txn->message->sender.local[0] == '\0')
		return;
	for (size_t i = 0; i < s->spamtraps.count; i++)
		if (table_find_mail(s->spamtraps.table[i],
			&p->txn->recipient->address, p->deadline_ms, p->arena,
			&answer) == LOOKUP_FOUND) {
			scratch->traps++;
			return;
		}
}

void
abuse_see_command(struct pctx *p)
{
	struct abuse_scratch *scratch = p->connection_scratch;

	scratch->commands++;
}

/* is_invalid - refused because there is no such recipient here */
static bool
is_invalid(const struct decided *decided)
{
	return strncmp(decided->reason, "recipient.", 10) == 0 ||
	       strncmp(decided->reason, "relay.", 6) == 0;
}

void
abuse_see_decided(struct pctx *p)
{
	struct abuse_scratch *scratch = p->connection_scratch;
	const struct decided *decided = p->txn->decided;

	if (decided->step == STEP_RCPT && decided->kind == DECIDED_REJECTED) {
		scratch->refused_by_us++;
		scratch->invalid += is_invalid(decided);
	}
	if (decided->step == STEP_EOM &&
	    (decided->kind == DECIDED_ACCEPTED ||
		decided->kind == DECIDED_DISCARDED)) {
		scratch->messages++;
		scratch->accepted += p->txn->message->accepted_recipients;
	}
}

/* fill_deeds - what the connection comes to; whether it is more than noted */
static bool
fill_deeds(const struct pctx *p, struct abuse_deeds *deeds)
{
	const struct abuse_scratch *scratch = p->connection_scratch;
	const struct connection *conn = &p->txn->connection;
	int64_t by_mta = conn->refused_recipients - scratch->refused_by_us;
	bool bad = false;

	*deeds = (struct abuse_deeds){
		.client = conn->client,
		.settings = p->settings,
		.good_login = scratch->login,
	};
	if (scratch->login)
		return scratch->banned; /* to be lifted */
	deeds->accepted = scratch->accepted;
	deeds->count[CAUSE_RECIPIENTS] =
	    scratch->invalid + (by_mta > 0 ? by_mta : 0);
	deeds->count[CAUSE_COMMANDS] = scratch->commands;
	deeds->count[CAUSE_SPAMTRAP] = scratch->traps;
	deeds->count[CAUSE_MESSAGES] = scratch->messages;
	for (int cause = 0; cause < CAUSE_MAX; cause++) {
		if (!abuse_counts(deeds->settings, (enum abuse_cause)cause))
			deeds->count[cause] = 0;
		bad = bad || deeds->count[cause] > 0;
	}
	return bad;
}

void
abuse_see_close(struct pctx *p)
{
	const struct connection *conn = &p->txn->connection;
	struct abuse_record record;
	struct abuse_deeds deeds;

	if (conn->trusted || conn->local_submission || conn->client.family == 0)
		return;
	if (!fill_deeds(p, &deeds)) {
		abuse_note(policy_store_later(p), p->store_local, &deeds);
		return;
	}
	abuse_record(policy_store(p), p->store_local,
	    clock_wall_s(p->env->clock),
	    clock_mono_ms(p->env->clock) + RECORD_MS, &deeds, 1, &record,
	    p->arena);
	if (record.result != STORE_OK)
		log_debug("abuse: not recorded: %s",
		    store_result_name(record.result));
}
