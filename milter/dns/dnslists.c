/*
 * dnslists - the set of DNS lists: when each is tested, what is told of them.
 *
 * A list that works is tested each health_s seconds; one that does not, after
 * RETRY_FIRST_S and then at growing intervals, until it does. One thread does
 * all of it, and waits for the DNS of all lists that are due together.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "dns/dnslist_internal.h"
#include "service/json.h"

#define RETRY_FIRST_S 10
#define RETRY_LAST_S 60
/* a list that fails again so soon is tried at growing intervals */
#define STEADY_MS (10 * 60 * 1000)
#define TEST_WAIT_MS 5000 /* for the answers of one round */

struct dnslists *
dnslists_new(struct clock *clock, struct dns *dns)
{
	struct dnslists *lists = mem_alloc(sizeof(*lists));

	lists->clock = clock;
	lists->dns = dns;
	pthread_mutex_init(&lists->lock, NULL);
	clock_condition_init(&lists->wake);
	return lists;
}

void
dnslists_free(struct dnslists *lists)
{
	if (lists == NULL)
		return;
	pthread_mutex_lock(&lists->lock);
	lists->stop = true;
	pthread_cond_signal(&lists->wake);
	pthread_mutex_unlock(&lists->lock);
	if (lists->has_thread)
		pthread_join(lists->thread, NULL);
	if (lists->first != NULL)
		log_fatal("a DNS list is in use at the end");
	pthread_cond_destroy(&lists->wake);
	pthread_mutex_destroy(&lists->lock);
	mem_free(lists);
}

/* retry_bound - never slower than the tests of a list that works */
static int64_t
retry_bound(const struct dnslist *list, int64_t retry_s)
{
	return list->health_s > 0 && list->health_s < retry_s ? list->health_s
							      : retry_s;
}

/* schedule - when to test next; under the lock */
static void
schedule(struct dnslist *list, bool is_on, int64_t now_ms)
{
	if (is_on) {
		list->due_ms = list->health_s > 0
				   ? now_ms + list->health_s * 1000
				   : DNSLIST_NEVER;
		return;
	}
	list->retry_s = list->retry_s == 0
			    ? retry_bound(list, RETRY_FIRST_S)
			    : retry_bound(list, 2 * list->retry_s);
	if (list->retry_s > RETRY_LAST_S)
		list->retry_s = RETRY_LAST_S;
	list->due_ms = now_ms + list->retry_s * 1000;
}

/* turn - note a change of state; under the lock */
static void
turn(struct dnslist *list, const char *why, int64_t now_ms)
{
	if (why != NULL) {
		list->switched_off++;
		if (now_ms - list->since_ms > STEADY_MS)
			list->retry_s = 0;
	}
	list->since_ms = now_ms;
	atomic_store(&list->failures, 0);
	atomic_store(&list->on, why == NULL);
}

void
dnslist_switch(struct dnslist *list, const char *why)
{
	struct dnslists *lists = list->lists;
	int64_t now_ms = clock_mono_ms(lists->clock);
	bool changed;

	pthread_mutex_lock(&lists->lock);
	changed = atomic_load(&list->on) != (why == NULL);
	if (changed)
		turn(list, why, now_ms);
	snprintf(list->why, sizeof(list->why), "%s", why != NULL ? why : "");
	list->tested = true;
	schedule(list, why == NULL, now_ms);
	pthread_cond_signal(&lists->wake);
	pthread_mutex_unlock(&lists->lock);
	if (!changed)
		return;
	if (why != NULL)
		log_warning("%s: %s is switched off: %s", list->name,
		    list->shown, why);
	else
		log_notice("%s: %s works again and is switched on", list->name,
		    list->shown);
}

struct dnslist **
dnslist_take(struct dnslists *lists, bool untested, int64_t now_ms,
    size_t *count)
{
	struct dnslist **taken, *list;

	*count = 0;
	pthread_mutex_lock(&lists->lock);
	for (list = lists->first; list != NULL; list = list->next)
		++*count;
	taken = mem_array(*count, sizeof(struct dnslist *));
	*count = 0;
	for (list = lists->first; list != NULL; list = list->next) {
		if (untested ? list->tested : list->due_ms > now_ms)
			continue;
		list->references++;
		taken[(*count)++] = list;
	}
	pthread_mutex_unlock(&lists->lock);
	return taken;
}

/* run_tests - of all that are taken, and give them back */
static void
run_tests(struct dnslists *lists, bool untested, int64_t wait_ms)
{
	int64_t now_ms = clock_mono_ms(lists->clock);
	size_t count;
	struct dnslist **taken = dnslist_take(lists, untested, now_ms, &count);

	if (count > 0)
		dnslist_test(taken, count, now_ms + wait_ms);
	for (size_t i = 0; i < count; i++)
		dnslist_unref(taken[i]);
	mem_free(taken);
}

void
dnslists_settle(struct dnslists *lists, int64_t wait_ms)
{
	run_tests(lists, true, wait_ms);
}

/* next_due - the earliest of all; under the lock */
static int64_t
next_due(const struct dnslists *lists)
{
	int64_t due_ms = DNSLIST_NEVER;

	for (const struct dnslist *l = lists->first; l != NULL; l = l->next)
		if (l->due_ms < due_ms)
			due_ms = l->due_ms;
	return due_ms;
}

/* wait_due - until a list is due, or something changed; under the lock */
static bool
wait_due(struct dnslists *lists)
{
	int64_t due_ms = next_due(lists);
	struct timespec until;

	if (due_ms <= clock_mono_ms(lists->clock))
		return true;
	if (due_ms == DNSLIST_NEVER) {
		pthread_cond_wait(&lists->wake, &lists->lock);
		return false;
	}
	until = clock_timespec(due_ms);
	return pthread_cond_timedwait(&lists->wake, &lists->lock, &until) ==
	       ETIMEDOUT;
}

/* watch - the thread */
static void *
watch(void *argument)
{
	struct dnslists *lists = argument;

	pthread_mutex_lock(&lists->lock);
	while (!lists->stop) {
		if (!wait_due(lists) || lists->stop)
			continue;
		pthread_mutex_unlock(&lists->lock);
		run_tests(lists, false, TEST_WAIT_MS);
		pthread_mutex_lock(&lists->lock);
	}
	pthread_mutex_unlock(&lists->lock);
	return NULL;
}

/* signals are for the main program: all are blocked in the thread */
void
dnslists_watch(struct dnslists *lists)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&lists->thread, NULL, watch, lists);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		log_fatal("cannot start a thread: %s", strerror(error));
	lists->has_thread = true;
}

/* list_stats - one list; under the lock */
static struct json *
list_stats(struct dnslist *list, int64_t now_ms)
{
	struct json *object = json_new_object();
	bool is_on = atomic_load(&list->on);

	json_add_text(object, "list", list->name);
	json_add_text(object, "zone", list->shown);
	json_add_text(object, "state", is_on ? "on" : "off");
	json_add_text(object, "why", list->why);
	json_add_int(object, "since", (now_ms - list->since_ms) / 1000);
	for (int i = 0; i < DNSLIST_SAYS_MAX; i++)
		json_add_int(object, dnslist_says_name((enum dnslist_says)i),
		    atomic_load(&list->count[i]));
	json_add_int(object, "switched_off", list->switched_off);
	return object;
}

void
dnslists_stats(struct dnslists *lists, struct json *array)
{
	int64_t now_ms = clock_mono_ms(lists->clock);

	pthread_mutex_lock(&lists->lock);
	for (struct dnslist *l = lists->first; l != NULL; l = l->next)
		json_append(array, list_stats(l, now_ms));
	pthread_mutex_unlock(&lists->lock);
}
