/*
 * generic_name - host names that were made by a rule.
 *
 * Judged is what stands before the registered domain, that part alone is the
 * owner's to choose: mail.cable.example is no cable line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/generic_name.h"
#include "base/netaddr.h"
#include "base/regdomain.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define HEX DIGITS "abcdef"

#define NAME_SIZE 256

/* what stands alone between other characters, with or without a number */
static const char *const line_words[] = { "adsl", "broadband", "cable", "dhcp",
	"dial", "dialin", "dialup", "dsl", "dyn", "dynamic", "ppp", "pppoe",
	"vdsl" };

/* is_line_word - a whole word of the name */
static bool
is_line_word(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(line_words) / sizeof(*line_words); i++)
		if (strlen(line_words[i]) == length &&
		    strncmp(line_words[i], word, length) == 0)
			return true;
	return false;
}

/* has_line_word - dsl-pool7, not dslam */
static bool
has_line_word(const char *host)
{
	while (*(host += strcspn(host, LETTERS)) != '\0') {
		size_t length = strspn(host, LETTERS);

		if (is_line_word(host, length))
			return true;
		host += length;
	}
	return false;
}

/* octets_in - how many of the address stand in the name as numbers */
static unsigned
octets_in(const char *host, const uint8_t octet[4])
{
	bool seen[4] = { false };
	unsigned count = 0;

	while (*(host += strcspn(host, DIGITS)) != '\0') {
		unsigned long number = strtoul(host, NULL, 10);

		for (int i = 0; i < 4; i++) {
			if (seen[i] || octet[i] != number)
				continue;
			seen[i] = true;
			count++;
			break;
		}
		host += strspn(host, DIGITS);
	}
	return count;
}

/* has_ipv4 - the address, in one of its spellings */
static bool
has_ipv4(const char *host, const uint8_t octet[4])
{
	char hex[9], padded[13], number[11];

	snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", octet[0], octet[1],
	    octet[2], octet[3]);
	snprintf(padded, sizeof(padded), "%03u%03u%03u%03u", octet[0], octet[1],
	    octet[2], octet[3]);
	snprintf(number, sizeof(number), "%" PRIu32,
	    (uint32_t)octet[0] << 24 | (uint32_t)octet[1] << 16 |
		(uint32_t)octet[2] << 8 | octet[3]);
	return octets_in(host, octet) >= 3 || strstr(host, hex) != NULL ||
	       strstr(host, padded) != NULL || strstr(host, number) != NULL;
}

/* has_ipv6 - the last half, whatever divides its digits */
static bool
has_ipv6(const char *host, const uint8_t byte[16])
{
	char joined[NAME_SIZE], half[17];
	size_t length = 0;

	for (; *host != '\0'; host++)
		if (strchr(HEX, *host) != NULL)
			joined[length++] = *host;
	joined[length] = '\0';
	for (int i = 0; i < 8; i++)
		snprintf(half + 2 * i, 3, "%02x", byte[8 + i]);
	return strstr(joined, half) != NULL;
}

/* is_generic - the host's part of a name, or all of it */
static bool
is_generic(const char *host, const struct netaddr *addr)
{
	if (has_line_word(host))
		return true;
	if (strpbrk(host, DIGITS) == NULL)
		return false;
	if (addr->family == 4)
		return has_ipv4(host, addr->byte);
	return addr->family == 6 && has_ipv6(host, addr->byte);
}

bool
generic_name(const char *name, const struct netaddr *addr)
{
	const char *registered;
	char host[NAME_SIZE];

	/* most are not even with the domain, which takes longer to find */
	snprintf(host, sizeof(host), "%s", name);
	if (!is_generic(host, addr))
		return false;
	registered = regdomain(name);
	if (registered == NULL || registered == name)
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(registered - name), name);
	return is_generic(host, addr);
}
