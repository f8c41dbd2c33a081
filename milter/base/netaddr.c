/*
 * netaddr - IPv4 and IPv6 addresses and prefixes.
 *
 * Texts are read by inet_pton(3), which takes no octal, no short forms and no
 * scope: one text has one meaning. What is not used of byte[] is always zero,
 * so that addresses can be compared and hashed as they are.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>
#include <strings.h>

#include "base/netaddr.h"
#include "base/str.h"

#define MAPPED_BITS 96 /* ::ffff:0:0/96 */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* set_v4 - four bytes in network order */
static void
set_v4(struct netaddr *out, const void *bytes)
{
	memset(out, 0, sizeof *out);
	out->family = 4;
	memcpy(out->byte, bytes, 4);
}

/* set_v6 - sixteen bytes; true if they were a mapped IPv4 address */
static bool
set_v6(struct netaddr *out, const void *bytes)
{
	const uint8_t *byte = bytes;

	if (memcmp(byte, mapped, sizeof mapped) == 0) {
		set_v4(out, byte + sizeof mapped);
		return true;
	}
	out->family = 6;
	memcpy(out->byte, byte, 16);
	return false;
}

/*
 * read_plain - an address without brackets. tagged tells what a literal of
 * RFC 5321 4.1.3 said it is: 0 nothing, 4 IPv4, 6 IPv6.
 */
static bool
read_plain(struct netaddr *out, const char *text, int tagged, bool *was_mapped)
{
	uint8_t bytes[16];

	*was_mapped = false;
	if (tagged != 6 && inet_pton(AF_INET, text, bytes) == 1) {
		set_v4(out, bytes);
		return true;
	}
	if (tagged != 4 && inet_pton(AF_INET6, text, bytes) == 1) {
		*was_mapped = set_v6(out, bytes);
		return true;
	}
	return false;
}

/* read_any - all the forms of netaddr_parse() */
static bool
read_any(struct netaddr *out, const char *text, bool *was_mapped)
{
	char inner[64];
	size_t length = strlen(text);
	int tagged = 0;

	memset(out, 0, sizeof *out);
	if (length >= sizeof inner)
		return false;
	memcpy(inner, text, length + 1);
	text = inner;
	if (length > 2 && inner[0] == '[' && inner[length - 1] == ']') {
		inner[length - 1] = '\0';
		text++;
		tagged = 4;
	}
	if (strncasecmp(text, "IPv6:", 5) == 0) {
		text += 5;
		tagged = 6;
	}
	return read_plain(out, text, tagged, was_mapped);
}

/* netaddr_parse - an address, also as in a greeting or a path */
bool
netaddr_parse(struct netaddr *out, const char *text)
{
	bool was_mapped;

	return read_any(out, text, &was_mapped);
}

/* netaddr_from_sockaddr - what the socket calls it */
bool
netaddr_from_sockaddr(struct netaddr *out, const struct sockaddr *from,
    uint16_t *port)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(out, 0, sizeof *out);
	*port = 0;
	if (from == NULL)
		return false;
	switch (from->sa_family) {
	case AF_INET:
		memcpy(&in, from, sizeof in);
		set_v4(out, &in.sin_addr);
		*port = ntohs(in.sin_port);
		return true;
	case AF_INET6:
		memcpy(&in6, from, sizeof in6);
		set_v6(out, &in6.sin6_addr);
		*port = ntohs(in6.sin6_port);
		return true;
	default:
		return false;
	}
}

/* write_octets - an address of IPv4; a session needs a dozen, and inet_ntop()
 * has printf() do it */
static const char *
write_octets(const uint8_t byte[4], bool reversed, char *out)
{
	char *end = out;

	for (int i = 0; i < 4; i++) {
		unsigned octet = byte[reversed ? 3 - i : i];

		if (octet >= 100)
			*end++ = (char)('0' + octet / 100);
		if (octet >= 10)
			*end++ = (char)('0' + octet / 10 % 10);
		*end++ = (char)('0' + octet % 10);
		*end++ = i < 3 ? '.' : '\0';
	}
	return out;
}

/* netaddr_format - canonical text */
const char *
netaddr_format(const struct netaddr *addr, char out[NETADDR_TEXT_SIZE])
{
	if (addr->family == 4)
		return write_octets(addr->byte, false, out);
	if (addr->family == 0 ||
	    inet_ntop(AF_INET6, addr->byte, out, NETADDR_TEXT_SIZE) == NULL)
		return strcpy(out, "unknown");
	return out;
}

/* netaddr_equal - the same family and address */
bool
netaddr_equal(const struct netaddr *a, const struct netaddr *b)
{
	return a->family == b->family &&
	       memcmp(a->byte, b->byte, sizeof a->byte) == 0;
}

/* netaddr_is_loopback - 127.0.0.0/8 and ::1 */
bool
netaddr_is_loopback(const struct netaddr *addr)
{
	static const struct netaddr one = { .family = 6, .byte = { [15] = 1 } };

	if (addr->family == 4)
		return addr->byte[0] == 127;
	return netaddr_equal(addr, &one);
}

/* netaddr_is_private - nobody's in the public Internet (RFC 6890) */
bool
netaddr_is_private(const struct netaddr *addr)
{
	static const struct netprefix own[] = {
		{ .addr = { .family = 4, .byte = { 0 } }, .bits = 8 },
		{ .addr = { .family = 4, .byte = { 10 } }, .bits = 8 },
		{ .addr = { .family = 4, .byte = { 100, 64 } }, .bits = 10 },
		{ .addr = { .family = 4, .byte = { 127 } }, .bits = 8 },
		{ .addr = { .family = 4, .byte = { 169, 254 } }, .bits = 16 },
		{ .addr = { .family = 4, .byte = { 172, 16 } }, .bits = 12 },
		{ .addr = { .family = 4, .byte = { 192, 168 } }, .bits = 16 },
		{ .addr = { .family = 6, .byte = { 0 } }, .bits = 127 },
		{ .addr = { .family = 6, .byte = { 0xfc } }, .bits = 7 },
		{ .addr = { .family = 6, .byte = { 0xfe, 0x80 } }, .bits = 10 },
	};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (netprefix_has(&own[i], addr))
			return true;
	return false;
}

/* netaddr_mask - zero what is behind the first bits */
void
netaddr_mask(struct netaddr *addr, unsigned bits)
{
	unsigned i, first;

	for (i = 0; i < sizeof addr->byte; i++) {
		first = i * 8;
		if (bits <= first)
			addr->byte[i] = 0;
		else if (bits < first + 8)
			addr->byte[i] &= (uint8_t)(0xff00 >> (bits - first));
	}
}

/* netaddr_bits - the length of an address of this family */
unsigned
netaddr_bits(const struct netaddr *addr)
{
	return addr->family == 4 ? 32 : addr->family == 6 ? 128 : 0;
}

/* netaddr_reversed - as names in reverse zones and DNS lists begin */
const char *
netaddr_reversed(const struct netaddr *addr, char out[64])
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *byte = addr->byte;
	char *end = out;
	int i;

	out[0] = '\0';
	if (addr->family == 4)
		return write_octets(byte, true, out);
	if (addr->family != 6)
		return out;
	for (i = 15; i >= 0; i--) {
		*end++ = hex[byte[i] & 15];
		*end++ = '.';
		*end++ = hex[byte[i] >> 4];
		*end++ = '.';
	}
	end[-1] = '\0';
	return out;
}

/*
 * read_bits - the number behind the slash, for an address that was read.
 * A prefix of mapped addresses is one of IPv4, if it is not wider than those.
 */
static bool
read_bits(struct netprefix *out, const char *text, bool was_mapped,
    bool *strict_only)
{
	unsigned long long bits;

	if (!str_parse_uint(text, &bits) || strlen(text) > 3)
		return false;
	if (was_mapped && bits <= 128 && bits < MAPPED_BITS) {
		*strict_only = true;
		return false;
	}
	if (was_mapped)
		bits -= MAPPED_BITS;
	if (bits > netaddr_bits(&out->addr))
		return false;
	out->bits = (uint8_t)bits;
	return true;
}

/* netprefix_parse - an address with or without /bits */
bool
netprefix_parse(struct netprefix *out, const char *text, bool *strict_only)
{
	const char *slash = strchr(text, '/');
	size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[64];
	struct netaddr masked;
	bool was_mapped;

	*strict_only = false;
	memset(out, 0, sizeof *out);
	if (length >= sizeof address)
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!read_any(&out->addr, address, &was_mapped))
		return false;
	out->bits = (uint8_t)netaddr_bits(&out->addr);
	if (slash == NULL)
		return true;
	if (!read_bits(out, slash + 1, was_mapped, strict_only))
		return false;
	masked = out->addr;
	netaddr_mask(&masked, out->bits);
	*strict_only = !netaddr_equal(&masked, &out->addr);
	return !*strict_only;
}

/* netprefix_has - whether an address is in the prefix */
bool
netprefix_has(const struct netprefix *prefix, const struct netaddr *addr)
{
	size_t whole = prefix->bits / 8;
	unsigned rest = prefix->bits % 8;

	if (prefix->addr.family != addr->family || addr->family == 0 ||
	    memcmp(prefix->addr.byte, addr->byte, whole) != 0)
		return false;
	return rest == 0 ||
	       (prefix->addr.byte[whole] ^ addr->byte[whole]) >> (8 - rest) ==
		   0;
}
