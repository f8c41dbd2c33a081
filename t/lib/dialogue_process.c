/*
 * dialogue_process - a case on the session itself, in this process.
 *
 * The clock is a fake one, the log is captured, the MTA is a table of macros
 * and a list of the headers that were added.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "policy/env.h"
#include "dns/dns.h"
#include "dns/dnslist.h"
#include "base/problem.h"
#include "reply/reply.h"
#include "service/stats.h"
#include "store/store.h"
#include "table/table.h"
#include "session/config.h"
#include "session/decision.h"
#include "session/session.h"
#include "t/lib/dialogue_peer.h"

#define MACROS 64
#define HELD 1024
#define START_OF_TIME 1790000000 /* September 2026 */

struct macro {
	char step;
	char *name, *value;
};

struct process {
	struct env env;
	struct config *config;
	struct decision_log *decisions;
	struct session *session;
	struct session *present; /* while another is made to be held */
	struct session *held[HELD];
	size_t held_count;
	struct macro macros[MACROS];
	size_t macro_count;
	char step; /* the command that is being given */
	struct str log, headers, reply;
};

/* find_macro - the one of that step and name, or NULL */
static struct macro *
find_macro(struct process *process, char step, const char *name)
{
	for (size_t i = 0; i < process->macro_count; i++)
		if (process->macros[i].step == step &&
		    strcmp(process->macros[i].name, name) == 0)
			return &process->macros[i];
	return NULL;
}

static void
set_macro(void *self, char step, const char *name, const char *value)
{
	struct process *process = self;
	struct macro *macro = find_macro(process, step, name);

	if (macro == NULL) {
		if (process->macro_count == MACROS)
			log_fatal("too many macros in a case");
		macro = &process->macros[process->macro_count++];
		macro->step = step;
		macro->name = mem_strdup(name);
	} else {
		mem_free(macro->value);
	}
	macro->value = mem_strdup(value);
}

/* mta_macro - as smfi_getsymval: this step's, then those of earlier ones */
static const char *
mta_macro(void *mta, const char *name)
{
	static const char order[] = "ETRMHC";
	struct process *process = mta;
	const char *step = strchr(order, process->step);

	for (step = step != NULL ? step : order; *step != '\0'; step++) {
		struct macro *macro = find_macro(process, *step, name);

		if (macro != NULL && macro->value != NULL)
			return macro->value;
	}
	return NULL;
}

static bool
mta_reply(void *mta, const struct reply *reply)
{
	struct process *process = mta;

	str_reset(&process->reply);
	reply_text(reply, &process->reply);
	return true;
}

static bool
mta_header(void *mta, const char *name, const char *value)
{
	struct process *process = mta;

	str_addf(&process->headers, "%s: %s\n", name, value);
	return true;
}

static bool
mta_delete_header(void *mta, const char *name, int index)
{
	struct process *process = mta;

	str_addf(&process->headers, "-%s[%d]\n", name, index);
	return true;
}

static bool
mta_delete_recipient(void *mta, const char *path)
{
	struct process *process = mta;

	str_addf(&process->headers, "-%s\n", path);
	return true;
}

static bool
mta_quarantine(void *mta, const char *reason)
{
	struct process *process = mta;

	str_addf(&process->headers, "quarantine: %s\n", reason);
	return true;
}

static bool
mta_progress(void *mta)
{
	(void)mta;
	return true;
}

static const struct mta_ops ops = {
	.reply = mta_reply,
	.macro = mta_macro,
	.add_header = mta_header,
	.insert_header = mta_header,
	.delete_header = mta_delete_header,
	.delete_recipient = mta_delete_recipient,
	.quarantine = mta_quarantine,
	.progress = mta_progress,
};

/* tell - the session's answer as the client of an MTA sees it */
static void
tell(struct process *process, enum answer given, struct peer_answer *answer)
{
	const char *text = "ok";

	if (given == ANSWER_DISCARD)
		text = "discard";
	else if (given != ANSWER_CONTINUE)
		text = str_text(&process->reply);
	snprintf(answer->text, sizeof(answer->text), "%s", text);
}

static void
give_connect(void *self, const char *name, const char *address, unsigned port,
    struct peer_answer *answer)
{
	struct process *process = self;
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port) };
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	const struct sockaddr *sockaddr = NULL;

	process->step = 'C';
	if (address != NULL && inet_pton(AF_INET, address, &four.sin_addr) == 1)
		sockaddr = (const struct sockaddr *)&four;
	else if (address != NULL &&
		 inet_pton(AF_INET6, address, &six.sin6_addr) == 1)
		sockaddr = (const struct sockaddr *)&six;
	tell(process, session_connect(process->session, name, sockaddr),
	    answer);
}

static void
give_helo(void *self, const char *name, struct peer_answer *answer)
{
	struct process *process = self;

	process->step = 'H';
	tell(process, session_helo(process->session, name), answer);
}

static void
give_mail(void *self, char **argv, struct peer_answer *answer)
{
	struct process *process = self;

	process->step = 'M';
	tell(process, session_mail(process->session, argv), answer);
}

static void
give_rcpt(void *self, char **argv, struct peer_answer *answer)
{
	struct process *process = self;

	process->step = 'R';
	tell(process, session_rcpt(process->session, argv), answer);
}

static void
give_data(void *self, struct peer_answer *answer)
{
	struct process *process = self;

	process->step = 'T';
	tell(process, session_data(process->session), answer);
}

static void
give_header(void *self, const char *name, const char *value,
    struct peer_answer *answer)
{
	struct process *process = self;

	tell(process, session_header(process->session, name, value), answer);
}

static void
give_eoh(void *self, struct peer_answer *answer)
{
	struct process *process = self;

	tell(process, session_eoh(process->session), answer);
}

static void
give_body(void *self, const char *chunk, size_t length,
    struct peer_answer *answer)
{
	struct process *process = self;
	enum answer given = session_body(process->session,
	    (const unsigned char *)chunk, length);

	tell(process, given == ANSWER_ENOUGH ? ANSWER_CONTINUE : given, answer);
}

static void
give_eom(void *self, struct peer_answer *answer)
{
	struct process *process = self;

	process->step = 'E';
	tell(process, session_eom(process->session), answer);
}

static void
give_unknown(void *self, const char *line, struct peer_answer *answer)
{
	struct process *process = self;

	tell(process, session_unknown(process->session, line), answer);
}

static void
give_abort(void *self)
{
	struct process *process = self;

	session_abort(process->session);
}

/* forget_macros - a new connection has none */
static void
forget_macros(struct process *process)
{
	for (size_t i = 0; i < process->macro_count; i++) {
		mem_free(process->macros[i].name);
		mem_free(process->macros[i].value);
	}
	process->macro_count = 0;
}

/* begin - a session */
static struct session *
begin(struct process *process)
{
	return session_new(config_ref(process->config), &process->env, &ops,
	    process, process->decisions);
}

/* give_close - the connection ends; another may begin */
static void
give_close(void *self)
{
	struct process *process = self;

	session_free(process->session);
	forget_macros(process);
	process->session = begin(process);
}

static bool
set_aside(void *self)
{
	struct process *process = self;

	if (process->held_count == HELD)
		return false;
	process->present = process->session;
	process->session = begin(process);
	return true;
}

static void
go_back(void *self)
{
	struct process *process = self;

	process->held[process->held_count++] = process->session;
	process->session = process->present;
}

static void
release(void *self)
{
	struct process *process = self;

	while (process->held_count > 0)
		session_free(process->held[--process->held_count]);
}

static const char *
read_log(void *self)
{
	struct process *process = self;
	char *lines = log_captured();

	str_add(&process->log, lines);
	if (lines[0] != '\0')
		str_add_char(&process->log, '\n');
	mem_free(lines);
	return str_text(&process->log);
}

static const char *
read_headers(void *self)
{
	struct process *process = self;

	return str_text(&process->headers);
}

static bool
advance(void *self, long seconds)
{
	struct process *process = self;

	clock_fake_advance(process->env.clock, seconds * 1000L);
	return true;
}

static void
end(void *self)
{
	struct process *process = self;

	release(process);
	session_free(process->session);
	config_unref(process->config);
	store_free(process->env.store);
	decision_log_free(process->decisions);
	forget_macros(process);
	dnslists_free(process->env.lists);
	dns_free(process->env.dns);
	tables_free(process->env.tables);
	stats_free(process->env.stats);
	clock_fake_free(process->env.clock);
	str_fini(&process->log);
	str_fini(&process->headers);
	str_fini(&process->reply);
	mem_free(process);
}

/* load - the case's ini, with the place that a file would have */
static bool
load(struct process *process, const char *ini, const char *dir, struct str *out)
{
	struct problems *problems = problems_new();
	struct str path = STR_INIT;
	bool is_error;

	str_addf(&path, "%s/mailreeve.ini", dir);
	process->config =
	    config_load_text(ini, str_text(&path), &process->env, problems);
	for (size_t i = 0;
	     process->config == NULL && i < problems_count(problems); i++)
		str_addf(out, "%s\n", problems_line(problems, i, &is_error));
	problems_free(problems);
	str_fini(&path);
	return process->config != NULL;
}

/* open_store - in the case's folder, if a policy needs it */
static bool
open_store(struct process *process, const char *dir, struct str *out)
{
	struct store_settings settings = process->config->store.settings;
	struct str path = STR_INIT;
	char *why = NULL;

	if (!config_uses_store(process->config))
		return true;
	str_addf(&path, "%s/store", dir);
	settings.path = str_text(&path);
	process->env.store =
	    store_new(&settings, process->env.clock, false, &why);
	if (process->env.store == NULL)
		str_addf(out, "store: %s\n", why);
	mem_free(why);
	str_fini(&path);
	return process->env.store != NULL;
}

bool
dialogue_process(struct dialogue_peer *peer, const char *ini, const char *dir,
    struct str *out)
{
	struct process *process = mem_alloc(sizeof(*process));
	const char *why;
	char *old;

	log_open(LOG_TO_CAPTURE, "case", "mail");
	old = log_captured(); /* what an earlier case left */
	mem_free(old);
	process->env.clock = clock_fake_new(START_OF_TIME);
	process->env.stats = stats_new(config_reason_count());
	process->env.tables = tables_new(process->env.clock);
	process->env.dns = dns_new(process->env.clock);
	process->env.lists = dnslists_new(process->env.clock, process->env.dns);
	process->decisions = decision_log_new();
	*peer = (struct dialogue_peer){
		.self = process,
		.macro = set_macro,
		.connect = give_connect,
		.helo = give_helo,
		.mail = give_mail,
		.rcpt = give_rcpt,
		.data = give_data,
		.header = give_header,
		.eoh = give_eoh,
		.body = give_body,
		.eom = give_eom,
		.unknown = give_unknown,
		.abort = give_abort,
		.close = give_close,
		.aside = set_aside,
		.back = go_back,
		.release = release,
		.log = read_log,
		.headers = read_headers,
		.advance = advance,
		.free = end,
	};
	if (!load(process, ini, dir, out)) {
		end(process);
		return false;
	}
	/* checked with the rest of the configuration */
	dns_configure(process->env.dns, &process->config->dns, &why);
	dnslists_settle(process->env.lists, DNSLIST_SETTLE_MS);
	if (!open_store(process, dir, out)) {
		end(process);
		return false;
	}
	process->session = begin(process);
	return true;
}
