/*
 * mta_steps - what libmilter calls: each step goes to the session, and its
 * answer back as libmilter's word for it.
 *
 * What MTAs make of answers is kept here (Postfix 3.7, Sendmail 8.17):
 *   - DISCARD before MAIL is ignored, ACCEPT or DISCARD at an unknown command
 *     crashes Postfix or swallows the next message: neither is ever returned;
 *   - a reply whose class is not that of the return value is dropped, and one
 *     that was set and not used stays set: a refusal always sets its own.
 */
#include <malloc.h>
#include <string.h>

#include "daemon/mta_parts.h"
#include "session/session.h"

#define COMMAND_MAX 512 /* RFC 5321 4.5.3.1.4 */

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

/* on_negotiate - a connection begins */
static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol,
    unsigned long unused2, unsigned long unused3, unsigned long *want_actions,
    unsigned long *want_protocol, unsigned long *want2, unsigned long *want3)
{
	struct mta *mta = mta_new(ctx);

	(void)unused2;
	(void)unused3;
	if (mta == NULL)
		return SMFIS_REJECT;
	mta_negotiate(mta, actions, protocol, want_actions, want_protocol);
	*want2 = *want3 = 0;
	return SMFIS_CONTINUE;
}

/* on_connect - CONNECT */
static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_CONN,
	    no_discard(session_connect(mta->session, name, address)));
}

/* on_helo - HELO, EHLO */
static sfsistat
on_helo(SMFICTX *ctx, char *helo)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_HELO,
	    no_discard(session_helo(mta->session, helo)));
}

/* on_mail - MAIL */
static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_MAIL, session_mail(mta->session, argv));
}

/* on_rcpt - RCPT, also of recipients that the MTA refuses */
static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_RCPT, session_rcpt(mta->session, argv));
}

/* on_data - DATA */
static sfsistat
on_data(SMFICTX *ctx)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, 0, session_data(mta->session));
}

/* on_header - one header field */
static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_HDR,
	    session_header(mta->session, name, value));
}

/* on_eoh - the end of the header */
static sfsistat
on_eoh(SMFICTX *ctx)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_EOH, session_eoh(mta->session));
}

/* on_body - a chunk of the body */
static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t length)
{
	struct mta *mta = mta_of(ctx);

	if (mta == NULL)
		return SMFIS_TEMPFAIL;
	return answered(mta, SMFIP_NR_BODY,
	    session_body(mta->session, chunk, length));
}

/* on_eom - the end of the message */
static sfsistat
on_eom(SMFICTX *ctx)
{
	struct mta *mta = mta_of(ctx);

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
	struct mta *mta = mta_of(ctx);
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

struct smfiDesc
mta_steps(const char *name)
{
	return (struct smfiDesc){
		.xxfi_name = mta_theirs(name),
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
}
