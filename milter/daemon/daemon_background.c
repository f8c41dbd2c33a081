/*
 * daemon_background - leave the terminal, and say how the start went.
 *
 * Up to daemon_background_done() stderr is still the starter's, so that it
 * sees what is wrong; the exit code tells it as well.
 */
#include "daemon/daemon_background.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

static int starter = -1;

void
daemon_background_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* wait_for_start - in the starter: the exit code of the attempt */
static int
wait_for_start(int from, pid_t child)
{
	char byte;
	ssize_t n;
	int status;

	while ((n = read(from, &byte, 1)) < 0 && errno == EINTR)
		continue;
	if (n == 1)
		return EX_OK;
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		return WEXITSTATUS(status);
	return EX_SOFTWARE;
}

void
daemon_background_begin(void)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		log_fatal("cannot make a pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		log_fatal("cannot start a process: %s", strerror(errno));
	if (child > 0) {
		close(ends[1]);
		_exit(wait_for_start(ends[0], child));
	}
	close(ends[0]);
	starter = ends[1];
	setsid();
}

void
daemon_background_done(void)
{
	int null;

	if (starter < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (chdir("/") < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		log_warning("cannot leave the terminal: %s", strerror(errno));
	close(null);
	if (write(starter, "", 1) != 1)
		log_debug("whoever started us has gone");
	close(starter);
	starter = -1;
}
