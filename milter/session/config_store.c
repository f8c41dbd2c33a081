/*
 * config_store - the sections store and redis: rows, checks, secrets.
 *
 * Secrets stand in files of their own, so that the ini may be read by
 * everybody; they are read with the ini, by whoever the daemon is then.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policies/registry.h"
#include "store/store_key.h"
#include "session/config_work.h"

#define STORE(field) .offset = offsetof(struct store_section, field)
#define SETTING(field) STORE(settings.field)
#define SECRET_MAX 1024

static const struct name_code backend_names[] = {
	{ .name = "embedded", .code = STORE_EMBEDDED },
	{ .name = "redis", .code = STORE_REDIS },
	{ .name = NULL },
};

const struct option config_store_rows[] = {
	{
	    .name = "backend",
	    .type = OPTION_ENUM,
	    SETTING(backend),
	    .fallback = "embedded",
	    .names = backend_names,
	    .doc = "Where state is kept. embedded: in a file of this host. "
		   "redis: on servers that many hosts share, see [redis]; "
		   "policies with on_error = local use the file while these "
		   "are away. Read at start only.",
	},
	{
	    .name = "path",
	    .type = OPTION_PATH,
	    SETTING(path),
	    .fallback = "/var/lib/mailreeve",
	    .doc = "The folder of the file; the daemon's user must be able to "
		   "write there. On a local disk, not on NFS. One daemon at "
		   "a time. Read at start only.",
	},
	{
	    .name = "size_max",
	    .type = OPTION_SIZE,
	    SETTING(size_max),
	    .fallback = "1G",
	    .min = 16 * 1024 * 1024,
	    .max = INT64_C(1) << 40,
	    .doc = "How large the file may grow; 1G holds some 8 million "
		   "greylisted contacts. When it is full, new state is kept "
		   "in memory only, until old state has ended. Read at start "
		   "only.",
	},
	{
	    .name = "prefix",
	    .type = OPTION_STRING,
	    SETTING(prefix),
	    .fallback = "mr",
	    .unit = "letters, digits, . _ -",
	    .doc = "What all keys in Redis begin with. Installations that "
		   "share a server but no state need different ones.",
	},
	{
	    .name = "hash_addresses",
	    .type = OPTION_STRING,
	    SETTING(hash_policies),
	    .fallback = "",
	    .unit = "policies",
	    .doc = "Policies whose addresses are kept as keyed hashes, so "
		   "that nobody can read in the store who writes to whom. "
		   "mailreevectl cannot name them then, either. Needs "
		   "hash_secret_file. A change forgets what these policies "
		   "know.",
	    .example = "greylist reputation",
	},
	{
	    .name = "hash_secret_file",
	    .type = OPTION_PATH,
	    STORE(hash_secret_file),
	    .fallback = "",
	    .doc = "A file whose first line is the secret of hash_addresses, "
		   "the same on all hosts that share a store. The daemon's "
		   "user must be able to read it.",
	    .example = "/etc/mailreeve/store.secret",
	},
	{ .name = NULL },
};

const struct option config_redis_rows[] = {
	{
	    .name = "servers",
	    .type = OPTION_STRING,
	    SETTING(redis.servers),
	    .fallback = "127.0.0.1:6379",
	    .doc = "The server, or with cluster = yes some of its nodes: "
		   "HOST:PORT or unix:/path. More than one server without "
		   "cluster: the first that is reached and can be written to "
		   "is used.",
	    .example = "10.0.0.5:6379 [2001:db8::5]:6379",
	},
	{
	    .name = "sentinels",
	    .type = OPTION_STRING,
	    SETTING(redis.sentinels),
	    .fallback = "",
	    .doc = "Sentinels that know which server is the master now. Then "
		   "servers is not used.",
	    .example = "10.0.0.1:26379 10.0.0.2:26379 10.0.0.3:26379",
	},
	{
	    .name = "master",
	    .type = OPTION_STRING,
	    SETTING(redis.master),
	    .fallback = "",
	    .doc = "The name under which the sentinels know the master.",
	    .example = "mymaster",
	},
	{
	    .name = "cluster",
	    .type = OPTION_BOOL,
	    SETTING(redis.cluster),
	    .fallback = "no",
	    .doc = "Whether the servers are nodes of a Redis Cluster.",
	},
	{
	    .name = "username",
	    .type = OPTION_STRING,
	    SETTING(redis.username),
	    .fallback = "",
	    .doc = "The ACL user to be. Empty: the default user.",
	    .example = "mailreeve",
	},
	{
	    .name = "password_file",
	    .type = OPTION_PATH,
	    STORE(redis_password_file),
	    .fallback = "",
	    .doc = "A file whose first line is the password. The daemon's "
		   "user must be able to read it. Empty: none.",
	    .example = "/etc/mailreeve/redis.password",
	},
	{
	    .name = "db",
	    .type = OPTION_INT,
	    SETTING(redis.db),
	    .fallback = "0",
	    .max = 65535,
	    .doc = "The number of the database.",
	},
	{
	    .name = "connect_timeout",
	    .type = OPTION_MILLIS,
	    SETTING(redis.connect_timeout_ms),
	    .fallback = "300ms",
	    .min = 10,
	    .max = 60 * 1000,
	    .doc = "How long a connection may take to be made.",
	},
	{
	    .name = "timeout",
	    .type = OPTION_MILLIS,
	    SETTING(redis.timeout_ms),
	    .fallback = "300ms",
	    .min = 10,
	    .max = 60 * 1000,
	    .doc = "How long an answer may take.",
	},
	{
	    .name = "connections",
	    .type = OPTION_INT,
	    SETTING(redis.connections),
	    .fallback = "16",
	    .min = 1,
	    .max = 1000,
	    .doc = "How many connections to each server there may be. They "
		   "are made when sessions ask at the same time, and kept.",
	},
	{
	    .name = "breaker_errors",
	    .type = OPTION_INT,
	    SETTING(redis.breaker_errors),
	    .fallback = "3",
	    .min = 1,
	    .max = 1000,
	    .doc = "After so many errors or time-outs in a row a server is "
		   "not asked for a while, so that its absence costs mail no "
		   "time.",
	},
	{
	    .name = "breaker_open",
	    .type = OPTION_MILLIS,
	    SETTING(redis.breaker_open_ms),
	    .fallback = "2s",
	    .min = 100,
	    .max = 10 * 60 * 1000,
	    .doc = "How long it is not asked. Then one session tries.",
	},
	{
	    .name = "tls",
	    .type = OPTION_BOOL,
	    SETTING(redis.tls),
	    .fallback = "no",
	    .doc = "Whether to talk TLS. Needs a mailreeve that was built "
		   "with hiredis_ssl.",
	},
	{
	    .name = "tls_ca",
	    .type = OPTION_PATH,
	    SETTING(redis.tls_ca),
	    .fallback = "",
	    .doc = "The certificates of those whom to believe, PEM. Empty: "
		   "the system's.",
	    .example = "/etc/mailreeve/redis-ca.pem",
	},
	{
	    .name = "tls_cert",
	    .type = OPTION_PATH,
	    SETTING(redis.tls_cert),
	    .fallback = "",
	    .doc = "Our own certificate, for servers that ask for one; PEM.",
	},
	{
	    .name = "tls_key",
	    .type = OPTION_PATH,
	    SETTING(redis.tls_key),
	    .fallback = "",
	    .doc = "The key of tls_cert. The daemon's user must be able to "
		   "read it.",
	},
	{ .name = NULL },
};

/* complain - about an option of one of the two sections */
static void
complain(struct work *work, const char *section, const char *key,
    const char *what)
{
	problems_error(work->problems,
	    config_origin(work->config, section, key), "%s: %s", key, what);
}

/* read_secret - the first line of a file; "" and a complaint if it cannot be */
static const char *
read_secret(struct work *work, const char *section, const char *key,
    const char *path)
{
	char line[SECRET_MAX] = "";
	FILE *file = fopen(path, "re");
	bool is_read = file != NULL && fgets(line, sizeof(line), file) != NULL;
	const char *why =
	    file == NULL || ferror(file) ? strerror(errno) : "it is empty";

	if (file != NULL)
		fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	if (is_read && line[0] != '\0')
		return arena_strdup(work->arena, line);
	complain(work, section, key,
	    arena_printf(work->arena, "cannot read %s: %s", path, why));
	return "";
}

/* is_policy - of any name in the registry, or an instance of it */
static bool
is_policy(const char *word)
{
	for (size_t i = 0; policy_registry[i] != NULL; i++)
		if (store_key_is_of(word, policy_registry[i]->name))
			return true;
	return false;
}

/* check_hashes - hash_addresses names policies, and there is a secret */
static void
check_hashes(struct work *work, struct store_section *store)
{
	const char *cursor = store->settings.hash_policies, *start;
	size_t length, words = 0;

	for (; (start = str_next_word(&cursor, " ,\t", &length)) != NULL;
	     words++) {
		const char *word = arena_strndup(work->arena, start, length);

		if (!is_policy(word))
			complain(work, "store", "hash_addresses",
			    arena_printf(work->arena, "no policy \"%s\"",
				word));
	}
	if (words == 0)
		return;
	if (store->hash_secret_file[0] == '\0')
		complain(work, "store", "hash_addresses",
		    "needs hash_secret_file");
	else
		store->settings.hash_secret = read_secret(work, "store",
		    "hash_secret_file", store->hash_secret_file);
}

/* check_prefix - what the keys can bear */
static void
check_prefix(struct work *work, const struct store_section *store)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	const char *prefix = store->settings.prefix;
	size_t length = strlen(prefix);

	if (length == 0 || length > STORE_PREFIX_MAX ||
	    strspn(prefix, letters) != length)
		complain(work, "store", "prefix",
		    arena_printf(work->arena,
			"has 1 to %d letters, digits, . _ -",
			STORE_PREFIX_MAX));
}

/* check_redis - relations, and the password */
static void
check_redis(struct work *work, struct store_section *store)
{
	struct redis_settings *redis = &store->settings.redis;

	if (redis->sentinels[0] == '\0' && redis->servers[0] == '\0')
		complain(work, "redis", "servers", "there are none");
	if (redis->sentinels[0] != '\0' && redis->master[0] == '\0')
		complain(work, "redis", "sentinels", "need master");
	if (redis->sentinels[0] != '\0' && redis->cluster)
		complain(work, "redis", "cluster",
		    "not with sentinels: a cluster minds its masters itself");
	if (redis->cluster && redis->db != 0)
		complain(work, "redis", "db", "a cluster has 0 only");
	if ((redis->tls_cert[0] == '\0') != (redis->tls_key[0] == '\0'))
		complain(work, "redis",
		    redis->tls_cert[0] == '\0' ? "tls_key" : "tls_cert",
		    "tls_cert and tls_key go together");
	if (store->redis_password_file[0] != '\0')
		redis->password = read_secret(work, "redis", "password_file",
		    store->redis_password_file);
}

void
config_store_check(struct work *work)
{
	struct store_section *store = &work->config->store;

	store->settings.hash_secret = store->settings.redis.password = "";
	check_prefix(work, store);
	check_hashes(work, store);
	if (store->settings.backend == STORE_REDIS)
		check_redis(work, store);
}

bool
config_uses_store(const struct config *config)
{
	if (config->store.settings.backend == STORE_REDIS)
		return true;
	for (size_t i = 0; i < config->instance_count; i++) {
		const struct instance *instance = &config->instances[i];

		for (unsigned h = 0; h < POLICY_HOOKS; h++)
			if (instance->hooks_wanted & 1u << h &&
			    config_hook_stores(instance->policy,
				&instance->policy->hooks[h]))
				return true;
	}
	return false;
}
