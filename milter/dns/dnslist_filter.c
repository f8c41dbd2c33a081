/*
 * dnslist_filter - patterns of what DNS lists answer.
 *
 * A pattern is compiled to a set of values for each octet, so that a match is
 * four tests of a bit, however it was written.
 */
#include "dns/dnslist_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/netaddr.h"
#include "dns/dns.h"

/* where reading stands, and what was wrong */
struct reader {
	const char *at;
	const char *why;
};

/* wrong - false, with a reason for people */
static bool
wrong(struct reader *reader, const char *why)
{
	reader->why = why;
	return false;
}

/* add_values - those from low to high into a set */
static void
add_values(uint8_t set[32], unsigned low, unsigned high)
{
	for (unsigned value = low; value <= high; value++)
		set[value / 8] |= (uint8_t)(1u << value % 8);
}

/* has_value - whether a set holds a value */
static bool
has_value(const uint8_t set[32], unsigned value)
{
	return set[value / 8] & 1u << value % 8;
}

/* read_number - 0 to 255 */
static bool
read_number(struct reader *reader, unsigned *out)
{
	size_t digits = strspn(reader->at, "0123456789");

	*out = 0;
	if (digits == 0)
		return wrong(reader, "a number is missing");
	if (digits > 3)
		return wrong(reader, "an octet is 0 to 255");
	for (; digits > 0; digits--)
		*out = *out * 10 + (unsigned)(*reader->at++ - '0');
	return *out <= 255 || wrong(reader, "an octet is 0 to 255");
}

/* read_after - take a text if it comes next */
static bool
read_after(struct reader *reader, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(reader->at, text, length) != 0)
		return false;
	reader->at += length;
	return true;
}

/* read_range - "N", "N-M", "N..M" */
static bool
read_range(struct reader *reader, uint8_t set[32])
{
	unsigned low, high;

	if (!read_number(reader, &low))
		return false;
	high = low;
	if ((read_after(reader, "..") || read_after(reader, "-")) &&
	    !read_number(reader, &high))
		return false;
	if (high < low)
		return wrong(reader, "a range begins with its lower end");
	add_values(set, low, high);
	return true;
}

/* read_set - "range;range]" */
static bool
read_set(struct reader *reader, uint8_t set[32])
{
	do {
		if (!read_range(reader, set))
			return false;
	} while (read_after(reader, ";"));
	return read_after(reader, "]") || wrong(reader, "a \"]\" is missing");
}

/* read_bits - "N": all values that have one of its bits */
static bool
read_bits(struct reader *reader, uint8_t set[32])
{
	unsigned bits;

	if (!read_number(reader, &bits))
		return false;
	if (bits == 0)
		return wrong(reader, "&0 has no bits");
	for (unsigned value = 1; value <= 255; value++)
		if (value & bits)
			add_values(set, value, value);
	return true;
}

/* read_octet - one of four */
static bool
read_octet(struct reader *reader, uint8_t set[32])
{
	if (read_after(reader, "*")) {
		add_values(set, 0, 255);
		return true;
	}
	if (read_after(reader, "["))
		return read_set(reader, set);
	if (read_after(reader, "&"))
		return read_bits(reader, set);
	return read_range(reader, set);
}

/* read_prefix - "/N" behind plain octets: free the bits behind it */
static bool
read_prefix(struct reader *reader, struct dnslist_filter *out)
{
	const char *number = reader->at;
	unsigned bits, low = 0, free_bits;

	if (!read_number(reader, &bits) || bits > 32 || bits < 8) {
		reader->at = number;
		return wrong(reader, "a prefix is /8 to /32");
	}
	for (unsigned i = 0; i < 4; i++) {
		unsigned first = i * 8;

		free_bits = bits <= first      ? 8
			    : bits < first + 8 ? first + 8 - bits
					       : 0;
		for (low = 0; !has_value(out->octet[i], low);)
			low++;
		if (low & ((1u << free_bits) - 1))
			return wrong(reader, "bits are set behind the prefix");
		add_values(out->octet[i], low, low | ((1u << free_bits) - 1));
	}
	return true;
}

/* read_weight - "=N", "=-N" */
static bool
read_weight(struct reader *reader, int *weight)
{
	bool negative = read_after(reader, "-");
	size_t digits = strspn(reader->at, "0123456789");
	long value = strtol(reader->at, NULL, 10);

	if (digits == 0 || digits > 4 || value > DNSLIST_WEIGHT_MAX)
		return wrong(reader, "a weight is a number, -1000 to 1000");
	reader->at += digits;
	*weight = (int)(negative ? -value : value);
	return true;
}

/* read_octets - all four, with dots */
static bool
read_octets(struct reader *reader, struct dnslist_filter *out)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0 && !read_after(reader, "."))
			return wrong(reader, "four octets are needed");
		if (!read_octet(reader, out->octet[i]))
			return false;
	}
	return true;
}

/* is_loopback_only - what lists answer lies in 127.0.0.0/8 */
static bool
is_loopback_only(const struct dnslist_filter *filter)
{
	uint8_t only[32] = { 0 };

	add_values(only, 127, 127);
	return memcmp(filter->octet[0], only, sizeof(only)) == 0;
}

/* read_all - the pattern and what may follow it */
static bool
read_all(struct reader *reader, struct dnslist_filter *out)
{
	const char *begin = reader->at;

	if (!read_octets(reader, out))
		return false;
	if (!is_loopback_only(out))
		return wrong(reader, "lists answer in 127.0.0.0/8");
	if (read_after(reader, "/")) {
		if (strspn(begin, "0123456789./") <
		    (size_t)(reader->at - begin))
			return wrong(reader, "a prefix needs plain numbers");
		if (!read_prefix(reader, out))
			return false;
	}
	if (read_after(reader, "=") && !read_weight(reader, &out->weight))
		return false;
	return reader->at[0] == '\0' ||
	       wrong(reader, "there is something behind it");
}

bool
dnslist_filter_parse(struct dnslist_filter *out, const char *text,
    const char **why)
{
	struct reader reader = { .at = text };

	memset(out->octet, 0, sizeof(out->octet));
	if (read_all(&reader, out))
		return true;
	*why = reader.why;
	return false;
}

bool
dnslist_filter_has(const struct dnslist_filter *filter,
    const struct netaddr *addr)
{
	if (addr->family != 4)
		return false;
	for (int i = 0; i < 4; i++)
		if (!has_value(filter->octet[i], addr->byte[i]))
			return false;
	return true;
}

bool
dnslist_filter_counts_more(int a, int b)
{
	return abs(a) > abs(b) || (abs(a) == abs(b) && a > b);
}

bool
dnslist_filters_weigh(const struct dnslist_filters *filters,
    const struct dns_answer *answer, int *weight)
{
	bool found = false;

	*weight = 0;
	for (size_t i = 0; i < answer->count; i++) {
		const struct netaddr *addr = &answer->record[i].address;

		for (size_t k = 0; k < filters->count; k++) {
			const struct dnslist_filter *f = &filters->filter[k];

			if (!dnslist_filter_has(f, addr))
				continue;
			if (!found ||
			    dnslist_filter_counts_more(f->weight, *weight))
				*weight = f->weight;
			found = true;
		}
	}
	return found;
}

const struct netaddr *
dnslist_filters_match(const struct dnslist_filters *filters,
    const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		for (size_t k = 0; k < filters->count; k++)
			if (dnslist_filter_has(&filters->filter[k],
				&answer->record[i].address))
				return &answer->record[i].address;
	return NULL;
}
