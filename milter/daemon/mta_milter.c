/*
 * mta_milter - sessions under libmilter; with mta_ops all we know of it.
 *
 * Negotiation follows from the configuration, because wake-ups cost more than
 * policies: steps that no policy sees are not sent, steps that no policy
 * answers are sent without waiting (SMFIP_NR_*; libmilter plays that for MTAs
 * that do not know it). DATA is always answered: without an answer Postfix
 * stalls for 42 ms on TCP (its smtpd flushes the macros of DATA alone).
 *
 * What MTAs make of answers is kept here (Postfix 3.7, Sendmail 8.17):
 *   - DISCARD before MAIL is ignored, ACCEPT or DISCARD at an unknown command
 *     crashes Postfix or swallows the next message: neither is ever returned;
 *   - a reply whose class is not that of the return value is dropped, and one
 *     that was set and not used stays set: a refusal always sets its own.
 *
 * Sessions run on a pool of threads that come and go, and may change it at
 * every step. The session hangs at the connection's private pointer; where
 * that is missing (an MTA that did not negotiate, QUIT_NC) a session with
 * every step and every answer begins on the spot.
 */
#include "daemon/mta_milter.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/mta_ops.h"
#include "policy/step.h"
#include "session/config.h"
#include "session/session.h"

#define NAME "mailreeve"
#define COMMAND_MAX 512 /* RFC 5321 4.5.3.1.4 */
#define STACK_BYTES (1 << 20)

static struct {
	struct mta_milter given;
	atomic_uint sessions;
	atomic_bool closed;
} milter;

/* which flags leave a step out, and which leave its answer out */
static const struct {
	enum step step;
	unsigned long no_step;
	unsigned long no_reply;
} step_flags[] = {
	{ .step = STEP_CONNECT, .no_reply = SMFIP_NR_CONN },
	{ .step = STEP_HELO, .no_reply = SMFIP_NR_HELO },
	{ .step = STEP_MAIL, .no_reply = SMFIP_NR_MAIL },
	{ .step = STEP_RCPT, .no_reply = SMFIP_NR_RCPT },
	{ STEP_HEADER, SMFIP_NOHDRS, SMFIP_NR_HDR },
	{ STEP_EOH, SMFIP_NOEOH, SMFIP_NR_EOH },
	{ STEP_BODY, SMFIP_NOBODY, SMFIP_NR_BODY },
	{ STEP_UNKNOWN, SMFIP_NOUNKNOWN, SMFIP_NR_UNKN },
};

/* what an action of the configuration does to a message */
static const struct {
	enum action action;
	unsigned long flags;
} action_flags[] = {
	{ ACTION_TAG, SMFIF_ADDHDRS | SMFIF_CHGHDRS },
	{ ACTION_QUARANTINE, SMFIF_QUARANTINE },
	{ ACTION_DISCARD, SMFIF_DELRCPT },
};

/*
 * Macros by step. A list replaces the MTA's own, so those that we use of the
 * defaults stand here too; names that an MTA does not know do no harm. From
 * DATA on the defaults will do: Postfix sends the queue id, which Sendmail
 * has sent at MAIL.
 */
static const struct {
	int place;
	const char *names;
} macro_lists[] = {
	{ SMFIM_CONNECT,
	    "j v {daemon_name} {daemon_addr} {daemon_port} {client_ptr} "
	    "{client_resolve}" },
	{ SMFIM_HELO,
	    "r {tls_version} {cipher} {cipher_bits} {cert_subject} {verify}" },
	{ SMFIM_ENVFROM,
	    "i r {auth_type} {auth_authen} {auth_author} {tls_version} "
	    "{cipher} {cipher_bits} {cert_subject} {verify}" },
	{ SMFIM_ENVRCPT, "i {rcpt_mailer} {rcpt_host} {rcpt_addr}" },
};

/* mta_free - the session of a connection ends, if it has one */
static void
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

/* mta_new - begin a session; NULL when none may begin any more */
static struct mta *
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

/* mine - the connection's session at the begin of a step */
static struct mta *
mine(SMFICTX *ctx)
{
	struct mta *mta = smfi_getpriv(ctx);

	if (mta == NULL)
		return mta_new(ctx);
	mta->code = 0;
	return mta;
}

/* refusal - the return value that fits the reply */
static sfsistat
refusal(struct mta *mta, enum answer answer)
{
	if (mta->code == 0)
		mta_plain_reply(mta, answer == ANSWER_REJECT ? 550 : 451);
	return mta->code >= 500 ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* answered - libmilter's word for the answer to a step with that flag */
static sfsistat
answered(struct mta *mta, unsigned long no_reply, enum answer answer)
{
	if ((mta->unanswered & no_reply) != 0)
		return SMFIS_NOREPLY;
	switch (answer) {
	case ANSWER_REJECT:
	case ANSWER_TEMPFAIL:
		return refusal(mta, answer);
	case ANSWER_DISCARD:
		return SMFIS_DISCARD;
	case ANSWER_ENOUGH:
		return mta->may_skip ? SMFIS_SKIP : SMFIS_CONTINUE;
	default:
		return SMFIS_CONTINUE;
	}
}

/* no_discard - for steps where MTAs ignore or misunderstand it */
static enum answer
no_discard(enum answer answer)
{
	return answer == ANSWER_DISCARD ? ANSWER_CONTINUE : answer;
}

/*
 * steps_answered - the steps that the MTA has to wait for. What is asked of
 * others at CONNECT or HELO needs an answer at HELO: else Postfix sends both
 * only with the first RCPT, and nothing is under way while the client types.
 */
static unsigned
steps_answered(const struct config *config)
{
	unsigned steps = config->steps_answered;

	if (config->plan[STEP_CONNECT].ask_count > 0 ||
	    config->plan[STEP_HELO].ask_count > 0)
		steps |= STEP_BIT(STEP_HELO);
	/* who is not waited for cannot say that it is enough */
	if (config_may_skip_body(config))
		steps |= STEP_BIT(STEP_BODY);
	return steps;
}

/* protocol_of - the protocol flags that a configuration wants */
static unsigned long
protocol_of(const struct config *config)
{
	unsigned long flags = SMFIP_RCPT_REJ;
	unsigned answers = steps_answered(config);
	unsigned seen = config->steps_seen | answers;

	/* libmilter drops the end of a message that has no header at all, if
	 * it waits for fields and not for their end (8.17, trans_ok) */
	if ((seen & STEP_BIT(STEP_HEADER)) != 0)
		seen |= STEP_BIT(STEP_EOH);
	for (size_t i = 0; i < sizeof(step_flags) / sizeof(*step_flags); i++) {
		unsigned bit = STEP_BIT(step_flags[i].step);

		if ((seen & bit) == 0)
			flags |= step_flags[i].no_step;
		if ((answers & bit) == 0)
			flags |= step_flags[i].no_reply;
	}
	if (config_may_skip_body(config))
		flags |= SMFIP_SKIP;
	return flags;
}

/* actions_of - the rights that a configuration needs over messages */
static unsigned long
actions_of(const struct config *config)
{
	unsigned long flags = SMFIF_SETSYMLIST;

	for (size_t i = 0; i < sizeof(action_flags) / sizeof(*action_flags);
	     i++)
		if ((config->actions & 1u << action_flags[i].action) != 0)
			flags |= action_flags[i].flags;
	if (config->edits_headers)
		flags |= SMFIF_ADDHDRS | SMFIF_CHGHDRS;
	return flags;
}

/* ask_macros - where the MTA lets us choose (Sendmail 8.14, Postfix 2.6) */
static void
ask_macros(SMFICTX *ctx)
{
	for (size_t i = 0; i < sizeof(macro_lists) / sizeof(*macro_lists); i++)
		if (smfi_setsymlist(ctx, macro_lists[i].place,
			mta_theirs(macro_lists[i].names)) != MI_SUCCESS)
			log_warning("cannot ask the MTA for macros %s",
			    macro_lists[i].names);
}

/*
 * on_negotiate - a session begins. Only what is offered is asked for: an old
 * MTA sends every step and waits for every answer.
 */
static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol,
    unsigned long unused2, unsigned long unused3, unsigned long *want_actions,
    unsigned long *want_protocol, unsigned long *want2, unsigned long *want3)
{
	struct mta *mta = mta_new(ctx);
	const struct config *config;

	(void)unused2;
	(void)unused3;
	if (mta == NULL)
		return SMFIS_REJECT;
	config = session_config(mta->session);
	*want_actions = actions_of(config) & actions;
	*want_protocol = protocol_of(config) & protocol;
	*want2 = *want3 = 0;
	mta->may_skip = (*want_protocol & SMFIP_SKIP) != 0;
	for (size_t i = 0; i < sizeof(step_flags) / sizeof(*step_flags); i++)
		mta->unanswered |= *want_protocol & step_flags[i].no_reply;
	if ((*want_actions & SMFIF_SETSYMLIST) != 0)
		ask_macros(ctx);
	return SMFIS_CONTINUE;
}

/* on_connect - CONNECT */
static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_CONN,
	    no_discard(session_connect(mta->session, name, address)));
}

/* on_helo - HELO, EHLO */
static sfsistat
on_helo(SMFICTX *ctx, char *helo)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_HELO,
	    no_discard(session_helo(mta->session, helo)));
}

/* on_mail - MAIL */
static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_MAIL, session_mail(mta->session, argv));
}

/* on_rcpt - RCPT, also of recipients that the MTA refuses */
static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_RCPT, session_rcpt(mta->session, argv));
}

/* on_data - DATA */
static sfsistat
on_data(SMFICTX *ctx)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, 0, session_data(mta->session));
}

/* on_header - one header field */
static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_HDR,
	    session_header(mta->session, name, value));
}

/* on_eoh - the end of the header */
static sfsistat
on_eoh(SMFICTX *ctx)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_EOH, session_eoh(mta->session));
}

/* on_body - a chunk of the body */
static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t length)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_BODY,
	    session_body(mta->session, chunk, length));
}

/* on_eom - the end of the message */
static sfsistat
on_eom(SMFICTX *ctx)
{
	struct mta *mta = mine(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, 0, session_eom(mta->session));
}

/*
 * on_unknown - a command that the MTA does not know. libmilter passes the
 * packet as it came, without a look for the final NUL (8.17, st_unknown): it
 * must not be read beyond its heap block.
 */
static sfsistat
on_unknown(SMFICTX *ctx, const char *command)
{
	struct mta *mta = mine(ctx);
	size_t length = malloc_usable_size(mta_theirs(command));
	char copy[COMMAND_MAX + 1];

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	length = strnlen(command, length < COMMAND_MAX ? length : COMMAND_MAX);
	memcpy(copy, command, length);
	copy[length] = '\0';
	return answered(mta, SMFIP_NR_UNKN,
	    no_discard(session_unknown(mta->session, copy)));
}

/* on_abort - the transaction ended; Postfix says so without one, too */
static sfsistat
on_abort(SMFICTX *ctx)
{
	const struct mta *mta = smfi_getpriv(ctx);

	if (mta != NULL)
		session_abort(mta->session);
	return SMFIS_CONTINUE;
}

/* on_close - the connection ended */
static sfsistat
on_close(SMFICTX *ctx)
{
	mta_free(ctx);
	return SMFIS_CONTINUE;
}

bool
mta_milter_open(const struct mta_milter *given, const char *socket, int backlog)
{
	struct smfiDesc filter = {
		.xxfi_name = mta_theirs(NAME),
		.xxfi_version = SMFI_VERSION,
		.xxfi_negotiate = on_negotiate,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_data = on_data,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_unknown = on_unknown,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
	};

	milter.given = *given;
	return smfi_register(filter) == MI_SUCCESS &&
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
