/*
 * scan_servers - the servers of one scanner, and which of them work.
 *
 * Diagnostics: a server that is not asked any more, and that it works again,
 * are logged.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/breaker.h"
#include "base/log.h"
#include "base/mem.h"
#include "scan/scan_servers.h"
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

bool
scan_servers_next(struct scan_servers *servers, size_t *number, int64_t now_ms)
{
	for (; *number < servers->count; (*number)++)
		if (breaker_lets(&servers->server[*number].breaker,
			&breaker_settings, now_ms))
			return true;
	return false;
}

size_t
scan_servers_left(const struct scan_servers *servers, size_t number)
{
	return servers->count - number;
}

enum sock
scan_servers_connect(const struct scan_servers *servers, size_t number,
    size_t address, int *fd)
{
	return sockpool_begin(servers->server[number].pool, address, fd);
}

void
scan_servers_tell(struct scan_servers *servers, size_t number,
    enum scan_result result, int64_t now_ms)
{
	struct server *server = &servers->server[number];

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
