/*
 * dns_wait - waiting for answers.
 *
 * Each thread that waits has a condition of its own, put down at every
 * question that it waits for: an answer wakes those who wait for it and nobody
 * else, so a thousand sessions behind a dead server cost nothing until their
 * own deadlines.
 *
 * Deadlines are of the service's clock, which in a test stands still; the
 * wait goes by the system's.
 */
#include <time.h>

#include "base/clock.h"
#include "dns/dns_internal.h"

void
dns_wake(struct dns_entry *entry)
{
	struct dns_question *question = LIST_FIRST(&entry->waiting);

	for (; question != NULL; question = LIST_NEXT(question, in_waiting)) {
		question->waiter->woken = true;
		pthread_cond_signal(&question->waiter->answered);
		question->waiter = NULL;
	}
	LIST_INIT(&entry->waiting);
}

bool
dns_is_ready(const struct dns_question *question)
{
	return atomic_load_explicit(&question->entry->ready,
	    memory_order_acquire);
}

/* what there is to say of a set of questions */
enum look {
	LOOK_NEWS,    /* one is ready that was not told of */
	LOOK_WAIT,    /* none is, but one is not ready */
	LOOK_NOTHING, /* all are ready and told of */
};

/* look - at all, and take note of those that are told of now */
static enum look
look(struct dns_question *const *questions, size_t count)
{
	enum look result = LOOK_NOTHING;
	struct dns_question *question;

	for (size_t i = 0; i < count; i++) {
		question = questions[i];
		if (question == NULL || question->seen)
			continue;
		if (dns_is_ready(question)) {
			question->seen = true;
			result = LOOK_NEWS;
		} else if (result == LOOK_NOTHING) {
			result = LOOK_WAIT;
		}
	}
	return result;
}

/* first_service - that of the questions; NULL when there are none */
static struct dns *
first_service(struct dns_question *const *questions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (questions[i] != NULL)
			return questions[i]->dns;
	return NULL;
}

/* enlist - put the waiter down at each question that is not ready */
static void
enlist(struct dns_question *const *questions, size_t count,
    struct waiter *waiter)
{
	for (size_t i = 0; i < count; i++) {
		struct dns_question *question = questions[i];

		if (question == NULL || question->seen)
			continue;
		if (dns_is_ready(question)) {
			waiter->woken = true;
			return;
		}
		/* the same question twice is in the list once */
		if (question->waiter != NULL)
			continue;
		question->waiter = waiter;
		LIST_INSERT_HEAD(&question->entry->waiting, question,
		    in_waiting);
	}
}

/* withdraw - from the questions that are still not ready */
static void
withdraw(struct dns_question *const *questions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct dns_question *question = questions[i];

		if (question == NULL || question->waiter == NULL)
			continue;
		LIST_REMOVE(question, in_waiting);
		question->waiter = NULL;
	}
}

/* real_deadline - when to stop waiting, on the system's monotonic clock */
static struct timespec
real_deadline(const struct dns *dns, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - clock_mono_ms(dns->clock);
	int64_t end_ms = clock_mono_ms(clock_system()) + left_ms;

	return (struct timespec){ .tv_sec = (time_t)(end_ms / 1000),
		.tv_nsec = (long)(end_ms % 1000) * 1000000 };
}

/* sleep_until - an answer to one of them, or the deadline */
static void
sleep_until(struct dns *dns, struct dns_question *const *questions,
    size_t count, int64_t deadline_ms)
{
	struct timespec end = real_deadline(dns, deadline_ms);
	struct waiter waiter = { .woken = false };
	pthread_condattr_t monotonic;
	int error = 0;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&waiter.answered, &monotonic);
	pthread_mutex_lock(&dns->lock);
	enlist(questions, count, &waiter);
	while (!waiter.woken && error == 0)
		error =
		    pthread_cond_timedwait(&waiter.answered, &dns->lock, &end);
	withdraw(questions, count);
	pthread_mutex_unlock(&dns->lock);
	pthread_cond_destroy(&waiter.answered);
	pthread_condattr_destroy(&monotonic);
}

bool
dns_wait_some(struct dns_question *const *questions, size_t count,
    int64_t deadline_ms)
{
	struct dns *dns = first_service(questions, count);
	enum look now = look(questions, count);

	if (now != LOOK_WAIT)
		return now == LOOK_NEWS;
	if (clock_mono_ms(dns->clock) >= deadline_ms)
		return false;
	sleep_until(dns, questions, count, deadline_ms);
	return look(questions, count) == LOOK_NEWS;
}

/* fill_answer - from the entry, once it is ready */
static void
fill_answer(struct dns_question *question)
{
	const struct dns_entry *entry = question->entry;
	int64_t age_ms =
	    clock_mono_ms(question->dns->clock) - entry->received_ms;

	question->answered = true;
	question->answer = (struct dns_answer){
		.result = entry->outcome.result,
		.count = entry->outcome.count,
		.record = entry->outcome.records,
		.cached = question->cached,
		.ttl_s = entry->ttl_s,
		.age_s = (unsigned)(age_ms / 1000),
		.server = entry->server,
		.took_ms = entry->took_ms,
	};
}

const struct dns_answer *
dns_wait(struct dns_question *question, int64_t deadline_ms)
{
	struct dns *dns = question->dns;
	const struct dns_entry *entry = question->entry;
	const struct dns_answer *answer = &question->answer;

	if (!dns_is_ready(question) && clock_mono_ms(dns->clock) < deadline_ms)
		sleep_until(dns, &question, 1, deadline_ms);
	if (!dns_is_ready(question)) {
		question->late = (struct dns_answer){ .result = DNS_TEMPORARY,
			.server = "" };
		answer = &question->late;
	} else {
		question->seen = true;
		if (!question->answered)
			fill_answer(question);
	}
	if (dns->listener != NULL)
		dns->listener(dns->listener_context, entry->name, entry->type,
		    answer);
	return answer;
}
