/*
 * table_socketmap - "socketmap:unix:/path:map", "socketmap:inet:host:port:map".
 *
 * Any database can answer through a small server that speaks sendmail's
 * socket map protocol (socketmap.h). Each form of a key is one question; all
 * questions of a look-up go over one connection, which is then kept for the
 * next. Because each costs a round trip, a domain is asked with its last
 * PARENTS_MAX parents only, and an address with the prefixes at the limits of
 * bytes or hex digits where networks are given out: /24 /16 /8, and /64 /56
 * /48 /32. Keys with control bytes cannot stand in a database of mail and are
 * not sent.
 *
 * Failures: nobody listens: LOOKUP_UNAVAILABLE; no answer by the deadline,
 * TEMP, TIMEOUT, hung up: LOOKUP_TEMPORARY; PERM: LOOKUP_CONFIG; what is no
 * reply of the protocol: LOOKUP_BROKEN. A connection without a whole reply is
 * closed, since a late one would be taken for that to the next question. When
 * an idle connection turns out to be closed, a fresh one is tried once.
 *
 * Diagnostics: a warning with the server's words, at most one a minute.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "table/socketmap.h"
#include "table/sockpool.h"
#include "table/table_entry.h"
#include "table/table_key.h"
#include "table/table_type.h"

#define PARENTS_MAX 8
#define QUIET_MS 60000
#define READ_SIZE 4096

struct socketmap {
	const char *spec;
	struct origin at;
	struct sockpool *pool;
	char *map;
	_Atomic int64_t quiet_until_ms;
};

/* one look-up on one connection */
struct talk {
	struct socketmap *map;
	const struct table_query *query;
	int fd;
	bool used;     /* the connection is an idle one */
	bool answered; /* on it, at least once in this look-up */
	struct str buffer;
	const char *reason; /* of a failure, in words */
	size_t reason_length;
};

static const struct {
	enum sock sock;
	enum lookup lookup;
	const char *reason;
} troubles[] = {
	{ SOCK_CLOSED, LOOKUP_TEMPORARY, "the server hung up" },
	{ SOCK_LATE, LOOKUP_TEMPORARY, "no answer in time" },
	{ SOCK_REFUSED, LOOKUP_UNAVAILABLE, "cannot connect" },
};

/* fail - a failure in words of ours: the connection is of no more use */
static enum lookup
fail(struct talk *talk, enum lookup lookup, const char *reason)
{
	if (talk->fd >= 0)
		sockpool_drop(talk->fd);
	talk->fd = -1;
	talk->reason = reason;
	talk->reason_length = strlen(reason);
	return lookup;
}

/* fail_sock - a failure of the connection */
static enum lookup
fail_sock(struct talk *talk, enum sock sock)
{
	size_t i;

	for (i = 0; i + 1 < sizeof troubles / sizeof troubles[0]; i++) {
		if (troubles[i].sock == sock)
			break;
	}
	return fail(talk, troubles[i].lookup, troubles[i].reason);
}

/* complain - what failed, but not each time */
static void
complain(struct talk *talk)
{
	struct socketmap *map = talk->map;
	int64_t now = clock_mono_ms(talk->query->clock);
	int64_t quiet = atomic_load(&map->quiet_until_ms);

	if (now < quiet || !atomic_compare_exchange_strong(&map->quiet_until_ms,
			       &quiet, now + QUIET_MS))
		return;
	log_warning("table socketmap:%s: %.*s", map->spec,
	    (int)(talk->reason_length < 200 ? talk->reason_length : 200),
	    talk->reason);
}

/* read_reply - a whole netstring, in talk's buffer */
static enum netstring
read_reply(struct talk *talk, enum sock *sock, const char **text,
    size_t *length)
{
	char chunk[READ_SIZE];
	enum netstring whole = NETSTRING_PART;
	size_t got;

	str_reset(&talk->buffer);
	while (whole == NETSTRING_PART) {
		*sock = sock_read(talk->fd, chunk, sizeof chunk, &got,
		    talk->query->clock, talk->query->deadline_ms);
		if (*sock != SOCK_OK)
			return NETSTRING_PART;
		str_add_n(&talk->buffer, chunk, got);
		whole = netstring_read(talk->buffer.data, talk->buffer.length,
		    text, length);
	}
	return whole;
}

/* exchange - one question and its reply, on the connection there is */
static enum netstring
exchange(struct talk *talk, const struct key_form *form, enum sock *sock,
    const char **text, size_t *length)
{
	str_reset(&talk->buffer);
	socketmap_request(&talk->buffer, talk->map->map, form->text,
	    form->length);
	*sock = sock_write(talk->fd, talk->buffer.data, talk->buffer.length,
	    talk->query->clock, talk->query->deadline_ms);
	if (*sock != SOCK_OK)
		return NETSTRING_PART;
	return read_reply(talk, sock, text, length);
}

/* connect_again - another connection; fresh: not an idle one */
static enum sock
connect_again(struct talk *talk, bool fresh)
{
	if (talk->fd >= 0)
		sockpool_drop(talk->fd);
	talk->fd = -1;
	return sockpool_take(talk->map->pool, fresh, talk->query->clock,
	    talk->query->deadline_ms, &talk->fd, &talk->used);
}

/* is_sendable - no control bytes: they could split a server's own words */
static bool
is_sendable(const struct key_form *form)
{
	size_t i;

	for (i = 0; i < form->length; i++) {
		unsigned char c = (unsigned char)form->text[i];

		if (c < ' ' || c == 127)
			return false;
	}
	return true;
}

/* take_value - the answer of a reply OK */
static enum lookup
take_value(struct talk *talk, const struct key_form *form, const char *text,
    size_t length)
{
	struct arena *arena = talk->query->arena;
	char *value = arena_strndup(arena, text, length);
	struct entry entry;

	if (entry_parse(value, &entry) != NULL)
		return fail(talk, LOOKUP_BROKEN, "the value has a bad until=");
	if (entry_is_over(&entry, talk->query->clock))
		return LOOKUP_NOT_FOUND;
	*talk->query->answer = (struct table_answer){
		.value = entry.value,
		.key = arena_strndup(arena, form->text, form->length),
		.note = entry.note,
	};
	return LOOKUP_FOUND;
}

/* ask - one form of the key */
static enum lookup
ask(struct talk *talk, const struct key_form *form)
{
	enum sock sock = SOCK_OK;
	enum netstring whole;
	enum lookup lookup;
	const char *text;
	size_t length;

	if (!is_sendable(form))
		return LOOKUP_NOT_FOUND;
	if (talk->fd < 0 && (sock = connect_again(talk, false)) != SOCK_OK)
		return fail_sock(talk, sock);
	whole = exchange(talk, form, &sock, &text, &length);
	if (sock == SOCK_CLOSED && talk->used && !talk->answered) {
		sock = connect_again(talk, true);
		if (sock == SOCK_OK)
			whole = exchange(talk, form, &sock, &text, &length);
	}
	if (sock != SOCK_OK)
		return fail_sock(talk, sock);
	if (whole != NETSTRING_WHOLE)
		return fail(talk, LOOKUP_BROKEN, "the reply is no netstring");
	talk->answered = true;
	lookup = socketmap_reply(text, length, &text, &length);
	talk->reason = text;
	talk->reason_length = length;
	if (lookup == LOOKUP_BROKEN)
		return fail(talk, lookup, "the reply has no known status");
	return lookup == LOOKUP_FOUND ? take_value(talk, form, text, length)
				      : lookup;
}

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
			found = ask(talk, &form);
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
		found = ask(talk, &form);
	}
	return found;
}

/* find - all questions of a look-up */
static enum lookup
find(void *content, const struct table_query *query)
{
	struct talk talk = {
		.map = content,
		.query = query,
		.fd = -1,
		.buffer = STR_INIT,
	};
	enum lookup found =
	    query->kind == KEY_ADDRESS ? ask_address(&talk) : ask_forms(&talk);

	if (found != LOOKUP_FOUND && found != LOOKUP_NOT_FOUND)
		complain(&talk);
	if (talk.fd >= 0)
		sockpool_give(talk.map->pool, talk.fd);
	str_fini(&talk.buffer);
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
