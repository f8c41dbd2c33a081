/*
 * table_content - what a table holds now, and its exchange when the file
 * changes.
 *
 * A content is counted: whoever asks it takes a reference under the lock and
 * asks without any, so a slow server holds up nobody, and an exchange is one
 * pointer under the write lock. The old content goes when the last who asks
 * it is done. A file is read by one thread at a time, under the refresh lock,
 * which no session ever takes.
 *
 * A file is taken for changed when its device, inode, size or times are
 * different. One that changed while it was read is not used, but read again
 * the next time. A file that is gone, or cannot be read or parsed, leaves the
 * old content in force; that is told once for each change.
 *
 * Diagnostics: problems or log lines.
 */
#include <sys/stat.h>

#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "table/table_content.h"

/* content_new - with one reference: its place's */
static struct content *
content_new(const struct table_type *type, void *data)
{
	struct content *content = mem_alloc(sizeof *content);

	content->type = type;
	content->data = data;
	atomic_init(&content->refs, 1);
	return content;
}

/* content_drop - one reference less */
void
content_drop(struct content *content)
{
	if (content == NULL || atomic_fetch_sub(&content->refs, 1) != 1)
		return;
	content->type->free(content->data);
	mem_free(content);
}

/* table_content_take - the content in force, with a reference */
struct content *
table_content_take(struct table_content *place)
{
	struct content *content;

	pthread_rwlock_rdlock(&place->lock);
	content = place->current;
	atomic_fetch_add(&content->refs, 1);
	pthread_rwlock_unlock(&place->lock);
	return content;
}

/* exchange - put a new content into force */
static void
exchange(struct table_content *place, void *data)
{
	struct content *content = content_new(place->type, data), *old;

	pthread_rwlock_wrlock(&place->lock);
	old = place->current;
	place->current = content;
	pthread_rwlock_unlock(&place->lock);
	content_drop(old);
}

/* table_content_init - a place without content */
void
table_content_init(struct table_content *place, const struct table_type *type,
    const struct table_source *source, const char *spec)
{
	pthread_rwlockattr_t attr;

	*place = (struct table_content){
		.type = type,
		.source = *source,
		.spec = spec,
	};
	/* else an exchange could wait for as long as readers keep coming */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&place->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&place->refresh, NULL);
}

/* table_content_fini - the end of it */
void
table_content_fini(struct table_content *place)
{
	content_drop(place->current);
	pthread_rwlock_destroy(&place->lock);
	pthread_mutex_destroy(&place->refresh);
}

/* is_watched - whether there is a file behind it */
static bool
is_watched(const struct table_content *place)
{
	return (place->type->flags & TABLE_IS_FILE) && !place->source.braces;
}

/* read_stamp - false when there is no such file */
static bool
read_stamp(const struct table_content *place, struct stamp *out)
{
	struct stat info;

	*out = (struct stamp){ .size = -1 };
	if (!is_watched(place))
		return true;
	if (stat(place->source.name, &info) != 0)
		return false;
	out->device = info.st_dev;
	out->inode = info.st_ino;
	out->size = info.st_size;
	if (place->type->flags & TABLE_IS_LIVE)
		return true;
	out->modified = info.st_mtim;
	out->changed = info.st_ctim;
	return true;
}

/* same_time - to the nanosecond */
static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* same_stamp - whether nothing changed */
static bool
same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && same_time(&a->modified, &b->modified) &&
	       same_time(&a->changed, &b->changed);
}

/* table_content_load - the first content */
bool
table_content_load(struct table_content *place, struct problems *problems)
{
	void *data;

	read_stamp(place, &place->stamp);
	data = place->type->load(&place->source, problems);
	if (data != NULL)
		exchange(place, data);
	return data != NULL;
}

/* report - what is wrong with a file that changed, or with its content */
static void
report(const struct table_content *place, const char *what, const char *detail,
    size_t more, struct problems *problems)
{
	char and_more[40] = "";

	if (more > 0)
		snprintf(and_more, sizeof(and_more), " (and %zu more)", more);
	if (problems != NULL)
		problems_warning(problems, place->source.at,
		    "table %s %s: %s%s", place->spec, what, detail, and_more);
	else
		log_warning("table %s %s: %s%s", place->spec, what, detail,
		    and_more);
}

/* report_all - the first of what was found, and how many there are */
static void
report_all(const struct table_content *place, const char *what,
    const struct problems *found, struct problems *problems)
{
	size_t count = problems_count(found);
	bool is_error;

	if (count > 0)
		report(place, what, problems_line(found, 0, &is_error),
		    count - 1, problems);
}

/* read_again - the file changed since place->stamp; now is its new stamp */
static void
read_again(struct table_content *place, const struct stamp *now,
    struct problems *problems)
{
	struct problems *found = problems_new();
	void *data = place->type->load(&place->source, found);
	struct stamp after;

	if (!read_stamp(place, &after) || !same_stamp(now, &after)) {
		if (data != NULL)
			place->type->free(data);
		problems_free(found);
		return;
	}
	place->stamp = *now;
	if (data == NULL) {
		report_all(place, "keeps its old content", found, problems);
	} else {
		report_all(place, "was read again", found, problems);
		log_notice("table %s: read again", place->spec);
		exchange(place, data);
	}
	problems_free(found);
}

/* table_content_refresh - a new content if the file changed */
void
table_content_refresh(struct table_content *place, struct problems *problems)
{
	struct stamp now;

	pthread_mutex_lock(&place->refresh);
	if (!read_stamp(place, &now)) {
		if (!place->missing)
			report(place, "keeps its old content",
			    "the file is gone", 0, problems);
		place->missing = true;
	} else {
		place->missing = false;
		if (!same_stamp(&place->stamp, &now))
			read_again(place, &now, problems);
	}
	pthread_mutex_unlock(&place->refresh);
}
