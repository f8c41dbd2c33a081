/*
 * connlimit_options - the options and the reasons of connlimit.
 */
#include "policies/connlimit.h"

#define PLACES_MAX 100000

const struct option connlimit_options[] = {
	{
	    .name = "total",
	    .type = OPTION_INT,
	    .offset = offsetof(struct connlimit_settings, total),
	    .fallback = "0",
	    .min = 0,
	    .max = PLACES_MAX,
	    .unit = "connections; 0: no limit",
	    .doc = "How many connections there may be in all, of all hosts "
		   "that share a store together. Those from trusted networks "
		   "are not counted. Reason connlimit.total.",
	},
	{
	    .name = "client",
	    .type = OPTION_INT,
	    .offset = offsetof(struct connlimit_settings, client),
	    .fallback = "20",
	    .min = 0,
	    .max = PLACES_MAX,
	    .unit = "connections; 0: no limit",
	    .doc = "How many one client may have. Large senders open fewer "
		   "than ten. Reason connlimit.client.",
	},
	{
	    .name = "account",
	    .type = OPTION_INT,
	    .offset = offsetof(struct connlimit_settings, account),
	    .fallback = "20",
	    .min = 0,
	    .max = PLACES_MAX,
	    .unit = "connections; 0: no limit",
	    .doc = "How many may bring mail to one recipient's account, from "
		   "RCPT to the next message or the end. A \"+tag\" is not "
		   "part of an account's name. Mail of those who have logged "
		   "in is not counted. Reason connlimit.account.",
	},
	{
	    .name = "outbound",
	    .type = OPTION_INT,
	    .offset = offsetof(struct connlimit_settings, outbound),
	    .fallback = "50",
	    .min = 0,
	    .max = PLACES_MAX,
	    .unit = "connections; 0: no limit",
	    .doc = "How many may be logged in to one account and send. Reason "
		   "connlimit.outbound.",
	},
	{
	    .name = "ipv6_prefix",
	    .type = OPTION_INT,
	    .offset = offsetof(struct connlimit_settings, ipv6_prefix),
	    .fallback = "64",
	    .min = 16,
	    .max = 128,
	    .unit = "bits",
	    .doc = "How much of an IPv6 address makes a client.",
	},
	{
	    .name = "lease",
	    .type = OPTION_DURATION,
	    .offset = offsetof(struct connlimit_settings, lease_s),
	    .fallback = "10m",
	    .min = 60,
	    .max = 86400,
	    .doc = "How long a place is kept for a connection from which "
		   "nothing is heard, because its host is lost or it only "
		   "idles. Two thirds of it should be longer than the MTA "
		   "waits for a command (Postfix: smtpd_timeout, 5 minutes).",
	},
	{ .name = NULL },
};

const struct reason connlimit_reasons[] = {
	[CONNLIMIT_TOTAL] = {
	    .name = "connlimit.total",
	    .reply = "421 4.3.2 Too many connections at present, try again "
		     "later %{ref}",
	    .doc = "There are as many connections as there may be.",
	},
	[CONNLIMIT_CLIENT] = {
	    .name = "connlimit.client",
	    .reply = "421 4.7.0 Too many connections at once from "
		     "%{client_addr} %{ref}",
	    .doc = "The client has as many connections as it may have.",
	},
	[CONNLIMIT_ACCOUNT] = {
	    .name = "connlimit.account",
	    .reply = "450 4.2.1 Too many connections at once for "
		     "<%{recipient}>, try again later %{ref}",
	    .doc = "As many connections as there may be are bringing mail to "
		   "the recipient's account.",
	},
	[CONNLIMIT_OUTBOUND] = {
	    .name = "connlimit.outbound",
	    .reply = "451 4.7.0 Too many connections at once for your account "
		     "%{login} %{ref}",
	    .doc = "The account that sends has as many connections as it may "
		   "have.",
	},
	{ .name = NULL },
};
