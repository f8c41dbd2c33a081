/*
 * test_dns - the contract of the DNS service, on both of its backends.
 */
#include "t/lib/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "t/lib/dns_service.h"
#include "t/lib/dnsd.h"

static const char zone[] =
    "$TTL 300\n"
    "example.test 60 A 192.0.2.1\n"
    "example.test 40 A 192.0.2.2\n"
    "example.test AAAA 2001:db8::1\n"
    "example.test MX 10 MX1.Example.test\n"
    "example.test MX 20 mx2.example.test\n"
    "example.test TXT \"v=spf1 \" \"mx\" \" -all\"\n"
    "example.test TXT \"other\\000text\"\n"
    "example.test SOA 120\n"
    "b\xc3\xbc"
    "cher.test A 192.0.2.3\n"
    "_dmarc.example.test TXT v=DMARC1\n"
    "first.last+tag=x.example.test A 192.0.2.4\n"
    "1.2.0.192.in-addr.arpa PTR host.example.test\n"
    "1.2.0.192.in-addr.arpa PTR b\\032d\\046x.test\n"
    "null.test MX 0 .\n"
    "null.test 60 SOA 60\n"
    "notnull.test MX 10 .\n"
    "mixed.test MX 0 .\n"
    "mixed.test MX 10 mx1.example.test\n"
    "www.example.test 30 CNAME one.example.test\n"
    "one.example.test 20 CNAME example.test\n"
    "empty.example.test CNAME _dmarc.example.test\n"
    "nowhere.example.test 50 CNAME gone.example.test\n"
    "c1.test CNAME c2.test\nc2.test CNAME c3.test\nc3.test CNAME c4.test\n"
    "c4.test CNAME c5.test\nc5.test CNAME c6.test\nc6.test CNAME c7.test\n"
    "c7.test CNAME c8.test\nc8.test CNAME c9.test\n"
    "c9.test A 192.0.2.9\n"
    "c0.test CNAME c1.test\n"
    "self.test CNAME self.test\n"
    "a.loop.test CNAME b.loop.test\nb.loop.test CNAME a.loop.test\n"
    "sub.below.test A 192.0.2.5\n"
    "*.list.test A 127.0.0.2\n"
    "servfail.test ANY !SERVFAIL\n"
    "refused.test ANY !REFUSED\n"
    "notimp.test ANY !NOTIMP\n"
    "formerr.test ANY !FORMERR\n"
    "timeout.test ANY !TIMEOUT\n"
    "late.test A 192.0.2.6\n"
    "late.test ANY !DELAY 80\n"
    "slow.test A 192.0.2.6\n"
    "slow.test ANY !DELAY 300\n"
    "slower.test A 192.0.2.6\n"
    "slower.test ANY !DELAY 350\n"
    "*.race.test A 192.0.2.6\n"
    "*.race.test ANY !DELAY 2\n"
    "short.test 0 A 192.0.2.7\n"
    "long.test 86400 A 192.0.2.8\n"
    "nosoa.invalid A 192.0.2.8\n";

#define EACH_SERVICE(service)                                                \
	for (int kind = SERVICE_PACKETS; kind <= SERVICE_ZONE; kind++)       \
		for (struct dns_service *service =                           \
			 dns_service_new((enum dns_service_kind)kind, zone); \
		     service != NULL;                                        \
		     dns_service_free(service), service = NULL)

/* print - an answer without what depends on the time and the server */
static const char *
print(struct dns_service *service, const struct dns_answer *answer,
    enum dns_type type)
{
	struct dns_answer shown = *answer;
	struct str out = STR_INIT;
	const char *copy;

	shown.server = "";
	dns_answer_print(&shown, type, &out);
	copy = arena_strdup(service->arena, str_text(&out));
	str_fini(&out);
	return copy;
}

static void
every_result(void **state)
{
	static const struct {
		const char *name;
		enum dns_type type;
		const char *answer;
		unsigned ttl_s;
	} rows[] = {
		{ "example.test", DNS_A, "192.0.2.1 192.0.2.2", 40 },
		{ "EXAMPLE.Test.", DNS_A, "192.0.2.1 192.0.2.2", 40 },
		{ "example.test", DNS_AAAA, "2001:db8::1", 300 },
		{ "example.test", DNS_MX,
		    "10 mx1.example.test 20 mx2.example.test", 300 },
		{ "example.test", DNS_TXT, "\"v=spf1 mx -all\" \"other\"",
		    300 },
		{ "example.test", DNS_PTR, "no such record", 120 },
		{ "b\xc3\xbc"
		  "cher.test",
		    DNS_A, "192.0.2.3", 300 },
		{ "xn--bcher-kva.test", DNS_A, "192.0.2.3", 300 },
		{ "_dmarc.example.test", DNS_TXT, "\"v=DMARC1\"", 300 },
		{ "first.last+tag=x.example.test", DNS_A, "192.0.2.4", 300 },
		{ "1.2.0.192.in-addr.arpa", DNS_PTR,
		    "host.example.test b\\032d\\046x.test", 300 },
		{ "b d.example.test", DNS_A, "no such name", 120 },
		{ "gone.example.test", DNS_A, "no such name", 120 },
		{ "gone.test", DNS_A, "no such name", 5 },
		{ "null.test", DNS_MX, "null MX", 300 },
		{ "null.test", DNS_A, "no such record", 60 },
		{ "notnull.test", DNS_MX, "invalid answer", 30 },
		{ "mixed.test", DNS_MX, "10 mx1.example.test", 300 },
		{ "www.example.test", DNS_A, "192.0.2.1 192.0.2.2", 20 },
		{ "www.example.test", DNS_CNAME, "one.example.test", 30 },
		{ "empty.example.test", DNS_A, "no such record", 120 },
		{ "nowhere.example.test", DNS_A, "no such name", 50 },
		{ "c1.test", DNS_A, "192.0.2.9", 300 },
		{ "c0.test", DNS_A, "invalid answer", 30 },
		{ "self.test", DNS_A, "invalid answer", 30 },
		{ "a.loop.test", DNS_A, "invalid answer", 30 },
		{ "below.test", DNS_A, "no such record", 5 },
		{ "2.0.0.127.list.test", DNS_A, "127.0.0.2", 300 },
		{ "servfail.test", DNS_A, "temporary failure", 5 },
		{ "refused.test", DNS_A, "temporary failure", 5 },
		{ "notimp.test", DNS_A, "temporary failure", 5 },
		{ "formerr.test", DNS_A, "temporary failure", 5 },
		{ "timeout.test", DNS_A, "temporary failure", 5 },
		{ "late.test", DNS_A, "192.0.2.6", 300 },
		{ "short.test", DNS_A, "192.0.2.7", 0 },
		{ "long.test", DNS_A, "192.0.2.8", 3600 },
		{ "", DNS_A, "invalid answer", 30 },
		{ ".", DNS_A, "invalid answer", 30 },
		{ "a..b", DNS_A, "invalid answer", 30 },
		{ "a\\b", DNS_A, "invalid answer", 30 },
		{ "\xff.test", DNS_A, "invalid answer", 30 },
		{ "a-label-of-more-than-63-bytes-has-no-place-in-these-domain-"
		  "names-0.test",
		    DNS_A, "invalid answer", 30 },
	};

	(void)state;
	EACH_SERVICE(service)
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct dns_answer *answer =
		    dns_service_ask(service, rows[i].name, rows[i].type);

		assert_string_equal(print(service, answer, rows[i].type),
		    rows[i].answer);
		assert_int_equal(answer->ttl_s, rows[i].ttl_s);
	}
}

static void
texts_may_hold_nul_bytes(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		const struct dns_answer *answer =
		    dns_service_ask(service, "example.test", DNS_TXT);

		assert_int_equal(answer->count, 2);
		assert_int_equal(answer->record[0].length, 14);
		assert_int_equal(answer->record[1].length, 10);
		assert_memory_equal(answer->record[1].text, "other\0text", 11);
	}
}

static void
answers_grow_old(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		const struct dns_answer *answer;

		answer = dns_service_ask(service, "example.test", DNS_A);
		assert_false(answer->cached);
		assert_true(strlen(answer->server) > 0);
		clock_fake_advance(service->clock, 39000);
		answer = dns_service_ask(service, "Example.test.", DNS_A);
		assert_true(answer->cached);
		assert_int_equal(answer->age_s, 39);
		clock_fake_advance(service->clock, 1000);
		answer = dns_service_ask(service, "example.test", DNS_A);
		assert_false(answer->cached);
		assert_int_equal(answer->age_s, 0);
		/* a TTL of zero is for those who asked already (RFC 1035
		 * 3.2.1) */
		dns_service_ask(service, "short.test", DNS_A);
		answer = dns_service_ask(service, "short.test", DNS_A);
		assert_false(answer->cached);
		assert_int_equal(dns_service_stat(service, "hits"), 1);
	}
}

static void
ttls_have_bounds(void **state)
{
	static const struct {
		const char *name;
		unsigned kept_s;
	} rows[] = {
		{ "short.test", 10 },
		{ "example.test", 40 },
		{ "long.test", 100 },
		{ "gone.example.test", 50 },
		{ "gone.test", 10 },
		{ "servfail.test", 5 },
		{ "self.test", 30 },
	};

	(void)state;
	EACH_SERVICE(service)
	{
		service->settings.cache_min_ttl_s = 10;
		service->settings.cache_max_ttl_s = 100;
		service->settings.cache_negative_ttl_s = 50;
		dns_service_use(service);
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			const struct dns_answer *answer;

			answer = dns_service_ask(service, rows[i].name, DNS_A);
			assert_int_equal(answer->ttl_s, rows[i].kept_s);
			clock_fake_advance(service->clock,
			    rows[i].kept_s * 1000 - 1);
			answer = dns_service_ask(service, rows[i].name, DNS_A);
			assert_true(answer->cached);
			clock_fake_advance(service->clock, 1);
			answer = dns_service_ask(service, rows[i].name, DNS_A);
			assert_false(answer->cached);
		}
	}
}

/* be_patient - answers of 350 ms are no time-outs */
static void
be_patient(struct dns_service *service)
{
	service->settings.timeout_ms = 4000;
	dns_service_use(service);
}

static void
questions_go_out_together(void **state)
{
	static const char *const names[] = { "slow.test", "slower.test",
		"example.test" };

	(void)state;
	EACH_SERVICE(service)
	{
		struct dns_question *questions[COUNT_OF(names) + 1] = { NULL };
		int64_t deadline_ms = clock_mono_ms(service->clock) + 5000;
		unsigned rounds = 0, ready = 0;
		int64_t start_ms, took_ms;

		be_patient(service);
		start_ms = clock_mono_ms(clock_system());
		for (size_t i = 0; i < COUNT_OF(names); i++)
			questions[i + 1] = dns_ask(service->dns, service->arena,
			    names[i], DNS_A);
		while (dns_wait_some(questions, COUNT_OF(questions),
		    deadline_ms)) {
			rounds++;
			ready = 0;
			for (size_t i = 1; i < COUNT_OF(questions); i++)
				ready += dns_is_ready(questions[i]);
			assert_true(ready >= rounds);
		}
		took_ms = clock_mono_ms(clock_system()) - start_ms;
		/* on a busy machine several are there at once */
		assert_in_range(rounds, 1, 3);
		assert_int_equal(ready, 3);
		assert_in_range(took_ms, 345, 640); /* not 650 */
		assert_false(dns_wait_some(questions, 1, deadline_ms));
	}
}

static void
a_deadline_ends_the_wait_not_the_question(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		int64_t now_ms = clock_mono_ms(service->clock);
		const struct dns_answer *late, *answer;
		struct dns_question *question;
		int64_t start_ms, took_ms;

		be_patient(service);
		start_ms = clock_mono_ms(clock_system());
		question =
		    dns_ask(service->dns, service->arena, "slower.test", DNS_A);
		late = dns_wait(question, now_ms + 50);
		took_ms = clock_mono_ms(clock_system()) - start_ms;
		assert_int_equal(late->result, DNS_TEMPORARY);
		assert_in_range(took_ms, 49, 340);
		assert_false(dns_wait_some(&question, 1, now_ms + 20));
		assert_false(dns_wait_some(&question, 1, now_ms));
		assert_int_equal(dns_wait(question, now_ms - 1)->result,
		    DNS_TEMPORARY);
		answer = dns_wait(question, now_ms + 5000);
		assert_int_equal(answer->result, DNS_FOUND);
		assert_true(answer->took_ms >= 345);
		/* what was said before is not taken back */
		assert_int_equal(late->result, DNS_TEMPORARY);
	}
}

static void
the_cache_is_filled_for_others(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		struct arena *arena = arena_new(512);
		struct dns_question *question;

		be_patient(service);
		dns_ask(service->dns, arena, "slow.test", DNS_A);
		arena_free(arena);
		question =
		    dns_ask(service->dns, service->arena, "slow.test", DNS_A);
		assert_int_equal(dns_service_stat(service, "joined"), 1);
		assert_int_equal(dns_wait(question,
				     clock_mono_ms(service->clock) + 5000)
				     ->result,
		    DNS_FOUND);
	}
}

#define ASKERS 100

struct asker {
	pthread_t thread;
	struct dns_service *service;
	enum dns_result result;
};

/* ask_slowly - a session's thread */
static void *
ask_slowly(void *argument)
{
	struct asker *asker = argument;
	struct arena *arena = arena_new(512);
	struct dns_question *question =
	    dns_ask(asker->service->dns, arena, "slow.test", DNS_A);

	asker->result =
	    dns_wait(question, clock_mono_ms(asker->service->clock) + 5000)
		->result;
	arena_free(arena);
	return NULL;
}

static void
a_question_is_asked_once(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		struct asker askers[ASKERS];

		be_patient(service);
		for (size_t i = 0; i < ASKERS; i++) {
			askers[i] = (struct asker){ .service = service };
			pthread_create(&askers[i].thread, NULL, ask_slowly,
			    &askers[i]);
		}
		for (size_t i = 0; i < ASKERS; i++) {
			pthread_join(askers[i].thread, NULL);
			assert_int_equal(askers[i].result, DNS_FOUND);
		}
		if (service->dnsd != NULL)
			assert_int_equal(dnsd_count(service->dnsd, "slow.test"),
			    1);
		assert_int_equal(dns_service_stat(service, "queries"), ASKERS);
		assert_int_equal(dns_service_stat(service, "hits") +
				     dns_service_stat(service, "joined"),
		    ASKERS - 1);
		assert_int_equal(dns_service_stat(service, "entries"), 1);
	}
}

#define RACERS 8
#define RACES 50

/* race - questions whose answers come when their deadline does; some are also
 * other racers' */
static void *
race(void *argument)
{
	struct asker *asker = argument;
	struct clock *clock = asker->service->clock;
	struct arena *arena = arena_new(512);
	struct dns_question *questions[4];
	const struct dns_answer *answer;

	asker->result = DNS_FOUND;
	for (unsigned i = 0; i < RACES * COUNT_OF(questions); i++) {
		unsigned n = i % COUNT_OF(questions);

		questions[n] = dns_ask(asker->service->dns, arena,
		    arena_printf(arena, "%u.race.test", i), DNS_A);
		if (n + 1 < COUNT_OF(questions))
			continue;
		while (
		    dns_wait_some(questions, n + 1, clock_mono_ms(clock) + 2))
			continue;
		for (; n > 0; n--) {
			dns_wait(questions[n], clock_mono_ms(clock) + 2);
			answer =
			    dns_wait(questions[n], clock_mono_ms(clock) + 5000);
			if (answer->result != DNS_FOUND)
				asker->result = answer->result;
		}
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

static void
answers_come_at_the_deadline(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		struct asker askers[RACERS];

		be_patient(service);
		for (size_t i = 0; i < RACERS; i++) {
			askers[i] = (struct asker){ .service = service };
			pthread_create(&askers[i].thread, NULL, race,
			    &askers[i]);
		}
		for (size_t i = 0; i < RACERS; i++) {
			pthread_join(askers[i].thread, NULL);
			assert_int_equal(askers[i].result, DNS_FOUND);
		}
	}
}

static void
the_cache_has_a_bound(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		struct arena *arena = arena_new(4096);
		char name[64];

		service->settings.cache_size = 1 << 15;
		dns_service_use(service);
		dns_service_ask(service, "example.test", DNS_A);
		for (int i = 0; i < 1000; i++) {
			snprintf(name, sizeof name, "%d.list.test", i);
			dns_wait(dns_ask(service->dns, arena, name, DNS_A),
			    clock_mono_ms(service->clock) + 5000);
			arena_reset(arena);
			assert_in_range(dns_service_stat(service, "bytes"), 1,
			    1 << 15);
		}
		/* the ones used last are there, others are not */
		assert_true(
		    dns_service_ask(service, "999.list.test", DNS_A)->cached);
		assert_false(
		    dns_service_ask(service, "1.list.test", DNS_A)->cached);
		assert_in_range(dns_service_stat(service, "entries"), 50, 150);
		service->settings.cache_size = 1;
		dns_service_use(service);
		assert_int_equal(dns_service_stat(service, "bytes"), 0);
		assert_int_equal(dns_service_stat(service, "entries"), 0);
		arena_free(arena);
	}
}

static void
use_keeps_an_answer(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		char name[64];

		service->settings.cache_size = 1 << 15;
		dns_service_use(service);
		dns_service_ask(service, "example.test", DNS_A);
		for (int i = 0; i < 300; i++) {
			snprintf(name, sizeof name, "%d.list.test", i);
			dns_service_ask(service, name, DNS_A);
			assert_true(
			    dns_service_ask(service, "example.test", DNS_A)
				->cached);
		}
	}
}

static void
failures_are_forgotten_by_a_reload(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		dns_service_ask(service, "servfail.test", DNS_A);
		dns_service_ask(service, "example.test", DNS_A);
		assert_true(
		    dns_service_ask(service, "servfail.test", DNS_A)->cached);
		dns_service_use(service);
		assert_false(
		    dns_service_ask(service, "servfail.test", DNS_A)->cached);
		assert_true(
		    dns_service_ask(service, "example.test", DNS_A)->cached);
	}
}

/* remember - as a listener: what explain would show */
static void
remember(void *context, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	str_addf(context, "%s %s %s;", dns_type_name(type), name,
	    dns_result_name(answer->result));
}

static void
answers_can_be_listened_to(void **state)
{
	(void)state;
	EACH_SERVICE(service)
	{
		struct str heard = STR_INIT;

		dns_listen(service->dns, remember, &heard);
		dns_service_ask(service, "Example.test", DNS_A);
		dns_service_ask(service, "a..b", DNS_MX);
		assert_string_equal(str_text(&heard),
		    "A example.test found;MX a..b invalid answer;");
		str_fini(&heard);
	}
}

static void
answers_in_words(void **state)
{
	const struct dns_record mx = { .preference = 10, .text = "a.test" };
	const struct dns_record text = { .text = "a\nb\"" };
	struct dns_record many[20];
	struct dns_answer answer = { .result = DNS_FOUND,
		.count = 1,
		.record = &mx,
		.ttl_s = 60,
		.took_ms = 12,
		.server = "127.0.0.1" };
	struct str out = STR_INIT;

	(void)state;
	dns_answer_print(&answer, DNS_MX, &out);
	answer.cached = true;
	answer.age_s = 7;
	answer.record = &text;
	dns_answer_print(&answer, DNS_TXT, &out);
	assert_string_equal(str_text(&out),
	    "10 a.test (ttl 60 s, 127.0.0.1, 12 ms)"
	    "\"a?b\"\" (ttl 60 s, cached 7 s ago, 127.0.0.1, 12 ms)");
	str_reset(&out);
	for (size_t i = 0; i < COUNT_OF(many); i++)
		many[i] = (struct dns_record){ .text = "x" };
	answer = (struct dns_answer){ .result = DNS_FOUND,
		.count = COUNT_OF(many),
		.record = many,
		.server = "" };
	dns_answer_print(&answer, DNS_PTR, &out);
	assert_string_equal(str_text(&out),
	    "x x x x x x x x x x x x x x x x and 4 more");
	str_fini(&out);
}

static void
without_a_configuration_nothing_is_asked(void **state)
{
	struct dns *dns = dns_new(clock_system());
	struct arena *arena = arena_new(512);
	struct dns_question *question =
	    dns_ask(dns, arena, "example.test", DNS_A);

	(void)state;
	assert_true(dns_is_ready(question));
	assert_int_equal(dns_wait(question, 0)->result, DNS_TEMPORARY);
	arena_free(arena);
	dns_free(dns);
	dns_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_result),
		cmocka_unit_test(texts_may_hold_nul_bytes),
		cmocka_unit_test(answers_grow_old),
		cmocka_unit_test(ttls_have_bounds),
		cmocka_unit_test(questions_go_out_together),
		cmocka_unit_test(a_deadline_ends_the_wait_not_the_question),
		cmocka_unit_test(the_cache_is_filled_for_others),
		cmocka_unit_test(a_question_is_asked_once),
		cmocka_unit_test(answers_come_at_the_deadline),
		cmocka_unit_test(the_cache_has_a_bound),
		cmocka_unit_test(use_keeps_an_answer),
		cmocka_unit_test(failures_are_forgotten_by_a_reload),
		cmocka_unit_test(answers_can_be_listened_to),
		cmocka_unit_test(answers_in_words),
		cmocka_unit_test(without_a_configuration_nothing_is_asked),
	};

	return unit_run(tests);
}
