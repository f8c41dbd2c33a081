/*
 * socketmap - the words of sendmail's socket map protocol.
 *
 * Request and reply are netstrings, "length:bytes,". A request is the map's
 * name, a space, the key. A reply is a status, a space, and a value or a
 * reason (socketmap_table(5); sendmail's libsmdb/contrib socketmap.c):
 *
 *     OK value        NOTFOUND        TEMP reason     TIMEOUT reason
 *     PERM reason
 *
 * The space behind a status without a text may be missing. Anything else
 * makes no sense and is LOOKUP_BROKEN.
 */
#include <string.h>

#include "base/str.h"
#include "table/socketmap.h"

static const struct status {
	const char *name;
	enum lookup lookup;
} statuses[] = {
	{ "OK", LOOKUP_FOUND },
	{ "NOTFOUND", LOOKUP_NOT_FOUND },
	{ "TEMP", LOOKUP_TEMPORARY },
	{ "TIMEOUT", LOOKUP_TEMPORARY },
	{ "PERM", LOOKUP_CONFIG },
};

/* socketmap_request - the netstring that asks */
void
socketmap_request(struct str *out, const char *map, const char *key,
    size_t key_length)
{
	str_addf(out, "%zu:%s ", strlen(map) + 1 + key_length, map);
	str_add_n(out, key, key_length);
	str_add_char(out, ',');
}

/* netstring_read - what the bytes so far are */
enum netstring
netstring_read(const char *data, size_t length, const char **text,
    size_t *text_length)
{
	size_t size = 0, i;

	for (i = 0; i < length && data[i] >= '0' && data[i] <= '9'; i++) {
		size = size * 10 + (size_t)(data[i] - '0');
		if (size > SOCKETMAP_REPLY_MAX || (i > 0 && data[0] == '0'))
			return NETSTRING_BAD;
	}
	if (i == length)
		return NETSTRING_PART;
	if (data[i] != ':' || i == 0)
		return NETSTRING_BAD;
	*text = data + ++i;
	*text_length = size;
	if (length - i <= size)
		return NETSTRING_PART;
	return data[i + size] == ',' && length - i == size + 1 ? NETSTRING_WHOLE
							       : NETSTRING_BAD;
}

/* socketmap_reply - what a reply says */
enum lookup
socketmap_reply(const char *reply, size_t length, const char **text,
    size_t *text_length)
{
	const char *space = memchr(reply, ' ', length);
	size_t word = space != NULL ? (size_t)(space - reply) : length, i;

	*text = space != NULL ? space + 1 : reply + length;
	*text_length = (size_t)(reply + length - *text);
	if (memchr(reply, '\0', length) != NULL)
		return LOOKUP_BROKEN;
	for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		if (strlen(statuses[i].name) == word &&
		    memcmp(statuses[i].name, reply, word) == 0)
			return statuses[i].lookup;
	}
	return LOOKUP_BROKEN;
}
