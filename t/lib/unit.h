/*
 * unit - what a unit program includes first.
 *
 * A unit program is t/unit/test_*.c: tables of inputs and expected outputs,
 * functions of cmocka that walk them, and main() with unit_run(). It prints
 * TAP.
 */
#ifndef MAILREEVE_UNIT_H
#define MAILREEVE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* unit_run - run the tests of an array, in TAP; main() returns it */
#define unit_run(tests)                            \
	(cmocka_set_message_output(CM_OUTPUT_TAP), \
	    cmocka_run_group_tests(tests, NULL, NULL))

/* unit_assert_fatal - action(context) must end its process by log_fatal() */
void unit_assert_fatal(void (*action)(void *context), void *context);

#endif
