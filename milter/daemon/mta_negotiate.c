/*
 * mta_negotiate - which steps an MTA sends, and for which it waits.
 *
 * Negotiation follows from the configuration, because wake-ups cost more than
 * policies: steps that no policy sees are not sent, steps that no policy
 * answers are sent without waiting (SMFIP_NR_*; libmilter plays that for MTAs
 * that do not know it). DATA is always answered: without an answer Postfix
 * stalls for 42 ms on TCP (its smtpd flushes the macros of DATA alone).
 *
 * Only what is offered is asked for: an old MTA sends every step and waits for
 * every answer.
 */
#include "base/log.h"
#include "daemon/mta_parts.h"
#include "policy/step.h"
#include "session/config.h"
#include "session/session.h"

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

void
mta_negotiate(struct mta *mta, unsigned long actions, unsigned long protocol,
    unsigned long *want_actions, unsigned long *want_protocol)
{
	const struct config *config = session_config(mta->session);

	*want_actions = actions_of(config) & actions;
	*want_protocol = protocol_of(config) & protocol;
	mta->may_skip = (*want_protocol & SMFIP_SKIP) != 0;
	for (size_t i = 0; i < sizeof(step_flags) / sizeof(*step_flags); i++)
		mta->unanswered |= *want_protocol & step_flags[i].no_reply;
	if ((*want_actions & SMFIF_SETSYMLIST) != 0)
		ask_macros(mta->ctx);
}
