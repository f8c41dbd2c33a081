/*
 * client - the client in tables of addresses and names.
 */
#include "policy/client.h"

/* client_find - by address, else by confirmed name */
enum lookup
client_find(const struct pctx *p, struct table *table,
    struct table_answer *answer)
{
	const struct connection *conn = &p->txn->connection;
	enum lookup lookup = LOOKUP_NOT_FOUND;

	if (conn->client.family != 0 && table_takes_addresses(table))
		lookup = table_find_address(table, &conn->client,
		    p->deadline_ms, p->arena, answer);
	if (lookup == LOOKUP_NOT_FOUND && conn->client_name[0] != '\0')
		lookup = table_find_domain(table, conn->client_name,
		    p->deadline_ms, p->arena, answer);
	return lookup;
}
