/*
 * helo - the greeting: missing, malformed, untrue.
 *
 * Reasons: helo.required, helo.repeated, helo.syntax, helo.localhost,
 * helo.self, helo.smtp_only; helo.unresolvable (helo_name.c).
 *
 * Judged are forms that no correct client shows to a stranger: no greeting,
 * neither a domain nor an address literal, "localhost", and our own name. A
 * name that does not resolve is a weak sign, because many good senders have
 * one: it is looked at only where that is wished.
 *
 * The greeting is judged by one hook, its absence by another, because at MAIL
 * there may have been none. Both run at RCPT unless `stage` says otherwise,
 * so that the client sees the text and the log has sender and recipient.
 */
#include <string.h>

#include "base/domain.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "policies/helo.h"
#include "service/option.h"
#include "table/table.h"

/* names that mean the speaker's own host, here and on common systems */
static const char *const localhost_names[] = { "localhost",
	"localhost.localdomain", "localhost4", "localhost4.localdomain4",
	"localhost6", "localhost6.localdomain6", "ip6-localhost",
	"ip6-loopback" };

/* is_bare_address - an address without the brackets of RFC 5321 4.1.3 */
static bool
is_bare_address(const char *helo)
{
	struct netaddr addr;

	if (helo[0] == '[')
		return false;
	/* digits and dots alone are no name either: 300.1.2.3, 12345 */
	return helo[0] != '\0' &&
	       (netaddr_parse(&addr, helo) ||
		   helo[strspn(helo, "0123456789.")] == '\0');
}

bool
helo_is_literal(const char *helo)
{
	struct netaddr addr;
	size_t length = strlen(helo);

	return length > 2 && helo[0] == '[' && helo[length - 1] == ']' &&
	       netaddr_parse(&addr, helo);
}

bool
helo_is_domain(const char *helo, struct arena *arena)
{
	return str_is_ascii(helo) && domain_fold(helo, arena) != NULL;
}

/* is_localhost - a name (RFC 6761 6.3) or address of the speaker's own host */
static bool
is_localhost(const char *helo, struct arena *arena)
{
	const char *name;
	struct netaddr addr;

	if (netaddr_parse(&addr, helo))
		return netaddr_is_loopback(&addr);
	name = domain_fold(helo, arena);
	if (name == NULL)
		return false;
	for (size_t i = 0;
	     i < sizeof(localhost_names) / sizeof(localhost_names[0]); i++)
		if (strcmp(name, localhost_names[i]) == 0)
			return true;
	return domain_is_under(name, "localhost");
}

/* is_our_address - the address that took this connection, or a listed one */
static bool
is_our_address(const struct pctx *p, const struct netaddr *addr)
{
	const struct helo_settings *s = p->settings;
	struct netaddr ours;

	if (netaddr_parse(&ours, p->txn->connection.listener_addr) &&
	    netaddr_equal(&ours, addr))
		return true;
	return networks_have(&s->own_addresses, addr);
}

/* judge_own_name - our name, or one of own_names */
static struct verdict
judge_own_name(struct pctx *p, const char *name)
{
	const struct helo_settings *s = p->settings;
	const char *ours = domain_fold(p->txn->connection.hostname, p->arena);
	struct verdict verdict = verdict_none();
	struct table_answer answer;
	enum lookup lookup;

	if (ours != NULL && strcmp(name, ours) == 0)
		return verdict_refuse(HELO_SELF, "self");
	for (size_t i = 0; i < s->own_names.count; i++) {
		lookup = table_find_domain(s->own_names.table[i], name,
		    p->deadline_ms, p->arena, &answer);
		if (lookup == LOOKUP_FOUND) {
			verdict = verdict_refuse(HELO_SELF, "own_names");
			verdict_entry(&verdict, &answer);
			return verdict;
		}
		if (verdict.kind == VERDICT_NONE)
			verdict = verdict_lookup(lookup, s->own_names.table[i]);
	}
	return verdict;
}

/* judge_self - a client from outside that says it is us */
static struct verdict
judge_self(struct pctx *p)
{
	const struct connection *conn = &p->txn->connection;
	struct netaddr addr;
	const char *name;

	if (conn->client.family != 0 && is_our_address(p, &conn->client))
		return verdict_none();
	if (netaddr_parse(&addr, conn->helo))
		return is_our_address(p, &addr)
			   ? verdict_refuse(HELO_SELF, "self")
			   : verdict_none();
	name = domain_fold(conn->helo, p->arena);
	return name == NULL ? verdict_none() : judge_own_name(p, name);
}

/* judge_greeting - what the client said; look-ups come last */
static struct verdict
judge_greeting(struct pctx *p)
{
	const struct helo_settings *s = p->settings;
	const struct connection *conn = &p->txn->connection;
	bool bare;

	if (conn->greeting == GREETING_NONE)
		return verdict_none();
	policy_input(p, "helo", "%s", conn->helo);
	policy_input(p, "greetings", "%u", conn->helo_count);
	bare = is_bare_address(conn->helo);
	if (bare && s->bare_ip)
		return verdict_refuse(HELO_SYNTAX, "bare_ip");
	if (s->syntax && !bare && !helo_is_literal(conn->helo) &&
	    !helo_is_domain(conn->helo, p->arena))
		return verdict_refuse(HELO_SYNTAX, "syntax");
	if (s->localhost && !netaddr_is_loopback(&conn->client) &&
	    is_localhost(conn->helo, p->arena))
		return verdict_refuse(HELO_LOCALHOST, "localhost");
	if (s->smtp_only && conn->greeting == GREETING_HELO)
		return verdict_refuse(HELO_SMTP_ONLY, "smtp_only");
	if (s->repeated && conn->helo_count > 1)
		return verdict_refuse(HELO_REPEATED, "repeated");
	return s->self ? judge_self(p) : verdict_none();
}

/* judge_absence - MAIL came, and no greeting before it */
static struct verdict
judge_absence(struct pctx *p)
{
	if (p->txn->connection.greeting != GREETING_NONE)
		return verdict_none();
	policy_input(p, "greetings", "0");
	return verdict_refuse(HELO_REQUIRED, "required");
}

/* wants_greeting - some rule about what was said is on */
static bool
wants_greeting(const void *settings)
{
	const struct helo_settings *s = settings;

	return s->repeated || s->syntax || s->bare_ip || s->localhost ||
	       s->self || s->smtp_only;
}

/* wants_absence - a greeting is demanded */
static bool
wants_absence(const void *settings)
{
	return ((const struct helo_settings *)settings)->required;
}

/* check - names and addresses of ours are for self only */
static void
check(const void *settings, const struct config_facts *facts, struct origin at,
    struct problems *problems)
{
	const struct helo_settings *s = settings;

	(void)facts;
	if (!s->self && (s->own_names.count > 0 || s->own_addresses.count > 0))
		problems_warning(problems, at,
		    "own_names and own_addresses do nothing while self = no");
}

/* one rule that is on or off */
#define RULE(field, value, text)                                 \
	{                                                        \
		.name = #field, .type = OPTION_BOOL,             \
		.offset = offsetof(struct helo_settings, field), \
		.fallback = value, .doc = text                   \
	}

static const struct option options[] = {
	RULE(required, "yes",
	    "Refuse mail from a client that sent neither HELO nor EHLO (RFC "
	    "5321 4.1.1.1). Reason helo.required."),
	RULE(syntax, "yes",
	    "Refuse a greeting that is neither a domain name nor an address "
	    "literal such as [192.0.2.1]. Underscores and names without a "
	    "dot are let through. Reason helo.syntax."),
	RULE(bare_ip, "yes",
	    "Refuse an address without brackets (192.0.2.1), and anything "
	    "else of digits and dots alone. Reason helo.syntax."),
	RULE(localhost, "yes",
	    "Refuse localhost, localhost.localdomain and their kin, any name "
	    "below localhost, and loopback addresses as literals, from "
	    "clients that are not on loopback. Reason helo.localhost."),
	RULE(self, "yes",
	    "Refuse a client that greets with this server's own name "
	    "([milter] hostname, or what the MTA says it is), one of "
	    "own_names, or the address it connected to as a literal. Reason "
	    "helo.self."),
	{
	    .name = "own_names",
	    .type = OPTION_TABLES,
	    .offset = offsetof(struct helo_settings, own_names),
	    .fallback = "",
	    .doc = "Further names of this server and of its sisters, for "
		   "self. An entry .example.org covers all names of the "
		   "domain. A table of the hosted domains is a risk: the web "
		   "server of a customer may rightly greet with one.",
	    .example = "inline:{mx1.example.org mx2.example.org}",
	},
	{
	    .name = "own_addresses",
	    .type = OPTION_NETWORKS,
	    .offset = offsetof(struct helo_settings, own_addresses),
	    .fallback = "",
	    .doc = "Further addresses of this server, for self: those "
		   "outside of a network address translation, for example.",
	    .example = "192.0.2.25, 2001:db8::25",
	},
	RULE(smtp_only, "no",
	    "Refuse clients that greet with HELO instead of EHLO. Works "
	    "where the MTA tells, see below. Reason helo.smtp_only."),
	RULE(unresolvable, "no",
	    "Refuse a client that greets with a name that the DNS does not "
	    "know: without address and MX records. Many good senders do, so "
	    "watch it with mode = monitor or action = score first. Reason "
	    "helo.unresolvable."),
	{
	    .name = "wait",
	    .type = OPTION_MILLIS,
	    .offset = offsetof(struct helo_settings, wait_ms),
	    .fallback = "4s",
	    .min = 0,
	    .max = 20000,
	    .doc = "How long unresolvable waits for answers of the DNS, in "
		   "all of a session.",
	},
	RULE(repeated, "no",
	    "Refuse a client that greets again with another name in the same "
	    "connection. The same name again, as after STARTTLS, is always "
	    "legal. Reason helo.repeated."),
	{ .name = NULL },
};

static const struct reason reasons[] = {
	[HELO_REQUIRED] = {
	    .name = "helo.required",
	    .reply = "503 5.5.1 Send HELO or EHLO first %{ref}",
	    .doc = "MAIL came before any greeting (RFC 5321 4.1.4).",
	},
	[HELO_REPEATED] = {
	    .name = "helo.repeated",
	    .reply = "503 5.5.1 You have greeted already with another name "
		     "%{ref}",
	    .doc = "The client greeted again with another name.",
	},
	[HELO_SYNTAX] = {
	    .name = "helo.syntax",
	    .reply = "501 5.5.4 Greet with your host name or [address]: "
		     "%{helo} is neither %{ref}",
	    .doc = "The greeting name is empty or neither a domain nor an "
		   "address literal (RFC 5321 4.1.1.1).",
	},
	[HELO_LOCALHOST] = {
	    .name = "helo.localhost",
	    .reply = "550 5.7.1 Greet with your own host name: you are not "
		     "%{helo} %{ref}",
	    .doc = "A client from outside greets as localhost.",
	},
	[HELO_SELF] = {
	    .name = "helo.self",
	    .reply = "550 5.7.1 Greet with your own host name: %{helo} is "
		     "this server %{ref}",
	    .doc = "A client from outside greets with this server's own name "
		   "or address.",
	},
	[HELO_SMTP_ONLY] = {
	    .name = "helo.smtp_only",
	    .reply = "550 5.5.1 Greet with EHLO: this server talks only to "
		     "ESMTP clients %{ref}",
	    .doc = "The client greets with HELO and so does not speak ESMTP.",
	},
	[HELO_UNRESOLVABLE] = {
	    .name = "helo.unresolvable",
	    .reply = "550 5.7.1 Greet with your own host name: %{helo} does "
		     "not exist %{ref}",
	    .doc = "The greeting name has neither address nor MX records.",
	},
	{ .name = NULL },
};

const struct policy helo_policy = {
	.name = "helo",
	.summary = "the greeting: missing, malformed, localhost, our own name",
	.doc =
	    "Refuses greetings that no correct client shows to a server that "
	    "it does not belong to. What many good senders get wrong too, a "
	    "name that does not resolve, is looked at only on request "
	    "(unresolvable); that it resolves to the client, never.\n\n"
	    "Trusted networks and logged-in clients are not judged, nor is "
	    "mail to postmaster and abuse of our domains.",
	.mta_notes =
	    "Postfix hides whether a client said HELO or EHLO. What only an "
	    "ESMTP client does (STARTTLS, AUTH, parameters at MAIL or RCPT) "
	    "proves EHLO; nothing proves HELO, so smtp_only refuses nobody "
	    "there. Sendmail tells by its macro r.\n\n"
	    "Sendmail refuses MAIL before a greeting by itself, and so does "
	    "Postfix with smtpd_helo_required = yes. Both refuse a greeting "
	    "without a name; Sendmail also one with blanks in it.\n\n"
	    "With stage = helo the MTA shows the reply at MAIL, refuses AUTH "
	    "and STARTTLS with it, and does not let a second greeting "
	    "repair it.",
	.example =
	    "[helo]\n"
	    "own_names = inline:{mx1.example.org mx2.example.org}\n"
	    "smtp_only = yes\n",
	.flags = POLICY_CLIENT_CHECK,
	.stage = STEP_RCPT,
	.stages = STEP_BIT(STEP_HELO) | STEP_BIT(STEP_MAIL) |
	    STEP_BIT(STEP_RCPT),
	.options = options,
	.reasons = reasons,
	.settings_size = sizeof(struct helo_settings),
	.connection_scratch = sizeof(struct helo_connection),
	.check = check,
	.hooks = {
	    { .step = STEP_HELO, .ask = helo_ask_name,
		.wanted = helo_wants_name },
	    { .step = STEP_HELO, .judge = judge_greeting,
		.wanted = wants_greeting, .movable = true },
	    { .step = STEP_HELO, .judge = helo_judge_name,
		.wanted = helo_wants_name, .movable = true },
	    { .step = STEP_MAIL, .judge = judge_absence,
		.wanted = wants_absence, .movable = true },
	},
};
