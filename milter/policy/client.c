/*
 * client - the client in tables of addresses and names, and as a key.
 */
#include "policy/client.h"

#include "base/mem.h"

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

/* client_network - the address, masked, with its bits if they are not all */
const char *
client_network(const struct pctx *p, unsigned bits4, unsigned bits6)
{
	struct netaddr addr = p->txn->connection.client;
	unsigned bits = addr.family == 6 ? bits6 : bits4;
	char text[NETADDR_TEXT_SIZE];

	netaddr_mask(&addr, bits);
	netaddr_format(&addr, text);
	return bits >= netaddr_bits(&addr)
		   ? arena_strdup(p->arena, text)
		   : arena_printf(p->arena, "%s/%u", text, bits);
}
