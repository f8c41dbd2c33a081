/*
 * test_log - levels, sinks, and lines that nobody can forge.
 */
#include "t/lib/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

static int
to_capture(void **state)
{
	(void)state;
	log_set_level(LEVEL_INFO);
	return log_open(LOG_TO_CAPTURE, "test", "mail") ? 0 : -1;
}

/* expect - that exactly these lines were logged */
static void
expect(const char *lines)
{
	char *got = log_captured();

	assert_string_equal(got, lines);
	mem_free(got);
}

static void
filters_levels(void **state)
{
	(void)state;
	log_error("e%d", 1);
	log_warning("w");
	log_notice("n");
	log_info("i");
	log_debug("d");
	log_line(LEVEL_DEBUG, TINT_NONE, "dd");
	expect("e1\nw\nn\ni");
	log_set_level(LEVEL_ERROR);
	log_warning("w");
	log_line(LEVEL_INFO, TINT_REFUSED, "i");
	log_error("e");
	expect("e");
	log_set_level(LEVEL_DEBUG);
	log_debug("d");
	expect("d");
	expect("");
}

static void
replaces_control_bytes(void **state)
{
	(void)state;
	log_info("from=<%s>", "a\r\nNOQUEUE: reject\x1b\x80\xff");
	log_line(LEVEL_INFO, TINT_NONE, "x\ny");
	expect("from=<a?"
	       "?NOQUEUE: reject?"
	       "?"
	       "?>\nx?y");
}

static void
takes_long_lines(void **state)
{
	char text[20000], *got;

	(void)state;
	memset(text, 'l', sizeof text);
	text[4999] = '\0';
	log_info("%s", text);
	log_line(LEVEL_INFO, TINT_NONE, text);
	got = log_captured();
	assert_int_equal(strlen(got), 2 * 4999 + 1);
	mem_free(got);
	text[4999] = 'l';
	text[sizeof text - 1] = '\0';
	log_info("%s", text);
	log_line(LEVEL_INFO, TINT_NONE, text);
	got = log_captured();
	assert_in_range(strlen(got), 8192, 2 * 8192);
	mem_free(got);
}

static void
knows_facilities(void **state)
{
	(void)state;
	assert_true(log_facility_known("mail"));
	assert_true(log_facility_known("LOCAL7"));
	assert_false(log_facility_known("local8"));
	assert_false(log_facility_known(""));
	assert_false(log_open(LOG_TO_STDERR, "test", "post"));
	log_info("still captured");
	expect("still captured");
}

/* seize - what action writes to file descriptor 2 */
static void
seize(void (*action)(void), char *out, size_t size)
{
	int ends[2], old = dup(STDERR_FILENO);
	ssize_t length;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	action();
	dup2(old, STDERR_FILENO);
	close(old);
	length = read(ends[0], out, size - 1);
	close(ends[0]);
	out[length > 0 ? length : 0] = '\0';
}

static void
one_warning(void)
{
	assert_true(log_open(LOG_TO_STDERR, "test", "mail"));
	log_warning("two\nlines");
	log_line(LEVEL_INFO, TINT_REFUSED, "not red");
}

static void
writes_to_stderr(void **state)
{
	char out[1000], *line;

	(void)state;
	seize(one_warning, out, sizeof out);
	/* "2026-11-21 10:20:00 warning: text": no colours in a pipe */
	line = strchr(out, '\n');
	assert_non_null(line);
	*line++ = '\0';
	assert_int_equal(strlen(out), strlen("2026-11-21 10:20:00 warning: "
					     "two?lines"));
	assert_string_equal(out + 19, " warning: two?lines");
	assert_string_equal(line + 19, " info: not red\n");
}

static void
goes_to_syslog(void **state)
{
	(void)state;
	/* it cannot be seen from here; it must do no harm */
	assert_true(log_open(LOG_TO_SYSLOG, "mailreeve-test", "local0"));
	log_debug("dropped");
	assert_int_equal(to_capture(NULL), 0);
	expect("");
}

static void *
write_lines(void *context)
{
	int i;

	for (i = 0; i < 500; i++)
		log_info("line of thread %s", (const char *)context);
	return NULL;
}

static void
keeps_threads_apart(void **state)
{
	static char names[][2] = { "a", "b", "c", "d" };
	pthread_t thread[COUNT_OF(names)];
	char *got, *line, *rest;
	size_t i, count = 0;

	(void)state;
	for (i = 0; i < COUNT_OF(names); i++)
		pthread_create(&thread[i], NULL, write_lines, names[i]);
	for (i = 0; i < COUNT_OF(names); i++)
		pthread_join(thread[i], NULL);
	got = log_captured();
	for (line = strtok_r(got, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		assert_memory_equal(line, "line of thread ", 15);
		assert_int_equal(strlen(line), 16);
		count++;
	}
	assert_int_equal(count, 500 * COUNT_OF(names));
	mem_free(got);
}

static void
fatal(void *context)
{
	(void)context;
	log_fatal("the end: %s", "really");
}

static void
fatal_exits_75(void **state)
{
	(void)state;
	unit_assert_fatal(fatal, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(filters_levels, to_capture),
		cmocka_unit_test_setup(replaces_control_bytes, to_capture),
		cmocka_unit_test_setup(takes_long_lines, to_capture),
		cmocka_unit_test_setup(knows_facilities, to_capture),
		cmocka_unit_test_setup(writes_to_stderr, to_capture),
		cmocka_unit_test_setup(goes_to_syslog, to_capture),
		cmocka_unit_test_setup(keeps_threads_apart, to_capture),
		cmocka_unit_test_setup(fatal_exits_75, to_capture),
	};

	return unit_run(tests);
}
