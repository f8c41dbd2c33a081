/*
 * connlimit_place - a place: asked for, taken, renewed, given back.
 *
 * The keys are "connlimit:{SUBJECT}:KIND"; the owner is the transaction (0 for
 * what is held longer), behind the session and a number of this process: a
 * host that comes back is somebody else. Two transactions are two, since what
 * one gives back may arrive after what the next one takes.
 *
 * Diagnostics: a place that could not be asked for is a trouble; `explain`
 * hears how many are taken.
 */
#include <pthread.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"
#include "policies/connlimit.h"

#define LOCAL_WAIT_MS 1000 /* as long as a time-out of Redis is */

static uint64_t run; /* a number of this process */

/* begin_run - once */
static void
begin_run(void)
{
	clock_random(&run, sizeof(run));
}

/* owner_of - this session among all of all hosts and times */
static const char *
owner_of(const struct pctx *p, unsigned transaction)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, begin_run);
	return arena_printf(p->arena, "%016llx.%s.%u", (unsigned long long)run,
	    p->txn->session_id, transaction);
}

/* lease - an operation on the places of one kind */
static struct store_op *
lease(struct pctx *p, struct store_batch *batch, const struct place *place,
    enum store_lease_verb verb, const char *kind, const char *subject,
    int64_t places)
{
	const struct connlimit_settings *s = p->settings;
	const struct store_lease op = {
		.key = {
		    .policy = "connlimit",
		    .subject = subject,
		    .rest = kind,
		    .local = p->store_local,
		},
		.verb = verb,
		.owner = owner_of(p, place->transaction),
		.places = places,
		.ttl_s = s->lease_s,
	};

	return store_add_lease(batch, &op);
}

/* connlimit_ask - a place, unless there is no limit */
void
connlimit_ask(struct pctx *p, struct place *place, const char *kind,
    const char *subject, int64_t places)
{
	if (places == 0)
		return;
	place->op =
	    lease(p, policy_store(p), place, LEASE_TAKE, kind, subject, places);
	place->state = PLACE_ASKED;
}

/* is_mine - it has to be given back */
static bool
is_mine(const struct place *place)
{
	if (place->state == PLACE_ASKED && store_withdraw(place->op))
		return false;
	return place->state != PLACE_UNASKED && place->state != PLACE_FULL;
}

/*
 * connlimit_give_back - a place that we may have. One of this host's store can
 * only be given back there when Redis has failed to answer, for which nobody
 * but us waits.
 */
void
connlimit_give_back(struct pctx *p, struct place *place, const char *kind,
    const char *subject)
{
	struct store_lease_answer answer;
	struct store_op *op;

	if (is_mine(place)) {
		op = lease(p,
		    place->was_local ? policy_store(p) : policy_store_later(p),
		    place, LEASE_GIVE_BACK, kind, subject, 0);
		if (place->was_local)
			store_wait_lease(op,
			    clock_mono_ms(p->env->clock) + LOCAL_WAIT_MS,
			    &answer, NULL);
	}
	*place = (struct place){ .state = PLACE_UNASKED };
}

/* connlimit_settle - look at the answer, as long as the step may take */
void
connlimit_settle(struct pctx *p, struct place *place, const char *kind,
    int64_t places)
{
	struct store_lease_answer answer;

	if (place->state != PLACE_ASKED)
		return;
	place->result = store_wait_lease(place->op, p->deadline_ms, &answer,
	    &place->was_local);
	place->op = NULL;
	if (place->result != STORE_OK) {
		place->state = PLACE_FAILED;
		return;
	}
	place->state = answer.taken ? PLACE_HELD : PLACE_FULL;
	place->taken = answer.count;
	policy_input(p, kind, "%lld of %lld", (long long)answer.count,
	    (long long)places);
}

/* connlimit_verdict - a place that was not to be had */
struct verdict
connlimit_verdict(struct pctx *p, const struct place *place, unsigned reason,
    const char *kind, const char *subject, int64_t places)
{
	struct verdict verdict;

	if (place->state == PLACE_FAILED)
		return verdict_store(place->result);
	if (place->state != PLACE_FULL)
		return verdict_none();
	verdict = verdict_refuse(reason, kind);
	verdict.final = true;
	verdict.detail = arena_printf(p->arena, "%s:%lld-of-%lld", subject,
	    (long long)place->taken, (long long)places);
	verdict_value(&verdict, VALUE_KEY, subject);
	verdict_value(&verdict, VALUE_LIMIT,
	    arena_printf(p->arena, "%lld", (long long)places));
	verdict_value(&verdict, VALUE_COUNT_SEEN,
	    arena_printf(p->arena, "%lld", (long long)place->taken));
	return verdict;
}

/* connlimit_renew - one that is held */
void
connlimit_renew(struct pctx *p, struct place *place, const char *kind,
    const char *subject, int64_t places)
{
	if (place->state == PLACE_HELD)
		lease(p, policy_store_later(p), place, LEASE_RENEW, kind,
		    subject, places);
}
