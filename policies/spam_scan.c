/*
 * spam_scan - the scanner is asked.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "policies/spam.h"
#include "scan/scan_rspamd.h"
#include "scan/scan_spamd.h"

/* recipients - those that were accepted, NULL-terminated */
static const char *const *
recipients(struct pctx *p)
{
	const struct message *message = p->txn->message;
	const char **list;
	size_t count = 0;

	list = arena_alloc(p->arena,
	    (message->accepted_recipients + 1) * sizeof(*list));
	for (const struct recipient *r = message->recipients;
	     r != NULL && count < message->accepted_recipients; r = r->next)
		if (!r->refused && !r->refused_by_mta)
			list[count++] = r->address.raw;
	return list;
}

/* fill_envelope - what is known beside the message */
static void
fill_envelope(struct pctx *p, struct scan_envelope *envelope)
{
	const struct connection *conn = &p->txn->connection;
	const struct message *message = p->txn->message;
	char *address = arena_alloc(p->arena, NETADDR_TEXT_SIZE);

	*envelope = (struct scan_envelope){
		.client_addr = conn->client.family != 0
				   ? netaddr_format(&conn->client, address)
				   : "",
		.client_name = conn->client_name,
		.helo = conn->helo,
		.sender = message->sender.is_null ? "" : message->sender.raw,
		.login = message->login,
		.queue_id = message->queue_id,
		.hostname = conn->hostname,
		.recipients = recipients(p),
		.now = clock_wall_s(p->env->clock),
	};
}

/* begin - with whichever it is */
static struct scan_job *
begin(struct pctx *p, struct scan_spam *found)
{
	const struct spam_settings *s = p->settings;
	const struct scan_message *message = p->txn->message->raw;
	int64_t end = clock_mono_ms(p->env->clock) + s->timeout_ms;
	const struct scan_time time = {
		.clock = p->env->clock,
		.deadline_ms = end < p->deadline_ms ? end : p->deadline_ms,
		.arena = p->arena,
	};
	struct scan_envelope envelope;

	fill_envelope(p, &envelope);
	if (s->scanner == SCANNER_RSPAMD)
		return scan_rspamd(p->scans, s->pool, message, &envelope, &time,
		    found);
	return scan_spamd(p->scans, s->pool, message, &envelope, s->user, &time,
	    found);
}

void
spam_ask(struct pctx *p)
{
	const struct spam_settings *s = p->settings;
	struct spam_scratch *scratch = p->message_scratch;
	const struct scan_message *message = p->txn->message->raw;

	if (scratch->asked || s->pool == NULL || message == NULL)
		return;
	scratch->asked = true;
	if (!message->cut && (int64_t)message->length <= s->max_size)
		scratch->job = begin(p, &scratch->found);
}

void
spam_scan(struct pctx *p)
{
	struct spam_scratch *scratch = p->message_scratch;

	spam_ask(p);
	if (scratch->scanned || !scratch->asked)
		return;
	scratch->scanned = true;
	scratch->result =
	    scratch->job != NULL ? scan_job_wait(scratch->job) : SCAN_TOO_LARGE;
	if (scratch->result == SCAN_TOO_LARGE)
		policy_input(p, "scanner", "too large");
	if (scratch->result == SCAN_OK)
		policy_input(p, "scanner", "%s %s",
		    scan_milli_text(scratch->found.score, p->arena),
		    scratch->found.symbols);
}
