/*
 * feed_source - a log that is read as it grows.
 *
 * logrotate makes the new file before it tells the writer, who may write into
 * the old one until then. So the old one is left only when there is something
 * in the new one and no more in the old one.
 *
 * Diagnostics: a file that cannot be read is taken as one that does not grow.
 */
#include "feed/feed_source.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define BUFFER 65536
#define WAIT_MS 200 /* files: how often they are looked at */

struct feed_source {
	const char *path;
	int fd;
	bool once, is_file;
	bool skip;         /* up to the next line: this one is too long */
	bool last_look;    /* the old file's last read came to nothing */
	size_t begin, end; /* what is in the buffer and not handed out */
	char buffer[BUFFER];
};

struct feed_source *
feed_source_open(const char *path, bool once)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct feed_source *source;
	struct stat status;

	if (fd < 0)
		return NULL;
	source = mem_alloc(sizeof(*source));
	source->path = path;
	source->fd = fd;
	source->once = once || standard;
	source->is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	if (!source->once && source->is_file)
		lseek(fd, 0, SEEK_END);
	return source;
}

void
feed_source_close(struct feed_source *source)
{
	if (source == NULL)
		return;
	if (source->fd != STDIN_FILENO)
		close(source->fd);
	mem_free(source);
}

/* forget - what is in the buffer: it is of another file */
static void
forget(struct feed_source *source)
{
	source->begin = source->end = 0;
	source->skip = source->last_look = false;
}

/* is_cut - the file is shorter than what was read of it */
static bool
is_cut(const struct feed_source *source, const struct stat *status)
{
	return status->st_size < lseek(source->fd, 0, SEEK_CUR);
}

/* follow - at the end of the file: whether there is something elsewhere */
static bool
follow(struct feed_source *source)
{
	struct stat named, ours;
	int fd;

	if (fstat(source->fd, &ours) != 0 || stat(source->path, &named) != 0)
		return false;
	if (named.st_ino == ours.st_ino && named.st_dev == ours.st_dev) {
		if (!is_cut(source, &ours))
			return false;
		forget(source);
		return lseek(source->fd, 0, SEEK_SET) == 0;
	}
	if (named.st_size == 0)
		return false;
	if (!source->last_look) {
		source->last_look = true;
		return true;
	}
	fd = open(source->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	close(source->fd);
	source->fd = fd;
	forget(source);
	return true;
}

/* fill - read more; what became of that */
static enum feed_got
fill(struct feed_source *source)
{
	struct pollfd wait = { .fd = source->fd, .events = POLLIN };
	ssize_t got;

	memmove(source->buffer, source->buffer + source->begin,
	    source->end - source->begin);
	source->end -= source->begin;
	source->begin = 0;
	if (!source->is_file && poll(&wait, 1, WAIT_MS) <= 0)
		return FEED_NOTHING;
	got = read(source->fd, source->buffer + source->end,
	    BUFFER - source->end);
	if (got > 0) {
		source->end += (size_t)got;
		source->last_look = false;
		return FEED_LINE;
	}
	if (source->once || !source->is_file)
		return FEED_END;
	if (follow(source))
		return FEED_LINE;
	poll(NULL, 0, WAIT_MS);
	return FEED_NOTHING;
}

/* take_line - out of the buffer; false when there is no whole one */
static bool
take_line(struct feed_source *source, const char **line, size_t *length)
{
	char *begin = source->buffer + source->begin;
	size_t rest = source->end - source->begin;
	char *end = rest > 0 ? memchr(begin, '\n', rest) : NULL;
	bool skipped = source->skip;

	if (end == NULL) {
		if (rest < BUFFER)
			return false;
		source->skip = true;
		source->begin = source->end;
		return false;
	}
	*line = begin;
	*length = skipped ? 0 : (size_t)(end - begin);
	source->begin += (size_t)(end - begin) + 1;
	source->skip = false;
	return true;
}

enum feed_got
feed_source_line(struct feed_source *source, const char **line, size_t *length)
{
	enum feed_got got = FEED_LINE;

	while (got == FEED_LINE) {
		if (take_line(source, line, length))
			return FEED_LINE;
		got = fill(source);
	}
	if (got == FEED_END && source->end > source->begin && !source->skip) {
		*line = source->buffer + source->begin;
		*length = source->end - source->begin;
		source->begin = source->end;
		return FEED_LINE;
	}
	return got;
}
