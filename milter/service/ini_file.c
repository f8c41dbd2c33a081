/*
 * ini_file - the text of a file of the operator's; for ini.c.
 *
 * Regular files only, so that no include can wait for a pipe; of a size that
 * a person may have written; without NUL bytes, which would hide the rest.
 */
#include "service/ini_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define FILE_SIZE_MAX (64 << 20)

/* read_up_to - size bytes or the file's end; NULL, or why not */
static const char *
read_up_to(int fd, char *text, size_t size)
{
	size_t have = 0;
	ssize_t n = 1;

	while (have < size && n > 0) {
		n = read(fd, text + have, size - have);
		if (n < 0 && errno != EINTR)
			return strerror(errno);
		if (n < 0)
			n = 1;
		else
			have += (size_t)n;
	}
	return strlen(text) == have ? NULL : "contains NUL bytes";
}

/* read_open - the text of an open file; NULL, or why not */
static const char *
read_open(int fd, struct ini_file *out)
{
	struct stat status;
	const char *why;

	if (fstat(fd, &status) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a regular file";
	if (status.st_size > FILE_SIZE_MAX)
		return "larger than 64M";
	out->device = status.st_dev;
	out->inode = status.st_ino;
	out->text = mem_alloc((size_t)status.st_size + 1);
	why = read_up_to(fd, out->text, (size_t)status.st_size);
	if (why == NULL)
		return NULL;
	mem_free(out->text);
	out->text = NULL;
	return why;
}

const char *
ini_file_read(const char *path, struct ini_file *out)
{
	const char *why;
	int fd;

	*out = (struct ini_file){ .text = NULL };
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return strerror(errno);
	why = read_open(fd, out);
	close(fd);
	return why;
}
