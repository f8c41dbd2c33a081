/*
 * table_socketmap_talk - the questions of one look-up in a socketmap table.
 *
 * Each form of a key is one question; all of them go over one connection,
 * which is then kept for the next look-up. Keys with control bytes cannot
 * stand in a database of mail and are not sent.
 *
 * Failures: nobody listens: LOOKUP_UNAVAILABLE; no answer by the deadline,
 * TEMP, TIMEOUT, hung up: LOOKUP_TEMPORARY; PERM: LOOKUP_CONFIG; what is no
 * reply of the protocol: LOOKUP_BROKEN. A connection without a whole reply is
 * closed, since a late one would be taken for that to the next question. When
 * an idle connection turns out to be closed, a fresh one is tried once.
 */
#include "table/table_socketmap_talk.h"

#include <string.h>

#include "base/mem.h"
#include "table/socketmap.h"
#include "table/sockpool.h"
#include "table/table_entry.h"
#include "table/table_key.h"

#define READ_SIZE 4096

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

	talk->silent = true;
	for (i = 0; i + 1 < sizeof troubles / sizeof troubles[0]; i++) {
		if (troubles[i].sock == sock)
			break;
	}
	return fail(talk, troubles[i].lookup, troubles[i].reason);
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
	socketmap_request(&talk->buffer, talk->map, form->text, form->length);
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
	return sockpool_take(talk->pool, fresh, talk->query->clock,
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

enum lookup
talk_ask(struct talk *talk, const struct key_form *form)
{
	enum sock sock = SOCK_OK;
	enum netstring whole;
	enum lookup lookup;
	const char *text;
	size_t length;

	if (!is_sendable(form))
		return LOOKUP_NOT_FOUND;
	talk->asked = true;
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

void
talk_end(struct talk *talk)
{
	if (talk->fd >= 0)
		sockpool_give(talk->pool, talk->fd);
	talk->fd = -1;
	str_fini(&talk->buffer);
}
