/*
 * helo_name - whether the name of the greeting exists.
 *
 * Reason: helo.unresolvable. As Postfix has it (reject_unknown_helo_hostname):
 * a name exists when it has an address or MX records. Asked at HELO, awaited
 * by the judge; what the DNS cannot tell now, on_error decides.
 */
#include "base/clock.h"
#include "base/domain.h"
#include "policies/helo.h"
#include "dns/dns.h"

static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_MX };

/* what is asked at HELO is kept with the connection: not more often */
#define GREETINGS_ASKED 3

#define TYPES (sizeof(types) / sizeof(types[0]))

/* name_of - the name to be looked up, or NULL */
static const char *
name_of(const struct pctx *p)
{
	const struct connection *conn = &p->txn->connection;
	struct netaddr addr;

	if (conn->greeting == GREETING_NONE || helo_is_literal(conn->helo) ||
	    netaddr_parse(&addr, conn->helo) ||
	    !helo_is_domain(conn->helo, p->arena))
		return NULL;
	return domain_fold(conn->helo, p->arena);
}

/* ask - all types at once */
static void
ask(const struct pctx *p, const char *name, struct dns_question *out[TYPES])
{
	for (size_t i = 0; i < TYPES; i++)
		out[i] = dns_ask(p->env->dns, p->arena, name, types[i]);
}

/* look - at the answers; found ends it */
static struct verdict
look(struct dns_question *const question[TYPES], int64_t deadline_ms)
{
	struct verdict verdict =
	    verdict_refuse(HELO_UNRESOLVABLE, "unresolvable");

	for (size_t i = 0; i < TYPES; i++) {
		switch (dns_wait(question[i], deadline_ms)->result) {
		case DNS_FOUND:
			return verdict_none();
		case DNS_NO_NAME:
		case DNS_NO_DATA:
		case DNS_NULL_MX:
			break;
		default:
			verdict =
			    verdict_trouble(TROUBLE_TEMPORARY, "dns-of-helo");
			break;
		}
	}
	return verdict;
}

void
helo_ask_name(struct pctx *p)
{
	struct dns_question *question[TYPES];
	const char *name = name_of(p);

	if (name != NULL && p->txn->connection.helo_count <= GREETINGS_ASKED)
		ask(p, name, question);
}

struct verdict
helo_judge_name(struct pctx *p)
{
	const struct helo_settings *s = p->settings;
	struct helo_connection *connection = p->connection_scratch;
	int64_t begin_ms = clock_mono_ms(p->env->clock);
	int64_t deadline_ms = p->begun_ms + s->wait_ms - connection->waited_ms;
	struct dns_question *question[TYPES];
	const char *name = name_of(p);
	struct verdict verdict;

	if (name == NULL || !s->unresolvable)
		return verdict_none();
	ask(p, name, question);
	verdict = look(question,
	    deadline_ms < p->deadline_ms ? deadline_ms : p->deadline_ms);
	connection->waited_ms += clock_mono_ms(p->env->clock) - begin_ms;
	return verdict;
}

bool
helo_wants_name(const void *settings)
{
	return ((const struct helo_settings *)settings)->unresolvable;
}
