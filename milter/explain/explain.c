/*
 * explain - play one session and tell what every policy says to it.
 *
 * The session is the one that runs under libmilter; here the MTA is a table
 * of the macros that Postfix would send, and a printer.
 */
#include "explain/explain.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "dns/dns.h"
#include "explain/explain_message.h"
#include "explain/explain_mime.h"
#include "explain/explain_print.h"
#include "reply/reply.h"
#include "session/chain.h"
#include "session/config.h"
#include "session/session.h"

/* the MTA of one explained session */
struct explained {
	const struct explain_facts *facts;
	struct explain_printer *printer;
	struct session *session;
	struct str reply;
	int status; /* the worst so far, as enum explain_status */
};

/* macro - as Postfix would say, from the facts */
static const char *
macro(void *mta, const char *name)
{
	const struct explain_facts *facts = ((struct explained *)mta)->facts;
	const struct {
		const char *name, *value;
	} macros[] = {
		{ "j", NULL },
		{ "v", facts->smtp ? "8.18" : "Postfix" },
		{ "r", facts->smtp ? "SMTP" : "ESMTP" },
		{ "{daemon_name}", facts->listener },
		{ "{daemon_port}", facts->port },
		{ "{client_ptr}", facts->pointer },
		{ "{client_resolve}", facts->resolve },
		{ "{tls_version}", facts->tls },
		{ "{auth_type}", facts->auth != NULL ? "PLAIN" : NULL },
		{ "{auth_authen}", facts->auth },
	};

	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (strcmp(macros[i].name, name) == 0)
			return macros[i].value;
	return NULL;
}

/* set_reply - keep what the client would see */
static bool
set_reply(void *mta, const struct reply *reply)
{
	struct explained *explained = mta;

	str_reset(&explained->reply);
	reply_text(reply, &explained->reply);
	return true;
}

/* add_header - tell of it, whatever the place */
static bool
add_header(void *mta, const char *name, const char *value)
{
	struct explained *explained = mta;
	struct str text = STR_INIT;

	str_addf(&text, "%s: %s", name, value);
	explain_print_note(explained->printer, "header added", str_text(&text));
	str_fini(&text);
	return true;
}

/* delete_header - tell of it */
static bool
delete_header(void *mta, const char *name, int index)
{
	struct explained *explained = mta;

	(void)index;
	explain_print_note(explained->printer, "header removed", name);
	return true;
}

/* delete_recipient - tell of it */
static bool
delete_recipient(void *mta, const char *path)
{
	struct explained *explained = mta;

	explain_print_note(explained->printer, "recipient dropped", path);
	return true;
}

/* quarantine - tell of it */
static bool
quarantine(void *mta, const char *reason)
{
	struct explained *explained = mta;

	explain_print_note(explained->printer, "quarantined", reason);
	return true;
}

/* progress - nobody waits here */
static bool
progress(void *mta)
{
	(void)mta;
	return true;
}

static const struct mta_ops ops = {
	.reply = set_reply,
	.macro = macro,
	.add_header = add_header,
	.insert_header = add_header,
	.delete_header = delete_header,
	.delete_recipient = delete_recipient,
	.quarantine = quarantine,
	.progress = progress,
};

/* answered - tell a step's answer; true when the session goes on from there */
static bool
answered(struct explained *explained, enum answer answer)
{
	static const int statuses[] = {
		[ANSWER_CONTINUE] = EXPLAIN_PASS,
		[ANSWER_REJECT] = EXPLAIN_REJECT,
		[ANSWER_TEMPFAIL] = EXPLAIN_DEFER,
		[ANSWER_DISCARD] = EXPLAIN_DISCARD,
	};

	if (answer == ANSWER_REJECT || answer == ANSWER_TEMPFAIL)
		explain_print_answer(explained->printer,
		    str_text(&explained->reply));
	else
		explain_print_answer(explained->printer,
		    answer == ANSWER_DISCARD ? "250 (and discarded)" : NULL);
	explained->status = statuses[answer];
	return answer == ANSWER_CONTINUE;
}

/* in_brackets - a path as MTAs give it */
static char *
in_brackets(const char *path)
{
	struct str text = STR_INIT;

	str_addf(&text, path[0] == '<' ? "%s" : "<%s>", path);
	return text.data;
}

/* client_address - text to a socket address; false without one */
static bool
client_address(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = 1 };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = 1 };
	struct netaddr addr;

	if (text == NULL || !netaddr_parse(&addr, text))
		return false;
	memcpy(&four.sin_addr, addr.byte, 4);
	memcpy(&six.sin6_addr, addr.byte, 16);
	if (addr.family == 4)
		memcpy(out, &four, sizeof(four));
	else
		memcpy(out, &six, sizeof(six));
	return true;
}

/* connect_and_greet - the steps of the connection */
static bool
connect_and_greet(struct explained *explained)
{
	const struct explain_facts *facts = explained->facts;
	struct sockaddr_storage storage;
	bool known = client_address(facts->client, &storage);
	char name[NETADDR_TEXT_SIZE + 2];

	snprintf(name, sizeof(name), "[%s]",
	    facts->client != NULL ? facts->client : "");
	explain_print_step(explained->printer, "CONNECT",
	    facts->client != NULL ? facts->client : "no network client");
	if (!answered(explained,
		session_connect(explained->session,
		    facts->name != NULL ? facts->name : name,
		    known ? (const struct sockaddr *)&storage : NULL)))
		return false;
	if (facts->helo == NULL)
		return true;
	explain_print_step(explained->printer, facts->smtp ? "HELO" : "EHLO",
	    facts->helo);
	return answered(explained,
	    session_helo(explained->session, facts->helo));
}

/* mail - MAIL with SIZE= where it was given */
static bool
mail(struct explained *explained)
{
	const struct explain_facts *facts = explained->facts;
	struct str size = STR_INIT;
	char *path = in_brackets(facts->from != NULL ? facts->from : "");
	char *argv[3] = { path, NULL, NULL };
	bool goes_on;

	if (facts->size != NULL) {
		str_addf(&size, "SIZE=%s", facts->size);
		argv[1] = size.data;
	}
	explain_print_step(explained->printer, "MAIL", path);
	goes_on = answered(explained, session_mail(explained->session, argv));
	str_fini(&size);
	mem_free(path);
	return goes_on;
}

/* rcpts - each recipient by itself; true when one was accepted */
static bool
rcpts(struct explained *explained)
{
	const struct explain_facts *facts = explained->facts;
	int refused = EXPLAIN_PASS;
	bool accepted = false;

	for (size_t i = 0; i < facts->rcpt_count; i++) {
		char *path = in_brackets(facts->rcpt[i]);
		char *argv[2] = { path, NULL };

		explain_print_step(explained->printer, "RCPT", path);
		if (answered(explained, session_rcpt(explained->session, argv)))
			accepted = true;
		else if (refused != EXPLAIN_REJECT)
			refused = explained->status;
		mem_free(path);
	}
	if (refused != EXPLAIN_PASS)
		explained->status = refused;
	return accepted;
}

/* content - DATA, and what follows where a message was given */
static void
content(struct explained *explained, char *text)
{
	struct session *session = explained->session;
	int status = explained->status;

	explain_print_step(explained->printer, "DATA", "");
	if (!answered(explained, session_data(session)))
		return;
	if (text != NULL) {
		while (text[0] != '\0' && text[0] != '\n')
			text = explain_message_field(session, text);
		explain_print_step(explained->printer, "END-OF-HEADERS", "");
		if (!answered(explained, session_eoh(session)))
			return;
		explain_message_body(session,
		    text[0] == '\n' ? text + 1 : text);
		explain_print_step(explained->printer, "END-OF-MESSAGE", "");
		if (!answered(explained, session_eom(session)))
			return;
	}
	/* a recipient was refused: that is what there is to tell */
	explained->status = status;
}

/* outcome_name - for the last line */
static const char *
outcome_name(int status)
{
	static const char *const names[] = {
		[EXPLAIN_PASS] = "pass",
		[EXPLAIN_REJECT] = "reject",
		[EXPLAIN_DEFER] = "defer",
		[EXPLAIN_DISCARD] = "discard",
	};

	return names[status];
}

/* heard - a name server's answer, as something that a policy looked at */
static void
heard(void *context, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	struct explained *explained = context;
	struct str question = STR_INIT, text = STR_INIT;

	str_addf(&question, "%s %s", dns_type_name(type), name);
	dns_answer_print(answer, type, &text);
	session_trace_input(explained->session, str_text(&question),
	    str_text(&text));
	str_fini(&question);
	str_fini(&text);
}

/* note_missing - facts without which a session is hardly what was meant */
static void
note_missing(const struct explain_facts *facts, struct explain_printer *printer)
{
	if (facts->client == NULL)
		explain_print_note(printer, "no --client",
		    "mail without an SMTP client, which no policy judges");
	else if (facts->helo == NULL)
		explain_print_note(printer, "no --helo",
		    "a client that sends no greeting");
	if (facts->rcpt_count == 0)
		explain_print_note(printer, "no --rcpt",
		    "most policies answer at RCPT, and are not asked");
}

int
explain_run(const struct explain_facts *facts, struct config *config,
    const struct env *env, bool json)
{
	struct explained explained = { .facts = facts, .reply = STR_INIT };
	struct chain_trace trace = {
		.row = explain_print_row,
		.message = explain_mime,
	};
	struct str message = STR_INIT;

	if (facts->message != NULL &&
	    !explain_message_read(facts->message, &message)) {
		str_fini(&message);
		config_unref(config);
		return EX_NOINPUT;
	}
	explained.printer = trace.context = explain_printer_new(json);
	explained.session = session_new(config, env, &ops, &explained, NULL);
	session_trace(explained.session, &trace);
	dns_listen(env->dns, heard, &explained);
	note_missing(facts, explained.printer);
	if (connect_and_greet(&explained) && mail(&explained) &&
	    rcpts(&explained))
		content(&explained, message.data);
	explain_print_end(explained.printer, outcome_name(explained.status));
	session_free(explained.session);
	str_fini(&message);
	str_fini(&explained.reply);
	return explained.status;
}
