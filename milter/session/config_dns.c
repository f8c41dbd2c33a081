/*
 * config_dns - the rows of the section dns.
 */
#include "session/config_work.h"

#define DNS(field) .offset = offsetof(struct dns_settings, field)

const struct option config_dns_rows[] = {
	{
	    .name = "servers",
	    .type = OPTION_STRING,
	    DNS(servers),
	    .fallback = "",
	    .doc = "Name servers that look up everything for us, with a port "
		   "if it is not 53; the first that works is asked. Best is "
		   "one on this machine: it is near, its answers are hard to "
		   "forge, and DNS lists refuse public resolvers. Empty: "
		   "those of /etc/resolv.conf, read at start and reload.",
	    .example = "127.0.0.1 192.0.2.53 [2001:db8::53]:5353",
	},
	{
	    .name = "timeout",
	    .type = OPTION_MILLIS,
	    DNS(timeout_ms),
	    .fallback = "2s",
	    .min = 50,
	    .max = 60 * 1000,
	    .doc = "How long one try waits for an answer. A step of a session "
		   "waits for all its questions together at most [milter] "
		   "deadline; what comes later is kept for the next one.",
	},
	{
	    .name = "tries",
	    .type = OPTION_INT,
	    DNS(tries),
	    .fallback = "2",
	    .min = 1,
	    .max = 10,
	    .doc = "How often each server is asked before a question counts "
		   "as failed.",
	},
	{
	    .name = "cache_size",
	    .type = OPTION_SIZE,
	    DNS(cache_size),
	    .fallback = "4M",
	    .min = 256 * 1024,
	    .max = 1024 * 1024 * 1024,
	    .doc = "Memory for answers that are kept; 4M is about 15,000 of "
		   "them. The servers keep theirs too: ours spares the "
		   "waiting within a session and for clients that come "
		   "often.",
	},
	{
	    .name = "cache_min_ttl",
	    .type = OPTION_DURATION,
	    DNS(cache_min_ttl_s),
	    .fallback = "5s",
	    .max = 3600,
	    .doc = "Answers are kept at least so long, whatever their TTL: "
		   "one session should not ask twice.",
	},
	{
	    .name = "cache_max_ttl",
	    .type = OPTION_DURATION,
	    DNS(cache_max_ttl_s),
	    .fallback = "1h",
	    .max = 7 * 24 * 3600,
	    .doc = "Answers are kept at most so long. 0: nothing is kept.",
	},
	{
	    .name = "cache_negative_ttl",
	    .type = OPTION_DURATION,
	    DNS(cache_negative_ttl_s),
	    .fallback = "5m",
	    .max = 24 * 3600,
	    .doc = "The same for what does not exist: so long it takes at "
		   "most until a client that was listed, or a domain that "
		   "was mended, is seen as it is now.",
	},
	{ .name = NULL },
};
