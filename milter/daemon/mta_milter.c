/*
 * mta_milter - libmilter listens, serves, and has sessions begin and end.
 *
 * Sessions run on a pool of threads that come and go, and may change it at
 * every step. The session hangs at the connection's private pointer; where
 * that is missing (an MTA that did not negotiate, QUIT_NC) a session with
 * every step and every answer begins on the spot.
 */
#include "daemon/mta_milter.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/mta_parts.h"
#include "session/config.h"
#include "session/session.h"

#define NAME "mailreeve"
#define STACK_BYTES (1 << 20)

static struct {
	struct mta_milter given;
	atomic_uint sessions;
	atomic_bool closed;
} milter;

void
mta_free(SMFICTX *ctx)
{
	struct mta *mta = smfi_getpriv(ctx);

	if (mta == NULL)
		return;
	smfi_setpriv(ctx, NULL);
	session_free(mta->session);
	mem_free(mta);
	atomic_fetch_sub(&milter.sessions, 1);
}

struct mta *
mta_new(SMFICTX *ctx)
{
	struct mta *mta;

	mta_free(ctx);
	/* counted before the look, so that close either sees or stops it */
	atomic_fetch_add(&milter.sessions, 1);
	if (atomic_load(&milter.closed)) {
		atomic_fetch_sub(&milter.sessions, 1);
		return NULL;
	}
	mta = mem_alloc(sizeof(*mta));
	mta->ctx = ctx;
	mta->session = session_new(config_holder_take(milter.given.holder),
	    milter.given.env, &mta_ops, mta, milter.given.decisions);
	smfi_setpriv(ctx, mta);
	return mta;
}

struct mta *
mta_of(SMFICTX *ctx)
{
	struct mta *mta = smfi_getpriv(ctx);

	if (mta == NULL)
		return mta_new(ctx);
	mta->code = 0;
	return mta;
}

bool
mta_milter_open(const struct mta_milter *given, const char *socket, int backlog)
{
	milter.given = *given;
	return smfi_register(mta_steps(NAME)) == MI_SUCCESS &&
	       smfi_setconn(mta_theirs(socket)) == MI_SUCCESS &&
	       smfi_setbacklog(backlog) == MI_SUCCESS &&
	       smfi_opensocket(false) == MI_SUCCESS;
}

/*
 * small_stacks - libmilter starts a thread for most sessions, with a stack of
 * the default size. Of 8 MB the C library keeps five for the next thread, and
 * maps and unmaps the others each time; of this size, forty.
 */
static void
small_stacks(void)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	if (pthread_attr_setstacksize(&attributes, STACK_BYTES) != 0 ||
	    pthread_setattr_default_np(&attributes) != 0)
		log_warning("cannot set the size of stacks");
	pthread_attr_destroy(&attributes);
}

void
mta_milter_run(void)
{
	small_stacks();
	smfi_main();
}

unsigned
mta_milter_sessions(void)
{
	return atomic_load(&milter.sessions);
}

void
mta_milter_close(void)
{
	atomic_store(&milter.closed, true);
}
