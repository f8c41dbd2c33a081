/*
 * side_by_side - tests that mostly wait, several at a time.
 *
 * Each process takes every jobs-th test and prints to a pipe; behind what a
 * test printed comes a zero byte and its result. We copy from the pipes in
 * turn. A process that breaks off ends the whole with TAP's "Bail out!".
 */
#include "t/lib/side_by_side.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#define JOBS_MAX 16

/* work - the child's part: its tests, to stdout */
static void
work(unsigned first, unsigned jobs, size_t count,
    bool (*each)(void *context, size_t index), void *context)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (size_t i = first; i < count; i += jobs) {
		bool passed = each(context, i);

		putchar('\0');
		putchar(passed ? 'p' : 'f');
		fflush(stdout);
	}
	exit(0);
}

/* copy - what one test printed; false when it failed or there is no more */
static bool
copy(FILE *from)
{
	int c;

	while ((c = getc(from)) != EOF && c != '\0')
		putchar(c);
	if (c == EOF) {
		printf("Bail out! a process of the test broke off\n");
		exit(1);
	}
	fflush(stdout);
	return getc(from) == 'p';
}

bool
side_by_side(unsigned jobs, size_t count,
    bool (*each)(void *context, size_t index), void *context)
{
	FILE *from[JOBS_MAX];
	bool passed = true;
	int ends[2];

	if (jobs > JOBS_MAX)
		jobs = JOBS_MAX;
	fflush(stdout);
	for (unsigned i = 0; i < jobs; i++) {
		if (pipe(ends) != 0 || (from[i] = fdopen(ends[0], "r")) == NULL)
			return false;
		if (fork() == 0) {
			dup2(ends[1], STDOUT_FILENO);
			close(ends[1]);
			work(i, jobs, count, each, context);
		}
		close(ends[1]);
	}
	for (size_t i = 0; i < count; i++)
		passed = copy(from[i % jobs]) && passed;
	for (unsigned i = 0; i < jobs; i++) {
		int status;

		fclose(from[i]);
		passed = wait(&status) > 0 && status == 0 && passed;
	}
	return passed;
}
