/*
 * abuse_options - the options of [abuse].
 *
 * Each cause has three rows of one form: how many are borne, in what time, and
 * how long the ban is that follows.
 */
#include "policies/abuse.h"

#define AT(field) offsetof(struct abuse_settings, field)
#define DAY (24 * 3600)
#define MONTH (30 * DAY)
#define MOST 1000000

/* how many; 0 switches a cause off */
#define MAX(option, cause, number, what, text)                      \
	{                                                           \
		.name = option, .type = OPTION_INT,                 \
		.offset = AT(limit[cause].max), .fallback = number, \
		.max = MOST, .unit = what, .doc = text              \
	}
/* in what time, and how long */
#define TIME(option, field, length, text)                                     \
	{                                                                     \
		.name = option, .type = OPTION_DURATION, .offset = AT(field), \
		.fallback = length, .min = 1, .max = MONTH, .doc = text       \
	}
/* the same, where 0 is a meaning */
#define TIME_OR_OFF(option, field, length, text)                              \
	{                                                                     \
		.name = option, .type = OPTION_DURATION, .offset = AT(field), \
		.fallback = length, .min = 0, .max = MONTH, .doc = text       \
	}
#define WINDOW(option, cause, length, text) \
	TIME(option, limit[cause].window_s, length, text)
#define BAN(option, cause, length, text) \
	TIME(option, limit[cause].ban_s, length, text)

const struct option abuse_options[] = {
	MAX("auth", CAUSE_AUTH, "10", "failed logins",
	    "Failed logins that a client may have in auth_window; with more "
	    "it is banned. They come from mailreevectl feed: no milter is "
	    "told of them. 0: they are not counted. Reason abuse.auth."),
	WINDOW("auth_window", CAUSE_AUTH, "1h", "In what time."),
	BAN("auth_ban", CAUSE_AUTH, "1h", "How long the first ban is."),
	MAX("recipients", CAUSE_RECIPIENTS, "10", "recipients",
	    "Recipients of a client that may be refused for good in "
	    "recipients_window: by the MTA, or by the policies recipient and "
	    "relay. 0: they are not counted. Reason abuse.invalid."),
	WINDOW("recipients_window", CAUSE_RECIPIENTS, "10m", "In what time."),
	{
	    .name = "recipients_share",
	    .type = OPTION_INT,
	    .offset = AT(share),
	    .fallback = "50",
	    .min = 0,
	    .max = 99,
	    .unit = "per cent",
	    .doc = "They count only if they are more than this share of all "
		   "recipients of the client in that time: a large provider "
		   "sends to many, and some of them have left. 0: no matter "
		   "how many were good.",
	},
	BAN("recipients_ban", CAUSE_RECIPIENTS, "5m",
	    "How long the first ban is."),
	MAX("commands", CAUSE_COMMANDS, "20", "commands",
	    "Commands of a client that do not exist, in commands_window. 0: "
	    "they are not counted. Reason abuse.invalid."),
	WINDOW("commands_window", CAUSE_COMMANDS, "10m", "In what time."),
	BAN("commands_ban", CAUSE_COMMANDS, "5m", "How long the first ban is."),
	MAX("messages", CAUSE_MESSAGES, "0", "messages",
	    "Messages that are taken of a client in messages_window; 0: any "
	    "number. A mailing list or a large provider may send thousands. "
	    "The ban begins when a connection ends. Reason abuse.temporary."),
	WINDOW("messages_window", CAUSE_MESSAGES, "1h", "In what time."),
	BAN("messages_ban", CAUSE_MESSAGES, "1h", "How long the first ban is."),
	MAX("reports", CAUSE_REPORT, "3", "reports",
	    "Times that a client may be reported as a source of spam in "
	    "reports_window (mailreevectl abuse report). 0: they are not "
	    "counted. Reason abuse.reported."),
	WINDOW("reports_window", CAUSE_REPORT, "1d", "In what time."),
	BAN("reports_ban", CAUSE_REPORT, "1d", "How long the first ban is."),
	{
	    .name = "spamtraps",
	    .type = OPTION_TABLES,
	    .offset = AT(spamtraps),
	    .fallback = "",
	    .doc = "Recipients that nobody writes to who has not collected or "
		   "guessed addresses: one is enough for a ban. Bounces do "
		   "not count, for their sender is often forged. Reason "
		   "abuse.reported.",
	    .example = "inline:{old.name@example.org}",
	},
	BAN("spamtraps_ban", CAUSE_SPAMTRAP, "1h",
	    "How long the first ban is."),
	TIME("ban_max", ban_max_s, "1d",
	    "Each further ban is twice as long as the one before, up to this; "
	    "the first ban may be longer."),
	TIME_OR_OFF("remember", remember_s, "1d",
	    "How long after its end a ban is remembered, to make the next "
	    "one longer. 0: all are as long as the first."),
	TIME_OR_OFF("good_login", good_login_s, "1d",
	    "A client from which somebody logged in is not banned for this "
	    "time: behind one address there may be an office, and one "
	    "telephone with an old password. 0: no such protection."),
	{
	    .name = "subnet_hosts",
	    .type = OPTION_INT,
	    .offset = AT(subnet_hosts),
	    .fallback = "0",
	    .min = 0,
	    .max = 256,
	    .unit = "clients",
	    .doc = "Ban a whole network (/24, /48 of IPv6) when so many of "
		   "its clients were banned in subnet_window. 0: no. Those "
		   "who share a network with others suffer.",
	},
	TIME("subnet_window", subnet_window_s, "1h", "In what time."),
	{ .name = NULL },
};
