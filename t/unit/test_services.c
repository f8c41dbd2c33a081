/*
 * test_services - problems, counters, steps, verdicts.
 */
#include "t/lib/unit.h"

#include "base/clock.h"
#include "policy/step.h"
#include "policy/verdict.h"
#include "base/problem.h"
#include "service/stats.h"

static void
collects_problems(void **state)
{
	static const char *const lines[] = {
		"a.ini:3: error: unknown key \"x\"",
		"a.ini: warning: empty",
		"error: nowhere",
	};
	struct problems *problems = problems_new();
	struct origin at = { .file = "a.ini", .line = 3 };
	bool is_error;
	size_t i;

	(void)state;
	assert_int_equal(problems_count(problems), 0);
	problems_error(problems, at, "unknown key \"%s\"", "x");
	at.line = 0;
	problems_warning(problems, at, "empty");
	problems_error(problems, (struct origin){ NULL, 0 }, "nowhere");
	assert_int_equal(problems_count(problems), 3);
	assert_int_equal(problems_errors(problems), 2);
	for (i = 0; i < COUNT_OF(lines); i++) {
		assert_string_equal(problems_line(problems, i, &is_error),
		    lines[i]);
		assert_int_equal(is_error, i != 1);
	}
	for (i = 0; i < 100; i++)
		problems_warning(problems, at, "%zu", i);
	assert_int_equal(problems_count(problems), 103);
	assert_int_equal(problems_errors(problems), 2);
	problems_free(problems);
	problems_free(NULL);
}

static void
add_beyond(void *context)
{
	stats_add_reason(context, 3, OUTCOME_REJECT);
}

static void
counts(void **state)
{
	struct stats *stats = stats_new(3);
	int i;

	(void)state;
	stats_add(stats, COUNT_SESSIONS_NOW, 5);
	stats_add(stats, COUNT_SESSIONS_NOW, -2);
	stats_add_reason(stats, 2, OUTCOME_DISCARD);
	stats_add_reason(stats, 2, OUTCOME_DISCARD);
	assert_int_equal(stats_get(stats, COUNT_SESSIONS_NOW), 3);
	assert_int_equal(stats_get(stats, COUNT_SESSIONS), 0);
	assert_int_equal(stats_get_reason(stats, 2, OUTCOME_DISCARD), 2);
	assert_int_equal(stats_get_reason(stats, 1, OUTCOME_DISCARD), 0);
	unit_assert_fatal(add_beyond, stats);
	stats_free(stats);
	for (i = 0; i < COUNT_MAX; i++)
		assert_non_null(stats_counter_name((enum counter)i));
	for (i = 0; i < OUTCOME_MAX; i++)
		assert_non_null(stats_outcome_name((enum outcome)i));
}

static void
names_steps(void **state)
{
	int i, code;

	(void)state;
	for (i = 0; i < STEP_MAX; i++) {
		const char *name = names_name(step_names, i, NULL);

		assert_non_null(name);
		assert_true(names_code(step_names, name, &code));
		assert_int_equal(code, i);
		assert_non_null(step_log_name((enum step)i));
	}
	assert_string_equal(step_log_name(STEP_HELO), "EHLO");
	assert_string_equal(step_log_name(STEP_EOM), "END-OF-MESSAGE");
	assert_string_equal(step_log_name(STEP_REFUSED), "RCPT");
}

static void
too_many_values(void *context)
{
	struct verdict *verdict = context;
	int i;

	for (i = 0; i <= VERDICT_VALUES; i++)
		verdict_value(verdict, (enum reply_value)i, "x");
}

static void
makes_verdicts(void **state)
{
	struct verdict verdict = verdict_refuse(7, "list");
	struct table_answer answer = { .key = ".example.test",
		.note = "why",
		.at = { .file = "f", .line = 4 } };

	(void)state;
	assert_int_equal(verdict.kind, VERDICT_REFUSE);
	assert_int_equal(verdict.reason, 7);
	assert_string_equal(verdict.option, "list");
	verdict_value(&verdict, VALUE_KEY, "old");
	verdict_entry(&verdict, &answer);
	assert_int_equal(verdict.values, 2);
	assert_int_equal(verdict.value[0].id, VALUE_KEY);
	assert_string_equal(verdict.value[0].text, ".example.test");
	assert_string_equal(verdict.value[1].text, "why");
	assert_string_equal(verdict.detail, ".example.test");
	assert_int_equal(verdict.entry.line, 4);
	assert_int_equal(verdict_none().kind, VERDICT_NONE);
	verdict = verdict_none();
	unit_assert_fatal(too_many_values, &verdict);
}

static void
turns_failed_lookups_into_trouble(void **state)
{
	static const struct {
		enum lookup lookup;
		enum trouble trouble;
	} rows[] = {
		{ LOOKUP_TEMPORARY, TROUBLE_TEMPORARY },
		{ LOOKUP_UNAVAILABLE, TROUBLE_UNAVAILABLE },
		{ LOOKUP_BROKEN, TROUBLE_INTERNAL },
		{ LOOKUP_CONFIG, TROUBLE_CONFIG },
	};
	struct problems *problems = problems_new();
	struct table_set *set = tables_new(clock_system());
	struct table *table = table_open(set, "inline:{a b}",
	    (struct origin){ NULL, 0 }, problems);
	struct verdict verdict;
	size_t i;

	(void)state;
	assert_non_null(table);
	for (i = 0; i < COUNT_OF(rows); i++) {
		verdict = verdict_lookup(rows[i].lookup, table);
		assert_int_equal(verdict.kind, VERDICT_TROUBLE);
		assert_int_equal(verdict.trouble, rows[i].trouble);
		assert_string_equal(verdict.detail, "inline:{a b}");
	}
	assert_int_equal(verdict_lookup(LOOKUP_FOUND, table).kind,
	    VERDICT_NONE);
	assert_int_equal(verdict_lookup(LOOKUP_NOT_FOUND, table).kind,
	    VERDICT_NONE);
	table_unref(table);
	tables_free(set);
	problems_free(problems);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collects_problems),
		cmocka_unit_test(counts),
		cmocka_unit_test(names_steps),
		cmocka_unit_test(makes_verdicts),
		cmocka_unit_test(turns_failed_lookups_into_trouble),
	};

	return unit_run(tests);
}
