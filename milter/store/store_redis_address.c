/*
 * store_redis_address - where a Redis server listens, in words.
 *
 * "host:port", "host", "[2001:db8::1]:port" or "unix:/path", several of them
 * separated by spaces or commas.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/store_redis_link.h"

/* copy_host - length bytes of text; false if it does not fit */
static bool
copy_host(struct redis_address *address, const char *text, size_t length)
{
	if (length == 0 || length >= sizeof address->host)
		return false;
	memcpy(address->host, text, length);
	address->host[length] = '\0';
	return true;
}

/* split - host and port of length bytes; the port may be missing (NULL) */
static bool
split(const char *word, size_t length, struct redis_address *address,
    const char **port)
{
	const char *end = word + length, *close, *colon;

	*port = NULL;
	if (word[0] == '[') {
		close = memchr(word, ']', length);
		if (close == NULL ||
		    !copy_host(address, word + 1, (size_t)(close - word - 1)))
			return false;
		if (close + 1 == end)
			return true;
		*port = close + 2;
		return close[1] == ':';
	}
	colon = memchr(word, ':', length);
	if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		colon = NULL; /* an IPv6 address without brackets */
	if (colon != NULL)
		*port = colon + 1;
	return copy_host(address, word,
	    (size_t)((colon != NULL ? colon : end) - word));
}

/* parse - one address of length bytes */
static bool
parse(const char *word, size_t length, int fallback,
    struct redis_address *address, const char **why)
{
	unsigned long long number = (unsigned long long)fallback;
	const char *port;
	char digits[8] = "";

	if (length > 5 && strncmp(word, "unix:", 5) == 0) {
		address->port = 0;
		*why = "the path is too long for a socket";
		return length - 5 < 108 &&
		       copy_host(address, word + 5, length - 5);
	}
	*why = "an address is host:port or unix:/path";
	if (!split(word, length, address, &port))
		return false;
	if (port != NULL) {
		length = (size_t)(word + length - port);
		*why = "a port is a number from 1 to 65535";
		if (length >= sizeof digits)
			return false;
		memcpy(digits, port, length);
		if (!str_parse_uint(digits, &number) || number == 0 ||
		    number > 65535)
			return false;
	}
	address->port = (int)number;
	return true;
}

/* redis_address_next - one of a list */
bool
redis_address_next(const char **cursor, int fallback,
    struct redis_address *address, const char **why)
{
	size_t length;
	const char *word = str_next_word(cursor, " ,\t", &length);

	*why = NULL;
	if (word == NULL || !parse(word, length, fallback, address, why))
		return false;
	*why = NULL;
	return true;
}

/* redis_address_text - as the admin writes it */
char *
redis_address_text(const struct redis_address *address, char *out, size_t size)
{
	bool v6 = strchr(address->host, ':') != NULL;

	if (address->port == 0)
		snprintf(out, size, "unix:%s", address->host);
	else
		snprintf(out, size, "%s%s%s:%d", v6 ? "[" : "", address->host,
		    v6 ? "]" : "", address->port);
	return out;
}

/* redis_address_is - written the same */
bool
redis_address_is(const struct redis_address *a, const struct redis_address *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}
