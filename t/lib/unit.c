/*
 * unit - helpers of the unit programs.
 */
#include "t/lib/unit.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>

/* unit_assert_fatal - in a child, silent, that must exit with 75 */
void
unit_assert_fatal(void (*action)(void *context), void *context)
{
	pid_t child = fork();
	int status, null;

	assert_true(child >= 0);
	if (child == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		action(context);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 75);
}
