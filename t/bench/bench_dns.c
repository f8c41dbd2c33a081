/*
 * bench_dns - what a question to the DNS service costs.
 *
 * A dnsd in another process answers over loopback. Printed are
 *
 *     cached     processor time of an answer that is in the cache
 *     alone      of a question that goes out alone, and how long it takes
 *     together   of one of ten that a step asks together, and how long the
 *                step takes
 *     slow       200 threads that wait for ten answers each, each of which
 *                takes the server 20 ms: how long a step takes (median, worst),
 *                and questions a second
 *     memory     of an answer in the cache: as the cache counts, and as it is
 *
 * Processor time is that of all threads of this process, without the dnsd.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "dns/dns.h"
#include "service/json.h"
#include "t/lib/dnsd.h"

#define TOGETHER 10
#define QUESTIONS 30000
#define CACHED 3000000
#define THREADS 200
#define STEPS 20 /* of each thread */
#define SLOW_MS 20
#define DEADLINE_MS 8000

static const char zone[] = "test SOA 60\n"
			   "*.fast.test A 127.0.0.2\n"
			   "*.slow.test A 127.0.0.2\n"
			   "*.slow.test ANY !DELAY 20\n";

/* seconds - processor time of this process, or wall time */
static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* start_dnsd - in a process of its own; where it is */
static pid_t
start_dnsd(char where[64])
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		log_fatal("pipe");
	pid = fork();
	if (pid == 0) {
		struct dnsd *dnsd = dnsd_start("127.0.0.1:0", zone);
		const char *text = dnsd != NULL ? dnsd_where(dnsd) : "";

		if (write(ends[1], text, strlen(text) + 1) < 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ends[0], where, 64) < 2)
		log_fatal("no dnsd");
	close(ends[0]);
	close(ends[1]);
	return pid;
}

/* new_dns - asking that dnsd */
static struct dns *
new_dns(const char *where, int64_t cache_size)
{
	struct dns_settings settings = {
		.servers = where,
		.timeout_ms = 2000,
		.tries = 2,
		.cache_size = cache_size,
		.cache_max_ttl_s = 3600,
		.cache_negative_ttl_s = 300,
	};
	struct dns *dns = dns_new(clock_system());
	const char *why;

	if (!dns_configure(dns, &settings, &why))
		log_fatal("%s", why);
	return dns;
}

/* deadline - of a step that begins now */
static int64_t
deadline(void)
{
	return clock_mono_ms(clock_system()) + DEADLINE_MS;
}

/* ask_step - count questions together, and their answers */
static void
ask_step(struct dns *dns, struct arena *arena, const char *under, unsigned n,
    unsigned count)
{
	struct dns_question *questions[TOGETHER];
	int64_t deadline_ms = deadline();
	char name[64];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%u.%u.%s", n, i, under);
		questions[i] = dns_ask(dns, arena, name, DNS_A);
	}
	for (unsigned i = 0; i < count; i++)
		if (dns_wait(questions[i], deadline_ms)->result != DNS_FOUND)
			log_fatal("a question was not answered");
	arena_reset(arena);
}

/* bench_cached - one of a thousand answers, in turns */
static void
bench_cached(const char *where)
{
	struct dns *dns = new_dns(where, 4 << 20);
	struct arena *arena = arena_new(4096);
	double cpu;

	for (unsigned n = 0; n < 1000; n++)
		ask_step(dns, arena, "fast.test", n, 1);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned n = 0; n < CACHED; n++)
		ask_step(dns, arena, "fast.test", n % 1000, 1);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("cached    %6.2f us of processor time\n", cpu / CACHED * 1e6);
	arena_free(arena);
	dns_free(dns);
}

/* bench_asked - questions that go out, so many at once */
static void
bench_asked(const char *where, const char *title, unsigned count)
{
	struct dns *dns = new_dns(where, 4 << 20);
	struct arena *arena = arena_new(4096);
	unsigned steps = QUESTIONS / count;
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	double wall = seconds(CLOCK_MONOTONIC);

	for (unsigned n = 0; n < steps; n++)
		ask_step(dns, arena, "fast.test", n, count);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	printf("%-9s %6.2f us of processor time, %.0f us a step of %u\n", title,
	    cpu / QUESTIONS * 1e6, wall / steps * 1e6, count);
	arena_free(arena);
	dns_free(dns);
}

struct session {
	pthread_t thread;
	struct dns *dns;
	unsigned number;
	double took_s[STEPS];
};

/* run_session - a thread of bench_slow() */
static void *
run_session(void *argument)
{
	struct session *session = argument;
	struct arena *arena = arena_new(4096);

	for (unsigned i = 0; i < STEPS; i++) {
		double start = seconds(CLOCK_MONOTONIC);

		ask_step(session->dns, arena, "slow.test",
		    session->number * STEPS + i, TOGETHER);
		session->took_s[i] = seconds(CLOCK_MONOTONIC) - start;
	}
	arena_free(arena);
	return NULL;
}

/* compare - for qsort(3) */
static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* bench_slow - many sessions at once, each answer takes a while */
static void
bench_slow(const char *where)
{
	static struct session sessions[THREADS];
	static double took_s[THREADS * STEPS];
	struct dns *dns = new_dns(where, 4 << 20);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	double wall = seconds(CLOCK_MONOTONIC);
	const unsigned steps = THREADS * STEPS;

	for (unsigned i = 0; i < THREADS; i++) {
		sessions[i] = (struct session){ .dns = dns, .number = i };
		if (pthread_create(&sessions[i].thread, NULL, run_session,
			&sessions[i]) != 0)
			log_fatal("pthread_create");
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(sessions[i].thread, NULL);
		memcpy(took_s + i * STEPS, sessions[i].took_s,
		    sizeof sessions[i].took_s);
	}
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	qsort(took_s, steps, sizeof took_s[0], compare);
	printf("slow      %6.2f us of processor time, a step %.0f ms, at worst "
	       "%.0f ms, %.0f questions/s\n",
	    cpu / steps / TOGETHER * 1e6, took_s[steps / 2] * 1e3,
	    took_s[steps - 1] * 1e3, steps * TOGETHER / wall);
	dns_free(dns);
}

/* bench_memory - a cache that is full */
static void
bench_memory(const char *where)
{
	struct dns *dns = new_dns(where, 4 << 20);
	struct arena *arena = arena_new(4096);
	struct json *stats = json_new_object();
	struct mallinfo2 before = mallinfo2(), after;
	double entries;

	for (unsigned n = 0; n < 3000; n++)
		ask_step(dns, arena, "fast.test", n, TOGETHER);
	after = mallinfo2();
	dns_stats(dns, stats);
	entries = (double)json_get_int(stats, "entries", 1);
	printf("memory    %6.0f bytes an answer, %.0f as allocated, %.0f "
	       "answers in 4M\n",
	    (double)json_get_int(stats, "bytes", 0) / entries,
	    (double)(after.uordblks - before.uordblks) / entries, entries);
	json_free(stats);
	arena_free(arena);
	dns_free(dns);
}

int
main(void)
{
	char where[64];
	pid_t dnsd = start_dnsd(where);

	bench_cached(where);
	bench_asked(where, "alone", 1);
	bench_asked(where, "together", TOGETHER);
	bench_slow(where);
	bench_memory(where);
	kill(dnsd, SIGTERM);
	waitpid(dnsd, NULL, 0);
	return 0;
}
