/*
 * mta_ops - what a session may do to the MTA, by libmilter.
 *
 * MTAs run a reply's text through code like printf's: a lone '%' is lost in
 * Postfix (3.7) and costs the whole reply in Sendmail (8.17), so it is doubled
 * here. In headers it must not be.
 */
#include "daemon/mta_parts.h"

#include <stdio.h>

#include "base/log.h"
#include "base/str.h"
#include "reply/reply.h"
#include "session/session.h"

#define REPLY_LINE_MAX 980 /* libmilter's MAXREPLYLEN */

/* double_percent - a copy with every '%' twice; false when it does not fit */
static bool
double_percent(char *out, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text != '\0'; text++) {
		if (used + 3 > size)
			return false;
		out[used++] = *text;
		if (*text == '%')
			out[used++] = '%';
	}
	out[used] = '\0';
	return true;
}

/* set_reply - what the client gets when the step is refused */
static bool
set_reply(struct mta *mta, const struct reply *reply)
{
	char text[REPLY_LINES][REPLY_LINE_MAX + 1], code[12];
	char *line[REPLY_LINES] = { NULL };
	char *xcode = reply->xcode[0] != '\0' ? mta_theirs(reply->xcode) : NULL;

	snprintf(code, sizeof(code), "%d", reply->code);
	for (size_t i = 0; i < reply->lines && i < REPLY_LINES; i++) {
		line[i] = text[i];
		if (!double_percent(text[i], sizeof(text[i]), reply->line[i]))
			return false;
	}
	if (reply->lines <= 1)
		return smfi_setreply(mta->ctx, code, xcode,
			   reply->lines == 1 ? line[0] : mta_theirs("")) ==
		       MI_SUCCESS;
	return smfi_setmlreply(mta->ctx, code, xcode, line[0], line[1], line[2],
		   line[3], line[4], line[5], line[6], line[7],
		   (char *)NULL) == MI_SUCCESS;
}

void
mta_plain_reply(struct mta *mta, int code)
{
	if (code >= 500)
		smfi_setreply(mta->ctx, mta_theirs("550"), mta_theirs("5.7.1"),
		    mta_theirs("Command rejected"));
	else
		smfi_setreply(mta->ctx, mta_theirs("451"), mta_theirs("4.7.1"),
		    mta_theirs("Service unavailable - try again later"));
	mta->code = code;
}

/* op_reply - mta_ops: the reply of a refusal that follows */
static bool
op_reply(void *to, const struct reply *reply)
{
	struct mta *mta = to;
	struct str text = STR_INIT;

	if (set_reply(mta, reply)) {
		mta->code = reply->code;
		return true;
	}
	reply_text(reply, &text);
	log_error("session %s: the MTA cannot be given the reply \"%s\"",
	    session_id(mta->session), str_text(&text));
	str_fini(&text);
	mta_plain_reply(mta, reply->code);
	return true;
}

/* op_macro - mta_ops: a macro's value now */
static const char *
op_macro(void *to, const char *name)
{
	const struct mta *mta = to;

	return smfi_getsymval(mta->ctx, mta_theirs(name));
}

/* op_add_header - mta_ops: at the end of the header */
static bool
op_add_header(void *to, const char *name, const char *value)
{
	const struct mta *mta = to;

	return smfi_addheader(mta->ctx, mta_theirs(name), mta_theirs(value)) ==
	       MI_SUCCESS;
}

/* op_insert_header - mta_ops: above everything, also the MTA's Received */
static bool
op_insert_header(void *to, const char *name, const char *value)
{
	const struct mta *mta = to;

	return smfi_insheader(mta->ctx, 0, mta_theirs(name),
		   mta_theirs(value)) == MI_SUCCESS;
}

/* op_delete_header - mta_ops: an empty value deletes that occurrence */
static bool
op_delete_header(void *to, const char *name, int index)
{
	const struct mta *mta = to;

	return smfi_chgheader(mta->ctx, mta_theirs(name), index, NULL) ==
	       MI_SUCCESS;
}

/* op_delete_recipient - mta_ops: the others still get the message */
static bool
op_delete_recipient(void *to, const char *path)
{
	const struct mta *mta = to;

	return smfi_delrcpt(mta->ctx, mta_theirs(path)) == MI_SUCCESS;
}

/* op_quarantine - mta_ops: into the hold queue */
static bool
op_quarantine(void *to, const char *reason)
{
	const struct mta *mta = to;

	return smfi_quarantine(mta->ctx, mta_theirs(reason)) == MI_SUCCESS;
}

/* op_progress - mta_ops: begin the MTA's time-out anew */
static bool
op_progress(void *to)
{
	const struct mta *mta = to;

	return smfi_progress(mta->ctx) == MI_SUCCESS;
}

const struct mta_ops mta_ops = {
	.reply = op_reply,
	.macro = op_macro,
	.add_header = op_add_header,
	.insert_header = op_insert_header,
	.delete_header = op_delete_header,
	.delete_recipient = op_delete_recipient,
	.quarantine = op_quarantine,
	.progress = op_progress,
};
