/*
 * test_quota - "100/1h 1000/1d" as it is read and written.
 */
#include "t/lib/unit.h"

#include "base/quota.h"
#include "base/str.h"

static const struct {
	const char *text;
	const char *printed; /* NULL: is none */
	size_t tiers;
	int64_t count, period_s; /* of the first */
} quotas[] = {
	{ "", "none", 0, 0, 0 },
	{ "0", "none", 0, 0, 0 },
	{ "none", "none", 0, 0, 0 },
	{ "None", "none", 0, 0, 0 },
	{ "100/1h", "100/1h", 1, 100, 3600 },
	{ "1/1s", "1/1s", 1, 1, 1 },
	{ "100/60m", "100/1h", 1, 100, 3600 },
	{ "100/90m", "100/90m", 1, 100, 5400 },
	{ "7/14d", "7/2w", 1, 7, 14 * 86400 },
	{ "1000/366d", "1000/366d", 1, 1000, 366 * 86400 },
	{ "100/1h 500/1d", "100/1h 500/1d", 2, 100, 3600 },
	{ "100/1h,500/1D", "100/1h 500/1d", 2, 100, 3600 },
	{ " 1/1m ,\t2/1h, 3/1d 4/1w ", "1/1m 2/1h 3/1d 4/1w", 4, 1, 60 },
	{ "20M/1h", "20M/1h", 1, 20 << 20, 3600 },
	{ "2048k/1h 5g/1d", "2M/1h 5G/1d", 2, 2 << 20, 3600 },
	{ "1K/1h 1500/1d", "1K/1h 1500/1d", 2, 1024, 3600 },
	{ "9223372036854775807/1h", "9223372036854775807/1h", 1, INT64_MAX,
	    3600 },
	{ "100", NULL, 0, 0, 0 },
	{ "100/", NULL, 0, 0, 0 },
	{ "100/1", NULL, 0, 0, 0 },
	{ "100/h", NULL, 0, 0, 0 },
	{ "/1h", NULL, 0, 0, 0 },
	{ "0/1h", NULL, 0, 0, 0 },
	{ "-1/1h", NULL, 0, 0, 0 },
	{ "+1/1h", NULL, 0, 0, 0 },
	{ "1/0h", NULL, 0, 0, 0 },
	{ "1/-1h", NULL, 0, 0, 0 },
	{ "1/1y", NULL, 0, 0, 0 },
	{ "1/1hh", NULL, 0, 0, 0 },
	{ "1/1h30m", NULL, 0, 0, 0 },
	{ "1/367d", NULL, 0, 0, 0 },
	{ "1/99999999999999999999s", NULL, 0, 0, 0 },
	{ "99999999999999999999/1h", NULL, 0, 0, 0 },
	{ "9223372036854775807K/1h", NULL, 0, 0, 0 },
	{ "1T/1h", NULL, 0, 0, 0 },
	{ "1/1h 2/60m", NULL, 0, 0, 0 }, /* the same time twice */
	{ "1/1m 2/1h 3/1d 4/1w 5/2w", NULL, 0, 0, 0 },
	{ "1/1h none", NULL, 0, 0, 0 },
	{ "00000000000000000000000000000000000000000000001/1h", NULL, 0, 0, 0 },
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(quotas); i++) {
		struct quota quota = { .tiers = 7 };
		struct str out = STR_INIT;

		if (quota_parse(&quota, quotas[i].text) !=
		    (quotas[i].printed != NULL))
			fail_msg("\"%s\"", quotas[i].text);
		if (quotas[i].printed == NULL) {
			assert_int_equal(quota.tiers, 7); /* is left alone */
			continue;
		}
		quota_print(&quota, &out);
		assert_string_equal(str_text(&out), quotas[i].printed);
		assert_int_equal(quota.tiers, quotas[i].tiers);
		if (quota.tiers > 0) {
			assert_int_equal(quota.tier[0].count, quotas[i].count);
			assert_int_equal(quota.tier[0].period_s,
			    quotas[i].period_s);
		}
		str_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
	};

	return unit_run(tests);
}
