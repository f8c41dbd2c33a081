/*
 * test_dnslist_filter - patterns of what DNS lists answer.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/netaddr.h"
#include "dns/dns.h"
#include "dns/dnslist_filter.h"

/* fits - whether an address fits a pattern that must be good */
static bool
fits(const char *pattern, const char *address)
{
	struct dnslist_filter filter = { .weight = 0 };
	struct netaddr addr;
	const char *why = NULL;

	if (!dnslist_filter_parse(&filter, pattern, &why))
		fail_msg("%s: %s", pattern, why);
	assert_true(netaddr_parse(&addr, address));
	return dnslist_filter_has(&filter, &addr);
}

static void
patterns(void **state)
{
	/* a pattern, what fits, what does not */
	static const struct {
		const char *pattern, *yes[4], *no[5];
	} rows[] = {
		{ "127.0.0.2", { "127.0.0.2" },
		    { "127.0.0.3", "127.0.1.2", "127.1.0.2", "192.0.2.2",
			"::1" } },
		{ "127.0.0.[2..11]", { "127.0.0.2", "127.0.0.7", "127.0.0.11" },
		    { "127.0.0.1", "127.0.0.12", "127.0.1.2" } },
		{ "127.0.0.2-11", { "127.0.0.2", "127.0.0.11" },
		    { "127.0.0.1", "127.0.0.12" } },
		{ "127.0.0.2..11", { "127.0.0.2", "127.0.0.11" },
		    { "127.0.0.1", "127.0.0.12" } },
		{ "127.[0..255].0.[1;3..5;9]",
		    { "127.0.0.1", "127.255.0.4", "127.7.0.9" },
		    { "127.0.0.2", "127.0.0.6", "127.0.1.3" } },
		{ "127.0.*.3", { "127.0.0.3", "127.0.255.3" },
		    { "127.0.0.2", "127.1.0.3" } },
		{ "127.0.0.&4", { "127.0.0.4", "127.0.0.6", "127.0.0.255" },
		    { "127.0.0.0", "127.0.0.1", "127.0.0.8" } },
		{ "127.0.0.&12", { "127.0.0.4", "127.0.0.8", "127.0.0.12" },
		    { "127.0.0.3", "127.0.0.16" } },
		{ "127.0.0.0/24", { "127.0.0.0", "127.0.0.255" },
		    { "127.0.1.0", "127.1.0.0" } },
		{ "127.0.0.0/8", { "127.0.0.0", "127.255.255.255" },
		    { "128.0.0.0", "126.0.0.0" } },
		{ "127.255.255.252/30",
		    { "127.255.255.252", "127.255.255.255" },
		    { "127.255.255.251" } },
		{ "127.0.0.2/32", { "127.0.0.2" }, { "127.0.0.3" } },
		{ "127.0.0.2=7", { "127.0.0.2" }, { "127.0.0.3" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		for (size_t k = 0; k < 4 && rows[i].yes[k] != NULL; k++)
			if (!fits(rows[i].pattern, rows[i].yes[k]))
				fail_msg("%s: not %s", rows[i].pattern,
				    rows[i].yes[k]);
		for (size_t k = 0; k < 5 && rows[i].no[k] != NULL; k++)
			if (fits(rows[i].pattern, rows[i].no[k]))
				fail_msg("%s: %s", rows[i].pattern,
				    rows[i].no[k]);
	}
}

static void
mistakes(void **state)
{
	static const struct {
		const char *pattern, *why;
	} rows[] = {
		{ "", "a number is missing" },
		{ "127", "four octets are needed" },
		{ "127.0.0", "four octets are needed" },
		{ "127.0.0.", "a number is missing" },
		{ "127.0.0.256", "an octet is 0 to 255" },
		{ "127.0.0.0002", "an octet is 0 to 255" },
		{ "127.0.0.2.3", "there is something behind it" },
		{ "127.0.0.5-2", "a range begins with its lower end" },
		{ "127.0.0.[2..5", "a \"]\" is missing" },
		{ "127.0.0.[]", "a number is missing" },
		{ "127.0.0.[2;]", "a number is missing" },
		{ "127.0.0.&0", "&0 has no bits" },
		{ "10.0.0.2", "lists answer in 127.0.0.0/8" },
		{ "*.0.0.2", "lists answer in 127.0.0.0/8" },
		{ "127.0.0.2/24", "bits are set behind the prefix" },
		{ "127.0.0.0/7", "a prefix is /8 to /32" },
		{ "127.0.0.0/33", "a prefix is /8 to /32" },
		{ "127.0.*.0/24", "a prefix needs plain numbers" },
		{ "127.0.0.2=", "a weight is a number, -1000 to 1000" },
		{ "127.0.0.2=1001", "a weight is a number, -1000 to 1000" },
		{ "127.0.0.2=+1", "a weight is a number, -1000 to 1000" },
		{ "127.0.0.2=1x", "there is something behind it" },
		{ "127.0.0.2 ", "there is something behind it" },
	};
	struct dnslist_filter filter;
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		why = "taken";
		if (dnslist_filter_parse(&filter, rows[i].pattern, &why) ||
		    strcmp(why, rows[i].why) != 0)
			fail_msg("\"%s\": %s", rows[i].pattern, why);
	}
}

/* make_filters - of words; weight 4 where none is written */
static struct dnslist_filters
make_filters(struct dnslist_filter *room, const char *const *words)
{
	struct dnslist_filters filters = { .filter = room };
	const char *why;

	for (; words[filters.count] != NULL; filters.count++) {
		room[filters.count].weight = 4;
		assert_true(dnslist_filter_parse(&room[filters.count],
		    words[filters.count], &why));
	}
	return filters;
}

static void
weights(void **state)
{
	static const struct {
		const char *filters[4], *answer[4];
		bool fits;
		int weight;
	} rows[] = {
		{ { "127.0.0.2" }, { "127.0.0.2" }, true, 4 },
		{ { "127.0.0.2" }, { "127.0.0.3" }, false, 0 },
		{ { "127.0.0.2" }, { NULL }, false, 0 },
		/* several records: that which counts most, not the sum */
		{ { "127.0.0.2=2", "127.0.0.4=3" },
		    { "127.0.0.2", "127.0.0.4", "127.0.0.9" }, true, 3 },
		/* several filters for one record */
		{ { "127.0.0.*=1", "127.0.0.2=6" }, { "127.0.0.2" }, true, 6 },
		/* against counts like for, and less than for at the same */
		{ { "127.0.0.2=2", "127.0.0.9=-3" },
		    { "127.0.0.2", "127.0.0.9" }, true, -3 },
		{ { "127.0.0.9=-3", "127.0.0.2=3" },
		    { "127.0.0.9", "127.0.0.2" }, true, 3 },
		{ { "127.0.*.1=-1", "127.0.*.2=-3", "127.0.*.3=-5" },
		    { "127.0.10.2" }, true, -3 },
		/* listed without weight: only told */
		{ { "127.0.0.2=0" }, { "127.0.0.2" }, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct dnslist_filter room[4];
		struct dnslist_filters filters =
		    make_filters(room, rows[i].filters);
		struct dns_record record[4];
		struct dns_answer answer = { .result = DNS_FOUND,
			.record = record };
		int weight = 99;

		for (; rows[i].answer[answer.count] != NULL; answer.count++)
			assert_true(netaddr_parse(&record[answer.count].address,
			    rows[i].answer[answer.count]));
		assert_int_equal(dnslist_filters_weigh(&filters, &answer,
				     &weight),
		    rows[i].fits);
		assert_int_equal(weight, rows[i].weight);
		assert_int_equal(dnslist_filters_match(&filters, &answer) !=
				     NULL,
		    rows[i].fits);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(weights),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
