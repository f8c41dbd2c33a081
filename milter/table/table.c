/*
 * table - lookup tables in Postfix's manner: "type:name".
 *
 * Owns the set: which tables there are, who has references to them, and the
 * thread that looks for changed files. What a table holds now is
 * table_content's, what it holds at all and how it is asked its type's.
 *
 * Two tables of the same spec, from files in the same folder, are one table,
 * so the next configuration finds its tables loaded; opening one looks for
 * changes of its file, so that a reload sees them at once.
 *
 * Diagnostics: problems when a table is opened, log lines afterwards.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "table/table_content.h"
#include "table/table_spec.h"

struct table {
	struct table_set *set;
	struct table *next;
	unsigned refs; /* under the set's lock */
	char *spec, *name, *file;
	struct table_content *content;
};

struct table_set {
	struct clock *clock;
	pthread_mutex_t lock; /* all below, and the tables' refs */
	struct table *tables;
	pthread_cond_t wake;
	pthread_t thread;
	bool has_thread, stop;
	unsigned interval_s;
};

/* tables_new - a set without tables */
struct table_set *
tables_new(struct clock *clock)
{
	struct table_set *set = mem_alloc(sizeof *set);

	set->clock = clock;
	pthread_mutex_init(&set->lock, NULL);
	clock_condition_init(&set->wake);
	return set;
}

/* table_new - without content */
static struct table *
table_new(struct table_set *set, const char *spec,
    const struct table_spec *parts, struct origin at)
{
	struct table *table = mem_alloc(sizeof *table);
	struct table_source source = { .braces = parts->braces };

	table->set = set;
	table->content = mem_alloc(sizeof *table->content);
	table->refs = 1;
	table->spec = mem_strdup(spec);
	table->name = parts->name;
	table->file = mem_strdup(at.file);
	source.name = table->name;
	source.at.file = table->file;
	source.at.line = at.line;
	table_content_init(table->content, parts->type, &source, table->spec);
	return table;
}

/* table_free - nobody has a reference any more */
static void
table_free(struct table *table)
{
	table_content_fini(table->content);
	mem_free(table->content);
	mem_free(table->spec);
	mem_free(table->name);
	mem_free(table->file);
	mem_free(table);
}

/* find_shared - a reference to the table of that spec, or NULL */
static struct table *
find_shared(struct table_set *set, const char *spec,
    const struct table_spec *parts)
{
	struct table *table;

	pthread_mutex_lock(&set->lock);
	for (table = set->tables; table != NULL; table = table->next) {
		if (table->content->type == parts->type &&
		    strcmp(table->spec, spec) == 0 &&
		    strcmp(table->name, parts->name) == 0) {
			table->refs++;
			break;
		}
	}
	pthread_mutex_unlock(&set->lock);
	return table;
}

/* add_table - from now on it is shared and watched */
static void
add_table(struct table_set *set, struct table *table)
{
	pthread_mutex_lock(&set->lock);
	table->next = set->tables;
	set->tables = table;
	pthread_mutex_unlock(&set->lock);
}

/* table_open - a reference to the table of that spec */
struct table *
table_open(struct table_set *set, const char *spec, struct origin at,
    struct problems *problems)
{
	struct table_spec parts;
	struct table *table;

	if (!table_spec_read(&parts, spec, at, problems))
		return NULL;
	table = find_shared(set, spec, &parts);
	if (table != NULL) {
		mem_free(parts.name);
		table_content_refresh(table->content, problems);
		return table;
	}
	table = table_new(set, spec, &parts, at);
	if (!table_content_load(table->content, problems)) {
		table_free(table);
		return NULL;
	}
	add_table(set, table);
	return table;
}

/* table_ref - one reference more */
struct table *
table_ref(struct table *table)
{
	pthread_mutex_lock(&table->set->lock);
	table->refs++;
	pthread_mutex_unlock(&table->set->lock);
	return table;
}

/* table_unref - one reference less; NULL is legal */
void
table_unref(struct table *table)
{
	struct table_set *set;
	struct table **link;
	bool last;

	if (table == NULL)
		return;
	set = table->set;
	pthread_mutex_lock(&set->lock);
	last = --table->refs == 0;
	if (last) {
		for (link = &set->tables; *link != table;)
			link = &(*link)->next;
		*link = table->next;
	}
	pthread_mutex_unlock(&set->lock);
	if (last)
		table_free(table);
}

/* take_all - references to all tables; *count of them */
static struct table **
take_all(struct table_set *set, size_t *count)
{
	struct table **all, *table;

	*count = 0;
	pthread_mutex_lock(&set->lock);
	for (table = set->tables; table != NULL; table = table->next)
		++*count;
	all = mem_array(*count, sizeof(struct table *));
	*count = 0;
	for (table = set->tables; table != NULL; table = table->next) {
		table->refs++;
		all[(*count)++] = table;
	}
	pthread_mutex_unlock(&set->lock);
	return all;
}

/* tables_refresh - look for changed files now */
void
tables_refresh(struct table_set *set)
{
	size_t count, i;
	struct table **all = take_all(set, &count);

	for (i = 0; i < count; i++) {
		table_content_refresh(all[i]->content, NULL);
		table_unref(all[i]);
	}
	mem_free(all);
}

/* wait_interval - until it is time to look, or to stop; true: look */
static bool
wait_interval(struct table_set *set)
{
	int64_t until_ms;
	struct timespec until;

	if (set->interval_s == 0) {
		pthread_cond_wait(&set->wake, &set->lock);
		return false;
	}
	/* a file changes in real time, whatever the set's clock shows */
	until_ms = clock_mono_ms(clock_system()) + set->interval_s * 1000ll;
	until = clock_timespec(until_ms);
	return pthread_cond_timedwait(&set->wake, &set->lock, &until) ==
	       ETIMEDOUT;
}

/* watch - the thread of the set */
static void *
watch(void *argument)
{
	struct table_set *set = argument;

	pthread_mutex_lock(&set->lock);
	while (!set->stop) {
		if (!wait_interval(set) || set->stop)
			continue;
		pthread_mutex_unlock(&set->lock);
		tables_refresh(set);
		pthread_mutex_lock(&set->lock);
	}
	pthread_mutex_unlock(&set->lock);
	return NULL;
}

/* start_thread - with all signals blocked: they are for the main program */
static void
start_thread(struct table_set *set)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&set->thread, NULL, watch, set);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		log_fatal("cannot start a thread: %s", strerror(error));
	set->has_thread = true;
}

/* tables_watch - look for changed files each interval_s */
void
tables_watch(struct table_set *set, unsigned interval_s)
{
	pthread_mutex_lock(&set->lock);
	set->interval_s = interval_s;
	if (!set->has_thread && interval_s > 0)
		start_thread(set);
	pthread_cond_signal(&set->wake);
	pthread_mutex_unlock(&set->lock);
}

/* tables_free - the end of the set; all tables have been given back */
void
tables_free(struct table_set *set)
{
	if (set == NULL)
		return;
	pthread_mutex_lock(&set->lock);
	set->stop = true;
	pthread_cond_signal(&set->wake);
	pthread_mutex_unlock(&set->lock);
	if (set->has_thread)
		pthread_join(set->thread, NULL);
	pthread_cond_destroy(&set->wake);
	pthread_mutex_destroy(&set->lock);
	mem_free(set);
}

/* table_spec - as written */
const char *
table_spec(const struct table *table)
{
	return table->spec;
}

/* table_size - entries, 0 if not known */
size_t
table_size(const struct table *table)
{
	struct content *content = table_content_take(table->content);
	size_t size = content->type->size != NULL
			  ? content->type->size(content->data)
			  : 0;

	content_drop(content);
	return size;
}

/* table_each - every entry, as far as the type can show them */
void
table_each(const struct table *table, table_visit *visit, void *context)
{
	struct content *content = table_content_take(table->content);

	if (content->type->each != NULL)
		content->type->each(content->data, visit, context);
	content_drop(content);
}

/* table_takes_addresses - whether a key of address kind makes sense */
bool
table_takes_addresses(const struct table *table)
{
	struct content *content = table_content_take(table->content);
	bool takes = content->type->takes_addresses == NULL ||
		     content->type->takes_addresses(content->data);

	content_drop(content);
	return takes;
}

/* find - ask the content in force */
static enum lookup
find(struct table *table, struct table_query *query, int64_t deadline_ms,
    struct arena *arena, struct table_answer *answer)
{
	struct content *content = table_content_take(table->content);
	enum lookup found;

	query->clock = table->set->clock;
	query->deadline_ms = deadline_ms;
	query->arena = arena;
	query->answer = answer;
	found = content->type->find(content->data, query);
	content_drop(content);
	return found;
}

/* table_find_word - the key as it is */
enum lookup
table_find_word(struct table *table, const char *key, int64_t deadline_ms,
    struct arena *arena, struct table_answer *answer)
{
	struct table_query query = { .kind = KEY_WORD, .text = key };

	return find(table, &query, deadline_ms, arena, answer);
}

/* table_find_domain - the domain, then what it is below */
enum lookup
table_find_domain(struct table *table, const char *domain, int64_t deadline_ms,
    struct arena *arena, struct table_answer *answer)
{
	struct table_query query = { .kind = KEY_DOMAIN, .text = domain };

	return find(table, &query, deadline_ms, arena, answer);
}

/* table_find_mail - the address, its user, its domain */
enum lookup
table_find_mail(struct table *table, const struct mailaddr *key,
    int64_t deadline_ms, struct arena *arena, struct table_answer *answer)
{
	struct table_query query = { .kind = KEY_MAIL, .mail = key };

	return find(table, &query, deadline_ms, arena, answer);
}

/* table_find_address - the address, then the networks around it */
enum lookup
table_find_address(struct table *table, const struct netaddr *key,
    int64_t deadline_ms, struct arena *arena, struct table_answer *answer)
{
	struct table_query query = { .kind = KEY_ADDRESS, .addr = key };

	return find(table, &query, deadline_ms, arena, answer);
}
