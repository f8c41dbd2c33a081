/*
 * abuse_ban - a ban as it is stored, and how long it is.
 *
 * The value of the entry is "CAUSE SINCE FOR TIMES COUNT NOTE"; the note is
 * the rest, and may be empty. Whose ban it is stands in the key.
 *
 * Diagnostics: none; a value that is no ban counts as none.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policies/abuse.h"

#define NUMBERS 4

const struct name_code abuse_cause_names[] = {
	{ .name = "auth", .code = CAUSE_AUTH },
	{ .name = "recipients", .code = CAUSE_RECIPIENTS },
	{ .name = "commands", .code = CAUSE_COMMANDS },
	{ .name = "messages", .code = CAUSE_MESSAGES },
	{ .name = "report", .code = CAUSE_REPORT },
	{ .name = "spamtrap", .code = CAUSE_SPAMTRAP },
	{ .name = "manual", .code = CAUSE_MANUAL },
	{ .name = NULL },
};

enum abuse_reason
abuse_reason_of(enum abuse_cause cause)
{
	static const enum abuse_reason reasons[] = {
		[CAUSE_AUTH] = ABUSE_AUTH,
		[CAUSE_RECIPIENTS] = ABUSE_INVALID,
		[CAUSE_COMMANDS] = ABUSE_INVALID,
		[CAUSE_MESSAGES] = ABUSE_TEMPORARY,
		[CAUSE_REPORT] = ABUSE_REPORTED,
		[CAUSE_SPAMTRAP] = ABUSE_REPORTED,
		[CAUSE_MANUAL] = ABUSE_REPORTED,
	};

	return reasons[cause];
}

/* prefix_of - "ADDRESS/bits", or the address alone where all bits count */
static const char *
prefix_of(const struct netaddr *client, unsigned bits,
    char out[ABUSE_SUBJECT_SIZE])
{
	struct netaddr network = *client;
	char text[NETADDR_TEXT_SIZE];

	if (bits == netaddr_bits(client)) {
		snprintf(out, ABUSE_SUBJECT_SIZE, "%s",
		    netaddr_format(client, text));
		return out;
	}
	netaddr_mask(&network, bits);
	snprintf(out, ABUSE_SUBJECT_SIZE, "%s/%u",
	    netaddr_format(&network, text), bits);
	return out;
}

const char *
abuse_subject(const struct netaddr *client, char out[ABUSE_SUBJECT_SIZE])
{
	return prefix_of(client, client->family == 6 ? 64 : 32, out);
}

const char *
abuse_network(const struct netaddr *client, char out[ABUSE_SUBJECT_SIZE])
{
	return prefix_of(client, client->family == 6 ? 48 : 24, out);
}

const char *
abuse_ban_write(const struct abuse_ban *ban, struct arena *arena)
{
	return arena_printf(arena, "%s %lld %lld %lld %lld %s",
	    names_name(abuse_cause_names, (int)ban->cause, "manual"),
	    (long long)ban->since_s, (long long)ban->for_s,
	    (long long)ban->times, (long long)ban->count,
	    ban->note != NULL ? ban->note : "");
}

/* next_word - up to the next blank, copied; false when there is none */
static bool
next_word(const char **cursor, char *out, size_t size)
{
	size_t length = strcspn(*cursor, " ");

	if (length == 0 || length >= size || (*cursor)[length] != ' ')
		return false;
	memcpy(out, *cursor, length);
	out[length] = '\0';
	*cursor += length + 1;
	return true;
}

bool
abuse_ban_read(struct abuse_ban *ban, const char *value)
{
	int64_t *const numbers[NUMBERS] = { &ban->since_s, &ban->for_s,
		&ban->times, &ban->count };
	unsigned long long number;
	char word[24];
	int cause;

	if (!next_word(&value, word, sizeof(word)) ||
	    !names_code(abuse_cause_names, word, &cause))
		return false;
	ban->cause = (enum abuse_cause)cause;
	for (size_t i = 0; i < NUMBERS; i++) {
		if (!next_word(&value, word, sizeof(word)) ||
		    !str_parse_uint(word, &number) || number > INT64_MAX)
			return false;
		*numbers[i] = (int64_t)number;
	}
	ban->note = value;
	return true;
}

int64_t
abuse_ban_length(const struct abuse_settings *settings, enum abuse_cause cause,
    int64_t times)
{
	int64_t length = settings->limit[cause].ban_s;
	int64_t most =
	    length > settings->ban_max_s ? length : settings->ban_max_s;

	for (; times > 1 && length < most; times--)
		length *= 2;
	return length < most ? length : most;
}
