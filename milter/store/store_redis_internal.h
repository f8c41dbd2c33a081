/*
 * store_redis_internal - what the parts of the Redis backend share.
 *
 * A struct redis is one set of settings at work: its servers, who knows them
 * and the thread that connects. New settings make a new one; the old one goes
 * when the last sending over it has ended.
 *
 * Locks: redis.lock (list of nodes, slot map, what the keeper is to do); each
 * node has its own. Both are leaves.
 */
#ifndef MAILREEVE_STORE_REDIS_INTERNAL_H
#define MAILREEVE_STORE_REDIS_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store_redis_link.h"
#include "store/store_redis_node.h"

#define REDIS_SLOTS 16384
#define REDIS_NODES_MAX 500
#define REDIS_SEEDS_MAX 32
/* bytes that one reply may hold: of an operation; of a list of servers */
#define REDIS_BUDGET 65536
#define REDIS_BUDGET_LIST (16 * 1024 * 1024)

struct redis_tls;
struct store_settings;

enum redis_kind { REDIS_SINGLE, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis {
	/* never changed */
	enum redis_kind kind;
	struct redis_address seed[REDIS_SEEDS_MAX]; /* servers or sentinels */
	size_t seeds;
	char *master, *username, *password, *prefix;
	int64_t db;
	struct redis_tls *tls;
	struct node_limits limits;

	pthread_mutex_t lock;
	pthread_cond_t work; /* for the keeper */
	pthread_cond_t done; /* by the keeper: slots learned, or not */
	struct node *node[REDIS_NODES_MAX];
	struct redis_address where[REDIS_NODES_MAX]; /* Cluster: of node */
	size_t nodes;      /* only grows; Cluster: the seeds first */
	size_t first_seed; /* that is asked first: the last that answered */
	uint16_t *slot;    /* Cluster: index of node + 1; 0: unknown */
	bool ask_slots;    /* keeper: learn them anew */
	bool woken, stop, started;
	pthread_t keeper;
	uint64_t lessons; /* times that slots were to be learned */

	/* of the backend, under its lock */
	struct redis *next;
	size_t sendings;
};

/* redis_new - NULL and *why (for mem_free()) when settings cannot be */
struct redis *redis_new(const struct store_settings *settings, char **why);
/* redis_free - ends the keeper; nothing may be under way. */
void redis_free(struct redis *redis);

/* ---- operations (store_redis_send.c) ---- */

struct arena;
struct sending;
struct store_op;

/* redis_send, redis_end - as the backend's send and end. */
struct sending *redis_send(struct redis *redis, struct store_op *first,
    struct arena *arena);
/* redis_wait - as the backend's wait; the deadline is of the system's clock */
void redis_wait(struct sending *sending, struct store_op *op,
    int64_t deadline_ms);
void redis_end(struct sending *sending);
/* redis_post - as the backend's post. */
void redis_post(struct redis *redis, struct store_op *first);
/* redis_of - over which settings it goes */
struct redis *redis_of(const struct sending *sending);

/* ---- tools (store_redis_scan.c) ---- */

struct store_item;
struct store_names;
bool redis_scan(struct redis *redis, const struct store_names *names,
    const char *policy, int64_t now_s,
    bool (*each)(void *context, const struct store_item *item), void *context);
int64_t redis_forget(struct redis *redis, const struct store_names *names,
    const char *policy, const char *subject, int64_t now_s);

/* ---- which server (store_redis_cluster.c) ---- */

/* redis_slot - of a key: CRC16 of what stands in its first {}. */
unsigned redis_slot(const char *key, size_t length);
/* redis_node_for - the node that has a slot; Single, Sentinel: the one. */
struct node *redis_node_for(struct redis *redis, unsigned slot);
/* redis_node_at - the node of an address, new if need be; NULL: too many. */
struct node *redis_node_at(struct redis *redis,
    const struct redis_address *address);
/* redis_slot_moved - as the cluster told us. */
void redis_slot_moved(struct redis *redis, unsigned slot,
    const struct node *node);
/* redis_ask_slots - something is not where it was. */
void redis_ask_slots(struct redis *redis);
/* redis_learn_slots - ask the cluster; for the keeper and for tools. False
 * and why when nobody answers. */
bool redis_learn_slots(struct redis *redis, char *why);
/* redis_take_slots - the map that a server told, all of it or nothing. */
bool redis_take_slots(struct redis *redis, const struct resp *reply,
    const struct redis_address *teller);
/* redis_masters - all nodes that serve, for tools; how many. */
size_t redis_masters(struct redis *redis, struct node **out, size_t size);

/* ---- connections (store_redis_connect.c) ---- */

/*
 * redis_connect - a link to a node's server, ready for operations. Single and
 * Sentinel: to wherever the master is now. NULL and why[LINK_WHY].
 */
struct link *redis_connect(struct redis *redis, struct node *node,
    struct redis_address *address, char *why);
/* redis_open - a link to an address, logged in; for lists and tools. */
struct link *redis_open(struct redis *redis,
    const struct redis_address *address, char *why);

/* ---- sentinels (store_redis_sentinel.c) ---- */

/* redis_sentinel_master - the address that one sentinel tells. */
bool redis_sentinel_master(struct redis *redis,
    const struct redis_address *sentinel, struct redis_address *address,
    char *why);
/* the keeper's connection to one of them */
struct redis_watch {
	struct link *link;
	size_t seed;
	int64_t next_ms;
};
/* redis_watch_master - follow when another one became it; when to be called
 * again. */
int64_t redis_watch_master(struct redis *redis, struct redis_watch *watch);

/* ---- the thread that connects (store_redis_keeper.c) ---- */

/* redis_wake - there is something to do; starts it. */
void redis_wake(void *redis);
/* redis_await_slots - until they are learned or could not be, for at most as
 * long as a connection and a reply may take. */
void redis_await_slots(struct redis *redis);
/* redis_stop - and wait for its end. */
void redis_stop(struct redis *redis);

#endif
