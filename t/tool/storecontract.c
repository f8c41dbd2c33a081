/*
 * storecontract - the tests of store.h on a Redis that is there.
 *
 *     storecontract [options of t/lib/redis_options.h]
 *
 * Every store is under a prefix of its own. Prints TAP.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "t/lib/folder.h"
#include "t/lib/redis_options.h"
#include "t/lib/store_contract.h"

static struct store_settings redis;
static struct folder folder;

/* open_store - Redis, and a file for what is local */
static struct store *
open_store(void *self, struct store_settings settings, struct clock *clock)
{
	static unsigned count;
	char name[32], *why = NULL;
	struct store *store;

	(void)self;
	settings.backend = STORE_REDIS;
	settings.redis = redis.redis;
	snprintf(name, sizeof(name), "local%u", ++count);
	settings.path = folder_path(&folder, name);
	store = store_new(&settings, clock, false, &why);
	if (store == NULL)
		fail_msg("%s", why);
	return store;
}

/* close_store - what Redis holds goes with it */
static void
close_store(void *self, struct store *store)
{
	(void)self;
	store_free(store);
}

int
main(int argc, char **argv)
{
	static struct CMUnitTest tests[STORE_CONTRACT_ROOM];
	static const struct store_maker maker = {
		.name = "redis",
		.open = open_store,
		.close = close_store,
		.shared = true,
		.hides_triplets = true,
	};
	size_t count = store_contract(&maker, tests);
	int failed;

	if (redis_options(argc, argv, &redis) != argc)
		return 2;
	/* this is about what is answered, on a busy machine as well */
	redis.redis.timeout_ms = redis.redis.connect_timeout_ms = 4000;
	log_open(LOG_TO_STDERR, "storecontract", "mail");
	folder_make(&folder);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests("contract", tests, count, NULL, NULL);
	folder_remove(&folder);
	return failed;
}
