/*
 * env - the services, made in main and passed down.
 *
 * Locks, all leaves (none is taken while another is held, none is held while
 * waiting): the configuration pointer (config_holder), one for each table's
 * content, the table set, the DNS cache, the set of DNS lists, the log's and
 * the decision file's write. Not leaves are those of the embedded store: its
 * writer holds its own while it enters shards, one after another.
 */
#ifndef MAILREEVE_ENV_H
#define MAILREEVE_ENV_H

struct clock;
struct dns;
struct dnslists;
struct stats;
struct store;
struct table_set;

struct env {
	struct clock *clock;
	struct stats *stats;
	struct table_set *tables;
	struct dns *dns;
	struct dnslists *lists;
	struct store *store; /* NULL: nobody needs it */
};

#endif
