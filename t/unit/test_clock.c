/*
 * test_clock - real and fake time, dates, random bytes.
 */
#include "t/lib/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static void
system_clock_runs(void **state)
{
	struct clock *clock = clock_system();
	int64_t wall = clock_wall_s(clock), mono = clock_mono_ms(clock);

	(void)state;
	assert_true(wall > 1700000000);
	assert_in_range(wall, time(NULL) - 5, time(NULL) + 5);
	assert_true(clock_mono_ms(clock) >= mono);
	assert_ptr_equal(clock, clock_system());
}

static void
fake_clock_stands_still(void **state)
{
	struct clock *clock = clock_fake_new(1000000);
	int64_t mono = clock_mono_ms(clock);

	(void)state;
	assert_int_equal(clock_wall_s(clock), 1000000);
	clock_fake_advance(clock, 999);
	assert_int_equal(clock_wall_s(clock), 1000000);
	assert_int_equal(clock_mono_ms(clock), mono + 999);
	clock_fake_advance(clock, 1);
	assert_int_equal(clock_wall_s(clock), 1000001);
	clock_fake_advance(clock, 3600 * 1000 * 24ll * 400);
	assert_int_equal(clock_wall_s(clock), 1000001 + 86400 * 400);
	clock_fake_free(clock);
}

static void
writes_dates(void **state)
{
	char out[32], tiny[4];

	(void)state;
	clock_date(1795256400, out, sizeof out);
	assert_string_equal(out, "2026-11-21 11:20:00 +0100");
	clock_date(0, tiny, sizeof tiny);
	assert_string_equal(tiny, "0");
}

static void
reads_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t end;
	} rows[] = {
		{ "2026-11-21", 1795301999 },
		{ "1970-01-01", 86399 - 3600 },
		{ "2024-02-29", 1709247599 },
		{ "2026-07-01", 1782943199 }, /* summer time */
		{ "2025-02-29", -1 },
		{ "2026-13-01", -1 },
		{ "2026-00-01", -1 },
		{ "2026-01-32", -1 },
		{ "2026-01-00", -1 },
		{ "2026-1-1", -1 },
		{ "26-01-01", -1 },
		{ "2026-01-01x", -1 },
		{ " 026-01-01", -1 },
		{ "2026- 1-01", -1 },
		{ "2026-+1-01", -1 },
		{ "2026--1-01", -1 },
		{ "2026/01/01", -1 },
		{ "1960-01-01", -1 },
		{ "", -1 },
		{ "forever", -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(clock_parse_date(rows[i].text), rows[i].end);
}

static void
random_bytes_differ(void **state)
{
	unsigned char a[300] = { 0 }, b[300] = { 0 };

	(void)state;
	clock_random(a, sizeof a);
	clock_random(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(a + 280, b + 280, 20);
	clock_random(a, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_clock_runs),
		cmocka_unit_test(fake_clock_stands_still),
		cmocka_unit_test(writes_dates),
		cmocka_unit_test(reads_dates),
		cmocka_unit_test(random_bytes_differ),
	};

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return unit_run(tests);
}
