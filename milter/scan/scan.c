/*
 * scan - numbers and words of scanners.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan.h"

/* whole - digits up to *text's dot; they stop to count at the maximum */
static int64_t
whole(const char **text)
{
	int64_t value = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (value < SCAN_SCORE_MAX)
			value = value * 10 + (**text - '0') * 1000;
	return value;
}

bool
scan_milli(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	const char *begin;
	int64_t value, unit = 100;

	text += *text == '-' || *text == '+';
	begin = text;
	value = whole(&text);
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			value += (*text - '0') * unit;
	}
	if (*text != '\0' || text == begin || strcmp(begin, ".") == 0)
		return false;
	if (value > SCAN_SCORE_MAX)
		value = SCAN_SCORE_MAX;
	*out = negative ? -value : value;
	return true;
}

const char *
scan_milli_text(int64_t milli, struct arena *arena)
{
	int64_t tenths = (llabs(milli) + 50) / 100;

	return arena_printf(arena, "%s%lld.%lld",
	    milli < 0 && tenths > 0 ? "-" : "", (long long)(tenths / 10),
	    (long long)(tenths % 10));
}

const char *
scan_printable(struct arena *arena, const char *text, size_t length, size_t max)
{
	char *copy;

	if (length > max)
		length = max;
	copy = arena_alloc(arena, length + 1);
	/* NUL, too: it must not end a text early */
	for (size_t i = 0; i < length; i++)
		copy[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	return copy;
}
