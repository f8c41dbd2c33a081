/*
 * test_breaker - when a server is asked, and when it is left alone.
 */
#include "t/lib/unit.h"

#include "base/breaker.h"

static const struct breaker_settings settings = { .errors = 3, .open_ms = 100 };

/* open_at - a breaker that errors have opened */
static void
open_at(struct breaker *breaker, int64_t now_ms)
{
	assert_false(breaker_bad(breaker, &settings, now_ms));
	assert_false(breaker_bad(breaker, &settings, now_ms));
	assert_false(breaker_is_open(breaker));
	assert_true(breaker_bad(breaker, &settings, now_ms));
	assert_true(breaker_is_open(breaker));
}

/* so many errors in a row open it, fewer do not */
static void
test_opens(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_true(breaker_lets(&breaker, &settings, 1000));
		assert_false(breaker_bad(&breaker, &settings, 1000));
		assert_false(breaker_bad(&breaker, &settings, 1000));
		assert_false(breaker_good(&breaker));
	}
	open_at(&breaker, 1000);
	assert_false(breaker_lets(&breaker, &settings, 1000));
	assert_false(breaker_lets(&breaker, &settings, 1099));
}

/* one asks then, and nobody else meanwhile; an answer closes it */
static void
test_probe_good(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	open_at(&breaker, 1000);
	assert_true(breaker_lets(&breaker, &settings, 1100));
	assert_false(breaker_lets(&breaker, &settings, 1101));
	assert_true(breaker_good(&breaker));
	assert_false(breaker_is_open(&breaker));
	assert_true(breaker_lets(&breaker, &settings, 1102));
	assert_true(breaker_lets(&breaker, &settings, 1102));
	assert_false(breaker_good(&breaker));
}

/* one more error opens it for another while, which is no news */
static void
test_probe_bad(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	open_at(&breaker, 1000);
	assert_true(breaker_lets(&breaker, &settings, 1100));
	assert_false(breaker_bad(&breaker, &settings, 1150));
	assert_false(breaker_lets(&breaker, &settings, 1249));
	assert_true(breaker_lets(&breaker, &settings, 1250));
	assert_true(breaker_good(&breaker));
}

/* a probe that never reports is over when its time is */
static void
test_probe_lost(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	open_at(&breaker, 1000);
	assert_true(breaker_lets(&breaker, &settings, 1100));
	assert_false(breaker_lets(&breaker, &settings, 1199));
	assert_true(breaker_lets(&breaker, &settings, 1200));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens),
		cmocka_unit_test(test_probe_good),
		cmocka_unit_test(test_probe_bad),
		cmocka_unit_test(test_probe_lost),
	};

	return unit_run(tests);
}
