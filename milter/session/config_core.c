/*
 * config_core - the sections that are no policy: milter, log, dns, store,
 * redis, directory.
 *
 * Their rows, and reading them. [replies] is free-form (its keys are reasons)
 * and is read by reply_book_new().
 */
#include <string.h>

#include "base/log.h"
#include "session/config_work.h"

#define MILTER(field) .offset = offsetof(struct milter_settings, field)
#define LOG(field) .offset = offsetof(struct log_settings, field)
#define DIRECTORY(field) .offset = offsetof(struct directory, field)

const struct name_code config_mode_names[] = {
	{ .name = "enforce", .code = MODE_ENFORCE },
	{ .name = "monitor", .code = MODE_MONITOR },
	{ .name = NULL },
};
static const struct name_code level_names[] = {
	{ .name = "error", .code = LEVEL_ERROR },
	{ .name = "warning", .code = LEVEL_WARNING },
	{ .name = "notice", .code = LEVEL_NOTICE },
	{ .name = "info", .code = LEVEL_INFO },
	{ .name = "debug", .code = LEVEL_DEBUG },
	{ .name = NULL },
};
static const struct name_code accepted_names[] = {
	{ .name = "none", .code = ACCEPTED_NONE },
	{ .name = "summary", .code = ACCEPTED_SUMMARY },
	{ .name = "all", .code = ACCEPTED_ALL },
	{ .name = NULL },
};

static const struct option milter_rows[] = {
	{
	    .name = "socket",
	    .type = OPTION_STRING,
	    MILTER(socket),
	    .fallback = "inet:8891@127.0.0.1",
	    .doc = "Where the MTA finds us: inet:PORT@HOST, inet6:PORT@HOST "
		   "or unix:/path. Whoever reaches it can ask us anything: "
		   "keep it on loopback or in a folder of the MTA's. Read at "
		   "start only.",
	    .example = "unix:/run/mailreeve/milter.sock",
	},
	{
	    .name = "socket_group",
	    .type = OPTION_STRING,
	    MILTER(socket_group),
	    .fallback = "",
	    .doc = "The group that a Unix socket is given, most often the "
		   "MTA's. Empty: the daemon's own.",
	    .example = "postfix",
	},
	{
	    .name = "socket_mode",
	    .type = OPTION_STRING,
	    MILTER(socket_mode),
	    .fallback = "0660",
	    .doc = "The rights of a Unix socket, octal.",
	},
	{
	    .name = "backlog",
	    .type = OPTION_INT,
	    MILTER(backlog),
	    .fallback = "512",
	    .min = 1,
	    .max = 65535,
	    .unit = "connections",
	    .doc = "How many connections may wait to be taken up. Read at "
		   "start only.",
	},
	{
	    .name = "user",
	    .type = OPTION_STRING,
	    MILTER(user),
	    .fallback = "mailreeve",
	    .doc = "Whom to become when root starts the daemon. Somebody "
		   "else stays who it is. Read at start only.",
	},
	{
	    .name = "group",
	    .type = OPTION_STRING,
	    MILTER(group),
	    .fallback = "",
	    .doc = "The group to take with it. Empty: the user's own.",
	},
	{
	    .name = "pid_file",
	    .type = OPTION_PATH,
	    MILTER(pid_file),
	    .fallback = "/run/mailreeve/mailreeve.pid",
	    .doc = "Holds the process id, and a lock against a second "
		   "daemon. Empty: none. Read at start only.",
	},
	{
	    .name = "control",
	    .type = OPTION_PATH,
	    MILTER(control),
	    .fallback = "/run/mailreeve/control.sock",
	    .doc = "The socket of mailreevectl(8). Empty: none. Read at "
		   "start only.",
	},
	{
	    .name = "hostname",
	    .type = OPTION_STRING,
	    MILTER(hostname),
	    .fallback = "",
	    .doc = "Our name in replies and for the check of a client that "
		   "greets with it. Empty: what the MTA calls itself (its "
		   "macro j).",
	    .example = "mx.example.org",
	},
	{
	    .name = "trusted_networks",
	    .type = OPTION_NETWORKS,
	    MILTER(trusted),
	    .fallback = "127.0.0.0/8, ::1",
	    .doc = "Clients that no policy judges, unless its option trusted "
		   "says so: your own networks and your other mail hosts.",
	    .example = "127.0.0.0/8, ::1, 192.0.2.0/24, 2001:db8::/32",
	},
	{
	    .name = "mode",
	    .type = OPTION_ENUM,
	    MILTER(mode),
	    .fallback = "enforce",
	    .names = config_mode_names,
	    .doc = "monitor: nothing is refused by any policy; the log and "
		   "the counters say what would have been. For the first "
		   "days, and for trying something out.",
	},
	{
	    .name = "order",
	    .type = OPTION_WORDS,
	    MILTER(order),
	    .fallback = "",
	    .unit = "policies",
	    .doc = "The policies that are asked first, in this order; the "
		   "others follow in theirs. The first refusal for good is "
		   "final.",
	    .example = "access recipient",
	},
	{
	    .name = "deadline",
	    .type = OPTION_MILLIS,
	    MILTER(deadline_ms),
	    .fallback = "8s",
	    .min = 100,
	    .max = 5 * 60 * 1000,
	    .doc = "The longest that one step of a session may take. What is "
		   "not known by then is a failure, see on_error. Keep it "
		   "under the MTA's time-out: Sendmail waits 10s, Postfix "
		   "30s, unless told otherwise.",
	},
	{
	    .name = "replies",
	    .type = OPTION_STRING,
	    MILTER(replies),
	    .fallback = "mailreeve",
	    .doc = "Whose replies are given: mailreeve (our own) or a "
		   "documented system, see mailreeve-replies(7). A file "
		   "NAME.ini is looked for in the folder replies beside this "
		   "file, then where mailreeve is installed.",
	    .example = "postfix",
	},
	{
	    .name = "url",
	    .type = OPTION_STRING,
	    MILTER(url),
	    .fallback = "",
	    .doc = "What %{url} in a reply stands for: a page that explains "
		   "your rules to those who were refused.",
	    .example = "https://mail.example.org/refused",
	},
	{
	    .name = "table_check",
	    .type = OPTION_DURATION,
	    MILTER(table_check_s),
	    .fallback = "10s",
	    .max = 24 * 3600,
	    .doc = "How often tables in files are looked at and read again "
		   "when they changed. 0: only at a reload.",
	},
	{
	    .name = "stop_timeout",
	    .type = OPTION_DURATION,
	    MILTER(stop_timeout_s),
	    .fallback = "30s",
	    .max = 3600,
	    .doc = "How long a stop waits for sessions to end by "
		   "themselves.",
	},
	{ .name = NULL },
};

static const struct option log_rows[] = {
	{
	    .name = "facility",
	    .type = OPTION_STRING,
	    LOG(facility),
	    .fallback = "mail",
	    .doc = "The facility of syslog(3).",
	    .example = "local0",
	},
	{
	    .name = "level",
	    .type = OPTION_ENUM,
	    LOG(level),
	    .fallback = "info",
	    .names = level_names,
	    .doc = "What is logged: this level and those before it. Refusals "
		   "are info.",
	},
	{
	    .name = "accepted",
	    .type = OPTION_ENUM,
	    LOG(accepted),
	    .fallback = "summary",
	    .names = accepted_names,
	    .doc = "What is logged of mail that passes. summary: one line a "
		   "message; all: with its recipients.",
	},
	{
	    .name = "decisions",
	    .type = OPTION_PATH,
	    LOG(decisions),
	    .fallback = "",
	    .doc = "A file to which every decision is added as one line of "
		   "JSON. It is opened anew when it was moved away. Empty: "
		   "none.",
	    .example = "/var/log/mailreeve/decisions.jsonl",
	},
	{ .name = NULL },
};

static const struct option directory_rows[] = {
	{
	    .name = "domains",
	    .type = OPTION_TABLE,
	    DIRECTORY(domains),
	    .fallback = "",
	    .doc = "Our domains, with their attributes.",
	    .example = "file:/etc/mailreeve/domains",
	},
	{
	    .name = "mailboxes",
	    .type = OPTION_TABLE,
	    DIRECTORY(mailboxes),
	    .fallback = "",
	    .doc = "Addresses with a mailbox, and mailing lists.",
	    .example = "lmdb:/var/lib/mailreeve/mailboxes",
	},
	{
	    .name = "aliases",
	    .type = OPTION_TABLE,
	    DIRECTORY(aliases),
	    .fallback = "",
	    .doc = "Addresses that lead elsewhere. The key counts; the value "
		   "holds attributes, not the target.",
	    .example = "file:/etc/mailreeve/aliases",
	},
	{
	    .name = "logins",
	    .type = OPTION_TABLE,
	    DIRECTORY(logins),
	    .fallback = "",
	    .doc = "Who may log in, with attributes and the addresses that "
		   "they own.",
	    .example = "file:/etc/mailreeve/logins",
	},
	{ .name = NULL },
};

const struct core_section config_core_sections[] = {
	{
	    .name = "milter",
	    .doc = "The daemon itself.",
	    .options = milter_rows,
	    .offset = offsetof(struct config, milter),
	},
	{
	    .name = "log",
	    .doc = "What is written down.",
	    .options = log_rows,
	    .offset = offsetof(struct config, log),
	},
	{
	    .name = "dns",
	    .doc = "Questions to name servers.",
	    .options = config_dns_rows,
	    .offset = offsetof(struct config, dns),
	},
	{
	    .name = "store",
	    .doc = "Where state is kept that outlives a session: greylist, "
		   "limits, bans. Nothing is opened while no policy needs "
		   "it.",
	    .options = config_store_rows,
	    .offset = offsetof(struct config, store),
	},
	{
	    .name = "redis",
	    .doc = "The servers of [store] backend = redis.",
	    .options = config_redis_rows,
	    .offset = offsetof(struct config, store),
	},
	{
	    .name = "mime",
	    .doc = "How much of a message is read for the policies that look "
		   "at what is in it; without one, nothing is. This bounds "
		   "the memory and the time that any one message can take. "
		   "What lies beyond a limit is passed over, and content "
		   "rules (where = flaw) can tell.",
	    .options = config_mime_rows,
	    .offset = offsetof(struct config, mime),
	},
	{
	    .name = "directory",
	    .doc = "What is known about our domains, mailboxes and logins.",
	    .options = directory_rows,
	    .offset = offsetof(struct config, directory),
	},
	{ .name = NULL },
};

/* settings_of - where a core section's settings lie */
static void *
settings_of(struct config *config, const struct core_section *core)
{
	return (char *)config + core->offset;
}

/* read_core - the keys of one core section */
static void
read_core(struct work *work, const struct core_section *core,
    const struct ini_section *section)
{
	void *settings = settings_of(work->config, core);
	const struct option *option;

	for (const struct ini_entry *e = section->entries; e != NULL;
	     e = e->next) {
		option = option_find(core->options, e->key);
		if (option == NULL)
			config_unknown_key(work, section, e, core->options,
			    NULL);
		else
			option_set(option, settings, e->value, e->at,
			    &work->context);
	}
}

void
config_core_section(struct work *work, const struct core_section *core)
{
	const struct ini_section *section =
	    config_section(work->config, core->name);

	option_defaults(core->options, settings_of(work->config, core),
	    &work->context);
	if (section != NULL)
		read_core(work, core, section);
}

void
config_core(struct work *work)
{
	const struct core_section *core;

	for (core = config_core_sections; core->name != NULL; core++)
		config_core_section(work, core);
}

void
config_core_release(struct config *config)
{
	const struct core_section *core;

	for (core = config_core_sections; core->name != NULL; core++)
		option_release(core->options, settings_of(config, core));
}
