/*
 * test_dnsbl - what DNS lists come to together, and when that is certain.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/mem.h"
#include "policies/dnsbl.h"

static void
votes(void **state)
{
	static const struct {
		int lowest, highest, known;
		bool more;
		int low, high;
	} rows[] = {
		/* all answers are there */
		{ 0, 4, 0, false, 0, 0 },
		{ 0, 4, 4, false, 4, 4 },
		{ -5, 0, -3, false, -3, -3 },
		/* nothing said yet */
		{ 0, 4, 0, true, 0, 4 },
		{ -5, 0, 0, true, -5, 0 },
		{ -5, 4, 0, true, -5, 4 },
		/* what may come counts only if it counts more */
		{ 0, 4, 2, true, 2, 4 },
		{ 0, 4, 4, true, 4, 4 },
		{ -3, 4, 4, true, 4, 4 },
		{ -4, 4, 4, true, 4, 4 },
		{ -5, 4, 4, true, -5, 4 },
		{ -5, 4, -3, true, -5, 4 },
		{ -5, 3, -3, true, -5, 3 },
		{ -5, 2, -3, true, -5, -3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct dnsbl_list list = { .lowest = rows[i].lowest,
			.highest = rows[i].highest };
		struct dnsbl_vote vote =
		    dnsbl_vote(&list, rows[i].known, rows[i].more);

		if (vote.low != rows[i].low || vote.high != rows[i].high)
			fail_msg("row %zu: %d to %d", i, vote.low, vote.high);
	}
}

static void
outcomes(void **state)
{
	static const struct {
		struct dnsbl_vote vote[4];
		enum dnsbl_outcome outcome; /* threshold 4 */
	} rows[] = {
		{ { { 0, 0 } }, DNSBL_BELOW },
		{ { { 4, 4 } }, DNSBL_REACHED },
		{ { { 3, 3 } }, DNSBL_BELOW },
		{ { { 2, 2 }, { 2, 2 } }, DNSBL_REACHED },
		{ { { 4, 4 }, { -1, -1 } }, DNSBL_BELOW },
		/* reached, and another block list is open */
		{ { { 4, 4 }, { 0, 2 } }, DNSBL_REACHED },
		/* reached, but an allow list is open */
		{ { { 4, 4 }, { -5, 0 } }, DNSBL_UNSURE },
		/* an open allow list that cannot make up for it */
		{ { { 4, 4 }, { 4, 4 }, { -3, 0 } }, DNSBL_REACHED },
		/* not reached, and what is open is too little */
		{ { { 0, 0 }, { 0, 2 } }, DNSBL_BELOW },
		{ { { 0, 0 }, { 0, 2 }, { 0, 2 } }, DNSBL_UNSURE },
		{ { { 2, 2 }, { 0, 2 } }, DNSBL_UNSURE },
		/* saved already: more block lists cannot reach it */
		{ { { -5, -5 }, { 0, 4 }, { 0, 4 } }, DNSBL_BELOW },
		{ { { -5, -5 }, { 0, 4 }, { 0, 4 }, { 0, 4 } }, DNSBL_UNSURE },
	};

	(void)state;
	assert_int_equal(dnsbl_outcome(NULL, 0, 1), DNSBL_BELOW);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (dnsbl_outcome(rows[i].vote, 4, 4) != rows[i].outcome)
			fail_msg("row %zu", i);
}

static void
texts(void **state)
{
	struct arena *arena = arena_new(512);
	struct dnsbl_list list = { .text = "" };
	const char *unknown = NULL;

	(void)state;
	assert_true(dnsbl_text_check("", &unknown, arena));
	assert_true(dnsbl_text_check("100% %{ sure", &unknown, arena));
	assert_true(dnsbl_text_check("%{txt} %{zone}%{client_addr}%{subject}",
	    &unknown, arena));
	assert_false(dnsbl_text_check("%{zone} %{hello}", &unknown, arena));
	assert_string_equal(unknown, "hello");
	assert_false(dnsbl_text_wants_txt(&list));
	list.text = "https://x/%{client_addr}";
	assert_false(dnsbl_text_wants_txt(&list));
	list.text = "they say: %{txt}";
	assert_true(dnsbl_text_wants_txt(&list));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(votes),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(texts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
