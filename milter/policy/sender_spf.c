/*
 * sender_spf - whether the client may send mail of the sender's domain.
 */
#include "policy/sender_spf.h"

#include <string.h>

#include "base/mem.h"

const char *
sender_spf_domain(const struct pctx *p, const char **local)
{
	const struct mailaddr *sender = &p->txn->message->sender;
	const char *at = strrchr(sender->raw, '@');

	*local = sender->local;
	if (sender->domain[0] != '\0' || at == NULL)
		return sender->domain;
	*local =
	    arena_strndup(p->arena, sender->raw, (size_t)(at - sender->raw));
	return at + 1;
}

void
sender_spf_query(const struct pctx *p, struct spf_query *query,
    const char *domain, const char *local, int64_t timeout_ms)
{
	const struct connection *conn = &p->txn->connection;
	int64_t end_ms = p->begun_ms + timeout_ms;

	*query = (struct spf_query){
		.dns = p->env->dns,
		.clock = p->env->clock,
		.client = conn->client,
		.domain = domain,
		.local = local,
		.helo = conn->helo,
		.hostname = conn->hostname,
		.local_policy = "",
		.deadline_ms =
		    end_ms < p->deadline_ms ? end_ms : p->deadline_ms,
	};
}

const struct spf_answer *
sender_spf(const struct pctx *p, int64_t timeout_ms)
{
	const char *domain, *local = "";
	struct spf_query query;

	if (*p->sender_spf == NULL) {
		domain = p->txn->message->sender.is_null
			     ? p->txn->connection.helo
			     : sender_spf_domain(p, &local);
		sender_spf_query(p, &query, domain, local, timeout_ms);
		*p->sender_spf = spf_check(&query, p->arena);
	}
	return *p->sender_spf;
}

bool
sender_spf_unknown(const struct spf_answer *answer)
{
	return answer->result == SPF_TEMPERROR ||
	       (answer->unsure && answer->result != SPF_PASS);
}
