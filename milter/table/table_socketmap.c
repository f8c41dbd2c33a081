/*
 * table_socketmap - "socketmap:unix:/path:map", "socketmap:inet:host:port:map".
 *
 * Any database can answer through a small server that speaks sendmail's
 * socket map protocol (socketmap.h). Because each form of a key costs a round
 * trip, a domain is asked with its last PARENTS_MAX parents only, and an
 * address with the prefixes at the limits of bytes or hex digits where
 * networks are given out: /24 /16 /8, and /64 /56 /48 /32.
 *
 * A server that gives no reply three times in a row is left alone: for two
 * seconds each look-up is LOOKUP_UNAVAILABLE at once, then one of them is the
 * probe (base/breaker.h). Failures that it tells of itself are replies. A table
 * has a breaker of its own, also where two are of one server.
 *
 * Diagnostics: a warning with the server's words, at most one a minute; one
 * line when the server is left alone, and one when it works again.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/breaker.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "table/sockpool.h"
#include "table/table_key.h"
#include "table/table_socketmap_talk.h"

#define PARENTS_MAX 8
#define QUIET_MS 60000
#define PATIENCE_MIN_MS 100

static const struct breaker_settings breaker_settings = {
	.errors = 3,
	.open_ms = 2000,
};

struct socketmap {
	const char *spec;
	struct sockpool *pool;
	char *map;
	_Atomic int64_t quiet_until_ms;
	struct breaker breaker;
	_Atomic int64_t opened_ms; /* the breaker */
};

/* parents_to_skip - leading parents of a domain that are not asked */
static unsigned
parents_to_skip(const struct key_form *form)
{
	unsigned dots = 0;
	size_t i;

	for (i = 0; i < form->length; i++)
		dots += form->text[i] == '.';
	return dots > PARENTS_MAX ? dots - PARENTS_MAX : 0;
}

/* ask_forms - the forms of a text, until one is found or a question fails */
static enum lookup
ask_forms(struct talk *talk)
{
	struct key_walk walk;
	struct key_form form;
	enum lookup found = LOOKUP_NOT_FOUND;

	key_walk_begin(&walk, talk->query);
	while (found == LOOKUP_NOT_FOUND && key_walk_next(&walk, &form)) {
		if (form.class != KEY_DOT || talk->query->kind == KEY_WORD ||
		    parents_to_skip(&form) == 0)
			found = talk_ask(talk, &form);
	}
	return found;
}

/* ask_address - the address, then networks around it */
static enum lookup
ask_address(struct talk *talk)
{
	static const uint8_t bits4[] = { 32, 24, 16, 8, 0 };
	static const uint8_t bits6[] = { 128, 64, 56, 48, 32, 0 };
	const struct netaddr *addr = talk->query->addr;
	const uint8_t *bits = addr->family == 4 ? bits4 : bits6;
	char text[TABLE_PREFIX_SIZE];
	struct key_form form = { .text = text, .class = KEY_PLAIN };
	enum lookup found = LOOKUP_NOT_FOUND;

	for (; found == LOOKUP_NOT_FOUND && addr->family != 0 && *bits != 0;
	     bits++) {
		form.length = table_key_prefix(addr, *bits, text);
		found = talk_ask(talk, &form);
	}
	return found;
}

/* complain - what failed, but not each time */
static void
complain(struct socketmap *map, const struct talk *talk, int64_t now_ms)
{
	int64_t quiet = atomic_load(&map->quiet_until_ms);

	if (now_ms < quiet ||
	    !atomic_compare_exchange_strong(&map->quiet_until_ms, &quiet,
		now_ms + QUIET_MS))
		return;
	log_warning("table socketmap:%s: %.*s", map->spec,
	    (int)(talk->reason_length < 200 ? talk->reason_length : 200),
	    talk->reason);
}

/* report_good - the server replied: perhaps again */
static void
report_good(struct socketmap *map, int64_t now_ms)
{
	int64_t ms = now_ms - atomic_load(&map->opened_ms);

	if (breaker_good(&map->breaker))
		log_notice("table socketmap:%s works again, after %lld.%lld s",
		    map->spec, (long long)(ms / 1000),
		    (long long)(ms % 1000 / 100));
}

/* report_bad - it did not: perhaps once too often */
static void
report_bad(struct socketmap *map, const struct talk *talk, int64_t now_ms)
{
	if (!breaker_bad(&map->breaker, &breaker_settings, now_ms))
		return;
	atomic_store(&map->opened_ms, now_ms);
	log_warning("table socketmap:%s: %.*s, %lld times in a row; not asked "
		    "until it works",
	    map->spec, (int)talk->reason_length, talk->reason,
	    (long long)breaker_settings.errors);
}

/*
 * report - how the server fared. A look-up that had next to no time left when
 * it began proves nothing.
 */
static void
report(struct socketmap *map, const struct talk *talk, int64_t patience_ms)
{
	int64_t now_ms = clock_mono_ms(talk->query->clock);

	if (!talk->asked)
		return;
	if (!talk->silent)
		report_good(map, now_ms);
	else if (patience_ms >= PATIENCE_MIN_MS)
		report_bad(map, talk, now_ms);
}

/* find - all questions of a look-up */
static enum lookup
find(void *content, const struct table_query *query)
{
	struct socketmap *map = content;
	struct talk talk = {
		.pool = map->pool,
		.map = map->map,
		.query = query,
		.fd = -1,
		.buffer = STR_INIT,
	};
	int64_t begin_ms = clock_mono_ms(query->clock);
	bool was_open = breaker_is_open(&map->breaker);
	enum lookup found;

	if (!breaker_lets(&map->breaker, &breaker_settings, begin_ms))
		return LOOKUP_UNAVAILABLE;
	found =
	    query->kind == KEY_ADDRESS ? ask_address(&talk) : ask_forms(&talk);
	if (found != LOOKUP_FOUND && found != LOOKUP_NOT_FOUND && !was_open)
		complain(map, &talk, begin_ms);
	report(map, &talk, query->deadline_ms - begin_ms);
	talk_end(&talk);
	return found;
}

/* split - cut text at the last colon; what is behind it, or NULL */
static char *
split(char *text)
{
	char *colon = text != NULL ? strrchr(text, ':') : NULL;

	if (colon == NULL || colon == text || colon[1] == '\0')
		return NULL;
	*colon = '\0';
	return colon + 1;
}

/* open_inet - "host:port", "[2001:db8::1]:port" */
static struct sockpool *
open_inet(char *where, const char **why)
{
	char *port = split(where);
	size_t length;

	if (port == NULL)
		return NULL;
	length = strlen(where);
	if (where[0] == '[' && where[length - 1] == ']') {
		where[length - 1] = '\0';
		where++;
	}
	return sockpool_inet(where, port, why);
}

/* load - a pool for the server; nobody is asked yet */
static void *
load(const struct table_source *source, struct problems *problems)
{
	const char *why = "written unix:/path:map or inet:host:port:map";
	char *text = mem_strdup(source->name), *map = split(text);
	struct sockpool *pool = NULL;
	struct socketmap *made = NULL;

	if (map != NULL && strncmp(text, "unix:/", 6) == 0)
		pool = sockpool_unix(text + 5, &why);
	else if (map != NULL && strncmp(text, "inet:", 5) == 0)
		pool = open_inet(text + 5, &why);
	if (pool == NULL) {
		problems_error(problems, source->at, "socketmap:%s: %s",
		    source->name, why);
	} else {
		made = mem_alloc(sizeof *made);
		made->spec = source->name;
		made->pool = pool;
		made->map = mem_strdup(map);
	}
	mem_free(text);
	return made;
}

/* free_map - the end of it */
static void
free_map(void *content)
{
	struct socketmap *map = content;

	sockpool_free(map->pool);
	mem_free(map->map);
	mem_free(map);
}

const struct table_type table_socketmap_type = {
	.name = "socketmap",
	.form = "socketmap:unix:/path:map or socketmap:inet:host:port:map",
	.load = load,
	.find = find,
	.free = free_map,
};
