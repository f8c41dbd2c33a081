/*
 * test_store_remote - a tool that changes the embedded store of a daemon: the
 * contract of the store over the control socket, and what a tool can meet.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/control.h"
#include "daemon/control_store.h"
#include "daemon/daemon.h"
#include "service/json.h"
#include "session/config.h"
#include "state/state_store.h"
#include "state/store_remote.h"
#include "store/store_backend.h"
#include "t/lib/folder.h"
#include "t/lib/store_contract.h"

/* the daemon serves its control socket until the process ends */
static struct daemon the_daemon = {
	.reload_lock = PTHREAD_MUTEX_INITIALIZER,
};
static struct folder folder, socket_folder;

/* put_store - the daemon has this one from now on; NULL: none */
static void
put_store(struct store *store)
{
	pthread_mutex_lock(&the_daemon.reload_lock);
	the_daemon.env.store = store;
	pthread_mutex_unlock(&the_daemon.reload_lock);
}

static struct store *
remote_open(void *self, struct store_settings settings, struct clock *clock)
{
	struct store *store;
	char *why = NULL;

	(void)self;
	folder_make(&folder);
	settings.path = folder.path;
	settings.size_max = 64 << 20;
	store = store_new(&settings, clock, false, &why);
	assert_non_null(store);
	put_store(store);
	store = store_remote_new(&settings,
	    folder_path(&socket_folder, "control"), clock, &why);
	assert_non_null(store);
	return store;
}

static void
remote_close(void *self, struct store *store)
{
	struct store *served = the_daemon.env.store;

	(void)self;
	put_store(NULL);
	store_free(store);
	store_free(served);
	folder_remove(&folder);
}

static const struct store_maker remote_maker = {
	.name = "remote",
	.open = remote_open,
	.close = remote_close,
	.hides_leases = true,
};

/* put - an entry; how it went */
static enum store_result
put(struct store *store, const char *subject)
{
	struct arena *arena = arena_new(512);
	const struct store_entry ask = {
		.key = { .policy = "abuse", .subject = subject },
		.verb = ENTRY_PUT,
		.value = "why",
		.ttl_s = 100,
	};
	struct store_entry_answer answer;
	enum store_result result =
	    store_wait_entry(store_add_entry(store_batch_new(store, arena),
				 &ask),
		INT64_MAX, &answer, NULL);

	arena_free(arena);
	return result;
}

/* count_them - each() */
static bool
count_them(void *context, const struct store_item *item)
{
	(void)item;
	++*(int *)context;
	return true;
}

static void
test_tool(void **state)
{
	struct config config = {
		.store.settings = {
		    .prefix = "mr",
		    .hash_policies = "",
		    .hash_secret = "",
		    .size_max = 64 << 20,
		},
	};
	struct env env = { .clock = clock_system() };
	struct store *store;
	char *why = NULL, *control;
	int count = 0;

	(void)state;
	folder_make(&folder);
	config.store.settings.path = folder.path;
	control = mem_strdup(folder_path(&socket_folder, "control"));
	config.milter.control = control;
	/* without a daemon: the file itself */
	store = state_store_open(&config, &env, true);
	assert_int_equal(put(store, "a"), STORE_OK);
	store_free(store);
	store = state_store_open(&config, &env, false);
	assert_int_equal(put(store, "b"), STORE_UNAVAILABLE);
	assert_true(store_scan(store, NULL, count_them, &count));
	assert_int_equal(count, 1);
	store_free(store);
	/* beside one */
	put_store(store_new(&config.store.settings, env.clock, false, &why));
	store = state_store_open(&config, &env, true);
	assert_int_equal(put(store, "c"), STORE_OK);
	count = 0;
	assert_true(store_scan(store, NULL, count_them, &count));
	assert_int_equal(count, 2);
	assert_int_equal(store_forget(store, "abuse", "c"), 1);
	/* which ends */
	store_free(the_daemon.env.store);
	put_store(NULL);
	mem_free(log_captured());
	assert_int_equal(put(store, "d"), STORE_UNAVAILABLE);
	why = log_captured();
	assert_non_null(strstr(why, "the daemon keeps no state"));
	mem_free(why);
	assert_int_equal(store_forget(store, "abuse", "a"), -1);
	store_free(store);
	/* which is not there at all */
	unlink(config.milter.control);
	store = store_remote_new(&config.store.settings, config.milter.control,
	    env.clock, &why);
	assert_int_equal(put(store, "e"), STORE_UNAVAILABLE);
	store_free(store);
	mem_free(control);
	folder_remove(&folder);
}

static void
test_nonsense(void **state)
{
	static const char *const rows[] = {
		"{\"ops\": []}",
		"{\"ops\": [{}]}",
		"{\"ops\": [3]}",
		"{\"ops\": [{\"verb\": \"entry\"}]}",
		"{\"ops\": [{\"verb\": \"entry\", \"key\": \"abuse\"}]}",
		"{\"ops\": [{\"verb\": \"entry\", \"key\": \"a:{b}\", "
		"\"do\": 4}]}",
		"{\"ops\": [{\"verb\": \"entry\", \"key\": \"a:{b}\", "
		"\"do\": -1}]}",
		"{\"ops\": [{\"verb\": \"entrance\", \"key\": "
		"\"a:{b}\"}]}",
		"{\"ops\": [{\"verb\": \"entry\", \"key\": \"a:{b }\"}]}",
		"{\"ops\": [{\"verb\": \"lease\", \"key\": \"a:{b}\"}]}",
		"{\"ops\": [{\"verb\": \"window\", \"key\": \"a:{b}\", "
		"\"tiers\": 5}]}",
		"{\"ops\": [{\"verb\": \"window\", \"key\": \"a:{b}\", "
		"\"tiers\": -1}]}",
		"{\"forget\": {\"policy\": \"abuse\"}}",
	};
	struct store_settings settings = { .prefix = "mr",
		.hash_policies = "",
		.hash_secret = "",
		.size_max = 64 << 20 };
	struct store *store;
	char *why = NULL;
	int count = 0;

	(void)state;
	folder_make(&folder);
	settings.path = folder.path;
	store = store_new(&settings, clock_system(), false, &why);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct json *request = json_parse(rows[i], strlen(rows[i]));
		struct json *answer = json_new_object();
		char *text;

		assert_non_null(request);
		control_store(store, request, answer);
		text = json_print(answer);
		if (strncmp(text, "{\"ok\":false,", 12) != 0 &&
		    strstr(rows[i], "\"tiers\": -1") == NULL)
			fail_msg("%s: %s", rows[i], text);
		mem_free(text);
		json_free(request);
		json_free(answer);
	}
	assert_true(store_scan(store, NULL, count_them, &count));
	assert_int_equal(count, 0);
	store_free(store);
	folder_remove(&folder);
}

int
main(void)
{
	const struct daemon_identity nobody = { .drop = false };
	struct CMUnitTest tests[STORE_CONTRACT_ROOM + 2] = {
		cmocka_unit_test(test_nonsense),
	};
	size_t count = 1 + store_contract(&remote_maker, tests + 1);
	int failed;

	/* the last one: it takes the socket away */
	tests[count] = (struct CMUnitTest)cmocka_unit_test(test_tool);
	log_open(LOG_TO_CAPTURE, "test", "mail");
	folder_make(&socket_folder);
	if (!control_open(folder_path(&socket_folder, "control"), &nobody,
		false))
		log_fatal("no control socket");
	control_serve(&the_daemon);
	failed = unit_run(tests);
	folder_remove(&socket_folder);
	return failed;
}
