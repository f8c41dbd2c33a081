/*
 * ratelimit_count - what the store has counted, and the charge.
 *
 * A message is counted for one subject, or for each of its recipients. The
 * store is asked about a subject once, at its first RCPT; what this message
 * adds by itself is reckoned here, so that its recipients do not all see the
 * same old count. Nothing is counted before the end of the message: then all
 * that was accepted is charged in one operation for each subject, which the
 * store carries out only if it still fits. So what others have sent meanwhile
 * cannot lead over a limit, however many hosts ask at once.
 *
 * The charges of all limits go out together. What was charged where another
 * limit, or another policy, refuses the message after all is given back.
 */
#include <string.h>

#include "base/mem.h"
#include "policies/ratelimit.h"

/* find - the window of a subject (NULL: of any) under these settings */
static struct ratelimit_window *
find(const struct pctx *p, const char *subject)
{
	const struct ratelimit_scratch *scratch = p->message_scratch;

	for (struct ratelimit_window *w = scratch->windows; w != NULL;
	     w = w->next)
		if (w->settings == p->settings &&
		    (subject == NULL || strcmp(w->subject, subject) == 0))
			return w;
	return NULL;
}

/* is_by_recipient - a message may have several subjects */
static bool
is_by_recipient(const struct ratelimit_settings *settings)
{
	return settings->key == RATELIMIT_BY_RECIPIENT ||
	       settings->key == RATELIMIT_BY_RECIPIENT_DOMAIN;
}

/* add - a window at the front */
static struct ratelimit_window *
add(const struct pctx *p, const char *subject)
{
	struct ratelimit_scratch *scratch = p->message_scratch;
	struct ratelimit_window *window;

	window = arena_alloc(p->arena, sizeof(*window));
	window->settings = p->settings;
	window->subject = subject;
	window->next = scratch->windows;
	scratch->windows = window;
	return window;
}

/* ask - an operation on a window */
static struct store_op *
ask(struct pctx *p, const struct ratelimit_window *window,
    struct store_window op)
{
	struct store_window full;

	ratelimit_tiers(&full, p->name, window->subject, &window->limit.quota,
	    p->arena);
	full.key.local = op.key.local;
	full.n = op.n;
	full.only_look = op.only_look;
	full.only_if_fits = op.only_if_fits;
	full.give_back = op.give_back;
	return store_add_window(op.give_back ? policy_store_later(p)
					     : policy_store(p),
	    &full);
}

/* look - whether n more would fit */
static void
look(struct pctx *p, struct ratelimit_window *window, int64_t n)
{
	const struct store_window op = {
		.key = { .local = p->store_local },
		.n = n,
		.only_look = true,
	};

	window->look = ask(p, window, op);
	window->looked_n = n;
	window->looked = false;
}

/* first_n - what a message comes to at least, from what is known at RCPT */
static int64_t
first_n(const struct pctx *p, const struct ratelimit_settings *settings)
{
	int64_t size = p->txn->message->declared_size;

	return settings->unit == RATELIMIT_BYTES && size > 0 ? size : 1;
}

/* open_window - of the subject at hand; NULL: nobody is counted */
static struct ratelimit_window *
open_window(struct pctx *p)
{
	const struct ratelimit_settings *settings = p->settings;
	struct ratelimit_window *window;
	struct verdict trouble;
	const char *subject;

	subject = ratelimit_subject(p, settings, &trouble);
	if (subject == NULL && trouble.kind != VERDICT_TROUBLE)
		return NULL;
	window = find(p, subject != NULL ? subject : "");
	if (window != NULL)
		return window;
	window = add(p, subject != NULL ? subject : "");
	if (subject != NULL)
		ratelimit_limit(p, settings, &window->limit, &trouble);
	window->trouble = trouble;
	if (window->limit.quota.tiers > 0)
		look(p, window, first_n(p, settings));
	return window;
}

struct ratelimit_window *
ratelimit_window(struct pctx *p)
{
	struct ratelimit_window *window = NULL;

	if (!is_by_recipient(p->settings))
		window = find(p, NULL);
	if (window == NULL)
		window = open_window(p);
	if (window == NULL)
		return NULL;
	if (window->trouble.kind != VERDICT_TROUBLE &&
	    window->limit.quota.tiers == 0)
		return NULL;
	return window;
}

/* settle - the latest recipient's fate is known by now */
static void
settle(struct ratelimit_window *window)
{
	if (window->latest != NULL && !window->latest->refused)
		window->recipients++;
	window->latest = NULL;
}

/* await - the answer of the look, if it is not there yet */
static bool
await(struct pctx *p, struct ratelimit_window *window)
{
	if (!window->looked)
		window->result = store_wait_window(window->look, p->deadline_ms,
		    &window->answer, NULL);
	window->looked = true;
	return window->result == STORE_OK;
}

/* fits - whether n fit, by the counts of an earlier look */
static bool
fits(const struct ratelimit_window *window, int64_t n)
{
	const struct quota *quota = &window->limit.quota;

	for (size_t i = 0; i < quota->tiers; i++)
		if (window->answer.count[i] + n > quota->tier[i].count)
			return false;
	return true;
}

bool
ratelimit_peek(struct pctx *p, struct ratelimit_window *window)
{
	int64_t n = first_n(p, window->settings);

	settle(window);
	if (window->settings->unit == RATELIMIT_RECIPIENTS)
		window->reckoned = window->recipients;
	n += window->reckoned;
	/* if mail passes nevertheless, it shall be charged */
	window->latest = p->txn->recipient;
	if (!await(p, window))
		return false;
	if (!fits(window, n) && n != window->looked_n) {
		/* how long not was told for another number */
		look(p, window, n);
		if (!await(p, window))
			return false;
	}
	if (fits(window, n))
		return true;
	window->latest = NULL;
	return false;
}

/* weight - what a message comes to for a subject */
static int64_t
weight(const struct pctx *p, const struct ratelimit_window *window)
{
	if (window->recipients == 0)
		return 0;
	switch (window->settings->unit) {
	case RATELIMIT_MESSAGES:
		return 1;
	case RATELIMIT_BYTES:
		return p->txn->message->size;
	default:
		return window->recipients;
	}
}

void
ratelimit_charge(struct pctx *p)
{
	struct ratelimit_scratch *scratch = p->message_scratch;
	struct store_window op = {
		.key = { .local = p->store_local },
		.only_if_fits = true,
	};

	if (scratch->is_charged)
		return;
	scratch->is_charged = true;
	for (struct ratelimit_window *w = scratch->windows; w != NULL;
	     w = w->next) {
		settle(w);
		op.n = weight(p, w);
		if (op.n > 0 && w->limit.quota.tiers > 0) {
			w->charge = ask(p, w, op);
			w->charged = op.n;
			w->reckoned = 0;
			w->looked = false;
		}
	}
}

void
ratelimit_collect(struct pctx *p)
{
	struct ratelimit_scratch *scratch = p->message_scratch;

	for (struct ratelimit_window *w = scratch->windows; w != NULL;
	     w = w->next) {
		if (w->charge == NULL || w->looked)
			continue;
		w->result = store_wait_window(w->charge, p->deadline_ms,
		    &w->answer, &w->was_local);
		w->looked = true;
		if (w->result != STORE_OK || !w->answer.fits)
			w->charged = 0;
	}
}

/* withdraw - the charges that have not gone out yet */
static void
withdraw(struct ratelimit_scratch *scratch)
{
	for (struct ratelimit_window *w = scratch->windows; w != NULL;
	     w = w->next) {
		if (w->charged == 0 || w->looked || !store_withdraw(w->charge))
			continue;
		w->charge = NULL;
		w->charged = 0;
	}
}

void
ratelimit_give_back(struct pctx *p)
{
	struct ratelimit_scratch *scratch = p->message_scratch;
	struct store_window op = { .give_back = true };

	withdraw(scratch);
	ratelimit_collect(p);
	for (struct ratelimit_window *w = scratch->windows; w != NULL;
	     w = w->next) {
		if (w->charged == 0)
			continue;
		op.n = w->charged;
		/* to the store that has it */
		op.key.local = w->was_local;
		ask(p, w, op);
		w->charged = 0;
	}
}
