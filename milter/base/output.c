/*
 * output - what programs print to people and to other programs.
 */
#include "base/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* output_colours - a terminal whose user wants them */
bool
output_colours(int fd)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(fd) && (no_color == NULL || *no_color == '\0');
}

/* output_end - nothing that was printed is lost without a word */
int
output_end(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "cannot write the output: %s\n", strerror(errno));
	return EX_IOERR;
}
