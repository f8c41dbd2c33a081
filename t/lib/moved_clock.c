/*
 * moved_clock - the wall clock of a test's mailreeve and mailreevectl.
 *
 * Their linker sends calls of clock_gettime() here (-Wl,--wrap). TEST_CLOCK
 * names a file of eight bytes, a number of seconds in this machine's order,
 * which are added to the wall clock; whoever writes the file moves the clock
 * of all who look at it at once. Without TEST_CLOCK it is the real time.
 *
 * Only what the programs ask themselves is moved, not what libraries ask, and
 * not the monotonic clock: deadlines stay what they are.
 *
 * Diagnostics: a file that cannot be mapped ends the program.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int __real_clock_gettime(clockid_t which, struct timespec *now);
int __wrap_clock_gettime(clockid_t which, struct timespec *now);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const _Atomic int64_t *moved; /* NULL: the real time */

/* map_file - what TEST_CLOCK names */
static void
map_file(void)
{
	const char *path = getenv("TEST_CLOCK");
	void *at;
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	at = mmap(NULL, sizeof(*moved), PROT_READ, MAP_SHARED, fd, 0);
	if (fd < 0 || at == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	close(fd);
	moved = at;
}

/* __wrap_clock_gettime - as clock_gettime(2), with the wall clock moved */
int
__wrap_clock_gettime(clockid_t which, struct timespec *now)
{
	int status = __real_clock_gettime(which, now);

	pthread_once(&once, map_file);
	if (status == 0 && which == CLOCK_REALTIME && moved != NULL)
		now->tv_sec += atomic_load(moved);
	return status;
}
