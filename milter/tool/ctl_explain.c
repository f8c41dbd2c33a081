/*
 * ctl_explain - the command line of "mailreevectl explain".
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "dns/dns.h"
#include "dns/dnslist.h"
#include "explain/explain.h"
#include "session/config.h"
#include "store/store.h"
#include "tool/ctl.h"

/* an argument with a value, and where it goes */
struct argument {
	const char *name;
	size_t offset;
	const char *help;
};

#define FACT(member) offsetof(struct explain_facts, member)

static const struct argument arguments[] = {
	{ "--client", FACT(client), "ADDRESS of the client" },
	{ "--name", FACT(name), "its NAME, confirmed by the MTA" },
	{ "--ptr", FACT(pointer), "NAME of its reverse look-up" },
	{ "--resolve", FACT(resolve), "OK, FAIL, FORGED or TEMP" },
	{ "--helo", FACT(helo), "NAME in HELO or EHLO" },
	{ "--auth", FACT(auth), "LOGIN, when it has logged in" },
	{ "--tls", FACT(tls), "VERSION of TLS, as TLSv1.3" },
	{ "--listener", FACT(listener), "NAME of the MTA's daemon" },
	{ "--port", FACT(port), "PORT of the MTA's daemon" },
	{ "--from", FACT(from), "PATH of MAIL" },
	{ "--size", FACT(size), "BYTES, as in SIZE=" },
	{ "--message", FACT(message), "FILE with header and body" },
};

#define ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

/* print_help - the arguments, from their table */
static int
print_help(void)
{
	printf("usage: mailreevectl explain [--smtp] [ARGUMENT VALUE] ...\n\n"
	       "  --rcpt      PATH of a recipient; may come more than once\n"
	       "  --smtp      the client said HELO, not EHLO\n");
	for (size_t i = 0; i < ARGUMENTS; i++)
		printf("  %-11s %s\n", arguments[i].name, arguments[i].help);
	printf("\nExit status: 0 passes, 1 rejected, 2 deferred, "
	       "3 discarded.\n");
	return EX_OK;
}

/* find - the row of an argument, or NULL */
static const struct argument *
find(const char *name)
{
	for (size_t i = 0; i < ARGUMENTS; i++)
		if (strcmp(arguments[i].name, name) == 0)
			return &arguments[i];
	return NULL;
}

/* unknown - with the nearest argument that there is */
static int
unknown(const char *word)
{
	const char *names[ARGUMENTS + 2] = { "--rcpt", "--smtp" };

	for (size_t i = 0; i < ARGUMENTS; i++)
		names[i + 2] = arguments[i].name;
	return ctl_unknown("explain", "no such argument", word, names,
	    ARGUMENTS + 2);
}

/* take - one argument and its value; EX_OK, or the status to end with */
static int
take(struct explain_facts *facts, const char *name, const char *value)
{
	const struct argument *argument = find(name);

	if (argument == NULL && strcmp(name, "--rcpt") != 0)
		return unknown(name);
	if (value == NULL)
		return ctl_usage("explain", "a value is missing behind", name);
	if (argument != NULL) {
		memcpy((char *)facts + argument->offset, &value, sizeof(value));
		return EX_OK;
	}
	if (facts->rcpt_count == EXPLAIN_RECIPIENTS)
		return ctl_usage("explain", "too many recipients", value);
	facts->rcpt[facts->rcpt_count++] = value;
	return EX_OK;
}

/* read_facts - all arguments; EX_OK, or the status to end with */
static int
read_facts(struct explain_facts *facts, int argc, char **argv)
{
	struct netaddr addr;

	for (int i = 1; i < argc; i++) {
		int status;

		if (strcmp(argv[i], "--smtp") == 0) {
			facts->smtp = true;
			continue;
		}
		status =
		    take(facts, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
		if (status != EX_OK)
			return status;
		i++;
	}
	if (facts->client != NULL && !netaddr_parse(&addr, facts->client))
		return ctl_usage("explain", "not an address", facts->client);
	return EX_OK;
}

/* open_store - to look, whatever a policy does; NULL: explained without */
static struct store *
open_store(const struct config *config, struct clock *clock)
{
	struct store *store;
	char *why = NULL;

	if (!config_uses_store(config))
		return NULL;
	store = store_new(&config->store.settings, clock, true, &why);
	if (store != NULL)
		store_pretend(store);
	else
		fprintf(stderr, "mailreevectl: store: %s\n", why);
	mem_free(why);
	return store;
}

int
ctl_explain(const struct ctl_common *common, int argc, char **argv)
{
	struct explain_facts facts = { .client = NULL };
	struct config *config;
	const char *why;
	struct env env;
	int status;

	if (argc == 1)
		return ctl_usage("explain", "which session?", "");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return print_help();
	status = read_facts(&facts, argc, argv);
	if (status != EX_OK)
		return status;
	config = ctl_load(common, &env);
	if (config == NULL)
		return EX_CONFIG;
	/* checked with the rest of the configuration */
	dns_configure(env.dns, &config->dns, &why);
	dnslists_settle(env.lists, DNSLIST_SETTLE_MS);
	env.store = open_store(config, env.clock);
	status = explain_run(&facts, config, &env, common->json);
	ctl_unload(NULL, &env);
	return status;
}
