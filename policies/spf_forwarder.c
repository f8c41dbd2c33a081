/*
 * spf_forwarder - hosts that pass mail on with its sender unchanged.
 *
 * Cheap tests first; the DNS is asked last, and only about a name that is
 * listed. A table that cannot be asked is a trouble: to refuse then could hit
 * a forwarder.
 */
#include "base/mem.h"
#include "policies/spf.h"
#include "dns/dns.h"

/* is_listed - a name in one of the tables */
static bool
is_listed(const struct pctx *p, const struct tables *tables, const char *name,
    struct verdict *verdict)
{
	struct table_answer answer;
	enum lookup lookup;

	for (size_t i = 0; name[0] != '\0' && i < tables->count; i++) {
		lookup = table_find_domain(tables->table[i], name,
		    p->deadline_ms, p->arena, &answer);
		if (lookup == LOOKUP_FOUND)
			return true;
		if (verdict->kind == VERDICT_NONE)
			*verdict = verdict_lookup(lookup, tables->table[i]);
	}
	return false;
}

/* resolves_to_client - or could not be looked up, which is a trouble */
static bool
resolves_to_client(const struct pctx *p, const char *name,
    struct verdict *verdict)
{
	const struct netaddr *client = &p->txn->connection.client;
	const struct dns_answer *answer;

	answer = dns_wait(dns_ask(p->env->dns, p->arena, name,
			      client->family == 6 ? DNS_AAAA : DNS_A),
	    p->deadline_ms);
	for (size_t i = 0; i < answer->count; i++)
		if (netaddr_equal(&answer->record[i].address, client))
			return true;
	if (answer->result == DNS_TEMPORARY && verdict->kind == VERDICT_NONE)
		*verdict = verdict_trouble(TROUBLE_TEMPORARY,
		    "the address of a forwarder's HELO name");
	return false;
}

/* passes_spf - the client sends for one of the forwarders' domains */
static bool
passes_spf(const struct pctx *p, const char **why)
{
	const struct spf_settings *s = p->settings;
	struct spf_query query;

	for (size_t i = 0; i < s->forwarders_spf.count; i++)
		spf_prepare(p->env->dns, p->arena, s->forwarders_spf.word[i]);
	for (size_t i = 0; i < s->forwarders_spf.count; i++) {
		*why = s->forwarders_spf.word[i];
		sender_spf_query(p, &query, *why, "", s->timeout_ms);
		if (spf_check(&query, p->arena)->result == SPF_PASS)
			return true;
	}
	return false;
}

bool
spf_forwarder(const struct pctx *p, const char **why, struct verdict *verdict)
{
	const struct spf_settings *s = p->settings;
	const struct connection *conn = &p->txn->connection;
	bool is;

	*verdict = verdict_none();
	*why = "address";
	is = networks_have(&s->forwarders, &conn->client);
	if (!is &&
	    is_listed(p, &s->forwarders_name, conn->client_name, verdict)) {
		*why = conn->client_name;
		is = true;
	}
	if (!is && is_listed(p, &s->forwarders_helo, conn->helo, verdict) &&
	    resolves_to_client(p, conn->helo, verdict)) {
		*why = conn->helo;
		is = true;
	}
	is = is || passes_spf(p, why);
	if (is)
		*verdict = verdict_none();
	return is;
}
