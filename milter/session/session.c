/*
 * session - one SMTP session from connect to close.
 *
 * The steps of the connection; those of the transaction are in
 * session_message.c. Each fills the facts, runs the chain and answers. A
 * step that comes out of order (a hostile or broken MTA, or a command that
 * the MTA let through) finds no message and is answered with continue.
 */
#include "session/session.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "session/chain.h"
#include "session/decision.h"
#include "session/session_internal.h"

/* an idle connection needs this much; more is added in larger blocks */
#define CONNECTION_BLOCK 960
#define MESSAGE_BLOCK 960

/* more of them on one connection are not looked at, see session_overdone() */
#define GREETINGS_MAX 100
#define UNKNOWN_MAX 1000

/*
 * make_id - 12 characters of 5 bits: seconds, then a counter that starts at
 * random, so that two hosts or two runs seldom meet.
 */
static void
make_id(const struct clock *clock, char out[13])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	static atomic_uint counter;
	static atomic_bool seeded;
	unsigned n;
	uint64_t id;

	if (!atomic_exchange(&seeded, true)) {
		clock_random(&n, sizeof(n));
		atomic_fetch_add(&counter, n);
	}
	n = atomic_fetch_add(&counter, 1);
	id = (uint64_t)clock_wall_s(clock) << 28 | (n & 0xfffffffu);
	for (int i = 11; i >= 0; i--, id >>= 5)
		out[i] = digits[id & 31];
	out[12] = '\0';
}

struct session *
session_new(struct config *config, const struct env *env,
    const struct mta_ops *ops, void *mta, struct decision_log *decisions)
{
	struct session *session = mem_alloc(sizeof(*session));
	struct connection *conn = &session->txn.connection;

	session->config = config;
	session->env = env;
	session->ops = ops;
	session->mta = mta;
	session->decisions = decisions;
	session->connection_arena = arena_new(CONNECTION_BLOCK);
	session->message_arena = arena_new(MESSAGE_BLOCK);
	make_id(env->clock, session->id);
	session->txn.session_id = session->id;
	conn->client_name = conn->client_ptr = conn->helo = "";
	conn->listener = conn->listener_addr = "";
	conn->hostname = config->milter.hostname;
	conn->tls_version = conn->tls_cipher = conn->tls_subject = "";
	conn->command = "";
	stats_add(env->stats, COUNT_SESSIONS, 1);
	stats_add(env->stats, COUNT_SESSIONS_NOW, 1);
	return session;
}

void
session_trace(struct session *session, const struct chain_trace *trace)
{
	session->trace = trace;
	if (session->inputs == NULL) {
		session->inputs = mem_alloc(sizeof(*session->inputs));
		*session->inputs = (struct str)STR_INIT;
	}
}

void
session_trace_input(struct session *session, const char *name,
    const char *value)
{
	if (session->inputs != NULL)
		str_addf(session->inputs, "%s=%s\n", name, value);
}

void
session_free(struct session *session)
{
	if (session == NULL)
		return;
	session->txn.step = STEP_CLOSE;
	session_end_message(session);
	chain_observe(session, STEP_CLOSE);
	chain_store_post(session);
	stats_add(session->env->stats, COUNT_SESSIONS_NOW, -1);
	if (session->inputs != NULL)
		str_fini(session->inputs);
	mem_free(session->inputs);
	arena_free(session->message_arena);
	arena_free(session->connection_arena);
	config_unref(session->config);
	mem_free(session);
}

const struct config *
session_config(const struct session *session)
{
	return session->config;
}

const char *
session_id(const struct session *session)
{
	return session->id;
}

struct arena *
session_arena(struct session *session)
{
	if (session->txn.message == NULL && session->txn.step <= STEP_HELO)
		return session->connection_arena;
	return session->message_arena;
}

const char *
session_macro(struct session *session, const char *name)
{
	const char *value = session->ops->macro(session->mta, name);

	return value != NULL ? value : "";
}

/* keep - a copy for the life of the connection; "" costs nothing */
static const char *
keep(struct session *session, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return "";
	return arena_strdup(session->connection_arena, text);
}

/* keep_if_new - as keep, but the old copy where it says the same */
static const char *
keep_if_new(struct session *session, const char *old, const char *text)
{
	return strcmp(old, text) == 0 ? old : keep(session, text);
}

enum answer
session_answer(struct session *session, const struct decision *decision)
{
	switch (decision->kind) {
	case DECISION_REJECT:
	case DECISION_TEMPFAIL:
		if (!session->ops->reply(session->mta, &decision->reply))
			return ANSWER_CONTINUE;
		return decision->kind == DECISION_REJECT ? ANSWER_REJECT
							 : ANSWER_TEMPFAIL;
	case DECISION_DISCARD:
		return ANSWER_DISCARD;
	default:
		return ANSWER_CONTINUE;
	}
}

enum answer
session_run(struct session *session, enum step step)
{
	struct decision decision;

	session->txn.step = step;
	chain_run(session, &decision);
	return session_answer(session, &decision);
}

/* mta_kind_of - by macro v: "Postfix 3.7.11", "8.17.1.9" */
static enum mta_kind
mta_kind_of(const char *version)
{
	if (strncasecmp(version, "Postfix", 7) == 0)
		return MTA_POSTFIX;
	if (version[0] >= '0' && version[0] <= '9')
		return MTA_SENDMAIL;
	return MTA_UNKNOWN;
}

/* resolve_of - {client_resolve}; without it a confirmed name says OK */
static enum client_resolve
resolve_of(const char *word, const char *name)
{
	static const struct name_code words[] = {
		{ .name = "OK", .code = RESOLVE_OK },
		{ .name = "FAIL", .code = RESOLVE_FAIL },
		{ .name = "FORGED", .code = RESOLVE_FORGED },
		{ .name = "TEMP", .code = RESOLVE_TEMP },
		{ .name = NULL },
	};
	int code;

	if (names_code(words, word, &code))
		return (enum client_resolve)code;
	return name[0] != '\0' ? RESOLVE_OK : RESOLVE_UNKNOWN;
}

/* real_name - what the MTA found, not its ways to say "nothing" */
static const char *
real_name(const char *name)
{
	if (name == NULL || name[0] == '[' || strcmp(name, "unknown") == 0)
		return "";
	return name;
}

/* learn_listener - where the client came in, and whose macros these are */
static void
learn_listener(struct session *session)
{
	struct connection *conn = &session->txn.connection;
	unsigned long long port;

	conn->listener = keep(session, session_macro(session, "{daemon_name}"));
	conn->listener_addr =
	    keep(session, session_macro(session, "{daemon_addr}"));
	if (str_parse_uint(session_macro(session, "{daemon_port}"), &port) &&
	    port <= UINT16_MAX)
		conn->listener_port = (uint16_t)port;
	conn->mta = mta_kind_of(session_macro(session, "v"));
	if (conn->hostname[0] == '\0')
		conn->hostname = keep(session, session_macro(session, "j"));
}

/* learn_client - address, names, and how far they can be trusted */
static void
learn_client(struct session *session, const char *name,
    const struct sockaddr *address)
{
	struct connection *conn = &session->txn.connection;
	char *kept;

	if (address == NULL ||
	    !netaddr_from_sockaddr(&conn->client, address, &conn->client_port))
		conn->client = (struct netaddr){ .family = 0 };
	kept = arena_strdup(session->connection_arena, real_name(name));
	conn->client_name = str_lower(kept);
	kept = arena_strdup(session->connection_arena,
	    real_name(session_macro(session, "{client_ptr}")));
	conn->client_ptr = str_lower(kept);
	conn->resolve = resolve_of(session_macro(session, "{client_resolve}"),
	    conn->client_name);
	if (conn->client_ptr[0] == '\0' && conn->resolve == RESOLVE_OK)
		conn->client_ptr = conn->client_name;
}

enum answer
session_connect(struct session *session, const char *name,
    const struct sockaddr *address)
{
	struct connection *conn = &session->txn.connection;

	session->txn.step = STEP_CONNECT;
	learn_client(session, name, address);
	learn_listener(session);
	/* Sendmail has no address for sendmail -bs; Postfix shows sendmail(1)
	 * as localhost, port 0 (3.7: non_smtpd_milters). */
	conn->local_submission =
	    conn->client.family == 0 ||
	    (conn->client_port == 0 && netaddr_is_loopback(&conn->client) &&
		strcmp(conn->client_name, "localhost") == 0);
	conn->trusted =
	    networks_have(&session->config->milter.trusted, &conn->client);
	return session_run(session, STEP_CONNECT);
}

void
session_learn_tls(struct session *session)
{
	struct connection *conn = &session->txn.connection;
	const char *verify = session_macro(session, "{verify}");
	unsigned long long bits;

	conn->tls_version = keep_if_new(session, conn->tls_version,
	    session_macro(session, "{tls_version}"));
	if (conn->tls_version[0] == '\0')
		return;
	conn->greeting = GREETING_EHLO;
	conn->tls_cipher = keep_if_new(session, conn->tls_cipher,
	    session_macro(session, "{cipher}"));
	if (str_parse_uint(session_macro(session, "{cipher_bits}"), &bits))
		conn->tls_bits = (int)bits;
	/* Postfix gives the subject only of a certificate that verifies,
	 * Sendmail of any, with {verify} beside it. */
	if (verify[0] == '\0' ? conn->mta == MTA_POSTFIX
			      : strcmp(verify, "OK") == 0)
		conn->tls_subject = keep_if_new(session, conn->tls_subject,
		    session_macro(session, "{cert_subject}"));
}

void
session_learn_greeting(struct session *session)
{
	struct connection *conn = &session->txn.connection;
	const char *protocol = session_macro(session, "r");

	if (conn->greeting == GREETING_NONE)
		return;
	if (strncmp(protocol, "ESMTP", 5) == 0)
		conn->greeting = GREETING_EHLO;
	else if (strcmp(protocol, "SMTP") == 0)
		conn->greeting = GREETING_HELO;
}

bool
session_overdone(const struct session *session, unsigned count, unsigned max,
    const char *what)
{
	if (count == max)
		log_notice("session %s: more than %u %s: no more of them are "
			   "looked at",
		    session->id, max, what);
	return count >= max;
}

enum answer
session_helo(struct session *session, const char *helo)
{
	struct connection *conn = &session->txn.connection;

	session_end_message(session);
	if (session_overdone(session, session->greetings++, GREETINGS_MAX,
		"greetings"))
		return ANSWER_TEMPFAIL;
	session->txn.step = STEP_HELO;
	if (conn->greeting == GREETING_NONE)
		conn->greeting = GREETING_UNKNOWN;
	if (conn->helo_count == 0 || strcasecmp(conn->helo, helo) != 0) {
		conn->helo_count++;
		conn->helo = keep(session, helo);
	}
	session_learn_tls(session);
	session_learn_greeting(session);
	return session_run(session, STEP_HELO);
}

enum answer
session_unknown(struct session *session, const char *command)
{
	struct connection *conn = &session->txn.connection;
	enum answer answer;

	if (session_overdone(session, conn->unknown_commands++, UNKNOWN_MAX,
		"unknown commands"))
		return ANSWER_TEMPFAIL;
	session->txn.step = STEP_UNKNOWN;
	conn->command = arena_strdup(session->message_arena, command);
	answer = session_run(session, STEP_UNKNOWN);
	conn->command = "";
	if (session->txn.message == NULL)
		session_end_message(session);
	/* a discard here would swallow the next message, in both MTAs */
	return answer == ANSWER_DISCARD ? ANSWER_CONTINUE : answer;
}
