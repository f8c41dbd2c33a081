/*
 * quota - how much in what time: "100/1h 1000/1d".
 */
#ifndef MAILREEVE_QUOTA_H
#define MAILREEVE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

#define QUOTA_TIERS 4
#define QUOTA_PERIOD_MAX (366 * 86400LL)

struct quota_tier {
	int64_t count;
	int64_t period_s;
};
struct quota {
	size_t tiers; /* 0: no limit */
	struct quota_tier tier[QUOTA_TIERS];
	bool sized; /* some count has a K, M or G behind it: bytes */
};

/*
 * quota_parse - COUNT/TIME, up to four of them with blanks or commas between,
 * of different times; "", "0" and "none" are no limit. A count may have K, M
 * or G (powers of 1024) behind it; a time is a number of s, m, h, d or w, at
 * most 366 days. False when it is none of this.
 */
bool quota_parse(struct quota *out, const char *text);
/* quota_print - as quota_parse() takes it; "none" for no limit. */
void quota_print(const struct quota *quota, struct str *out);
/* quota_print_tier - one of them, "100/1h". */
void quota_print_tier(const struct quota *quota, size_t tier, struct str *out);
/* quota_print_count - "100", or when sized "20M", "1536". */
void quota_print_count(int64_t count, bool sized, struct str *out);
/* quota_print_period - "1h", "90s". */
void quota_print_period(int64_t period_s, struct str *out);

#endif
