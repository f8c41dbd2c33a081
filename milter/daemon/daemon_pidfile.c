/*
 * daemon_pidfile - one daemon at a time, and where to find it.
 *
 * The file is locked as long as the process lives, so a file that a crash
 * left behind does not keep a new daemon from starting, and the number in it
 * is never somebody else's process.
 */
#include "daemon/daemon_pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

static struct {
	int fd;
	char *path;
} pidfile = { .fd = -1 };

/* complain_locked - who holds the file */
static void
complain_locked(int fd, const char *path)
{
	char text[32];
	ssize_t length = read(fd, text, sizeof(text) - 1);

	text[length > 0 ? length : 0] = '\0';
	log_error("already running as process %d (%s is locked)", atoi(text),
	    path);
}

int
daemon_pidfile_write(const char *path)
{
	char text[32];
	int fd, length;

	if (path[0] == '\0')
		return EX_OK;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		log_error("cannot open the pid file %s: %s", path,
		    strerror(errno));
		return EX_CANTCREAT;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		complain_locked(fd, path);
		close(fd);
		return EX_UNAVAILABLE;
	}
	length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || write(fd, text, (size_t)length) != length) {
		log_error("cannot write the pid file %s: %s", path,
		    strerror(errno));
		close(fd);
		return EX_CANTCREAT;
	}
	pidfile.fd = fd;
	pidfile.path = mem_strdup(path);
	return EX_OK;
}

void
daemon_pidfile_remove(void)
{
	if (pidfile.fd < 0)
		return;
	/* without privileges its folder may be closed to us */
	if (unlink(pidfile.path) < 0 && ftruncate(pidfile.fd, 0) < 0)
		log_warning("cannot remove the pid file %s: %s", pidfile.path,
		    strerror(errno));
	close(pidfile.fd);
	mem_free(pidfile.path);
	pidfile.fd = -1;
}
