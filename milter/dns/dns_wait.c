/*
 * dns_wait - waiting for answers.
 *
 * Each thread that waits has a semaphore of its own, put down at every
 * question that it waits for: an answer wakes those who wait for it and nobody
 * else, so a thousand sessions behind a dead server cost nothing until their
 * own deadlines.
 *
 * Answers that came together wake a thread once, when all of them are there,
 * and without the lock, which a woken thread does not need either: otherwise
 * it would run, on this processor or another, only to wait for the lock.
 *
 * Deadlines are of the service's clock, which in a test stands still; the
 * wait goes by the system's.
 */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "dns/dns_internal.h"

void
dns_gather(struct dns_entry *entry, struct dns_woken *woken)
{
	struct dns_question *question = LIST_FIRST(&entry->waiting);

	for (; question != NULL; question = LIST_NEXT(question, in_waiting)) {
		struct dns_waiter *waiter = question->waiter;

		if (!waiter->woken)
			SLIST_INSERT_HEAD(woken, waiter, in_woken);
		waiter->woken = true;
		question->waiter = NULL;
	}
	LIST_INIT(&entry->waiting);
}

void
dns_wake(struct dns_woken *woken)
{
	struct dns_waiter *waiter = SLIST_FIRST(woken), *next;

	for (; waiter != NULL; waiter = next) {
		next = SLIST_NEXT(waiter, in_woken);
		atomic_store_explicit(&waiter->let_go, true,
		    memory_order_release);
		sem_post(&waiter->answered); /* then it is no more */
	}
	SLIST_INIT(woken);
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

/* enlist - put the waiter down at each question that is not ready; false when
 * there is one that has become ready */
static bool
enlist(struct dns_question *const *questions, size_t count,
    struct dns_waiter *waiter)
{
	for (size_t i = 0; i < count; i++) {
		struct dns_question *question = questions[i];

		if (question == NULL || question->seen)
			continue;
		if (dns_is_ready(question))
			return false;
		/* the same question twice is in the list once */
		if (question->waiter != NULL)
			continue;
		question->waiter = waiter;
		LIST_INSERT_HEAD(&question->entry->waiting, question,
		    in_waiting);
	}
	return true;
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

	return clock_timespec(clock_mono_ms(clock_system()) + left_ms);
}

/* begin_wait - false when there is nothing to wait for any more */
static bool
begin_wait(struct dns *dns, struct dns_question *const *questions, size_t count,
    struct dns_waiter *waiter)
{
	bool waits;

	pthread_mutex_lock(&dns->lock);
	waits = enlist(questions, count, waiter);
	if (!waits)
		withdraw(questions, count);
	pthread_mutex_unlock(&dns->lock);
	return waits;
}

/* end_wait - from here on nobody else knows of the waiter; true if it is
 * posted, or will be at once */
static bool
end_wait(struct dns *dns, struct dns_question *const *questions, size_t count,
    const struct dns_waiter *waiter)
{
	bool woken;

	pthread_mutex_lock(&dns->lock);
	withdraw(questions, count);
	woken = waiter->woken;
	pthread_mutex_unlock(&dns->lock);
	return woken;
}

/* are_ready - all of them; then the waiter is put down nowhere */
static bool
are_ready(struct dns_question *const *questions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (questions[i] != NULL && !dns_is_ready(questions[i]))
			return false;
	return true;
}

/* sleep_until - an answer to one of them, or the deadline */
static void
sleep_until(struct dns *dns, struct dns_question *const *questions,
    size_t count, int64_t deadline_ms)
{
	const struct timespec end = real_deadline(dns, deadline_ms);
	struct dns_waiter waiter = { .woken = false };
	bool posted = false, late = false;

	sem_init(&waiter.answered, 0, 0);
	if (!begin_wait(dns, questions, count, &waiter))
		return;
	while (!posted && !late) {
		posted =
		    sem_clockwait(&waiter.answered, CLOCK_MONOTONIC, &end) == 0;
		late = !posted && errno == ETIMEDOUT;
	}
	if ((late || !are_ready(questions, count)) &&
	    end_wait(dns, questions, count, &waiter))
		while (!posted)
			posted = sem_wait(&waiter.answered) == 0;
	/* what was done to the waiter is done: a thread checker knows this
	 * order, but not that of sem_clockwait() */
	atomic_load_explicit(&waiter.let_go, memory_order_acquire);
	sem_destroy(&waiter.answered);
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
	static const struct dns_answer late = {
		.result = DNS_TEMPORARY,
		.server = "",
	};
	struct dns *dns = question->dns;
	const struct dns_entry *entry = question->entry;
	const struct dns_answer *answer = &question->answer;

	if (!dns_is_ready(question) && clock_mono_ms(dns->clock) < deadline_ms)
		sleep_until(dns, &question, 1, deadline_ms);
	if (!dns_is_ready(question)) {
		answer = &late;
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
