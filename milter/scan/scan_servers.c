/*
 * scan_servers - the servers of one scanner, asked in order.
 *
 * A connection is made for each message and ended with it: clamd and spamd
 * hang up after one, and making one costs nothing beside a scan. Where there
 * is another server left to ask, a silent one gets its share of the time only.
 *
 * Diagnostics: a server that is not asked any more, and that it works again,
 * are logged.
 */
#include <sys/socket.h>

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "scan/scan_servers.h"
#include "store/store_breaker.h"
#include "table/sockpool.h"

static const struct breaker_settings breaker_settings = {
	.errors = 3,
	.open_ms = 2000,
};

struct server {
	const char *name; /* as written */
	struct sockpool *pool;
	struct breaker breaker;
};

struct scan_servers {
	atomic_uint references;
	const char *what;
	struct arena *arena;
	size_t count;
	struct server server[SCAN_SERVERS_MAX];
};

/* open_inet - "host:port", "[2001:db8::1]:port"; where is changed */
static struct sockpool *
open_inet(char *where, const char **why)
{
	char *colon = strrchr(where, ':');
	size_t length;

	if (colon == NULL || colon == where || colon[1] == '\0')
		return NULL;
	*colon = '\0';
	length = strlen(where);
	if (where[0] == '[' && where[length - 1] == ']') {
		where[length - 1] = '\0';
		where++;
	}
	return sockpool_inet(where, colon + 1, why);
}

/* add_server - one of the words; false and *why when it is wrong */
static bool
add_server(struct scan_servers *servers, const char *word, size_t length,
    const char **why)
{
	struct server *server = &servers->server[servers->count];
	char *copy = arena_strndup(servers->arena, word, length);

	if (servers->count == SCAN_SERVERS_MAX) {
		*why = "too many servers";
		return false;
	}
	server->name = arena_strndup(servers->arena, word, length);
	*why = "written unix:/path or host:port";
	if (strncmp(copy, "unix:/", 6) == 0)
		server->pool = sockpool_unix(copy + 5, why);
	else if (strncmp(copy, "unix:", 5) != 0)
		server->pool = open_inet(copy, why);
	servers->count += server->pool != NULL;
	return server->pool != NULL;
}

struct scan_servers *
scan_servers_new(const char *what, const char *text, const char **why)
{
	struct scan_servers *servers = mem_alloc(sizeof(*servers));
	const char *word;
	size_t length;

	atomic_init(&servers->references, 1);
	servers->what = what;
	servers->arena = arena_new(256);
	*why = "there is none";
	while ((word = str_next_word(&text, " ,\t", &length)) != NULL) {
		if (!add_server(servers, word, length, why)) {
			scan_servers_unref(servers);
			return NULL;
		}
	}
	if (servers->count > 0)
		return servers;
	scan_servers_unref(servers);
	return NULL;
}

struct scan_servers *
scan_servers_ref(struct scan_servers *servers)
{
	if (servers != NULL)
		atomic_fetch_add(&servers->references, 1);
	return servers;
}

void
scan_servers_unref(struct scan_servers *servers)
{
	if (servers == NULL || atomic_fetch_sub(&servers->references, 1) > 1)
		return;
	for (size_t i = 0; i < servers->count; i++)
		sockpool_free(servers->server[i].pool);
	arena_free(servers->arena);
	mem_free(servers);
}

/* ask_one - connect and talk; what came of it */
static enum scan_result
ask_one(struct server *server, struct scan_link *link,
    enum scan_result (*talk)(const struct scan_link *link, void *context),
    void *context)
{
	enum scan_result result;
	bool used;

	if (sockpool_take(server->pool, true, link->time->clock,
		link->deadline_ms, &link->fd, &used) != SOCK_OK)
		return SCAN_UNAVAILABLE;
	result = talk(link, context);
	sockpool_drop(link->fd);
	return result;
}

/* tell - the breaker how it went */
static void
tell(const struct scan_servers *servers, struct server *server,
    enum scan_result result, int64_t now_ms)
{
	if (result != SCAN_UNAVAILABLE && result != SCAN_BROKEN) {
		if (breaker_good(&server->breaker))
			log_notice("%s %s works again", servers->what,
			    server->name);
		return;
	}
	if (breaker_bad(&server->breaker, &breaker_settings, now_ms))
		log_warning("%s %s %s; not asked until it works", servers->what,
		    server->name,
		    result == SCAN_BROKEN ? "answers nonsense"
					  : "does not answer");
}

/* share - the end of this server's time, when so many may come behind it */
static int64_t
share(const struct scan_time *time, size_t behind)
{
	int64_t now = clock_mono_ms(time->clock);

	return now + (time->deadline_ms - now) / (int64_t)(behind + 1);
}

enum scan_result
scan_servers_ask(struct scan_servers *servers, const struct scan_time *time,
    enum scan_result (*talk)(const struct scan_link *link, void *context),
    void *context)
{
	enum scan_result result = SCAN_UNAVAILABLE;

	for (size_t i = 0; i < servers->count; i++) {
		struct server *server = &servers->server[i];
		struct scan_link link = { .time = time };

		/* a deadline that others used up is no server's fault */
		if (clock_mono_ms(time->clock) >= time->deadline_ms)
			break;
		if (!breaker_lets(&server->breaker, &breaker_settings,
			clock_mono_ms(time->clock)))
			continue;
		link.deadline_ms = share(time, servers->count - i - 1);
		result = ask_one(server, &link, talk, context);
		tell(servers, server, result, clock_mono_ms(time->clock));
		if (result == SCAN_OK || result == SCAN_TOO_LARGE)
			break;
	}
	return result;
}

bool
scan_link_write(const struct scan_link *link, const void *data, size_t length)
{
	return sock_write(link->fd, data, length, link->time->clock,
		   link->deadline_ms) == SOCK_OK;
}

bool
scan_link_spoke(const struct scan_link *link)
{
	char byte;

	return recv(link->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

bool
scan_link_read(const struct scan_link *link, struct str *text, size_t max,
    bool (*complete)(const char *text, size_t length))
{
	char bytes[4096];
	enum sock sock;
	size_t got;

	for (;;) {
		sock = sock_read(link->fd, bytes, sizeof(bytes), &got,
		    link->time->clock, link->deadline_ms);
		if (sock == SOCK_CLOSED)
			return text->length > 0;
		if (sock != SOCK_OK || text->length + got > max)
			return false;
		str_add_n(text, bytes, got);
		if (complete(text->data, text->length))
			return true;
	}
}
