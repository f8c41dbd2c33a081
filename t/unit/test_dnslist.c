/*
 * test_dnslist - lists of the DNS: zones, answers, self-test, on and off.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/dnslist_internal.h"
#include "service/json.h"
#include "t/lib/dns_service.h"

static const char zone[] =
    "$TTL 60\n"
    "2.0.0.127.good.test A 127.0.0.2\n"
    "2.0.0.127.good.test A 127.0.0.4\n"
    "5.113.0.203.good.test A 127.0.0.4\n"
    "5.113.0.203.good.test TXT \"see https://good.test/ABCkey/5\"\n"
    "7.113.0.203.good.test A 127.255.255.254\n"
    "8.113.0.203.good.test A 192.0.2.1\n"
    "9.113.0.203.good.test A 127.0.0.2\n"
    "9.113.0.203.good.test A 127.255.255.252\n"
    "6.113.0.203.good.test ANY !SERVFAIL\n"
    "10.113.0.203.good.test A 127.0.0.2\n"
    "10.113.0.203.good.test ANY !GARBAGE rdata\n"
    "test.domains.test A 127.0.1.2\n"
    "*.all.test A 127.0.0.2\n"
    "*.refuses.test A 127.255.255.254\n"
    "*.sold.test A 192.0.2.77\n"
    "*.dead.test ANY !TIMEOUT\n"
    "*.nonsense.test A 127.0.0.2\n"
    "*.nonsense.test ANY !GARBAGE rdata\n"
    "2.0.0.127.both.test A 127.0.0.2\n"
    "1.0.0.127.both.test A 127.0.0.2\n"
    "empty.test TXT \"nobody is listed here\"\n"
    "2.0.0.127.secret.keyed.test A 127.0.0.2\n";

static struct dns_service *service;
static struct dnslists *lists;

static int
set_up(void **state)
{
	(void)state;
	log_open(LOG_TO_CAPTURE, "test", "mail");
	mem_free(log_captured());
	service = dns_service_new(SERVICE_ZONE, zone);
	lists = dnslists_new(service->clock, service->dns);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	/* a list that a failed test left would end the program */
	while (lists->first != NULL)
		dnslist_unref(lists->first);
	dnslists_free(lists);
	dns_service_free(service);
	return 0;
}

/* the usual errors */
static const char *const error_words[] = { "127.255.255.0/24", "127.0.0.1" };

/* open_list - of a zone, with a self-test or without one */
static struct dnslist *
open_list(const char *name, int64_t health_s)
{
	static struct dnslist_filter errors[COUNT_OF(error_words)];
	struct dnslist_spec spec = {
		.name = "dnsbl.x",
		.zone = name,
		.key = "",
		.errors = { .filter = errors, .count = COUNT_OF(errors) },
		.health_s = health_s,
		.listed = "2.0.0.127",
		.unlisted = "1.0.0.127",
	};
	const char *why;

	for (size_t i = 0; i < COUNT_OF(errors); i++)
		assert_true(
		    dnslist_filter_parse(&errors[i], error_words[i], &why));
	if (strcmp(name, "domains.test") == 0) {
		spec.listed = "test";
		spec.unlisted = "invalid";
	}
	if (strstr(name, "${key}") != NULL)
		spec.key = "secret";
	return dnslist_open(lists, &spec);
}

/* assert_logged - that all lines since the last look are these */
static void
assert_logged(const char *want)
{
	char *lines = log_captured();

	assert_string_equal(lines, want);
	mem_free(lines);
}

static void
zones(void **state)
{
	static const struct {
		const char *zone, *key, *why;
	} rows[] = {
		{ "zen.example", "", NULL },
		{ "${key}.zen.example", "abc", NULL },
		{ "a.${key}.zen.example", "abc", NULL },
		{ "_x.zen.example", "", NULL },
		{ "zen.example", "abc", "the zone has no ${key} for the key" },
		{ "${key}.zen.example", "",
		    "the zone has ${key}, but there is no key" },
		{ "x${key}.zen.example", "abc",
		    "${key} is not a label of its own in the zone" },
		{ "${key}x.zen.example", "abc",
		    "${key} is not a label of its own in the zone" },
		{ "${key}.${key}.example", "abc",
		    "${key} is not a label of its own in the zone" },
		{ "${key}", "abc",
		    "${key} is not a label of its own in the zone" },
		{ "${key}.zen.example", "a.b",
		    "the key is not a label of a name" },
		{ "zen example", "", "the zone is not a name" },
		{ "${kay}.zen.example", "", "the zone is not a name" },
		{ "-.example", "", "the zone is not a name" },
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool good = dnslist_zone_check(rows[i].zone, rows[i].key, &why);

		assert_int_equal(good, rows[i].why == NULL);
		if (!good)
			assert_string_equal(why, rows[i].why);
	}
}

/* says - what a list says about a subject */
static enum dnslist_says
says(const struct dnslist *list, const char *subject)
{
	struct dns_question *question =
	    dnslist_ask(list, service->arena, subject, DNS_A);

	return dnslist_read(list,
	    dns_wait(question, clock_mono_ms(service->clock) + 5000));
}

static void
answers(void **state)
{
	struct dnslist *list = open_list("good.test", 600);

	(void)state;
	assert_int_equal(says(list, "5.113.0.203"), DNSLIST_LISTED);
	assert_int_equal(says(list, "1.113.0.203"), DNSLIST_CLEAN);
	assert_int_equal(says(list, "113.0.203"), DNSLIST_CLEAN); /* no data */
	assert_int_equal(says(list, "7.113.0.203"), DNSLIST_REFUSED);
	/* an error beside a listing is an error */
	assert_int_equal(says(list, "9.113.0.203"), DNSLIST_REFUSED);
	/* nor is what lies outside of 127.0.0.0/8 */
	assert_int_equal(says(list, "8.113.0.203"), DNSLIST_REFUSED);
	assert_int_equal(says(list, "6.113.0.203"), DNSLIST_SILENT);
	assert_int_equal(says(list, "10.113.0.203"), DNSLIST_SILENT);
	dnslist_unref(list);
}

static void
names(void **state)
{
	struct dnslist *list = open_list("${key}.keyed.test", 600);
	struct dns_record record = {
		.text = "http://x/SECRET/?secret",
	};
	struct dns_answer answer = { .result = DNS_FOUND,
		.count = 1,
		.record = &record };
	char label[240];

	(void)state;
	assert_string_equal(dnslist_zone(list), "keyed.test");
	assert_int_equal(says(list, "2.0.0.127"), DNSLIST_LISTED);
	/* the key shows in no text */
	assert_string_equal(dnslist_text(list, &answer, service->arena),
	    "http://x/***/?***");
	answer.result = DNS_NO_DATA;
	assert_string_equal(dnslist_text(list, &answer, service->arena), "");
	/* a name that is too long is not asked, so it cannot fail */
	memset(label, 'a', sizeof(label));
	for (size_t i = 60; i < sizeof(label); i += 60)
		label[i] = '.';
	label[235] = '\0';
	assert_non_null(dnslist_ask(list, service->arena, label, DNS_A));
	label[235] = 'a';
	label[236] = '\0';
	assert_null(dnslist_ask(list, service->arena, label, DNS_A));
	dnslist_unref(list);
}

static void
shared(void **state)
{
	struct dnslist *one = open_list("good.test", 600);
	struct dnslist *two = open_list("good.test", 600);
	struct dnslist *three = open_list("good.test", 300);

	(void)state;
	assert_ptr_equal(one, two);
	assert_ptr_not_equal(one, three);
	dnslist_unref(one);
	dnslist_unref(three);
	assert_int_equal(says(two, "5.113.0.203"), DNSLIST_LISTED);
	dnslist_unref(two);
	dnslist_unref(NULL);
}

static void
self_test(void **state)
{
	static const struct {
		const char *zone, *why; /* NULL: it works */
	} rows[] = {
		{ "good.test", NULL },
		{ "domains.test", NULL },
		{ "all.test", "it lists everything" },
		{ "refuses.test",
		    "it answers 127.255.255.254, which is an error: it may "
		    "refuse us" },
		{ "sold.test",
		    "it answers 192.0.2.77, which is an error: it may refuse "
		    "us" },
		{ "dead.test", "it does not answer" },
		{ "nonsense.test", "its answers cannot be used" },
		{ "both.test", "it lists 1.0.0.127, which is nobody's" },
		{ "empty.test", "it does not list its test point 2.0.0.127" },
	};
	struct dnslist *list[COUNT_OF(rows)];
	struct str want = STR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		list[i] = open_list(rows[i].zone, 600);
		assert_true(dnslist_is_on(list[i]));
	}
	dnslists_settle(lists, 2000);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *why = dnslist_why(list[i], service->arena);

		assert_int_equal(dnslist_is_on(list[i]), rows[i].why == NULL);
		assert_string_equal(why,
		    rows[i].why != NULL ? rows[i].why : "");
	}
	/* one line each, those that work none */
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].why != NULL)
			str_addf(&want, "%s%s: %s is switched off: %s",
			    want.length > 0 ? "\n" : "", "dnsbl.x",
			    rows[i].zone, rows[i].why);
	assert_logged(str_text(&want));
	/* settled once */
	dnslists_settle(lists, 2000);
	assert_logged("");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		dnslist_unref(list[i]);
	str_fini(&want);
}

/* note - a session's answer, some times */
static void
note(struct dnslist *list, enum dnslist_says says, unsigned times)
{
	struct dns_record record = {
		.address = { .family = 4, .byte = { 127, 255, 255, 254 } },
	};
	struct dns_answer answer = { .result = DNS_FOUND,
		.count = 1,
		.record = &record,
		.server = "192.0.2.53" };

	for (; times > 0; times--)
		dnslist_note(list, says, &answer);
}

static void
switched_by_sessions(void **state)
{
	struct dnslist *list = open_list("good.test", 0);

	(void)state;
	/* nothing to test at the start */
	dnslists_settle(lists, 0);
	assert_true(dnslist_is_on(list));
	/* three in a row */
	note(list, DNSLIST_SILENT, 2);
	note(list, DNSLIST_CLEAN, 1);
	note(list, DNSLIST_SILENT, 2);
	assert_true(dnslist_is_on(list));
	note(list, DNSLIST_SILENT, 1);
	assert_false(dnslist_is_on(list));
	note(list, DNSLIST_SILENT, 5);
	assert_logged("dnsbl.x: good.test is switched off: it does not answer "
		      "sessions");
	dnslist_unref(list);
}

static void
no_server(void **state)
{
	const struct dns_answer answer = { .result = DNS_TEMPORARY,
		.server = "" };
	struct dnslist *list = open_list("good.test", 0);

	(void)state;
	/* nobody could be asked: not the list's fault */
	for (int i = 0; i < 10; i++)
		dnslist_note(list, DNSLIST_SILENT, &answer);
	assert_true(dnslist_is_on(list));
	assert_logged("");
	dnslist_unref(list);
}

static void
refusals(void **state)
{
	static const char line[] =
	    "dnsbl.x: good.test answers 127.255.255.254, which is an error "
	    "and no listing: it may refuse us";
	struct dnslist *list = open_list("good.test", 600);

	(void)state;
	for (int i = 0; i < 10; i++) {
		note(list, DNSLIST_REFUSED, 1);
		note(list, DNSLIST_LISTED, 1);
	}
	/* once an hour */
	assert_logged(line);
	clock_fake_advance(service->clock, 3599 * 1000);
	note(list, DNSLIST_REFUSED, 1);
	note(list, DNSLIST_LISTED, 1);
	assert_logged("");
	clock_fake_advance(service->clock, 2000);
	note(list, DNSLIST_REFUSED, 1);
	assert_logged(line);
	note(list, DNSLIST_REFUSED, 2);
	assert_logged("dnsbl.x: good.test is switched off: it refuses what "
		      "sessions ask");
	dnslist_unref(list);
}

/* due_in - seconds until the next test; -1: never */
static int64_t
due_in(const struct dnslist *list)
{
	if (list->due_ms == DNSLIST_NEVER)
		return -1;
	return (list->due_ms - clock_mono_ms(service->clock)) / 1000;
}

static void
timetable(void **state)
{
	struct dnslist *tested = open_list("good.test", 600);
	struct dnslist *untested = open_list("domains.test", 0);
	struct dnslist *often = open_list("empty.test", 3);

	(void)state;
	dnslists_settle(lists, 1000);
	assert_int_equal(due_in(tested), 600);
	assert_int_equal(due_in(untested), -1);
	assert_int_equal(due_in(often), 3);
	/* while it is off, at growing intervals */
	dnslist_switch(tested, "x");
	assert_int_equal(due_in(tested), 10);
	dnslist_switch(tested, "x");
	assert_int_equal(due_in(tested), 20);
	dnslist_switch(tested, "y");
	dnslist_switch(tested, "y");
	assert_int_equal(due_in(tested), 60);
	dnslist_switch(tested, NULL);
	assert_int_equal(due_in(tested), 600);
	/* one that fails again soon is not trusted */
	dnslist_switch(tested, "x");
	assert_int_equal(due_in(tested), 60);
	dnslist_switch(tested, NULL);
	clock_fake_advance(service->clock, 601 * 1000);
	dnslist_switch(tested, "x");
	assert_int_equal(due_in(tested), 10);
	/* one without a test has one while it is off */
	dnslist_switch(untested, "x");
	assert_int_equal(due_in(untested), 10);
	dnslist_switch(untested, NULL);
	assert_int_equal(due_in(untested), -1);
	dnslist_unref(tested);
	dnslist_unref(untested);
	dnslist_unref(often);
}

static void
stats(void **state)
{
	struct dnslist *list = open_list("${key}.keyed.test", 600);
	struct json *array = json_new_array();
	char *text;

	(void)state;
	note(list, DNSLIST_LISTED, 2);
	note(list, DNSLIST_CLEAN, 1);
	dnslist_switch(list, "it sleeps");
	clock_fake_advance(service->clock, 5000);
	dnslists_stats(lists, array);
	text = json_print(array);
	assert_string_equal(text,
	    "[{\"list\":\"dnsbl.x\",\"zone\":\"keyed.test\",\"state\":"
	    "\"off\",\"why\":\"it sleeps\",\"since\":5,\"clean\":1,"
	    "\"listed\":2,\"refused\":0,\"silent\":0,\"switched_off\":1}]");
	mem_free(text);
	json_free(array);
	dnslist_unref(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones),
		cmocka_unit_test_setup_teardown(answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shared, set_up, tear_down),
		cmocka_unit_test_setup_teardown(self_test, set_up, tear_down),
		cmocka_unit_test_setup_teardown(switched_by_sessions, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(no_server, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(timetable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stats, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
