/*
 * test_dns_resolver - name servers that fail, and what is made of it.
 */
#include "t/lib/unit.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "t/lib/dns_service.h"
#include "t/lib/dnsd.h"

static const char zone[] = "$TTL 300\n"
			   "example.test A 192.0.2.1\n"
			   "*.many.test A 127.0.0.2\n"
			   "servfail.test ANY !SERVFAIL\n"
			   "*.dead.test ANY !TIMEOUT\n"
			   "truncated.test TXT text\n"
			   "truncated.test ANY !TRUNCATE\n"
			   "notcp.test ANY !NOTCP\n"
			   "noedns.test A 192.0.2.2\n"
			   "noedns.test ANY !NOEDNS\n"
			   "noedns.test MX 10 example.test\n";

/* a place where questions are swallowed */
struct hole {
	int fd, tcp;
	char where[32];
};

/* open_bound - a socket at that port, of any if it is 0; -1 if it is taken */
static int
open_bound(int type, in_port_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = *port };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, type, 0);

	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&address, &length);
	*port = address.sin_port;
	return fd;
}

/*
 * hole_open - a UDP socket that nobody reads. A server may come up there: so
 * it is a port that is free for TCP too, where connections that others closed
 * a minute ago still take many.
 */
static struct hole
hole_open(void)
{
	struct hole hole = { .fd = -1 };
	in_port_t port = 0;

	for (int n = 0; n < 20 && hole.fd < 0; n++) {
		port = 0;
		hole.tcp = open_bound(SOCK_STREAM, &port);
		assert_true(hole.tcp >= 0);
		hole.fd = open_bound(SOCK_DGRAM, &port);
		if (hole.fd < 0)
			close(hole.tcp);
	}
	assert_true(hole.fd >= 0);
	snprintf(hole.where, sizeof hole.where, "127.0.0.1:%u", ntohs(port));
	return hole;
}

/* hole_close - from then on questions are refused */
static void
hole_close(const struct hole *hole)
{
	close(hole->fd);
	close(hole->tcp);
}

/* real_ms - the system's clock */
static int64_t
real_ms(void)
{
	return clock_mono_ms(clock_system());
}

/* use_servers - a list in place of the service's own dnsd */
static void
use_servers(struct dns_service *service, const char *first, const char *second)
{
	service->settings.servers =
	    arena_printf(service->arena, "%s %s", first, second);
	dns_service_use(service);
}

/* assert_state - "up" or "down", of a server by its number */
static void
assert_state(struct dns_service *service, size_t number, const char *state)
{
	struct json *stats = json_new_object();

	dns_stats(service->dns, stats);
	assert_string_equal(
	    json_get_text(json_at(json_get(stats, "servers"), number), "state"),
	    state);
	json_free(stats);
}

/* wait_for_state - for up to 3 s */
static void
wait_for_state(struct dns_service *service, const char *state)
{
	int64_t end_ms = real_ms() + 3000;
	struct json *stats;
	bool there = false;

	while (!there && real_ms() < end_ms) {
		stats = json_new_object();
		dns_stats(service->dns, stats);
		there =
		    strcmp(json_get_text(json_at(json_get(stats, "servers"), 0),
			       "state"),
			state) == 0;
		json_free(stats);
		usleep(5000);
	}
	assert_true(there);
}

static void
garbage_convicts_nobody(void **state)
{
	static const struct {
		const char *kind;
		enum dns_result packets, parsed;
	} rows[] = {
		{ "empty", DNS_TEMPORARY, DNS_TEMPORARY },
		{ "short", DNS_TEMPORARY, DNS_TEMPORARY },
		{ "random", DNS_INVALID, DNS_INVALID },
		{ "id", DNS_TEMPORARY, DNS_TEMPORARY },
		{ "question", DNS_TEMPORARY, DNS_TEMPORARY },
		{ "type", DNS_TEMPORARY, DNS_TEMPORARY },
		{ "unasked", DNS_TEMPORARY, DNS_TEMPORARY },
		{ "query", DNS_INVALID, DNS_TEMPORARY },
		{ "cut", DNS_INVALID, DNS_INVALID },
		{ "pointer", DNS_INVALID, DNS_INVALID },
		{ "label", DNS_INVALID, DNS_INVALID },
		{ "count", DNS_INVALID, DNS_INVALID },
		{ "rdata", DNS_INVALID, DNS_INVALID },
		{ "owner", DNS_INVALID, DNS_INVALID },
		{ "class", DNS_INVALID, DNS_INVALID },
		{ "loop", DNS_INVALID, DNS_INVALID },
		{ "chain", DNS_INVALID, DNS_INVALID },
		{ "many", DNS_INVALID, DNS_INVALID },
		{ "truncated", DNS_INVALID, DNS_INVALID },
	};
	struct str text = STR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		str_addf(&text,
		    "%s.test A 192.0.2.1\n"
		    "%s.test ANY !GARBAGE %s\n",
		    rows[i].kind, rows[i].kind, rows[i].kind);
	str_add(&text, "huge.test ANY !GARBAGE huge\n");
	for (int kind = SERVICE_PACKETS; kind <= SERVICE_ZONE; kind++) {
		struct dns_service *service =
		    dns_service_new((enum dns_service_kind)kind,
			str_text(&text));
		struct dns_question *questions[COUNT_OF(rows)];

		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			char name[64];

			snprintf(name, sizeof name, "%s.test", rows[i].kind);
			questions[i] =
			    dns_ask(service->dns, service->arena, name, DNS_A);
		}
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			enum dns_result wanted = kind == SERVICE_PACKETS
						     ? rows[i].packets
						     : rows[i].parsed;
			const struct dns_answer *answer = dns_wait(questions[i],
			    clock_mono_ms(service->clock) + 5000);

			/* later versions of c-ares drop more by themselves */
			if (kind == SERVICE_PACKETS &&
			    answer->result == DNS_TEMPORARY)
				wanted = DNS_TEMPORARY;
			if (answer->result != wanted)
				print_message("%s\n", rows[i].kind);
			assert_int_equal(answer->result, wanted);
			assert_int_equal(answer->count, 0);
		}
		/* large, but nothing is wrong with it; it is not kept */
		assert_int_equal(
		    dns_service_ask(service, "huge.test", DNS_TXT)->result,
		    DNS_FOUND);
		assert_false(
		    dns_service_ask(service, "huge.test", DNS_TXT)->cached);
		dns_service_free(service);
	}
	str_fini(&text);
}

/* wait_for_no_connection - for up to 3 s: if the server were to close it, as
 * it does after 10 s, questions under way would fail */
static void
wait_for_no_connection(struct dnsd *dnsd)
{
	int64_t end_ms = real_ms() + 3000;

	while (dnsd_connections(dnsd) > 0 && real_ms() < end_ms)
		usleep(1000);
	assert_int_equal(dnsd_connections(dnsd), 0);
}

static void
tcp_takes_over(void **state)
{
	struct str text = STR_INIT;
	struct dns_service *service;
	int64_t start_ms;

	(void)state;
	str_add(&text, zone);
	for (int i = 0; i < 400; i++)
		str_addf(&text, "big.test A 192.0.%d.%d\n", i / 250, i % 250);
	for (int i = 0; i < 50; i++)
		str_addf(&text, "medium.test A 192.0.2.%d\n", i);
	service = dns_service_new(SERVICE_PACKETS, str_text(&text));
	assert_int_equal(dns_service_ask(service, "medium.test", DNS_A)->count,
	    50); /* 800 bytes, by EDNS */
	assert_int_equal(dnsd_count_tcp(service->dnsd), 0);
	assert_int_equal(dns_service_ask(service, "big.test", DNS_A)->count,
	    400);
	assert_int_equal(dnsd_count_tcp(service->dnsd), 1);
	wait_for_no_connection(service->dnsd);
	assert_int_equal(
	    dns_service_ask(service, "truncated.test", DNS_TXT)->result,
	    DNS_FOUND);
	start_ms = real_ms();
	assert_int_equal(dns_service_ask(service, "notcp.test", DNS_A)->result,
	    DNS_TEMPORARY);
	assert_in_range(real_ms() - start_ms, 0, 2000);
	dns_service_free(service);
	str_fini(&text);
}

static void
servers_without_edns(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    dns_service_ask(service, "noedns.test", DNS_A)->result,
		    DNS_FOUND);
		assert_int_equal(
		    dns_service_ask(service, "noedns.test", DNS_MX)->result,
		    DNS_FOUND);
		assert_int_equal(
		    dns_service_ask(service, "noedns.test", DNS_TXT)->result,
		    DNS_NO_DATA);
		clock_fake_advance(service->clock, 300 * 1000);
	}
	dns_service_free(service);
}

static void
the_second_server_is_asked(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct dnsd *other =
	    dnsd_start("127.0.0.1:0", "servfail.test A 192.0.2.1\n"
				      "example.test A 192.0.2.9\n");
	struct hole hole = hole_open();
	const struct dns_answer *answer;
	int64_t start_ms;

	(void)state;
	/* it says that it cannot: at once, long before the end of a try */
	service->settings.timeout_ms = 4000;
	use_servers(service, dnsd_where(service->dnsd), dnsd_where(other));
	start_ms = real_ms();
	answer = dns_service_ask(service, "servfail.test", DNS_A);
	assert_int_equal(answer->result, DNS_FOUND);
	assert_string_equal(answer->server, dnsd_where(other));
	assert_int_equal(dnsd_count(service->dnsd, "servfail.test"), 1);
	assert_in_range(real_ms() - start_ms, 0, 2000);
	/* nobody is there: at once */
	use_servers(service, "127.0.0.1:1", dnsd_where(other));
	start_ms = real_ms();
	answer = dns_service_ask(service, "example.test", DNS_A);
	assert_int_equal(answer->result, DNS_FOUND);
	assert_in_range(real_ms() - start_ms, 0, 2000);
	/* it says nothing: after the time of a try */
	service->settings.timeout_ms = 200;
	use_servers(service, hole.where, dnsd_where(other));
	start_ms = real_ms();
	answer = dns_service_ask(service, "example.test", DNS_A);
	assert_int_equal(answer->result, DNS_FOUND);
	assert_in_range(real_ms() - start_ms, 195, 1500);
	assert_in_range(answer->took_ms, 195, 1500);
	hole_close(&hole);
	dnsd_stop(other);
	dns_service_free(service);
}

static void
a_dead_server_is_left_alone(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct hole hole = hole_open();
	struct dns_question *questions[4];
	char *lines, name[32];
	int64_t start_ms;

	(void)state;
	lines = log_captured();
	mem_free(lines);
	use_servers(service, hole.where, dnsd_where(service->dnsd));
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		snprintf(name, sizeof name, "%zu.many.test", i);
		questions[i] =
		    dns_ask(service->dns, service->arena, name, DNS_A);
	}
	for (size_t i = 0; i < COUNT_OF(questions); i++)
		assert_int_equal(dns_wait(questions[i],
				     clock_mono_ms(service->clock) + 5000)
				     ->result,
		    DNS_FOUND);
	wait_for_state(service, "down");
	start_ms = real_ms();
	for (size_t i = 10; i < 30; i++) {
		snprintf(name, sizeof name, "%zu.many.test", i);
		assert_int_equal(dns_service_ask(service, name, DNS_A)->result,
		    DNS_FOUND);
	}
	assert_in_range(real_ms() - start_ms, 0, 2000); /* not 20 * 200 */
	assert_state(service, 1, "up");
	lines = log_captured();
	assert_non_null(strstr(lines, "does not answer"));
	mem_free(lines);
	hole_close(&hole);
	dns_service_free(service);
}

static void
without_any_server_nobody_waits(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct hole hole = hole_open();
	char *lines, name[32], where[32];
	struct dnsd *back;
	int64_t start_ms;

	(void)state;
	lines = log_captured();
	mem_free(lines);
	service->settings.servers = hole.where;
	dns_service_use(service);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%zu.many.test", i);
		dns_ask(service->dns, service->arena, name, DNS_A);
	}
	wait_for_state(service, "down");
	start_ms = real_ms();
	for (size_t i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%zu.many.test", i);
		assert_int_equal(dns_service_ask(service, name, DNS_A)->result,
		    DNS_TEMPORARY);
	}
	assert_in_range(real_ms() - start_ms, 0, 5000); /* not 100 * 400 */
	/* somebody answers there again */
	hole_close(&hole);
	snprintf(where, sizeof where, "%s", hole.where);
	back = dnsd_start(where, zone);
	assert_non_null(back);
	wait_for_state(service, "up");
	assert_int_equal(dns_service_ask(service, "3.many.test", DNS_A)->result,
	    DNS_FOUND);
	lines = log_captured();
	assert_non_null(strstr(lines, "answers again"));
	mem_free(lines);
	dnsd_stop(back);
	dns_service_free(service);
}

static void
who_is_refused_does_not_wait(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct dns_question *questions[20];
	char name[32];

	(void)state;
	service->settings.timeout_ms = 4000;
	service->settings.tries = 1;
	for (int servers = 1; servers <= 2; servers++) {
		int64_t start_ms = real_ms();

		/* nobody listens at the first */
		use_servers(service, "127.0.0.1:1",
		    servers == 1 ? "" : dnsd_where(service->dnsd));
		for (size_t i = 0; i < COUNT_OF(questions); i++) {
			snprintf(name, sizeof name, "%d%zu.many.test", servers,
			    i);
			questions[i] =
			    dns_ask(service->dns, service->arena, name, DNS_A);
		}
		for (size_t i = 0; i < COUNT_OF(questions); i++)
			assert_int_equal(dns_wait(questions[i],
					     clock_mono_ms(service->clock) +
						 9000)
					     ->result,
			    servers == 1 ? DNS_TEMPORARY : DNS_FOUND);
		assert_in_range(real_ms() - start_ms, 0, 2000);
	}
	dns_service_free(service);
}

static void
dead_domains_do_not_take_the_server_down(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct dns_question *question = NULL;
	char name[32];

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "%d.dead.test", i);
		question = dns_ask(service->dns, service->arena, name, DNS_A);
	}
	assert_int_equal(
	    dns_wait(question, clock_mono_ms(service->clock) + 5000)->result,
	    DNS_TEMPORARY);
	assert_state(service, 0, "up");
	assert_int_equal(
	    dns_service_ask(service, "example.test", DNS_A)->result, DNS_FOUND);
	assert_in_range(dnsd_count(service->dnsd, ""), 1, 3);
	dns_service_free(service);
}

static void
other_servers_take_over_what_is_under_way(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct hole hole = hole_open();
	struct dns_question *question;
	const char *good = service->settings.servers, *why;

	(void)state;
	dns_service_ask(service, "example.test", DNS_A);
	service->settings.servers = hole.where;
	dns_service_use(service);
	question = dns_ask(service->dns, service->arena, "1.many.test", DNS_A);
	assert_false(dns_is_ready(question));
	service->settings.servers = "no address";
	assert_false(dns_configure(service->dns, &service->settings, &why));
	assert_non_null(strstr(why, "addresses"));
	service->settings.servers = good;
	dns_service_use(service);
	assert_int_equal(
	    dns_wait(question, clock_mono_ms(service->clock) + 5000)->result,
	    DNS_FOUND);
	/* other servers may say other things */
	assert_false(dns_service_ask(service, "example.test", DNS_A)->cached);
	/* the same servers do not */
	service->settings.tries = 3;
	dns_service_use(service);
	assert_true(dns_service_ask(service, "example.test", DNS_A)->cached);
	hole_close(&hole);
	dns_service_free(service);
}

static void
an_end_with_questions_under_way(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct hole hole = hole_open();
	struct arena *arena = arena_new(512);
	char name[32];

	(void)state;
	use_servers(service, hole.where, dnsd_where(service->dnsd));
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%d.many.test", i);
		dns_ask(service->dns, arena, name, DNS_A);
	}
	arena_free(arena);
	hole_close(&hole);
	dns_service_free(service);
}

static void
questions_under_way_have_a_bound(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct hole hole = hole_open();
	unsigned unanswered = 0;
	char name[32];

	(void)state;
	service->settings.servers = hole.where;
	service->settings.timeout_ms = 20000;
	dns_service_use(service);
	for (int i = 0; i < 16500; i++) {
		struct dns_question *question;

		snprintf(name, sizeof name, "%d.many.test", i);
		question = dns_ask(service->dns, service->arena, name, DNS_A);
		unanswered += !dns_is_ready(question);
	}
	assert_int_equal(unanswered, 16384);
	assert_int_equal(dns_service_stat(service, "unanswered"), 16384);
	hole_close(&hole);
	dns_service_free(service);
}

static void
ipv6_servers(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct dnsd *six = dnsd_start("[::1]:0", zone);

	(void)state;
	assert_non_null(six);
	service->settings.servers = dnsd_where(six);
	dns_service_use(service);
	assert_string_equal(
	    dns_service_ask(service, "example.test", DNS_A)->server,
	    dnsd_where(six));
	dns_service_free(service);
	dnsd_stop(six);
}

#define SESSIONS 200

struct session {
	pthread_t thread;
	struct dns_service *service;
	unsigned number;
	int64_t took_ms;
};

/* wait_in_vain - ten questions, judged within 300 ms */
static void *
wait_in_vain(void *argument)
{
	struct session *session = argument;
	struct dns *dns = session->service->dns;
	struct arena *arena = arena_new(2048);
	struct dns_question *questions[10];
	int64_t deadline_ms = clock_mono_ms(session->service->clock) + 300;
	char name[32];

	session->took_ms = real_ms();
	for (unsigned i = 0; i < COUNT_OF(questions); i++) {
		snprintf(name, sizeof name, "%u.%u.dead.test",
		    i < 5 ? i : session->number, i);
		questions[i] = dns_ask(dns, arena, name, DNS_A);
	}
	while (dns_wait_some(questions, COUNT_OF(questions), deadline_ms))
		continue;
	session->took_ms = real_ms() - session->took_ms;
	arena_free(arena);
	return NULL;
}

static void
many_wait_and_none_starves(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	static struct session sessions[SESSIONS];

	(void)state;
	service->settings.timeout_ms = 2000;
	dns_service_use(service);
	for (unsigned i = 0; i < SESSIONS; i++) {
		sessions[i] =
		    (struct session){ .service = service, .number = i };
		pthread_create(&sessions[i].thread, NULL, wait_in_vain,
		    &sessions[i]);
	}
	for (unsigned i = 0; i < SESSIONS; i++) {
		pthread_join(sessions[i].thread, NULL);
		assert_in_range(sessions[i].took_ms, 295, 1500);
	}
	dns_service_free(service);
}

static atomic_bool stop;

/* ask_all_the_time - names that others ask too */
static void *
ask_all_the_time(void *argument)
{
	struct dns_service *service = argument;
	struct arena *arena = arena_new(2048);
	unsigned n = 0;
	char name[32];

	while (!atomic_load(&stop)) {
		struct dns_question *questions[8];

		for (size_t i = 0; i < COUNT_OF(questions); i++) {
			snprintf(name, sizeof name, "%u.many.test",
			    n++ * 7 % 500);
			questions[i] =
			    dns_ask(service->dns, arena, name, DNS_A);
		}
		for (size_t i = 0; i < COUNT_OF(questions) / 2; i++)
			dns_wait(questions[i],
			    clock_mono_ms(service->clock) + 1000);
		dns_wait_some(questions, COUNT_OF(questions),
		    clock_mono_ms(service->clock) + 1);
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

static void
reloads_under_load(void **state)
{
	struct dns_service *service = dns_service_new(SERVICE_PACKETS, zone);
	struct dnsd *other = dnsd_start("127.0.0.1:0", zone);
	const char *places[] = { dnsd_where(service->dnsd), dnsd_where(other) };
	pthread_t threads[4];

	(void)state;
	atomic_store(&stop, false);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_create(&threads[i], NULL, ask_all_the_time, service);
	for (int i = 0; i < 60; i++) {
		service->settings.servers = places[i % 2];
		service->settings.cache_size = 1 << (15 + i % 3);
		dns_service_use(service);
		dns_service_stat(service, "timeouts");
		clock_fake_advance(service->clock, 60000);
		usleep(5000);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(dns_service_stat(service, "failures"), 0);
	dns_service_free(service);
	dnsd_stop(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_convicts_nobody),
		cmocka_unit_test(tcp_takes_over),
		cmocka_unit_test(servers_without_edns),
		cmocka_unit_test(the_second_server_is_asked),
		cmocka_unit_test(a_dead_server_is_left_alone),
		cmocka_unit_test(without_any_server_nobody_waits),
		cmocka_unit_test(who_is_refused_does_not_wait),
		cmocka_unit_test(dead_domains_do_not_take_the_server_down),
		cmocka_unit_test(other_servers_take_over_what_is_under_way),
		cmocka_unit_test(an_end_with_questions_under_way),
		cmocka_unit_test(questions_under_way_have_a_bound),
		cmocka_unit_test(ipv6_servers),
		cmocka_unit_test(many_wait_and_none_starves),
		cmocka_unit_test(reloads_under_load),
	};

	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
