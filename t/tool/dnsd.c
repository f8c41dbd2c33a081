/*
 * dnsd - a name server for tests.
 *
 *     dnsd ADDRESS:PORT ZONE-FILE...
 *
 * Answers over UDP and TCP from the files together; dns/dns_zone.h has
 * their syntax, with all that can go wrong. Prints "listening ADDRESS:PORT"
 * when it does, and serves until it is ended. SIGUSR1 has it print
 * "questions NUMBER", how many came so far.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "t/lib/dnsd.h"

/* read_file - add a file to the text; false when it cannot be read */
static bool
read_file(const char *path, struct str *text)
{
	FILE *file = fopen(path, "r");
	char chunk[4096];
	size_t got;

	if (file == NULL) {
		fprintf(stderr, "dnsd: %s: %s\n", path, strerror(errno));
		return false;
	}
	while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
		str_add_n(text, chunk, got);
	str_add_char(text, '\n');
	fclose(file);
	return true;
}

int
main(int argc, char **argv)
{
	struct str text = STR_INIT;
	struct dnsd *dnsd;
	sigset_t stop;

	if (argc < 3) {
		fprintf(stderr, "usage: dnsd ADDRESS:PORT ZONE-FILE...\n");
		return 64;
	}
	for (int i = 2; i < argc; i++)
		if (!read_file(argv[i], &text))
			return 66;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGUSR1);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	dnsd = dnsd_start(argv[1], str_text(&text));
	str_fini(&text);
	if (dnsd == NULL)
		return 1;
	printf("listening %s\n", dnsd_where(dnsd));
	fflush(stdout);
	/* not sigwait(): the daemon has its own of that name */
	while (sigwaitinfo(&stop, NULL) == SIGUSR1) {
		printf("questions %u\n", dnsd_count(dnsd, NULL));
		fflush(stdout);
	}
	dnsd_stop(dnsd);
	return 0;
}
