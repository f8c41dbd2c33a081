/*
 * access - the parts of the policy access to one another.
 *
 * access.c has the descriptor and the hooks; access_options.c the options and
 * reasons; access_order.c the order in which lists count; access_lists.c looks
 * one subject of the session up in one list.
 */
#ifndef MAILREEVE_ACCESS_H
#define MAILREEVE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mailaddr.h"
#include "policy/header_from.h"
#include "policy/policy.h"
#include "service/option.h"
#include "table/table.h"

/* reasons, by index into the policy's table */
enum access_reason {
	ACCESS_CLIENT,
	ACCESS_HELO,
	ACCESS_SENDER,
	ACCESS_SENDER_DOMAIN,
	ACCESS_SENDER_POLICY,
	ACCESS_RECIPIENT,
	ACCESS_USER_SENDER,
	ACCESS_USER_SENDER_DOMAIN,
	ACCESS_HEADER_FROM,
	ACCESS_USER_HEADER_FROM,
};

/* what a list is about */
enum access_list {
	LIST_CLIENTS,
	LIST_HELO,
	LIST_SENDERS,
	LIST_RECIPIENTS,
	LIST_HEADER_FROM,
	LIST_MAX,
};

/* who keeps a table of lists: its key is a recipient's address or domain */
enum access_keeper {
	KEEPER_USER,
	KEEPER_DOMAIN,
	KEEPER_MAX,
};

struct access_settings {
	struct tables block[LIST_MAX];
	struct tables allow[LIST_MAX];
	struct table *kept_block[KEEPER_MAX];
	struct table *kept_allow[KEEPER_MAX];
	bool kept_header_from;
	struct words allow_skips;
	bool senders_spf; /* allow_senders only with SPF pass */
};

extern const struct option access_options[];
extern const struct reason access_reasons[];

#define LIST_BIT(list) (1u << (list))

/* access_decide - the verdict of the lists whose LIST_BIT() is in lists. */
struct verdict access_decide(struct pctx *p, unsigned lists);

/* an entry that was found, or the table that failed */
struct access_hit {
	enum lookup lookup;
	const struct table *table;
	struct table_answer answer;
	const char *from; /* LIST_HEADER_FROM: the address that matched */
	bool by_domain;   /* kept lists: the entry names a domain */
};

/*
 * access_find - look this step's client, greeting, sender, ... up in all
 * tables of a list. One that holds it counts more than one that fails.
 */
void access_find(const struct pctx *p, enum access_list list,
    const struct tables *tables, struct access_hit *hit);
/*
 * access_find_kept - look the sender or header From up in the list that table
 * has for the recipient (or its domain): "bad@a.test @b.test .c.test".
 */
void access_find_kept(const struct pctx *p, enum access_list list,
    struct table *table, enum access_keeper keeper, struct access_hit *hit);

#endif
