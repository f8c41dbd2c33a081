/*
 * store_redis_sentinel - ask sentinels who is the master.
 *
 * When a master is there no more, its sentinels are asked for the new one
 * (store_redis_connect.c). But an admin's fail-over leaves the old master
 * working for many seconds, and what it is told then is lost: so the keeper
 * also asks a sentinel twice a second, over a connection that it keeps.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store_redis_command.h"
#include "store/store_redis_internal.h"
#include "store/store_redis_resp.h"

#define WATCH_MS 500

/* now - of the system's monotonic clock */
static int64_t
now(void)
{
	return clock_mono_ms(clock_system());
}

/* take_master - from a sentinel's reply */
static bool
take_master(const struct resp *reply, struct redis_address *address, char *why)
{
	unsigned long long port;
	const char *host, *number;

	if (reply->kind == RESP_ERROR) {
		snprintf(why, LINK_WHY, "sentinel: %s", reply->text);
		return false;
	}
	host = resp_is_array(reply, 2) ? resp_text(reply->element[0]) : NULL;
	number = host != NULL ? resp_text(reply->element[1]) : NULL;
	if (number == NULL || !str_parse_uint(number, &port) || port == 0 ||
	    port > 65535 || strlen(host) >= sizeof address->host) {
		snprintf(why, LINK_WHY, "the sentinel knows no such master");
		return false;
	}
	snprintf(address->host, sizeof address->host, "%s", host);
	address->port = (int)port;
	return true;
}

/* ask_sentinel - where the master is */
static bool
ask_sentinel(struct redis *redis, struct link *link,
    struct redis_address *address, char *why)
{
	struct str command = STR_INIT;
	struct resp *reply;
	enum link_io io;
	bool told = false;

	command_all(&command, "SENTINEL", "get-master-addr-by-name",
	    redis->master, NULL);
	link_add(link, command.data, command.length);
	str_fini(&command);
	io = link_exchange(link, 1, &reply, now() + redis->limits.timeout_ms);
	if (io != LINK_FINE)
		snprintf(why, LINK_WHY, "sentinel: %s", link_io_text(io));
	else
		told = take_master(reply, address, why);
	resp_free(reply);
	return told;
}

bool
redis_sentinel_master(struct redis *redis, const struct redis_address *sentinel,
    struct redis_address *address, char *why)
{
	struct link *link = link_open(sentinel, redis->tls, REDIS_BUDGET,
	    now() + redis->limits.connect_timeout_ms, why);
	bool told;

	if (link == NULL)
		return false;
	told = ask_sentinel(redis, link, address, why);
	link_close(link);
	return told;
}

/* look - over the kept connection; false when the sentinel is gone */
static bool
look(struct redis *redis, struct redis_watch *watch,
    struct redis_address *address)
{
	const struct redis_address *seed = &redis->seed[watch->seed];
	char why[LINK_WHY];

	if (watch->link == NULL)
		watch->link = link_open(seed, redis->tls, REDIS_BUDGET,
		    now() + redis->limits.connect_timeout_ms, why);
	if (watch->link != NULL &&
	    ask_sentinel(redis, watch->link, address, why))
		return true;
	link_close(watch->link);
	watch->link = NULL;
	watch->seed = (watch->seed + 1) % redis->seeds;
	return false;
}

/* follow - to another master, if it is one already */
static void
follow(struct redis *redis, struct node *node)
{
	struct redis_address address;
	char why[LINK_WHY], text[REDIS_ADDRESS_TEXT];
	struct link *link = redis_connect(redis, node, &address, why);

	if (link == NULL)
		return;
	redis_address_text(&address, text, sizeof(text));
	log_notice("store: Redis %s is the master now", text);
	node_connected(node, &address, link);
}

int64_t
redis_watch_master(struct redis *redis, struct redis_watch *watch)
{
	struct redis_address here, there;
	struct node_stats stats;

	if (redis->kind != REDIS_SENTINEL)
		return INT64_MAX;
	if (now() < watch->next_ms)
		return watch->next_ms;
	watch->next_ms = now() + WATCH_MS;
	node_stats(redis->node[0], &stats);
	if (!stats.connected)
		return watch->next_ms;
	node_address(redis->node[0], &here);
	if (look(redis, watch, &there) && !redis_address_is(&here, &there))
		follow(redis, redis->node[0]);
	return watch->next_ms;
}
