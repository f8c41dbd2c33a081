/*
 * store_redis_cluster - which server has a key.
 *
 * Redis Cluster spreads 16384 slots over its masters; a key's slot is the
 * CRC16 of what stands in its first braces. The map is learned with CLUSTER
 * SLOTS: at first, when a server says MOVED, and when one does not answer.
 * Until it is known the admin's servers are asked, who tell the right one.
 *
 * Without Cluster there is one node, for whatever server is the master.
 *
 * Nodes are found by address and are never freed while the settings live, so
 * that a pointer to one stays good; those without slots are retired.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_redis_command.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_resp.h"

/* crc16 - CCITT, as the Cluster specification has it */
static unsigned
crc16(const char *bytes, size_t length)
{
	unsigned crc = 0, bit;
	size_t i;

	for (i = 0; i < length; i++) {
		crc ^= (unsigned)(unsigned char)bytes[i] << 8;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
	}
	return crc & 0xffff;
}

/* redis_slot - of a key */
unsigned
redis_slot(const char *key, size_t length)
{
	const char *open = memchr(key, '{', length), *close = NULL;

	if (open != NULL)
		close = memchr(open, '}', length - (size_t)(open - key));
	if (close != NULL && close > open + 1) {
		key = open + 1;
		length = (size_t)(close - key);
	}
	return crc16(key, length) % REDIS_SLOTS;
}

/* index_of - the node of an address, new if need be; the lock is held.
 * REDIS_NODES_MAX when there is no room */
static size_t
index_of(struct redis *redis, const struct redis_address *address)
{
	size_t i;

	for (i = 0; i < redis->nodes; i++)
		if (redis_address_is(&redis->where[i], address))
			return i;
	if (i < REDIS_NODES_MAX) {
		redis->where[i] = *address;
		redis->node[i] = node_new(address, &redis->limits);
		redis->nodes++;
	}
	return i;
}

/* redis_node_at - the node of an address */
struct node *
redis_node_at(struct redis *redis, const struct redis_address *address)
{
	struct node *node = NULL;
	size_t i;

	pthread_mutex_lock(&redis->lock);
	i = index_of(redis, address);
	if (i < REDIS_NODES_MAX)
		node = redis->node[i];
	pthread_mutex_unlock(&redis->lock);
	return node;
}

/* some_seed - one of the admin's servers that is not known to be dead */
static struct node *
some_seed(struct redis *redis)
{
	struct node_stats stats;
	size_t i;

	for (i = 0; i < redis->seeds; i++) {
		node_stats(redis->node[i], &stats);
		if (!stats.open)
			return redis->node[i];
	}
	return redis->node[0];
}

/* redis_node_for - the node that has a slot */
struct node *
redis_node_for(struct redis *redis, unsigned slot)
{
	struct node *node = NULL;

	if (redis->kind != REDIS_CLUSTER)
		return redis->node[0];
	pthread_mutex_lock(&redis->lock);
	if (redis->slot[slot] != 0)
		node = redis->node[redis->slot[slot] - 1];
	pthread_mutex_unlock(&redis->lock);
	if (node != NULL)
		return node;
	redis_ask_slots(redis);
	return some_seed(redis);
}

/* redis_slot_moved - as the cluster told us */
void
redis_slot_moved(struct redis *redis, unsigned slot, const struct node *node)
{
	size_t i;

	pthread_mutex_lock(&redis->lock);
	for (i = 0; i < redis->nodes; i++)
		if (redis->node[i] == node)
			redis->slot[slot] = (uint16_t)(i + 1);
	pthread_mutex_unlock(&redis->lock);
	redis_ask_slots(redis);
}

/* redis_ask_slots - something is not where it was */
void
redis_ask_slots(struct redis *redis)
{
	bool already;

	pthread_mutex_lock(&redis->lock);
	already = redis->ask_slots;
	redis->ask_slots = true;
	pthread_mutex_unlock(&redis->lock);
	if (!already)
		redis_wake(redis);
}

/* ---- learning ---- */

/* a part of the map, as CLUSTER SLOTS tells it */
struct range {
	int64_t first, last;
	struct redis_address address;
};

/*
 * take_range - [first, last, [host, port, ...], replicas...]; no host, or an
 * empty one, is that of the server that tells.
 */
static bool
take_range(const struct resp *reply, const struct redis_address *teller,
    struct range *range)
{
	const struct resp *master, *host, *port;
	const char *name;

	if (!resp_is_array(reply, 3) ||
	    reply->element[0]->kind != RESP_INTEGER ||
	    reply->element[1]->kind != RESP_INTEGER)
		return false;
	range->first = reply->element[0]->number;
	range->last = reply->element[1]->number;
	master = reply->element[2];
	if (range->first < 0 || range->last < range->first ||
	    range->last >= REDIS_SLOTS || !resp_is_array(master, 2))
		return false;
	host = master->element[0];
	port = master->element[1];
	name = host->kind == RESP_NIL ? "" : resp_text(host);
	if (name == NULL || strlen(name) >= sizeof range->address.host ||
	    port->kind != RESP_INTEGER || port->number < 1 ||
	    port->number > 65535)
		return false;
	range->address = *teller;
	if (name[0] != '\0')
		memcpy(range->address.host, name, strlen(name) + 1);
	range->address.port = (int)port->number;
	return true;
}

/* set_range - in the new map; the lock is held */
static void
set_range(struct redis *redis, const struct range *range, uint16_t *map)
{
	size_t i = index_of(redis, &range->address);
	int64_t slot;

	for (slot = range->first; i < REDIS_NODES_MAX && slot <= range->last;
	     slot++)
		map[slot] = (uint16_t)(i + 1);
}

/* retire_others - the nodes that have no slot any more */
static void
retire_others(struct redis *redis)
{
	struct node *gone[REDIS_NODES_MAX];
	bool serves[REDIS_NODES_MAX + 1] = { false };
	size_t count = 0, i;

	pthread_mutex_lock(&redis->lock);
	for (i = 0; i < REDIS_SLOTS; i++)
		serves[redis->slot[i]] = true;
	for (i = 0; i < redis->nodes; i++)
		if (!serves[i + 1])
			gone[count++] = redis->node[i];
	pthread_mutex_unlock(&redis->lock);
	for (i = 0; i < count; i++)
		node_retire(gone[i]);
}

bool
redis_take_slots(struct redis *redis, const struct resp *reply,
    const struct redis_address *teller)
{
	uint16_t map[REDIS_SLOTS] = { 0 };
	struct range range;
	size_t i;

	if (!resp_is_array(reply, 1))
		return false;
	for (i = 0; i < reply->count; i++)
		if (!take_range(reply->element[i], teller, &range))
			return false;
	pthread_mutex_lock(&redis->lock);
	for (i = 0; i < reply->count; i++) {
		take_range(reply->element[i], teller, &range);
		set_range(redis, &range, map);
	}
	memcpy(redis->slot, map, sizeof map);
	pthread_mutex_unlock(&redis->lock);
	retire_others(redis);
	return true;
}

/* learn_from - ask one server */
static bool
learn_from(struct redis *redis, const struct redis_address *teller, char *why)
{
	struct link *link = redis_open(redis, teller, why);
	struct str command = STR_INIT;
	struct resp *reply;
	enum link_io io;
	bool learned = false;

	if (link == NULL)
		return false;
	command_all(&command, "CLUSTER", "SLOTS", NULL);
	link_add(link, command.data, command.length);
	str_fini(&command);
	io = link_exchange(link, 1, &reply,
	    clock_mono_ms(clock_system()) + redis->limits.timeout_ms);
	link_close(link);
	if (io != LINK_FINE)
		snprintf(why, LINK_WHY, "%s", link_io_text(io));
	else if (reply->kind == RESP_ERROR)
		snprintf(why, LINK_WHY, "%s", reply->text);
	else if (!(learned = redis_take_slots(redis, reply, teller)))
		snprintf(why, LINK_WHY, "it tells no map of slots");
	resp_free(reply);
	return learned;
}

/* redis_learn_slots - from a server that answers, those first that did so */
bool
redis_learn_slots(struct redis *redis, char *why)
{
	struct node_stats stats;
	struct redis_address where;
	struct node *node;
	size_t i, pass, nodes;

	snprintf(why, LINK_WHY, "nobody to ask");
	for (pass = 0; pass < 2; pass++) {
		pthread_mutex_lock(&redis->lock);
		nodes = redis->nodes;
		pthread_mutex_unlock(&redis->lock);
		for (i = 0; i < nodes; i++) {
			pthread_mutex_lock(&redis->lock);
			node = redis->node[i];
			where = redis->where[i];
			pthread_mutex_unlock(&redis->lock);
			node_stats(node, &stats);
			if (stats.open == (pass == 1) &&
			    learn_from(redis, &where, why))
				return true;
		}
	}
	return false;
}

/* redis_masters - all nodes that serve */
size_t
redis_masters(struct redis *redis, struct node **out, size_t size)
{
	bool serves[REDIS_NODES_MAX + 1] = { false };
	size_t count = 0, i;

	if (redis->kind != REDIS_CLUSTER) {
		out[0] = redis->node[0];
		return 1;
	}
	pthread_mutex_lock(&redis->lock);
	for (i = 0; i < REDIS_SLOTS; i++)
		serves[redis->slot[i]] = true;
	for (i = 0; i < redis->nodes && count < size; i++)
		if (serves[i + 1])
			out[count++] = redis->node[i];
	pthread_mutex_unlock(&redis->lock);
	return count;
}
