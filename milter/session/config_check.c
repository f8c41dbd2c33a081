/*
 * config_check - relations between what was set.
 *
 * Each key by itself is good by now. Here is what does not go together: paths
 * that are no sockets, scopes that are known too late, actions where there is
 * no message, and what each policy knows of its own options.
 */
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/str.h"
#include "session/config_work.h"

#define PATH_MAX_UNIX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

/* complain - about a key of [milter] or [log] */
static void
complain(struct work *work, const char *section, const char *key,
    const char *value, const char *wanted)
{
	problems_error(work->problems,
	    config_origin(work->config, section, key), "%s: \"%s\" is not %s",
	    key, value, wanted);
}

/* is_inet - "PORT@HOST" */
static bool
is_inet(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long long port;
	char number[6];

	if (digits == 0 || digits >= sizeof(number) || text[digits] != '@' ||
	    text[digits + 1] == '\0')
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	return str_parse_uint(number, &port) && port > 0 && port < 65536;
}

/* after - what follows a beginning of text, or NULL */
static const char *
after(const char *text, const char *beginning)
{
	size_t length = strlen(beginning);

	return strncmp(text, beginning, length) == 0 ? text + length : NULL;
}

/* is_socket - as smfi_setconn() wants it, but nothing left to guess */
static bool
is_socket(const char *socket)
{
	const char *rest;

	if ((rest = after(socket, "inet:")) != NULL ||
	    (rest = after(socket, "inet6:")) != NULL)
		return is_inet(rest);
	if ((rest = after(socket, "unix:")) != NULL ||
	    (rest = after(socket, "local:")) != NULL)
		return rest[0] == '/' && strlen(rest) <= PATH_MAX_UNIX;
	return false;
}

/* is_mode - rights in octal */
static bool
is_mode(const char *mode)
{
	size_t length = strlen(mode);

	return length > 0 && length <= 4 && strspn(mode, "01234567") == length;
}

/* check_dns - servers and bounds of [dns] */
static void
check_dns(struct work *work)
{
	const struct dns_settings *dns = &work->config->dns;
	const char *why;

	if (!dns_settings_check(dns->servers, &why))
		problems_error(work->problems,
		    config_origin(work->config, "dns", "servers"),
		    "servers: %s", why);
	if (dns->cache_min_ttl_s > dns->cache_max_ttl_s &&
	    dns->cache_max_ttl_s > 0)
		problems_warning(work->problems,
		    config_origin(work->config, "dns", "cache_min_ttl"),
		    "cache_min_ttl is over cache_max_ttl, which holds");
}

/* check_decisions - the folder of the decision file; it may come later */
static void
check_decisions(struct work *work)
{
	const char *path = work->config->log.decisions;
	const char *slash = strrchr(path, '/');
	char *folder;

	if (slash == NULL || slash == path)
		return;
	folder = arena_strndup(work->arena, path, (size_t)(slash - path));
	if (access(folder, F_OK) < 0)
		problems_warning(work->problems,
		    config_origin(work->config, "log", "decisions"),
		    "decisions: there is no folder %s", folder);
}

/* check_core - [milter] and [log] */
static void
check_core(struct work *work)
{
	const struct milter_settings *m = &work->config->milter;
	const struct log_settings *l = &work->config->log;

	if (!is_socket(m->socket))
		complain(work, "milter", "socket", m->socket,
		    "inet:PORT@HOST, inet6:PORT@HOST or unix:/path (of at "
		    "most 107 bytes)");
	if (!is_mode(m->socket_mode))
		complain(work, "milter", "socket_mode", m->socket_mode,
		    "octal, such as 0660");
	if (strlen(m->control) > PATH_MAX_UNIX)
		complain(work, "milter", "control", m->control,
		    "short enough for a socket (107 bytes)");
	if (m->hostname[0] != '\0' && !domain_is_valid(m->hostname, true))
		complain(work, "milter", "hostname", m->hostname,
		    "the name of a host");
	if (!log_facility_known(l->facility))
		complain(work, "log", "facility", l->facility,
		    "a facility of syslog, such as mail or local0");
	check_decisions(work);
}

/* facts_known - how far a step sees: CONNECT, MAIL or RCPT */
static enum step
facts_known(enum step step)
{
	switch (step) {
	case STEP_CONNECT:
	case STEP_HELO:
	case STEP_UNKNOWN:
		return STEP_CONNECT;
	case STEP_MAIL:
		return STEP_MAIL;
	default:
		return STEP_RCPT;
	}
}

/* facts_needed - how far a scope has to see */
static enum step
facts_needed(const struct scope *scope)
{
	enum step needed = STEP_CONNECT;

	for (size_t i = 0; i < scope->parts; i++)
		switch (scope->part[i].subject) {
		case SUBJECT_RCPT_ADDRESS:
		case SUBJECT_RCPT_DOMAIN:
			return STEP_RCPT;
		case SUBJECT_LOGIN:
		case SUBJECT_FROM_ADDRESS:
		case SUBJECT_FROM_DOMAIN:
			needed = STEP_MAIL;
			break;
		default:
			break;
		}
	return needed;
}

/* last_judge - how far the last judge of an instance sees */
static enum step
last_judge(const struct instance *instance)
{
	enum step last = STEP_CONNECT, known;

	for (unsigned i = 0; i < POLICY_HOOKS; i++) {
		const struct hook *hook = &instance->policy->hooks[i];

		if (hook->judge == NULL)
			continue;
		known = facts_known(config_judge_step(instance, hook));
		if (known > last)
			last = known;
	}
	return last;
}

/* check_scope - a scope that no judge of the policy can ever see */
static void
check_scope(struct work *work, const struct instance *instance,
    const struct section *section)
{
	enum step needed = facts_needed(section->scope);

	if (last_judge(instance) >= needed)
		return;
	problems_error(work->problems, section->at,
	    "[%s %s]: %s is judged before %s is known%s", instance->name,
	    section->scope_text, instance->policy->name,
	    needed == STEP_RCPT ? "a recipient" : "a sender or login",
	    instance->policy->stages & STEP_BIT(needed)
		? "; set its stage to a later step"
		: "");
}

/* early_step - a step without a message, where a judge runs; or STEP_MAX */
static enum step
early_step(const struct instance *instance)
{
	for (unsigned i = 0; i < POLICY_HOOKS; i++) {
		const struct hook *hook = &instance->policy->hooks[i];
		enum step step = config_judge_step(instance, hook);

		if (hook->judge != NULL && !hook->allows_only &&
		    instance->hooks_wanted & 1u << i &&
		    facts_known(step) == STEP_CONNECT)
			return step;
	}
	return STEP_MAX;
}

struct origin
policy_option_at(const struct config_facts *facts, const char *option)
{
	const struct option *row = option_find(facts->options, option);

	return row != NULL && facts->written[row - facts->options].file != NULL
		   ? facts->written[row - facts->options]
		   : facts->at;
}

/* common_at - where a common option of a section stands, or the section */
static struct origin
common_at(const struct instance *instance, const struct section *section,
    const char *option)
{
	const struct origin *written = section->origins;
	const struct option *row = instance->policy->options;

	for (; row != NULL && row->name != NULL; row++)
		written++;
	written +=
	    option_find(instance->common_rows, option) - instance->common_rows;
	return written->file != NULL ? *written : section->at;
}

/* check_action - what is done to a message needs one */
static void
check_action(struct work *work, const struct instance *instance,
    const struct section *section)
{
	enum step early = early_step(instance);
	enum action act = section->common.act;

	if (act == ACTION_REPLY || act == ACTION_TEMPFAIL || early == STEP_MAX)
		return;
	problems_error(work->problems, common_at(instance, section, "action"),
	    "[%s]: action = %s needs a message, but %s is judged at %s as "
	    "well%s",
	    instance->name, names_name(config_action_names, (int)act, ""),
	    instance->policy->name, names_name(step_names, (int)early, ""),
	    instance->policy->stages != 0 ? "; set stage = mail or later" : "");
}

/* check_exempt - who may use any sender, because nobody looks */
static void
check_exempt(struct work *work, const struct instance *instance,
    const struct section *section)
{
	const struct matches *exempt = &section->common.exempt;

	if (!(instance->policy->flags & POLICY_PROVES_SENDER))
		return;
	for (size_t i = 0; i < exempt->count; i++)
		if (exempt->match[i].subject == SUBJECT_FROM_ADDRESS)
			problems_warning(work->problems,
			    common_at(instance, section, "exempt"),
			    "[%s]: exempt = from=... lets in whoever uses such "
			    "a sender, forgers too: exempt the client",
			    instance->name);
}

/* check_section - what the policy itself knows, for settings in force */
static void
check_section(struct work *work, const struct instance *instance,
    const struct section *section)
{
	const struct config *config = work->config;
	const struct config_facts facts = {
		.directory = &config->directory,
		.trusted = &config->milter.trusted,
		.hostname = config->milter.hostname,
		.parts = instance->parts,
		.part_count = instance->part_count,
		.options = instance->policy->options,
		.written = section->origins,
		.at = section->at,
		.global = instance->global.settings,
		.logins_judged = section->common.authenticated == WHOM_JUDGE,
	};

	if (!section->common.enabled)
		return;
	check_action(work, instance, section);
	check_exempt(work, instance, section);
	if (instance->policy->prepare != NULL)
		instance->policy->prepare(section->settings,
		    section == &instance->global ? NULL
						 : instance->global.settings,
		    &facts, work->problems);
	if (instance->policy->check != NULL && !work->core_is_bad)
		instance->policy->check(section->settings, &facts, section->at,
		    work->problems);
}

/* check_hearing - who goes by notes is asked after those who make them */
static void
check_hearing(struct work *work, const struct plan *plan)
{
	const struct config *config = work->config;
	const struct instance *deaf = NULL;

	for (size_t i = 0; i < plan->judge_count; i++) {
		const struct instance *instance = plan->judges[i].instance;

		if (instance->policy->flags & POLICY_READS_NOTES &&
		    !plan->judges[i].hook->behind_notes)
			deaf = instance;
		if (deaf == NULL || !(instance->policy->flags & POLICY_NOTES))
			continue;
		problems_warning(work->problems,
		    deaf->global.at.line > 0
			? deaf->global.at
			: config_origin(config, "milter", "order"),
		    "[%s] is asked before [%s], and does not know what that "
		    "has found: let its section stand behind",
		    deaf->name, instance->name);
	}
}

void
config_check(struct work *work)
{
	const struct config *config = work->config;

	check_core(work);
	check_dns(work);
	directory_check(&config->directory, work->problems);
	config_store_check(work);
	for (int step = 0; step < STEP_MAX; step++)
		check_hearing(work, &config->plan[step]);
	for (size_t i = 0; i < config->instance_count; i++) {
		const struct instance *instance = &config->instances[i];

		check_section(work, instance, &instance->global);
		for (size_t k = 0; k < instance->scope_count; k++) {
			check_section(work, instance, &instance->scopes[k]);
			check_scope(work, instance, &instance->scopes[k]);
		}
	}
}
