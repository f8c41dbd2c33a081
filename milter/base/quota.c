/*
 * quota - how much in what time: "100/1h 1000/1d".
 *
 * The same text stands in the ini, in tables and in the directory, so it is
 * read in one place. Nothing is owned. Diagnostics: none; callers know where
 * the text stands.
 */
#include "base/quota.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

#define SEPARATORS " ,\t"

struct unit {
	char letter;
	int64_t factor;
};

/* largest first, as they are tried for printing */
static const struct unit periods[] = {
	{ 'w', 7 * 86400 },
	{ 'd', 86400 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
	{ '\0', 0 },
};
static const struct unit sizes[] = {
	{ 'g', 1 << 30 },
	{ 'm', 1 << 20 },
	{ 'k', 1 << 10 },
	{ '\0', 0 },
};

/* factor_of - of the unit at *cursor, which moves behind it; 0: none there */
static int64_t
factor_of(const struct unit *units, const char **cursor)
{
	for (; units->letter != '\0'; units++)
		if (tolower((unsigned char)**cursor) == units->letter) {
			++*cursor;
			return units->factor;
		}
	return 0;
}

/* read_number - digits at *cursor, at least 1; false if it is no number */
static bool
read_number(const char **cursor, int64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)**cursor))
		return false;
	errno = 0;
	*out = strtoll(*cursor, &end, 10);
	*cursor = end;
	return errno == 0 && *out > 0;
}

/* read_tier - "100/1h", all of the text */
static bool
read_tier(const char *text, struct quota *quota, struct quota_tier *tier)
{
	int64_t factor;

	if (!read_number(&text, &tier->count))
		return false;
	if ((factor = factor_of(sizes, &text)) != 0) {
		if (__builtin_mul_overflow(tier->count, factor, &tier->count))
			return false;
		quota->sized = true;
	}
	if (*text++ != '/')
		return false;
	if (!read_number(&text, &tier->period_s))
		return false;
	factor = factor_of(periods, &text);
	return factor != 0 && *text == '\0' &&
	       tier->period_s <= QUOTA_PERIOD_MAX / factor &&
	       (tier->period_s *= factor) > 0;
}

/* is_new - no earlier tier has this period */
static bool
is_new(const struct quota *quota, int64_t period_s)
{
	for (size_t i = 0; i < quota->tiers; i++)
		if (quota->tier[i].period_s == period_s)
			return false;
	return true;
}

bool
quota_parse(struct quota *out, const char *text)
{
	struct quota quota = { .tiers = 0 };
	const char *start;
	char word[48];
	size_t length;

	if (strcmp(text, "0") == 0 || strcasecmp(text, "none") == 0)
		text = "";
	while ((start = str_next_word(&text, SEPARATORS, &length)) != NULL) {
		struct quota_tier tier;

		if (length >= sizeof(word) || quota.tiers == QUOTA_TIERS)
			return false;
		memcpy(word, start, length);
		word[length] = '\0';
		if (!read_tier(word, &quota, &tier) ||
		    !is_new(&quota, tier.period_s))
			return false;
		quota.tier[quota.tiers++] = tier;
	}
	*out = quota;
	return true;
}

void
quota_print_count(int64_t count, bool sized, struct str *out)
{
	const struct unit *unit = sizes;

	while (unit->letter != '\0' &&
	       (!sized || count == 0 || count % unit->factor != 0))
		unit++;
	if (unit->letter == '\0')
		str_addf(out, "%" PRId64, count);
	else
		str_addf(out, "%" PRId64 "%c", count / unit->factor,
		    toupper((unsigned char)unit->letter));
}

void
quota_print_period(int64_t period_s, struct str *out)
{
	const struct unit *unit = periods;

	while (period_s % unit->factor != 0)
		unit++;
	str_addf(out, "%" PRId64 "%c", period_s / unit->factor, unit->letter);
}

void
quota_print_tier(const struct quota *quota, size_t tier, struct str *out)
{
	quota_print_count(quota->tier[tier].count, quota->sized, out);
	str_add_char(out, '/');
	quota_print_period(quota->tier[tier].period_s, out);
}

void
quota_print(const struct quota *quota, struct str *out)
{
	if (quota->tiers == 0)
		str_add(out, "none");
	for (size_t i = 0; i < quota->tiers; i++) {
		str_add(out, i == 0 ? "" : " ");
		quota_print_tier(quota, i, out);
	}
}
