/*
 * dns_name - names of the DNS, as text and as bytes of a packet.
 *
 * A compression pointer must lead to before the place that the last one led
 * to (RFC 1035 4.1.4: a prior occurrence), so that reading ends, whatever the
 * packet holds.
 */
#include <string.h>

#include "base/domain.h"
#include "base/str.h"
#include "dns/dns_name.h"

#define LABEL_MAX 63
#define POINTER 0xc0

/* is_digit - without a locale */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* put_byte - one byte of a label as text; the number of characters */
static size_t
put_byte(char *out, uint8_t byte)
{
	if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
		out[0] = (char)byte;
		return 1;
	}
	if (byte >= 'A' && byte <= 'Z')
		byte = (uint8_t)(byte - 'A' + 'a');
	if (byte > ' ' && byte < 0x7f && byte != '.' && byte != '\\') {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + byte / 100);
	out[2] = (char)('0' + byte / 10 % 10);
	out[3] = (char)('0' + byte % 10);
	return 4;
}

/* get_byte - the byte that text begins with; its characters, 0 if none */
static size_t
get_byte(const char *text, uint8_t *byte)
{
	unsigned value;

	*byte = (uint8_t)text[0];
	if (text[0] != '\\')
		return 1;
	if (!is_digit(text[1]) || !is_digit(text[2]) || !is_digit(text[3]))
		return 0;
	value = (unsigned)(text[1] - '0') * 100 +
		(unsigned)(text[2] - '0') * 10 + (unsigned)(text[3] - '0');
	*byte = (uint8_t)value;
	return value > 255 ? 0 : 4;
}

/* fold_label - up to a dot or the end; its bytes, 0 if none or over most */
static size_t
fold_label(char *out, size_t *used, const char **text, size_t most)
{
	size_t bytes = 0, step;
	uint8_t byte;

	while (**text != '\0' && **text != '.') {
		step = get_byte(*text, &byte);
		if (step == 0 || ++bytes > most)
			return 0;
		*used += put_byte(out + *used, byte);
		*text += step;
	}
	return bytes;
}

/* fold_ascii - a name without U-labels */
static bool
fold_ascii(char out[DNS_NAME_SIZE], const char *name)
{
	size_t used = 0, left = DNS_NAME_WIRE - 1, bytes;

	for (;;) {
		bytes = fold_label(out, &used, &name,
		    left > LABEL_MAX ? LABEL_MAX : left - 1);
		if (bytes == 0)
			return false;
		left -= bytes + 1;
		if (left < 2 && name[0] != '\0' && name[1] != '\0')
			return false;
		if (name[0] == '\0' || name[1] == '\0')
			break;
		out[used++] = *name++;
	}
	out[used] = '\0';
	return true;
}

bool
dns_name_fold(char out[DNS_NAME_SIZE], const char *name, struct arena *arena)
{
	if (!str_is_ascii(name)) {
		name = domain_fold(name, arena);
		if (name == NULL)
			return false;
	}
	return fold_ascii(out, name);
}

size_t
dns_name_write(uint8_t out[DNS_NAME_WIRE], const char *name)
{
	size_t used = 0, head;

	while (*name != '\0') {
		head = used++;
		while (*name != '\0' && *name != '.')
			name += get_byte(name, &out[used++]);
		out[head] = (uint8_t)(used - head - 1);
		name += *name == '.';
	}
	out[used++] = 0;
	return used;
}

/* jump - where a compression pointer leads; false if not before limit */
static bool
jump(const uint8_t *packet, size_t length, size_t from, size_t limit,
    size_t *to)
{
	if (length - from < 2)
		return false;
	*to = (size_t)(packet[from] & ~POINTER) << 8 | packet[from + 1];
	return *to < limit;
}

/* read_label - a label of size bytes as text, with a dot if not the first */
static size_t
read_label(char *out, size_t used, const uint8_t *label, size_t size)
{
	if (used > 0)
		out[used++] = '.';
	for (size_t i = 0; i < size; i++)
		used += put_byte(out + used, label[i]);
	return used;
}

bool
dns_name_read(const uint8_t *packet, size_t length, size_t *at,
    char out[DNS_NAME_SIZE])
{
	size_t from = *at, limit = from, used = 0, wire = 1, size;
	bool jumped = false;

	while (from < length && packet[from] != 0) {
		size = packet[from];
		if (size >= POINTER) {
			if (!jumped)
				*at = from + 2;
			jumped = true;
			if (!jump(packet, length, from, limit, &from))
				return false;
			limit = from;
			continue;
		}
		wire += size + 1;
		if (size > LABEL_MAX || size >= length - from ||
		    wire > DNS_NAME_WIRE)
			return false;
		used = read_label(out, used, packet + from + 1, size);
		from += size + 1;
	}
	if (from >= length)
		return false;
	if (!jumped)
		*at = from + 1;
	out[used] = '\0';
	return true;
}
