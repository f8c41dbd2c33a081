/*
 * store - state that outlives a session: the service and its settings.
 *
 * The embedded store is always open. With Redis, operations with `local` that
 * got no answer are carried out there (store_batch.c).
 *
 * Keys follow the settings; those of former settings are kept until the end,
 * since operations with them may be under way.
 *
 * Diagnostics: texts for the operator; backends log what he has to know.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "service/json.h"
#include "store/store_embedded.h"
#include "store/store_front.h"

const char *const store_verb_names[VERB_MAX] = {
	[VERB_WINDOW] = "window",
	[VERB_TRIPLET] = "triplet",
	[VERB_ENTRY] = "entry",
	[VERB_LEASE] = "lease",
	[VERB_SCORE] = "score",
};
static const char *const result_names[STORE_RESULTS] = {
	[STORE_OK] = "ok",
	[STORE_UNAVAILABLE] = "unavailable",
	[STORE_TIMEOUT] = "timeout",
	[STORE_BROKEN] = "broken",
};

static const struct store_backend *const backends[] = {
	[STORE_EMBEDDED] = &store_embedded_backend,
	[STORE_REDIS] = &store_redis_backend,
};

bool
store_scan(struct store *store, const char *policy,
    bool (*each)(void *context, const struct store_item *item), void *context)
{
	return store->backend->scan(store->self, atomic_load(&store->names),
	    policy, clock_wall_s(store->clock), each, context);
}

int64_t
store_forget(struct store *store, const char *policy, const char *subject)
{
	return store->backend->forget(store->self, atomic_load(&store->names),
	    policy, subject);
}

/* use_names - keys by these settings from now on */
static void
use_names(struct store *store, const struct store_settings *settings)
{
	struct store_names *names = store_names_new(settings);
	struct old_names *old;

	if (store_names_equal(names, atomic_load(&store->names))) {
		store_names_free(names);
		return;
	}
	old = mem_alloc(sizeof(*old));
	old->names = atomic_exchange(&store->names, names);
	old->next = store->old;
	store->old = old;
}

/* open_backends - what the settings name, and the embedded one */
static bool
open_backends(struct store *store, const struct store_settings *settings,
    bool read_only, char **why)
{
	bool only_embedded = settings->backend == STORE_EMBEDDED;

	if (only_embedded || !read_only) {
		store->embedded = store_embedded_backend.open(settings,
		    store->clock, read_only, why);
		if (store->embedded == NULL)
			return false;
	}
	store->self = only_embedded ? store->embedded
				    : store->backend->open(settings,
					  store->clock, read_only, why);
	return store->self != NULL;
}

struct store *
store_new_on(const struct store_settings *settings, struct clock *clock,
    const struct store_backend *backend, void *self)
{
	struct store *store = mem_alloc(sizeof(*store));

	store->clock = clock;
	store->kind = settings->backend;
	store->backend = backend;
	store->self = self;
	store->path = mem_strdup(settings->path);
	pthread_mutex_init(&store->configure_lock, NULL);
	atomic_store(&store->names, store_names_new(settings));
	return store;
}

struct store *
store_new(const struct store_settings *settings, struct clock *clock,
    bool read_only, char **why)
{
	struct store *store =
	    store_new_on(settings, clock, backends[settings->backend], NULL);

	if (open_backends(store, settings, read_only, why))
		return store;
	store_free(store);
	return NULL;
}

bool
store_configure(struct store *store, const struct store_settings *settings,
    char **why)
{
	bool good;

	if (settings->backend != store->kind ||
	    strcmp(settings->path, store->path) != 0) {
		*why = mem_strdup("backend and path of [store] change with a "
				  "restart only");
		return false;
	}
	pthread_mutex_lock(&store->configure_lock);
	good = store->backend->configure(store->self, settings, why);
	if (good)
		use_names(store, settings);
	pthread_mutex_unlock(&store->configure_lock);
	return good;
}

void
store_free(struct store *store)
{
	struct old_names *old, *next;

	if (store == NULL)
		return;
	if (store->self != NULL && store->self != store->embedded)
		store->backend->close(store->self);
	if (store->embedded != NULL)
		store_embedded_backend.close(store->embedded);
	for (old = store->old; old != NULL; old = next) {
		next = old->next;
		store_names_free(old->names);
		mem_free(old);
	}
	store_names_free(atomic_load(&store->names));
	pthread_mutex_destroy(&store->configure_lock);
	mem_free(store->path);
	mem_free(store);
}

void
store_stats(struct store *store, struct json *object)
{
	struct json *part = json_new_object();

	json_add_text(object, "backend", store->backend->name);
	json_add_int(object, "batches", (int64_t)atomic_load(&store->batches));
	json_add_int(object, "posts", (int64_t)atomic_load(&store->posts));
	json_add_int(object, "local", (int64_t)atomic_load(&store->local));
	for (size_t i = 0; i < STORE_RESULTS; i++)
		json_add_int(object, result_names[i],
		    (int64_t)atomic_load(&store->results[i]));
	store->backend->stats(store->self, part);
	json_add(object, store->backend->name, part);
	if (store->embedded == NULL || store->embedded == store->self)
		return;
	part = json_new_object();
	store_embedded_backend.stats(store->embedded, part);
	json_add(object, store_embedded_backend.name, part);
}

const char *
store_result_name(enum store_result result)
{
	return result_names[result];
}

void
store_pretend(struct store *store)
{
	store->pretend = true;
}

bool
store_sync(struct store *store)
{
	return store->embedded == NULL || store_writer_round(store->embedded);
}
