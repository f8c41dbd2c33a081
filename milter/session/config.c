/*
 * config - an immutable, counted snapshot of everything that was configured.
 *
 * config_load(), config_load_text(): all parts in their order (config_work.h)
 * on a new snapshot; if any complained, it is given up whole. The counting of
 * references, and the holder of the snapshot in force.
 *
 * The holder has a lock of its own, held for a pointer and a count.
 */
#include "session/config.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "reply/reply.h"
#include "session/chain.h"
#include "session/config_work.h"

#define ARENA_BLOCK 16384

struct config_holder {
	pthread_mutex_t lock;
	struct config *config;
};

const struct ini_section *
config_section(const struct config *config, const char *head)
{
	for (const struct ini_section *s = config->sections; s != NULL;
	     s = s->next)
		if (strcmp(s->head, head) == 0)
			return s;
	return NULL;
}

struct origin
config_origin(const struct config *config, const char *head, const char *key)
{
	const struct ini_section *section = config_section(config, head);

	if (section == NULL)
		return (struct origin){ .file = config->path };
	for (const struct ini_entry *e = section->entries; e != NULL;
	     e = e->next)
		if (strcmp(e->key, key) == 0)
			return e->at;
	return section->at;
}

void
config_unknown(struct work *work, struct origin at, const char *what,
    const char *word, const char *const *names, size_t count)
{
	const char *near = str_nearest(word, names, count);

	if (near == NULL)
		problems_error(work->problems, at, "%s", what);
	else
		problems_error(work->problems, at, "%s; did you mean \"%s\"?",
		    what, near);
}

/* add_names - the names of rows to a list that has room for them */
static size_t
add_names(const char **names, size_t count, const struct option *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++)
		names[count++] = rows->name;
	return count;
}

/* count_rows - of a table of options, NULL is none */
static size_t
count_rows(const struct option *rows)
{
	size_t count = 0;

	while (rows != NULL && rows[count].name != NULL)
		count++;
	return count;
}

void
config_unknown_key(struct work *work, const struct ini_section *section,
    const struct ini_entry *entry, const struct option *rows,
    const struct option *more_rows)
{
	const char **names = arena_alloc(work->arena,
	    (count_rows(rows) + count_rows(more_rows) + 1) * sizeof(*names));
	size_t count;

	count = add_names(names, 0, rows);
	count = add_names(names, count, more_rows);
	config_unknown(work, entry->at,
	    arena_printf(work->arena, "%s: no such key in [%s]", entry->key,
		section->head),
	    entry->key, names, count);
}

/* find_folders - where files of replies are looked for */
static void
find_folders(struct work *work)
{
	const char *path = work->config->path;
	const char *slash = strrchr(path, '/');
	const char **folder = arena_alloc(work->arena, 3 * sizeof(*folder));

	folder[0] = slash == NULL ? "replies"
				  : arena_printf(work->arena, "%.*s/replies",
					(int)(slash - path), path);
	folder[1] = SYSCONFDIR "/mailreeve/replies";
	folder[2] = PREFIX "/share/mailreeve/replies";
	work->config->folders = (struct words){ .word = folder, .count = 3 };
}

/*
 * check_failures - what goes wrong in us or in a name server never refuses
 * mail for good, whatever somebody writes.
 */
static void
check_failures(struct work *work)
{
	const struct config *config = work->config;
	unsigned last = config->failure_base + FAILURE_CONFIG;

	for (unsigned i = config->failure_base; i <= last; i++)
		if (!reply_is_temporary(config->replies, i, REPLY_PLACE_OTHER))
			problems_error(work->problems,
			    config_origin(config, "replies",
				config_reason(i)->name),
			    "%s (%s): the failure is ours, not the client's: "
			    "its code must be 4xx",
			    config_reason(i)->name,
			    reply_source(config->replies, i,
				REPLY_PLACE_OTHER));
}

/* read_replies - the book, with what [replies] overrides */
static void
read_replies(struct work *work)
{
	struct config *config = work->config;
	const struct reason_table *tables;
	size_t count;

	find_folders(work);
	tables = config_reason_tables(work->arena, &count);
	config->replies = reply_book_new(tables, count, config->milter.replies,
	    config_origin(config, "milter", "replies"), config->folders.word,
	    config->folders.count, config_section(config, "replies"),
	    work->problems);
	check_failures(work);
}

/* release - all that a snapshot holds, finished or not */
static void
release(struct config *config)
{
	config_build_release(config);
	config_core_release(config);
	reply_book_free(config->replies);
	arena_free(config->arena);
	mem_free(config);
}

/* new_config - an empty snapshot */
static struct config *
new_config(const char *path, const struct env *env)
{
	struct config *config = mem_alloc(sizeof(*config));

	atomic_init(&config->references, 1);
	config->arena = arena_new(ARENA_BLOCK);
	config->env = env;
	config->path = arena_strdup(config->arena, path);
	return config;
}

/* finish - sections to a snapshot; NULL and nothing left if one is wrong */
static struct config *
finish(struct config *config, struct problems *problems, size_t errors)
{
	struct work work = {
		.config = config,
		.arena = config->arena,
		.problems = problems,
		.context = {
			.arena = config->arena,
			.tables = config->env->tables,
			.problems = problems,
		},
	};

	config_core(&work);
	work.core_is_bad = problems_errors(problems) > errors;
	config_build(&work);
	config_order(&work);
	config_plan(&work);
	config_check(&work);
	read_replies(&work);
	if (problems_errors(problems) == errors)
		return config;
	release(config);
	return NULL;
}

struct config *
config_load(const char *path, const struct env *env, struct problems *problems)
{
	struct config *config = new_config(path, env);
	size_t errors = problems_errors(problems);

	config->sections = ini_read(path, config->arena, problems);
	return finish(config, problems, errors);
}

struct config *
config_load_text(const char *text, const char *name, const struct env *env,
    struct problems *problems)
{
	struct config *config = new_config(name, env);
	size_t errors = problems_errors(problems);

	config->sections = ini_read_text(text, name, config->arena, problems);
	return finish(config, problems, errors);
}

char *
config_control(const char *path)
{
	struct problems *problems = problems_new();
	struct config *config = new_config(path, NULL);
	struct work work = {
		.config = config,
		.arena = config->arena,
		.problems = problems,
		.context = { .arena = config->arena, .problems = problems },
	};
	const struct core_section *core = config_core_sections;
	char *control;

	config->sections = ini_read(path, config->arena, problems);
	while (strcmp(core->name, "milter") != 0)
		core++;
	config_core_section(&work, core);
	control = mem_strdup(config->milter.control);
	problems_free(problems);
	release(config);
	return control;
}

struct config *
config_ref(struct config *config)
{
	atomic_fetch_add(&config->references, 1);
	return config;
}

void
config_unref(struct config *config)
{
	if (config != NULL && atomic_fetch_sub(&config->references, 1) == 1)
		release(config);
}

struct config_holder *
config_holder_new(struct config *config)
{
	struct config_holder *holder = mem_alloc(sizeof(*holder));

	pthread_mutex_init(&holder->lock, NULL);
	holder->config = config;
	return holder;
}

struct config *
config_holder_take(struct config_holder *holder)
{
	struct config *config;

	pthread_mutex_lock(&holder->lock);
	config = config_ref(holder->config);
	pthread_mutex_unlock(&holder->lock);
	return config;
}

void
config_holder_swap(struct config_holder *holder, struct config *config)
{
	struct config *old;

	pthread_mutex_lock(&holder->lock);
	old = holder->config;
	holder->config = config;
	pthread_mutex_unlock(&holder->lock);
	config_unref(old);
}

void
config_holder_free(struct config_holder *holder)
{
	if (holder == NULL)
		return;
	config_unref(holder->config);
	pthread_mutex_destroy(&holder->lock);
	mem_free(holder);
}
