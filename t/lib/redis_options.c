/*
 * redis_options - [store] and [redis] as command line of a test program.
 */
#include <getopt.h>
#include <stdlib.h>

#include "t/lib/redis_options.h"

static const struct store_settings defaults = {
	.backend = STORE_REDIS,
	.path = "",
	.prefix = "mailreeve",
	.hash_secret = "",
	.hash_policies = "",
	.size_max = 64 << 20,
	.redis = {
		.servers = "",
		.sentinels = "",
		.master = "",
		.username = "",
		.password = "",
		.connect_timeout_ms = 300,
		.timeout_ms = 300,
		.breaker_errors = 3,
		.breaker_open_ms = 2000,
		.connections = 16,
		.tls_ca = "",
		.tls_cert = "",
		.tls_key = "",
	},
};

/* take - one option; false if it is none */
static bool
take(int option, struct store_settings *settings)
{
	struct redis_settings *redis = &settings->redis;

	switch (option) {
	case 's':
		redis->servers = optarg;
		return true;
	case 'S':
		redis->sentinels = optarg;
		return true;
	case 'm':
		redis->master = optarg;
		return true;
	case 'c':
		redis->cluster = true;
		return true;
	case 'u':
		redis->username = optarg;
		return true;
	case 'p':
		redis->password = optarg;
		return true;
	case 'd':
		redis->db = strtol(optarg, NULL, 10);
		return true;
	case 'a':
		redis->tls = true;
		redis->tls_ca = optarg;
		return true;
	case 't':
		redis->timeout_ms = strtol(optarg, NULL, 10);
		redis->connect_timeout_ms = redis->timeout_ms;
		return true;
	case 'P':
		settings->prefix = optarg;
		return true;
	case 'f':
		settings->path = optarg;
		return true;
	default:
		return false;
	}
}

int
redis_options(int argc, char **argv, struct store_settings *settings)
{
	static const struct option options[] = {
		{ "servers", required_argument, NULL, 's' },
		{ "sentinels", required_argument, NULL, 'S' },
		{ "master", required_argument, NULL, 'm' },
		{ "cluster", no_argument, NULL, 'c' },
		{ "username", required_argument, NULL, 'u' },
		{ "password", required_argument, NULL, 'p' },
		{ "db", required_argument, NULL, 'd' },
		{ "tls-ca", required_argument, NULL, 'a' },
		{ "timeout", required_argument, NULL, 't' },
		{ "prefix", required_argument, NULL, 'P' },
		{ "path", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*settings = defaults;
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1)
		if (!take(option, settings))
			return -1;
	return optind;
}
