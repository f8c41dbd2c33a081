/*
 * fuzz_mailaddr - any bytes as the path of MAIL or RCPT.
 *
 * Held to be true: all texts are there, a path that is right has a valid
 * folded domain, and the key of a key is the same key.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* must - end the program when something that is held to be true is not */
static void
must(bool truth)
{
	if (!truth)
		abort();
}

/* check_right - what has to be true of a path without problems */
static void
check_right(const struct mailaddr *path, struct arena *arena)
{
	struct mailaddr again;

	must(*path->local != '\0' && *path->domain != '\0');
	must(strlen(path->raw) <= 254 && strlen(path->local) <= 64);
	must(*path->domain == '[' || domain_is_valid(path->domain, true));
	mailaddr_parse(&again, path->address, arena);
	/* A-labels may be longer than what the client wrote */
	must(
	    again.problem == MAILADDR_OK || again.problem == MAILADDR_TOO_LONG);
	must(strcmp(again.address, path->address) == 0);
	must(strcmp(again.domain, path->domain) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	struct mailaddr path;
	const char *folded;

	mailaddr_parse(&path, arena_strndup(arena, (const char *)data, size),
	    arena);
	must(path.raw != NULL && path.local != NULL && path.domain != NULL &&
	     path.address != NULL);
	must(path.is_null == (path.problem == MAILADDR_OK && *path.raw == 0));
	if (path.problem == MAILADDR_OK && !path.is_null)
		check_right(&path, arena);
	folded = domain_fold(path.domain, arena);
	if (folded != NULL)
		must(strcmp(domain_fold(folded, arena), folded) == 0);
	arena_free(arena);
	return 0;
}
